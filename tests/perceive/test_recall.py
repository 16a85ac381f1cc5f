from tests.perceive.recall import lines_lost, wanted_lines
from transforms.engines.ocr import OcrLine
from transforms.perceive.lines import Reading


def reading(start_s: float, end_s: float, *lines: tuple[str, float]) -> Reading:
    return start_s, end_s, tuple(OcrLine(text, (0.0, 0.0, 0.5, 0.1), score) for text, score in lines)


FULL = [
    reading(0, 1, ("GATE 14", 0.8), ("Only once, unsure", 0.8), ("X", 0.99)),
    reading(1, 2, ("Gate 14", 0.8), ("Only once, sure", 0.95), ("noise here", 0.4)),
    reading(2, 3, ("noise here", 0.4)),
    reading(10, 11, ("GATE 41", 0.8)),
    reading(11, 12, ("GATE 41", 0.8)),
]


def test_a_line_counts_when_read_twice_or_surely() -> None:
    wanted = wanted_lines(FULL, 0.75)
    assert [want.text for want in wanted] == ["GATE 14", "Only once, sure", "GATE 41"]
    assert wanted[0].shown == ((0, 1), (1, 2))


def test_reading_everything_finds_everything() -> None:
    assert lines_lost(wanted_lines(FULL, 0.75), FULL, 0.75) == ()
    assert lines_lost(wanted_lines(FULL, 0.75), [], 0.75) == wanted_lines(FULL, 0.75)


def test_a_twin_is_not_found_by_its_twin() -> None:
    ours = [reading(0, 20, ("GATE 14", 0.9), ("Only once, surely", 0.9))]
    assert [want.text for want in lines_lost(wanted_lines(FULL, 0.75), ours, 0.75)] == ["GATE 41"]


def test_small_print_read_otherwise_at_the_very_place_is_found() -> None:
    ours = [reading(0, 12, ("GATE I4", 0.9), ("GHTE 41", 0.9), ("Onlv onee, sare", 0.9))]
    assert lines_lost(wanted_lines(FULL, 0.75), ours, 0.75) == wanted_lines(FULL, 0.75)[:1]
    elsewhere = [(s, e, tuple(OcrLine(x.text, (0.5, 0.5, 1.0, 0.6), x.score) for x in lines)) for s, e, lines in ours]
    assert lines_lost(wanted_lines(FULL, 0.75), elsewhere, 0.75) == wanted_lines(FULL, 0.75)


def test_the_time_has_to_fit() -> None:
    late, near = ([reading(start_s, start_s + 1, ("GATE 14", 0.9))] for start_s in (4.5, 3.5))
    assert [want.text for want in lines_lost(wanted_lines(FULL, 0.75), near, 0.75)] == ["Only once, sure", "GATE 41"]
    assert lines_lost(wanted_lines(FULL, 0.75), late, 0.75) == wanted_lines(FULL, 0.75)


def test_an_unsure_reading_finds_nothing() -> None:
    unsure = [reading(0, 20, ("GATE 14", 0.5))]
    assert lines_lost(wanted_lines(FULL, 0.75), unsure, 0.75) == wanted_lines(FULL, 0.75)
