"""The canonical record: one rollout of a teacher, first in caption space, then grounded on frames.

Everything a trainer loads is rendered from it. It holds no free dicts: arguments, tool schemas and the question's
answer are canonical JSON strings, because an Arrow union of structs would teach models null arguments.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.chat import Call, Role
from schemas.source import Box, Question
from schemas.span import Span

SCHEMA_VERSION = "2"

KEPT = "published"
"""Who says, in a verdict, that a rollout is in rows to train on although it was not accepted."""

PARDONED = frozenset(
    {
        "form",
        "answer",
        "other_words",
        "guess",
        "evidence",
        "focus",
        "last_window",
        "speech_text",
        "screen_text",
        "ends_read",
    }
)
"""Verifiers that may be against such a rollout: for its answer, or that it has none, and for what it looked at."""

Status = Literal["open", "accept", "filter", "fail"]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that a tool call shows: the blob with its JPEG and where it is from.

    `pts_s` is the presentation time in seconds of the displayed frame, `box` the region of it that is shown
    (the whole picture when None), `width` and `height` of the JPEG in pixels.
    """

    sha256: str
    pts_s: float
    box: Box | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation, with both faces of a tool's answer side by side.

    `text` is what system, user and assistant turns say; a tool turn keeps it empty and has `read_text` (what the
    teacher read; never rendered) and `look_text` (what the deployed tool says). `spans` are the stretches of video that
    the grounded answer really shows or tells, `item_ids` the timeline items that `read_text` quotes, and `frame_refs`
    indices into the trajectory's `frames`. `error` marks a tool turn that told of a bad call.
    """

    role: Role
    text: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    call_id: str = ""
    read_text: str = ""
    look_text: str = ""
    spans: tuple[Span, ...] = ()
    item_ids: tuple[str, ...] = ()
    frame_refs: tuple[int, ...] = ()
    error: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one verifier says. `measure` is a number, or None with the reason why there is none."""

    verifier: str
    outcome: Literal["accept", "filter", "fail"]
    code: str
    detail: str
    measure: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """The video as a row tells of it: no path of a machine."""

    id: str
    uri: str
    sha256: str
    duration_s: float
    license: str
    group: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a row comes from. `teacher` is the chat engine's identity and `prompts` name=digest pairs."""

    dataset: str
    version: str
    fingerprint: str
    teacher: str
    prompts: tuple[str, ...]
    seed: int
    rollout: int


@dataclass(frozen=True, slots=True)
class Trajectory:
    """`answer` is what the teacher finally said, as text; empty when it never answered. `right` says whether that is
    right, by its words or by the judge's reading: pass rates count it.

    `tools_json` are the tools with their grounded face as a canonical JSON list; the teacher saw the other face.
    `frames` are in order of first use and unique.
    """

    id: str
    video: Source
    question: Question
    tools_json: str
    turns: tuple[Turn, ...]
    frames: tuple[Frame, ...]
    answer: str
    right: bool
    status: Status
    code: str
    verdicts: tuple[Verdict, ...]
    lineage: Lineage
    split: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    schema_version: str = SCHEMA_VERSION


def kept_although(trajectory: Trajectory) -> str:
    """The code that is against a rollout which is in rows to train on all the same; empty for all others."""
    return trajectory.code if any(verdict.verifier == KEPT for verdict in trajectory.verdicts) else ""
