import pytest

from schemas.source import Box
from schemas.span import Span
from transforms.engines.ocr import OcrLine
from transforms.perceive.lines import join_lines

TOP: Box = (0.1, 0.1, 0.5, 0.2)
BELOW: Box = (0.1, 0.5, 0.5, 0.6)


def joined(*readings: tuple[float, float, list[OcrLine]], duration_s: float = 100.0) -> list[tuple[str, float, float]]:
    lines = join_lines([(a, b, tuple(lines)) for a, b, lines in readings], duration_s, "test", 0.75)
    assert [line.id for line in lines] == [f"t{n}" for n in range(1, len(lines) + 1)]
    return [(line.text, line.span.start_s, line.span.end_s) for line in lines]


def read(text: str, box: Box = TOP, score: float = 0.99) -> OcrLine:
    return OcrLine(text, box, score)


def test_what_persists_is_one_line() -> None:
    found = joined((0, 4, [read("Title")]), (4, 9, [read("Title"), read("Point", BELOW)]), (9, 12, []))
    assert found == [("Title", 0, 9), ("Point", 4, 9)]


def test_the_whole_item() -> None:
    moved: Box = (0.12, 0.1, 0.52, 0.2)
    (line,) = join_lines(
        [(0.0, 1.0004, (read("Title", TOP, 0.8),)), (1.0004, 9.0, (read("TITLE", moved, 0.9),))], 5.0, "rapidocr", 0.75
    )
    assert (line.id, line.span, line.text, line.box, line.score) == ("t1", Span(0.0, 5.0), "TITLE", TOP, 0.9)
    assert line.sure
    assert line.engine == "rapidocr"


@pytest.mark.parametrize(
    ("text", "score", "sure"),
    [("Title", 0.75, True), ("Title", 0.7, False), ("X", 0.99, False), ("—!?", 0.99, False), ("42", 0.8, True)],
)
def test_sure_needs_score_and_two_letters_or_digits(text: str, score: float, sure: bool) -> None:
    (line,) = join_lines([(0.0, 1.0, (read(text, TOP, score),))], 1.0, "test", 0.75)
    assert line.sure is sure


@pytest.mark.parametrize(("weakest", "sure"), [(0.7, True), (0.69, False)])
def test_a_letter_that_is_not_clear_makes_a_line_unsure(weakest: float, sure: bool) -> None:
    (line,) = join_lines([(0.0, 1.0, (OcrLine("M&viePy", TOP, 0.95, weakest),))], 1.0, "test", 0.75)
    assert line.sure is sure


def test_of_two_readings_the_clear_one_wins() -> None:
    smudged, clear = OcrLine("large and smaíl", TOP, 0.96, 0.4), OcrLine("large and small", TOP, 0.93, 0.8)
    for readings in ((smudged, clear), (clear, smudged)):
        spans = [(0.0, 2.0, readings[:1]), (2.0, 4.0, readings[1:])]
        (line,) = join_lines(spans, 4.0, "test", 0.75)
        assert (line.text, line.score, line.sure) == ("large and small", 0.93, True)


def test_a_longer_reading_that_is_not_clear_does_not_win() -> None:
    clear, longer = OcrLine("Greetings from Alder", TOP, 0.99, 0.98), OcrLine("Greetings from Alder ö", TOP, 0.96, 0.35)
    for readings in ((clear, longer), (longer, clear)):
        (line,) = join_lines([(0.0, 2.0, readings[:1]), (2.0, 4.0, readings[1:])], 4.0, "test", 0.75)
        assert (line.text, line.sure) == ("Greetings from Alder", True)


def test_a_misread_line_goes_on_and_the_best_reading_wins() -> None:
    found = joined((0, 2, [read("Dan Boneh", score=0.97)]), (2, 4, [read("Das Boneh", score=0.9)]))
    assert found == [("Dan Boneh", 0, 4)]


def test_a_misread_line_goes_on_over_a_moment_that_no_picture_was_read_of() -> None:
    dan, das = [read("Dan Boneh", score=0.97)], [read("Das Boneh", score=0.9)]
    assert joined((0, 1.8, dan), (2, 4, das)) == [("Dan Boneh", 0, 4)]
    # Not where a picture in between did not show it.
    assert joined((0, 1.8, dan), (1.8, 2, []), (2, 4, das)) == [("Dan Boneh", 0, 1.8), ("Das Boneh", 2, 4)]


