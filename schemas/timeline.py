"""Caption space: everything that can be seen, read and heard in one video, as text on one clock.

Every item has an id that is unique in its timeline, a span, a score in 0..1 and the engine that made it.
Items whose score lies under their engine's threshold are kept, but never become an answer, a distractor or evidence:
`sure` says which side an item is on.
"""

from dataclasses import dataclass
from typing import Literal

from schemas.source import Box
from schemas.span import Span


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch without a cut, or a piece of one: the unit that captions and clip retrieval work on."""

    id: str
    span: Span


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of text on screen while it stays, read by OCR. `box` is where it stands (of its first reading)."""

    id: str
    span: Span
    text: str
    box: Box
    score: float
    sure: bool
    engine: str


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    span: Span
    score: float


@dataclass(frozen=True, slots=True)
class Speech:
    """One segment of speech (a phrase or a subtitle cue). `words` is empty when the source has no word times."""

    id: str
    span: Span
    text: str
    words: tuple[Word, ...]
    score: float
    sure: bool
    engine: str


@dataclass(frozen=True, slots=True)
class Caption:
    """What a captioner says of a span. It repeats neither the text lines nor the speech.

    Every clip has one, and so has the video; scenes, stretches of several clips, where the captioner tells of them.
    """

    id: str
    span: Span
    text: str
    level: Literal["clip", "scene", "video"]
    score: float
    sure: bool
    engine: str


EntityKind = Literal["person", "object", "place"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A person, object or place under the one name that all captions use. `mentions` are the words that clips had for
    it before, `spans` the clips that show it, joined where they touch."""

    id: str
    kind: EntityKind
    name: str
    mentions: tuple[str, ...]
    spans: tuple[Span, ...]
    engine: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """All text about one video.

    `shots` are cut to cut; `clips` are shots cut to at most `perceive.clip_s` and joined when shorter than a moment.
    `width` and `height` are of the displayed picture (after rotation and pixel aspect), in pixels.
    `frames` counts displayed frames; `times` is the digest of the blob that holds their presentation times
    (`schemas.scan.FrameTimes`).
    """

    video_id: str
    sha256: str
    duration_s: float
    width: int
    height: int
    frames: int
    times: str
    shots: tuple[Shot, ...]
    clips: tuple[Shot, ...]
    lines: tuple[TextLine, ...]
    speech: tuple[Speech, ...]
    captions: tuple[Caption, ...]
    has_audio: bool
    entities: tuple[Entity, ...] = ()
