"""What good teachers say in natural English passes, and what they should not say is caught however it is put."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.source import Evidence
from schemas.span import Span
from schemas.timeline import Speech, TextLine
from tests.verify.cases import changed, right_case, turn_changed
from transforms.verify.case import Case
from transforms.verify.registry import verify


def said(case: Case, reasoning: str) -> set[str]:
    """Codes of the verdicts against the case when its last turn says so too."""
    last = case.trajectory.turns[-1].reasoning
    case = turn_changed(case, -1, lambda turn: replace(turn, reasoning=f"{last} {reasoning}"))
    return {verdict.code for verdict in verify(case).verdicts if verdict.outcome != "accept"}


def with_lines(case: Case, *lines: tuple[str, float, float]) -> Case:
    made = tuple(
        TextLine(f"x{n}", Span(start_s, end_s), text, (0.1, 0.1, 0.5, 0.2), 0.9, True, "test")
        for n, (text, start_s, end_s) in enumerate(lines)
    )
    return replace(case, timeline=replace(case.timeline, lines=(*case.timeline.lines, *made)))


FINE = (
    "An actor in his 70s plays an 80s song.",
    "She bakes it for 20 minutes in the oven, then boils it for 90 seconds.",
    "The clock on the wall shows 10:10 and the score is 21:18.",
    "The clip runs for about 50 seconds; that takes about 45 seconds.",
    "A countdown goes from 50 to 45 seconds.",
    "There is the hint of a smile, and an annotation on the diagram.",
    "The man said he could not find his keys.",
    "The contestant guessed 42. I am not guessing.",
    "On the left side of the stage a man in a blue shirt waves.",
    "...",
    "👍",
)


@pytest.mark.parametrize("reasoning", FINE)
def test_natural_english_passes(reasoning: str, tmp_path: Path) -> None:
    assert said(right_case(tmp_path), reasoning) == set()


@pytest.mark.parametrize(
    "reasoning",
    [
        "See the 95-second mark.",
        "At second 95 it ends.",
        "It ends at t=95.",
        "It is in [95.0-98.0].",
        "At minute 3 it ends.",
        "At 95 Seconds it ends.",
        "From 3:00 on it rains.",
        "It ends at\n95 s.",
        "It ends at  95 s.",
        "From 4 to 95 s it rains.",
        "From 4 s until 95 s it rains.",
        "It ends at \uff19\uff15 s.",
        "It ends at \u0669\u0665 s.",
    ],
)
def test_a_time_past_the_end_however_it_is_put(reasoning: str, tmp_path: Path) -> None:
    assert "time_outside" in said(right_case(tmp_path), reasoning)


@pytest.mark.parametrize(
    "reasoning",
    [
        "According to the description it is a gate.",
        "Based on the summary it is a gate.",
        "The video description says so.",
        "Hint: look at the gate.",
        "The user told me that B is right.",
        "I already know the answer is B.",
    ],
)
def test_a_leak_however_it_is_put(reasoning: str, tmp_path: Path) -> None:
    assert said(right_case(tmp_path), reasoning) == {"caption_words"}


def test_words_without_words(tmp_path: Path) -> None:
    """Thoughts that a teacher keeps to itself leave a turn with nothing in it but an answer."""
    case = turn_changed(right_case(tmp_path), -1, lambda turn: replace(turn, reasoning="", text="The sign."))
    assert verify(case).status == "accept"
    empty = turn_changed(right_case(tmp_path), -1, lambda turn: replace(turn, reasoning=""))
    assert verify(empty).status == "accept"


SUBTITLE = "take the left stairs down to platform nine"
SHOWN: dict[str, tuple[Callable[[Case], Case], str]] = {
    "a burned-in subtitle that is spoken too": (
        lambda case: with_lines(
            replace(
                case,
                timeline=replace(
                    case.timeline,
                    speech=(
                        *case.timeline.speech,
                        Speech(
                            "s9", Span(20.0, 24.0), "take the left stairs down to platform nine", (), 1.0, True, "t"
                        ),
                    ),
                ),
            ),
            (SUBTITLE, 20.0, 26.0),
        ),
        f"It reads: {SUBTITLE}.",
    ),
    "a part of a longer line": (
        lambda case: with_lines(
            case, ("Machine Learning for Beginners", 20.0, 26.0), ("Machine Learning for", 50.0, 55.0)
        ),
        "It is titled Machine Learning for Beginners.",
    ),
    "words that anybody says": (
        lambda case: with_lines(case, ("Final score", 50.0, 55.0), ("Coffee shop", 50.0, 55.0), ("Step 3", 50.0, 55.0)),
        "The final score is step 3 in the coffee shop.",
    ),
    "a clock in other digits": (
        lambda case: with_lines(case, ("\u0669\u0665:\u0663\u0660", 20.0, 26.0)),
        "It says at \u0669\u0665:\u0663\u0660.",
    ),
    "a stopwatch": (lambda case: with_lines(case, ("00:20", 50.0, 55.0), ("20.00", 50.0, 55.0)), "From 20.00 s on."),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_was_shown_may_be_told(name: str, tmp_path: Path) -> None:
    change, reasoning = SHOWN[name]
    assert said(change(right_case(tmp_path)), reasoning) == set()


def test_a_span_in_minutes_names_two_times(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    question = replace(case.trajectory.question, kind="span", choices=(), answer=Span(65.0, 90.0))
    answered = replace(case.trajectory, question=question, answer="1 min 5 s to 1 min 30 s")
    assert replace(case, trajectory=answered).answer_times == (65.0, 90.0)


def test_a_wide_window_may_be_the_last_one_when_it_holds_the_evidence(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    case = changed(
        case, question=replace(case.trajectory.question, evidence=(Evidence(Span(31.0, 32.0), None, "any"),))
    )
    codes = {verdict.code for verdict in verify(case).verdicts if verdict.outcome != "accept"}
    assert "last_window_elsewhere" not in codes


@pytest.mark.parametrize("run", [" " * 100_000, "\n" * 100_000, "At 5" + " " * 100_000, "a, " * 50_000])
def test_a_model_that_runs_away_holds_nobody_up(run: str, tmp_path: Path) -> None:
    assert isinstance(said(right_case(tmp_path), run), set)
    verify(changed(right_case(tmp_path), answer=run))


def test_nonsense_in_calls_and_answers_is_no_crash(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    (call,) = case.trajectory.turns[2].calls
    for arguments in ("[" * 5000, '{"start_s": 1e999, "end_s": 2}', '{"start_s": "20", "end_s": null}'):
        broken = replace(call, arguments_json=arguments)
        assert verify(turn_changed(case, 2, lambda turn, broken=broken: replace(turn, calls=(broken,)))).status  # type: ignore[misc]
    assert "time_outside" in said(case, f"At {'9' * 400} s it ends.")
    assert said(case, f"At {'9' * 5000}:30 it ends.") == set()
    zero = changed(case, question=replace(case.trajectory.question, evidence=(Evidence(Span(22.0, 22.0)),)))
    assert verify(zero).status
