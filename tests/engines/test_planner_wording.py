"""How the planner tells when something is on screen: no finer than the frames that a row keeps."""

from pathlib import Path

import pytest

from schemas.span import Span
from tests.engines.planner_scenes import LINES, SPEECH, ask, explored, video
from transforms.engines.planner.observation import Item
from transforms.engines.planner.wording import Voice, about, heard, roughly, seen
from transforms.verify.moments import moments


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (Span(7.0, 13.8), "from about 7 s until about 13 s"),
        (Span(5.2, 14.9), "from about 6 s until about 14 s"),
        (Span(5.4, 6.7), "at about 6 s"),
        (Span(5.2, 5.9), "at about 5.6 s"),
        (Span(0.0, 84.6), "from about 0 s until about 84 s"),
        (Span(6.0, 6.7), "at about 6 s"),
        (Span(5.2, 6.0), "at about 5.6 s"),
    ],
)
def test_times_are_whole_seconds_that_lie_within(span: Span, told: str) -> None:
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
        '"EARLY" from about 5 s until about 7 s and "LATE" and "BESIDE IT" from about 8 s until about 9 s.'
    )
    assert seen(Voice("key", turn), [late, beside], Span(5.0, 9.5)).endswith(
        ' "LATE" and "BESIDE IT" from about 8 s until about 9 s.'
    )


def test_what_goes_as_another_comes_is_not_told_with_it() -> None:
    goes, comes = Item(Span(5.2, 6.0), "GOES", "see"), Item(Span(6.0, 6.7), "COMES", "see")
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
        assert [time_s for _, time_s in moments(said)] == [6.0, 14.0]


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


@pytest.mark.parametrize("rollout", range(6))
def test_what_comes_and_goes_between_two_frames_is_neither_told_nor_denied(tmp_path: Path, rollout: int) -> None:
    lines, speech = (*LINES, ("FLASH CARD", 84.2, 85.1)), (*SPEECH, ("A card flashes by.", 84.0, 85.4))
    question = ask('What is said while "FLASH CARD" is on screen?', "open", "A card flashes by.")
    done, _ = explored(tmp_path, question, video(lines, speech), rollout)
    looks = [n for n, turn in enumerate(done.turns) if any(call.name == "caption_zoom" for call in turn.calls)]
    said = done.turns[looks[0] + 2].reasoning
    assert done.turns[looks[0] + 1].read_text.count("FLASH CARD") == 1
    assert said.startswith(("I listen from ", "Next I want to hear ", "The words from "))


@pytest.mark.parametrize("rollout", range(6))
def test_what_no_frame_has_shown_is_not_made_sure_of(tmp_path: Path, rollout: int) -> None:
    lines = (*LINES, ("MUSIC BY THE SEA BAND", 84.2, 85.1))
    question = ask('Complete what is written: "MUSIC BY THE ____ BAND".', "open", "SEA")
    done, _ = explored(tmp_path, question, video(lines), rollout)
    first, second, *_ = [turn.reasoning for turn in done.turns if any(c.name == "caption_zoom" for c in turn.calls)]
    assert first.endswith("since a clip there may show it.")
    assert second.endswith("as the frames there stand far apart.")
