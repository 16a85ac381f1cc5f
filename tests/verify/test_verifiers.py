"""Each verifier passes the right trajectory and catches the one thing it is meant for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.chat import Call
from schemas.source import Evidence
from schemas.span import Span
from schemas.trajectory import Frame, Turn
from tests.verify.cases import CAPTION, SIGN, changed, picture, right_case, turn_changed
from transforms.engines.ocr import RapidOcr
from transforms.verify.case import Case
from transforms.verify.evidence import seen_share
from transforms.verify.registry import verify


def outcomes(case: Case) -> dict[str, str]:
    """Verifier → code, of the verdicts that do not accept."""
    return {v.verifier: v.code for v in verify(case).verdicts if v.outcome != "accept"}


def test_the_right_one_passes_every_verifier(tmp_path: Path) -> None:
    verified = verify(right_case(tmp_path, RapidOcr()))
    assert [(v.verifier, v.outcome) for v in verified.verdicts] == [
        (name, "accept")
        for name in (
            "form",
            "trainable",
            "answer",
            "evidence",
            "times",
            "repeats",
            "words",
            "speech_text",
            "frames",
            "screen_text",
        )
    ]
    assert (verified.status, verified.code) == ("accept", "")


def say(case: Case, reasoning: str) -> Case:
    return turn_changed(case, -1, lambda turn: replace(turn, reasoning=reasoning))


def call_again(case: Case) -> Case:
    turns = case.trajectory.turns
    twice = (
        *turns[:4],
        replace(turns[2], calls=(replace(turns[2].calls[0], id="c9"),)),
        replace(turns[3], call_id="c9"),
    )
    return changed(case, turns=(*twice, *turns[4:]))


def with_evidence(case: Case, *evidence: Evidence) -> Case:
    return changed(case, question=replace(case.trajectory.question, evidence=evidence))


def frame_changed(case: Case, **fields: object) -> Case:
    frames = list(case.trajectory.frames)
    frames[1] = replace(frames[1], **fields)  # type: ignore[arg-type]
    return changed(case, frames=tuple(frames))


FAULTS: dict[str, tuple[Callable[[Case], Case], dict[str, str]]] = {
    "wrong answer": (lambda case: changed(case, answer="A"), {"answer": "wrong_answer"}),
    "no answer": (
        lambda case: changed(case, answer=""),
        {"form": "no_answer", "trainable": "untrainable_turn", "answer": "wrong_answer"},
    ),
    "evidence elsewhere": (
        lambda case: with_evidence(case, Evidence(Span(50.0, 54.0), None, "screen")),
        {"evidence": "evidence_not_seen"},
    ),
    "heard but not seen": (
        lambda case: with_evidence(case, Evidence(Span(30.0, 33.0), None, "screen")),
        {"evidence": "evidence_not_seen"},
    ),
    "time past the end": (lambda case: say(case, "At 75.2 s it ends."), {"times": "time_outside"}),
    "range past the end": (lambda case: say(case, "From 58 to 63 s it ends."), {"times": "time_outside"}),
    "same call twice": (call_again, {"repeats": "repeated_call"}),
    "caption talk": (lambda case: say(case, "The caption mentions a gate."), {"words": "caption_words"}),
    "hint talk": (lambda case: say(case, "The hint was clear."), {"words": "caption_words"}),
    "caption repeated": (lambda case: say(case, f"I see {CAPTION}."), {"words": "caption_leak"}),
    "speech not told": (
        lambda case: turn_changed(case, 5, lambda turn: replace(turn, look_text="Nothing is said.")),
        {"speech_text": "speech_not_told"},
    ),
    "no such frame time": (lambda case: frame_changed(case, pts_s=21.05), {"frames": "frame_time"}),
    "frame of another span": (lambda case: frame_changed(case, pts_s=40.0), {"frames": "frame_outside"}),
    "frame of another size": (lambda case: frame_changed(case, width=640), {"frames": "frame_broken"}),
    "frame that is no picture": (
        lambda case: frame_changed(case, sha256=case.store.put_blob(b"not a picture")),
        {"frames": "frame_broken"},
    ),
    "frame that is lost": (lambda case: frame_changed(case, sha256="0" * 64), {"frames": "frame_broken"}),
    "frame never used": (
        lambda case: turn_changed(case, 3, lambda turn: replace(turn, frame_refs=(1,))),
        {"form": "malformed"},
    ),
    "frames out of order": (
        lambda case: turn_changed(case, 3, lambda turn: replace(turn, frame_refs=(2, 1))),
        {"form": "malformed"},
    ),
    "answer to no call": (
        lambda case: turn_changed(case, 3, lambda turn: replace(turn, call_id="other")),
        {"form": "malformed", "trainable": "untrainable_turn"},
    ),
    "ends with a call": (
        lambda case: turn_changed(case, -1, lambda turn: replace(turn, calls=(Call("c9", "overview", "{}"),))),
        {"form": "malformed", "trainable": "untrainable_turn"},
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_caught_by_the_verifier_meant_for_it(name: str, tmp_path: Path) -> None:
    plant, expected = FAULTS[name]
    assert outcomes(plant(right_case(tmp_path))) == expected


def test_text_must_be_readable_in_the_frames_that_are_kept(tmp_path: Path) -> None:
    case = right_case(tmp_path, RapidOcr())
    twin = case.store.put_blob(picture("Gate 41 opens"))
    frames = tuple(replace(frame, sha256=twin) for frame in case.trajectory.frames)
    verified = verify(changed(case, frames=frames))
    assert (verified.status, verified.code) == ("filter", "text_not_readable")
    assert SIGN in verified.verdicts[-1].detail


def test_costly_verifiers_are_not_paid_for_what_is_lost_already(tmp_path: Path) -> None:
    verified = verify(changed(right_case(tmp_path, RapidOcr()), answer="A"))
    assert "screen_text" not in [verdict.verifier for verdict in verified.verdicts]


def test_a_frame_is_read_once(tmp_path: Path) -> None:
    case = right_case(tmp_path, RapidOcr())
    verify(case)
    verify(case)
    assert case.store.counts == {("reread", "made"): 1, ("reread", "hit"): 1}


def test_without_evidence_the_entry_decides(tmp_path: Path) -> None:
    case = with_evidence(right_case(tmp_path))
    verdict = next(v for v in verify(case).verdicts if v.verifier == "evidence")
    assert (verdict.outcome, verdict.measure, verdict.reason) == ("accept", None, "the question came without evidence")
    strict = replace(case, settings=case.settings.model_copy(update={"without_evidence": "filter"}))
    assert outcomes(strict) == {"evidence": "no_evidence"}


def test_clock_times_in_quotes_are_no_claims(tmp_path: Path) -> None:
    assert outcomes(say(right_case(tmp_path), 'The sign says "in 90 s".')) == {}


def test_a_malformed_turn_may_be_dropped(tmp_path: Path) -> None:
    case = right_case(tmp_path)
    bad = Turn("assistant", "", "Hm.", (Call("x", "temporal_zoom", "{"),))
    told = Turn("tool", call_id="x", read_text="Bad.", look_text="Bad.", error=True)
    turns = (*case.trajectory.turns[:2], bad, told, *case.trajectory.turns[2:])
    assert outcomes(changed(case, turns=turns)) == {}


@pytest.mark.parametrize(
    ("evidence", "share"),
    [
        (Evidence(Span(20.0, 24.0), None, "screen"), 1.0),
        (Evidence(Span(22.0, 26.0), None, "screen"), 0.5),
        (Evidence(Span(0.0, 60.0), None, "screen"), 0.4),
        (Evidence(Span(29.0, 34.0), None, "speech"), 1.0),
        (Evidence(Span(22.0, 31.0), None, "any"), 4 / 9),
        (Evidence(Span(21.0, 21.0), None, "screen"), 1.0),
        (Evidence(Span(40.0, 40.0), None, "screen"), 0.0),
    ],
    ids=["whole", "half", "ten seconds of a long one", "speech", "either", "a moment seen", "a moment missed"],
)
def test_seen_share(evidence: Evidence, share: float, tmp_path: Path) -> None:
    assert seen_share(right_case(tmp_path).trajectory, evidence) == share


def test_frames_are_values() -> None:
    assert Frame("a", 1.0, None, 2, 2) == Frame("a", 1.0, None, 2, 2)
