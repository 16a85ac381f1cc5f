"""What comes in, and what is turned away: videos, questions, rejected rows."""

from dataclasses import dataclass
from typing import Literal

from schemas.span import Span

Kind = Literal["choice", "open", "count", "order", "span", "list"]
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as fractions of the displayed picture, 0 to 1, origin at the top left."""

Answer = str | float | tuple[str, ...] | Span
"""By kind: choice and open a text (for choice the choice's own text, never its letter), count a number,
order the choices' texts in the right order, list texts in any order, span a Span."""

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms remote files are fetched: only under these roots, also after redirects, and only up to a size."""

    roots: tuple[str, ...] = ()
    most_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Video:
    """One source video.

    `uri` is what rows show: as given, or relative to its root, never a path of this machine, and without a query.
    `location` is where the bytes are read from and `subtitles` where an .srt/.vtt is: local paths, or remote uris that
    are fetched on `terms` (`transforms.remote.at_hand`). None of it is ever written to a row.
    `wanted_sha256` is the sha256 that the manifest says the video has, `subtitles_sha256` is that of its subtitles.
    `aliases` are the ids of other entries with the same bytes: questions about them are questions about this video.
    """

    id: str
    uri: str
    location: str
    sha256: str = ""
    license: str = ""
    subtitles: str = ""
    group: str = ""
    meta_json: str = "{}"
    aliases: tuple[str, ...] = ()
    wanted_sha256: str = ""
    subtitles_sha256: str = ""
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the answer can be seen or heard.

    `modality`: `screen` (text in the picture), `speech`, or `any` when the giver did not say.
    `text` is what must be readable or audible there, empty when unknown.
    """

    span: Span
    box: Box | None = None
    modality: Literal["screen", "speech", "any"] = "any"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one video, with its checked answer. `origin` is `given` or `ask/<template>`."""

    id: str
    video_id: str
    text: str
    kind: Kind
    answer: Answer
    choices: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    origin: str = "given"
    meta_json: str = "{}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that does not go on, and why.

    `outcome`: `filter` (well-formed but not wanted) or `fail` (something broke).
    `unit` is what the stage counts (`line`, `video`, `question`, `trajectory`) and `id` names that unit; an `export` is
    a row, or its files, that an export lacks.
    `detail` tells a person what to do about it. `line` is the 1-based line of the manifest, 0 when there is none.
    """

    stage: str
    code: str
    outcome: Literal["filter", "fail"]
    unit: str
    id: str
    detail: str
    video_id: str = ""
    question_id: str = ""
    trajectory_id: str = ""
    line: int = 0
