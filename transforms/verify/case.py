"""What a verifier is given, and the shape of what it says.

A verifier is a small file with one `check(case) -> Verdict`; it is entered in `registry.py`. It accepts, filters
(well-formed, but not wanted) or fails (something broke), with a code and a sentence, and a measure or the reason why
there is none.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.chat import Call
from schemas.scan import FrameTimes
from schemas.settings import Verify
from schemas.span import Span
from schemas.timeline import Timeline
from schemas.trajectory import Trajectory, Turn, Verdict
from transforms.dialects.hermes import kept_turns
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


def trained_turns(trajectory: Trajectory) -> tuple[Turn, ...]:
    """The turns that a row is rendered from: malformed ones and the errors that answered them are left out."""
    return kept_turns(trajectory.turns)


def looks_of(trajectory: Trajectory) -> tuple[Turn, ...]:
    """The tool turns that told or showed something."""
    return tuple(turn for turn in trained_turns(trajectory) if turn.role == "tool")


def calls_of(trajectory: Trajectory) -> tuple[Call, ...]:
    """The calls a model would learn to make."""
    return tuple(call for turn in trained_turns(trajectory) for call in turn.calls)


def arguments_of(call: Call) -> Mapping[str, Any]:
    """What a call is made with; nothing where that is no JSON object, which `trainable` tells of."""
    try:
        arguments = json.loads(call.arguments_json)
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


def said_by_teacher(trajectory: Trajectory) -> str:
    """Everything a model would learn to say: reasoning, words and answer, line by line."""
    turns = [turn for turn in trained_turns(trajectory) if turn.role == "assistant"]
    spoken = [part for turn in turns for part in (turn.reasoning, turn.text)]
    return "\n".join(part for part in [*spoken, trajectory.answer] if part)


def displayed_during(times: FrameTimes, pts_s: float, span: Span) -> bool:
    """Whether the frame that appears at `pts_s` is on screen at some time of the span: it stays until the next one."""
    after = bisect_right(times.pts_s, pts_s)
    until = times.pts_s[after] if after < len(times.pts_s) else times.duration_s
    return pts_s < span.end_s and until > span.start_s


def quotable(case: Case) -> str:
    """What anybody may repeat, line by line: the question, its choices, its answer, text on screen, and speech."""
    question, timeline = case.trajectory.question, case.timeline
    texts = [question.text, *question.choices, str(question.answer)]
    texts += [line.text for line in timeline.lines] + [item.text for item in timeline.speech]
    return "\n".join(texts)