def test_a_line_goes_on_over_a_long_moment_that_no_picture_was_read_of() -> None:
    """Samples may lie seconds apart: `perceive.sample_fps` below 1, or a recording without frames in between."""
    title = [read("Lecture 5")]
    assert joined((0, 2.1, title), (3.9, 8, title)) == [("Lecture 5", 0, 8)]
    assert joined((0, 2.1, title), (2.1, 3.9, []), (3.9, 8, title)) == [("Lecture 5", 0, 2.1), ("Lecture 5", 3.9, 8)]


@pytest.mark.parametrize("ends_s", [2.0, 1.8], ids=["at once", "beside a cut"])
def test_a_fragment_is_known_over_a_moment_that_no_picture_was_read_of(ends_s: float) -> None:
    typed, rest, whole = read("Peel the onion tw"), read("Peel the on"), read("Peel the onion twice")
    assert joined((0.5, ends_s, [typed]), (2, 9, [whole])) == [("Peel the onion twice", 0.5, 9)]
    assert joined((0.5, ends_s, [rest]), (2, 9, [whole])) == [("Peel the onion twice", 2, 9)]
    assert joined((0, ends_s, [whole]), (2, 3, [rest]), (3, 9, [])) == [("Peel the onion twice", 0, ends_s)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("GATE 14 OPENS", "GATE 41 OPENS"),
        ("Platform A is closed today", "Platform B is closed today"),
        ("12:59", "13:00"),
    ],
    ids=["digits", "letter", "clock"],
)
def test_twins_in_the_same_place_stay_apart(a: str, b: str) -> None:
    assert joined((0, 2, [read(a)]), (2, 4, [read(b)])) == [(a, 0, 2), (b, 2, 4)]


def test_a_digit_is_never_forgiven_however_unsure() -> None:
    assert len(joined((0, 2, [read("GATE 14 OPENS", score=0.8)]), (2, 4, [read("GATE 11 OPENS", score=0.6)]))) == 2


def test_a_missed_screen_is_bridged_for_the_same_text_only() -> None:
    assert joined((0, 2, [read("Title")]), (2, 3.5, []), (3.5, 6, [read("Title")])) == [("Title", 0, 6)]
    assert len(joined((0, 2, [read("Title")]), (2, 4, []), (4, 6, [read("Title")]))) == 2
    assert len(joined((0, 2, [read("Tytle", score=0.7)]), (2, 3, []), (3, 6, [read("Title")]))) == 2


def test_the_same_text_twice_on_one_screen_is_two_lines() -> None:
    lines = [read("Yes"), read("Yes", BELOW)]
    assert joined((0, 2, lines), (2, 4, lines[::-1])) == [("Yes", 0, 4), ("Yes", 0, 4)]


def test_text_that_moves_is_one_line() -> None:
    steps = [(float(n), float(n + 1), [read("Credits", (0.3, 0.8 - 0.2 * n, 0.6, 0.9 - 0.2 * n))]) for n in range(4)]
    assert joined(*steps) == [("Credits", 0, 4)]


def test_typing_ends_up_as_the_whole_line() -> None:
    steps = ["Hel", "Hello wo", "Hello world, how", "Hello world, how are yo"]
    typed = [(n / 2, n / 2 + 0.5, [read(text, (0.1, 0.1, 0.15 + n / 10, 0.2))]) for n, text in enumerate(steps)]
    found = joined(*typed, (2.0, 9.0, [read("Hello world, how are you?", (0.1, 0.1, 0.6, 0.2))]))
    assert found == [("Hello world, how are you?", 1.5, 9.0)]


def test_a_beginning_that_was_shown_for_itself_is_kept() -> None:
    found = joined((0, 20, [read("Proof:")]), (20, 60, [read("Proof: let A be given")]))
    assert found == [("Proof:", 0, 20), ("Proof: let A be given", 20, 60)]


def test_a_number_that_grows_is_another_number() -> None:
    assert len(joined((0, 1, [read("Page 1")]), (1, 9, [read("Page 12")]))) == 2


def test_what_is_wiped_away_leaves_no_line() -> None:
    found = joined(
        (0, 5, [read("The Blender Foundation")]), (5, 5.5, [read("The Blen", (0.1, 0.1, 0.25, 0.2))]), (5.5, 8, [])
    )
    assert found == [("The Blender Foundation", 0, 5)]


def test_lines_are_numbered_by_time_then_place() -> None:
    assert [text for text, _, _ in joined((0, 2, [read("low", BELOW), read("high")]), (2, 3, [read("later")]))] == [
        "high",
        "low",
        "later",
    ]


def test_nothing_after_the_end_and_nothing_of_no_length() -> None:
    assert joined((0, 3, [read("Title")]), (3, 4, [read("Ghost")]), duration_s=3.0) == [("Title", 0, 3)]


def test_no_readings_no_lines() -> None:
    assert join_lines([], 10.0, "test", 0.75) == ()
