"""What a verifier is given, and the shape of what it says.

A verifier is a small file with one `check(case) -> Verdict`; it is entered in `registry.py`. It accepts, filters
(well-formed, but not wanted) or fails (something broke), with a code and a sentence, and a measure or the reason why
there is none.
"""

from dataclasses import dataclass

from schemas.scan import FrameTimes
from schemas.settings import Verify
from schemas.timeline import Timeline
from schemas.trajectory import Trajectory, Turn, Verdict
from transforms.engines.ocr import Ocr
from transforms.store import Store


@dataclass(frozen=True, slots=True)
class Case:
    """A grounded trajectory and all it may be held against. `ocr` is None when the entry reads no text."""

    trajectory: Trajectory
    timeline: Timeline
    times: FrameTimes
    settings: Verify
    store: Store
    ocr: Ocr | None


def accept(verifier: str, measure: float | None = None, reason: str = "") -> Verdict:
    """Passed. Without a measure, `reason` says why there is none."""
    return Verdict(verifier, "accept", "", "", measure, reason)


def filtered(verifier: str, code: str, detail: str, measure: float | None = None) -> Verdict:
    return Verdict(verifier, "filter", code, detail, measure)


def failed(verifier: str, code: str, detail: str) -> Verdict:
    return Verdict(verifier, "fail", code, detail)


def looks_of(trajectory: Trajectory) -> tuple[Turn, ...]:
    """The tool turns that told or showed something."""
    return tuple(turn for turn in trajectory.turns if turn.role == "tool" and not turn.error)


def said_by_teacher(trajectory: Trajectory) -> str:
    """Everything a model would learn to say: reasoning, words and answer, line by line."""
    spoken = [part for turn in trajectory.turns if turn.role == "assistant" for part in (turn.reasoning, turn.text)]
    return "\n".join(part for part in [*spoken, trajectory.answer] if part)
