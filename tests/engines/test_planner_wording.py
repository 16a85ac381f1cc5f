"""How the planner tells when something is on screen: no finer than the frames that a row keeps."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.span import Span
from schemas.timeline import Shot
from tests.engines.planner_scenes import LINES, ask, explored, video, windows
from transforms.engines.planner.case import Case
from transforms.engines.planner.conclude import conclude
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import Item, Observation
from transforms.engines.planner.question import read_question
from transforms.engines.planner.wording import MOST_QUOTED, Voice, about, heard, quoted, roughly, seen, stopped_once
from transforms.verify.moments import moments


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (Span(7.0, 13.8), "from about 7 s until about 14 s"),
        (Span(5.2, 14.9), "from about 5 s until about 15 s"),
        (Span(5.4, 6.7), "from about 5 s until about 7 s"),
        (Span(5.6, 6.4), "at about 6 s"),
        (Span(5.2, 5.9), "at about 5.6 s"),
        (Span(0.0, 84.6), "from about 0 s until about 85 s"),
        (Span(5.2, 6.0), "at about 5.6 s"),
        (Span(5.6, 5.6), "at about 5.6 s"),
    ],
)
def test_times_are_whole_seconds_near_the_frames(span: Span, told: str) -> None:
    assert about(span) == told


@pytest.mark.parametrize("turn", range(8))
def test_every_text_of_a_look_has_its_own_time(turn: int) -> None:
    """What comes late in a window is not told of all of it."""
    early, late, beside = (
        Item(Span(*bounds), text, "see")
        for bounds, text in (((5.0, 7.0), "EARLY"), ((7.1, 9.0), "LATE"), ((7.2, 9.3), "BESIDE IT"))
    )
    said = seen(Voice("key", turn), [early, late, beside], Span(5.0, 9.5))
    assert said.endswith(
        '"EARLY" from about 5 s until about 7 s and "LATE" and "BESIDE IT" from about 7 s until about 9 s.'
    )
    assert seen(Voice("key", turn), [late, beside], Span(5.0, 9.5)).endswith(
        ' "LATE" and "BESIDE IT" from about 7 s until about 9 s.'
    )


def test_what_goes_as_another_comes_is_not_told_with_it() -> None:
    goes, comes = Item(Span(5.2, 5.9), "GOES", "see"), Item(Span(5.95, 6.7), "COMES", "see")
    assert seen(Voice("key", 0), [goes, comes], Span(4.0, 8.0)).endswith(
        ' "GOES" at about 5.6 s and "COMES" at about 6 s.'
    )


def test_a_text_that_stands_there_twice_is_told_once() -> None:
    left, right = Item(Span(5.0, 9.0), "OK", "see"), Item(Span(5.0, 9.2), "OK", "see")
    assert seen(Voice("key", 0), [left, right], Span(5.0, 9.5)).endswith(' "OK" from about 5 s until about 9 s.')
    assert seen(Voice("key", 0), [left, right], Span(5.0, 9.5)).count("OK") == 1


@pytest.mark.parametrize("turn", range(8))
def test_verifiers_read_both_times(turn: int) -> None:
    item = Item(Span(5.2, 14.9), "A TEXT", "see")
    for said in (seen(Voice("key", turn), [item], Span(5.0, 15.0)), roughly(Voice("key", turn), item)):
        assert [time_s for _, time_s in moments(said)] == [5.0, 15.0]


@pytest.mark.parametrize("rollout", range(6))
def test_a_look_does_not_tell_which_clip_was_found_for_which_text(tmp_path: Path, rollout: int) -> None:
    """One search for all texts gives one list of clips, and rows have their times alone."""
    texts = ("TICKET PRICES", "WELCOME TO ALDERPORT", "QUESTION TIME")
    assert wishes(tmp_path, texts, rollout) == [
        '"TICKET PRICES", "WELCOME TO ALDERPORT" or "QUESTION TIME"',
        '"TICKET PRICES" or "QUESTION TIME"',
        '"TICKET PRICES"',
    ]


def test_a_look_does_not_tell_which_text_no_clip_was_found_for(tmp_path: Path) -> None:
    texts = ("TICKET PRICES", "PLATFORM NINE CLOSED", "Ticket prices")
    assert wishes(tmp_path, texts, 0)[:1] == ['"Ticket prices" or "PLATFORM NINE CLOSED"']


def wishes(folder: Path, texts: tuple[str, ...], rollout: int) -> list[str]:
    """What each look is said to be for."""
    question = ask("Put these texts in the order in which they come up.", "order", texts, texts)
    done, _ = explored(folder, question, rollout=rollout)
    looks = [turn.reasoning for turn in done.turns if any(call.name == "caption_zoom" for call in turn.calls)]
    return [look.rpartition(" for ")[2].rstrip(".") for look in looks]


@pytest.mark.parametrize("turn", range(8))
def test_every_phrase_has_its_own_time(turn: int) -> None:
    late, early = Item(Span(72.5, 79.0), "Late.", "hear"), Item(Span(35.2, 36.8), "Early.", "hear")
    said = heard(Voice("key", turn), [late, early])
    assert said.endswith(' "Early." from 35.2 to 36.8 s and "Late." from 72.5 to 79.0 s.')
    assert [time_s for _, time_s in moments(said)] == [35.2, 36.8, 72.5, 79.0]


SHORT = (*LINES, ("MUSIC BY THE SEA BAND", 83.2, 84.2))
"""A text that stands between two frames of a look at its clip, which is from 80 to 90 s."""

BAND = ask('Complete what is written: "MUSIC BY THE ____ BAND".', "open", "SEA")


@pytest.mark.parametrize("rollout", range(6))
def test_what_no_frame_shows_is_not_read(tmp_path: Path, rollout: int) -> None:
    """The teacher knows from the search that it is there, and no more of when than one who sees the frames."""
    done, _ = explored(tmp_path, BAND, video(SHORT), rollout)
    first, *_ = [n for n, turn in enumerate(done.turns) if any(call.name == "caption_zoom" for call in turn.calls)]
    assert "MUSIC" in done.turns[first - 1].read_text
    assert "MUSIC" not in done.turns[first + 1].read_text


@pytest.mark.parametrize("rollout", range(6))
def test_what_no_frame_shows_is_looked_for_in_the_halves_of_the_look(tmp_path: Path, rollout: int) -> None:
    done, _ = explored(tmp_path, BAND, video(SHORT), rollout)
    _, second, *_ = windows(done, "caption_zoom")
    assert second == Span(80.0, 85.0)
    assert done.answer == "SEA"


def test_a_long_quote_is_cut_where_nothing_is_lost_of_what_matters() -> None:
    text = f"{'so and so ' * 12}this validates the concept and {'on and on ' * 12}"
    assert len(quoted(text)) <= MOST_QUOTED + 4
    assert quoted(text).startswith('"so and so')
    assert quoted(text, keep="Validates").startswith('"… ')
    assert "this validates" in quoted(text, keep="Validates")
    assert quoted("this validates", keep="other") == '"this validates"'


@pytest.mark.parametrize("rollout", range(4))
def test_the_text_that_a_place_was_found_by_is_told(tmp_path: Path, rollout: int) -> None:
    """The look that shows it shows the answer too, so that no thought comes in between."""
    choices = ("Trees", "Adult 18.50", "GATE 14 OPENS AT 09:30")
    question = ask('What else is on screen while "TICKET PRICES" is shown?', "choice", "Adult 18.50", choices)
    done, _ = explored(tmp_path, question, rollout=rollout)
    assert done.answer == "B"
    assert '"TICKET PRICES"' in done.turns[-1].reasoning.partition("Adult 18.50")[0]


@pytest.mark.parametrize(
    ("text", "told"), [('Complete the line: "QUESTION ____".', False), ("What is written there?", True)]
)
def test_beside_a_line_with_a_gap_nothing_else_is_worth_telling(text: str, told: bool) -> None:
    look = Observation("caption_zoom", "", True, Span(40.0, 50.0))
    desk = Desk(frozenset({"caption_zoom"}), {}, True, 8, 100.0, str, [look])
    case = Case(read_question(f"{text}\nAnswer in one or two words.", 100.0), desk, Voice("", 0))
    assert case.ask.kind == "open"
    assert (case.worth(Item(Span(46.0, 50.0), "SOMETHING ELSE", "see", look.window)) > 0.3) is told


@pytest.mark.parametrize(
    "text", ["so and so, on and on and so forth. " * 8, "吊顶有什么类型呢" * 30], ids=["words", "no spaces"]
)
@pytest.mark.parametrize("at", range(0, 240, 7))
def test_what_is_to_be_kept_of_a_quote_stays_wherever_it_is(text: str, at: int) -> None:
    for keep in ("KEPT", "KEPT AS IT IS", "KEPT " * 30):
        said = quoted(f"{text[:at]} {keep} {text[at:]}", keep=keep.lower())
        assert keep.strip() in said
        assert len(said) <= max(MOST_QUOTED, len(keep)) + 6


@pytest.mark.parametrize("rollout", range(6))
def test_a_text_that_is_there_in_the_first_second_is_followed(tmp_path: Path, rollout: int) -> None:
    """What a look shows once more begins with the video at the earliest."""
    lines = (("HARBOUR NEWS", 0.2, 6.0), *LINES[1:])
    scene = video(lines)
    clips = (
        Shot("clip-0", Span(0.0, 1.5)),
        *(replace(c, span=Span(max(1.5, c.span.start_s), c.span.end_s)) for c in scene.clips),
    )
    captions = tuple(replace(scene.captions[0], id=f"c{n}", span=c.span) for n, c in enumerate(clips))
    texts = ("QUESTION TIME", "HARBOUR NEWS", "TICKET PRICES")
    question = ask("Put these texts in the order in which they come up.", "order", texts, texts)
    done, _ = explored(tmp_path, question, replace(scene, clips=clips, shots=clips, captions=captions), rollout)
    assert done.answer == "B, A, C"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ('I hear "Nobody knows why.". I listen again.', 'I hear "Nobody knows why." I listen again.'),
        ('I hear "Who knows?".', 'I hear "Who knows?"'),
        ('I hear "渡轮中午离开。".', 'I hear "渡轮中午离开。"'),
        ("I hear \"He said 'Go.'\". I look.", "I hear \"He said 'Go.'\" I look."),
        ('I hear "Who knows?", and then nothing.', 'I hear "Who knows?", and then nothing.'),
        ('I read "Peel the onion". I look on.', 'I read "Peel the onion". I look on.'),
        ('I read "Peel the …". It is "v1.".5', 'I read "Peel the …". It is "v1.".5'),
    ],
)
def test_a_quoted_sentence_ends_the_one_around_it(said: str, written: str) -> None:
    assert stopped_once(said) == written


@pytest.mark.parametrize(
    ("first_s", "last_s", "told"),
    [
        (12.0, 18.0, "from about 12 s until about 18 s"),
        (10.5, 18.0, "from about 10 s until about 18 s"),
        (12.0, 19.5, "from about 12 s on"),
        (10.5, 19.5, "from about 10 s until about 20 s"),
    ],
    ids=["comes and goes", "was there", "stays", "all the while"],
)
def test_what_is_there_all_the_while_is_not_said_to_come(first_s: float, last_s: float, told: str) -> None:
    window, frames = Span(10.0, 20.0), tuple(n / 2 for n in range(21, 40))
    ends = Span(10.0 if first_s == 10.5 else first_s - 0.25, 20.0 if last_s == 19.5 else last_s + 0.25)
    item = Item(ends, "TICKET PRICES", "see", window, Span(first_s, last_s))
    look = Observation("caption_zoom", "", True, window, items=(item,), frames=frames)
    desk = Desk(frozenset({"caption_zoom"}), {}, True, 8, 100.0, str, [look])
    question = "Which text is shown?\nA. TICKET PRICES\nB. Trees\nAnswer with the letter."
    said = conclude(Case(read_question(question, 100.0), desk, Voice("", 0)), [item], 'A, "TICKET PRICES"')
    seen, _, _ = said.partition(". ")
    assert seen in (f'"TICKET PRICES" is on screen {told}', f'F{told[1:]} the screen shows "TICKET PRICES"')


@pytest.mark.parametrize(
    ("first_s", "ends", "told"),
    [
        (9.25, (8.0, 12.0), "from about 9 s on"),
        (9.25, (8.0, 12.0, 16.0), "from about 9 s until about 12 s"),
        (8.25, (8.0, 12.0), "from about 8 s until about 12 s"),
        (8.25, (4.0, 8.0, 12.0), "from about 8 s on"),
    ],
    ids=["may stay", "gone in the next look", "may have been there", "not there in the look before"],
)
def test_an_end_where_two_looks_meet_is_seen(first_s: float, ends: tuple[float, ...], told: str) -> None:
    looks = []
    for window in map(Span, ends, ends[1:]):
        frames = tuple(window.start_s + 0.25 + n / 2 for n in range(8))
        shown = Item(Span(8.0 if first_s == 8.25 else 9.0, 12.0), "TICKET PRICES", "see", window, Span(first_s, 11.75))
        items = (shown,) if window.start_s == 8.0 else ()
        looks.append(Observation("caption_zoom", "", True, window, items=items, frames=frames))
    desk = Desk(frozenset({"caption_zoom"}), {}, True, 8, 100.0, str, looks)
    question = "Which text is shown?\nA. TICKET PRICES\nB. Trees\nAnswer with the letter."
    said = conclude(Case(read_question(question, 100.0), desk, Voice("", 0)), desk.items(), 'A, "TICKET PRICES"')
    seen, _, _ = said.partition(". ")
    assert seen in (f'"TICKET PRICES" is on screen {told}', f'F{told[1:]} the screen shows "TICKET PRICES"')
