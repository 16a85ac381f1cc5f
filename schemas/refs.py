"""What travels between stages instead of what it stands for: ids and digests, never timelines or trajectories."""

from dataclasses import dataclass
from typing import Any

from schemas.source import Question, Rejected, Video
from schemas.trajectory import Frame, Status


@dataclass(frozen=True, slots=True)
class Scanned:
    """A video whose scan lies in the store as the blob `scan`, and what is left to do for it."""

    video: Video
    scan: str
    pieces: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Perceived:
    """A video whose timeline lies in the store as the blob `timeline`, and what may be told of each of its clips as the
    blobs `clips`."""

    video: Video
    timeline: str
    duration_s: float
    clips: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Posed:
    """A question about a perceived video."""

    perceived: Perceived
    question: Question


@dataclass(frozen=True, slots=True)
class Asked:
    """One rollout to be made of one question about a perceived video."""

    perceived: Perceived
    question: Question
    rollout: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A trajectory that lies in the store as the blob `record`, with what later stages choose by.

    `right` is judged on the answer alone; `tried_blind` says that blind runs were made of its question on its behalf.
    `although` is the code against it where it is in rows to train on all the same. `record_bytes` and `frame_bytes` are
    what the record and its frames weigh, for planning shards.
    """

    id: str
    video_id: str
    question_id: str
    rollout: int
    record: str
    status: Status
    code: str
    right: bool
    calls: int
    frames: int
    prompt_tokens: int
    completion_tokens: int
    tried_blind: bool = False
    although: str = ""
    record_bytes: int = 0
    frame_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """The overview of a video as the deployed tool gives it: what every RL row opens with.

    Where it could not be had, `code` and `detail` say why.
    """

    video_id: str
    timeline: str
    text: str
    frames: tuple[Frame, ...]
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Curated:
    """A question with all that became of it. `pass_rate` is None when no rollout finished; `split` is its video's.

    `against` is the code of why the question itself is not wanted, whatever its rollouts are worth, and `why` the
    reason in words; both are empty when it is.
    """

    perceived: Perceived
    question: Question
    pass_rate: float | None
    rollouts: int
    split: str
    trajectories: tuple[Kept, ...]
    against: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """The memos that one unit of a stage asked for, of steps that are paid for."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a target is met: at this question, of which `rows` more are wanted. What comes after it is not needed."""

    video_id: str
    question_id: str
    rows: int


@dataclass(frozen=True, slots=True)
class Yielded:
    """A question that was explored, and how many rows it brought."""

    video_id: str
    question_id: str
    rows: int


@dataclass(frozen=True, slots=True)
class Round:
    """What one round towards a target came to: the questions posed of some videos, or what some questions yielded.

    `passing` are the units that failed for reasons that may pass: what they would have brought is not known.
    """

    posed: tuple[Posed, ...] = ()
    yielded: tuple[Yielded, ...] = ()
    passing: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRef:
    """A row to be written: its table, split and id, about how many bytes it takes, and what it is made of."""

    table: str
    split: str
    id: str
    bytes: int
    source: Any


@dataclass(frozen=True, slots=True)
class Count:
    """`n` units of a stage, for the report, with the `code` of their reason.

    `field` is `in`, `out`, `made`, `filtered`, `failed` or `kept`.
    """

    stage: str
    field: str
    code: str
    n: int = 1
