"""What one sequential pass over a video leaves in the store."""

from dataclasses import dataclass

from schemas.span import Span


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """Presentation times in seconds of every displayed frame, ascending, first 0.0, rounded to the microsecond."""

    pts_s: tuple[float, ...]
    duration_s: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A sampled frame as numbers: cheap facts that captions in words are made from.

    `luma` is the mean brightness 0..255; `motion` the mean absolute grey difference to the sample before, 0..255
    (0 for the first); `colors` the dominant colours as names, most frequent first.
    """

    pts_s: float
    luma: float
    motion: float
    colors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """A sampled frame that OCR should read, because text may have changed since the screen before.

    `picture` is the digest of its JPEG blob. `span` is from when until when what it shows is on screen, as far as that
    can be told (`transforms/perceive/bounds.py`).
    """

    pts_s: float
    span: Span
    picture: str


@dataclass(frozen=True, slots=True)
class ClipFrames:
    """A clip and the digests of the JPEG blobs of a few frames spread over it, with their times."""

    span: Span
    pts_s: tuple[float, ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """The index of one pass; blobs are named by their sha256.

    `looks` is the perceptual hash of every sample, in their order, one after the other (`transforms/media/phash.py`).
    `audio` is 16 kHz mono s16le PCM, empty when the video has no sound; `audio_start_s` is the time of its first sample
    on the video's clock (may be negative).
    `damaged` counts packets or frames that could not be decoded and were passed over.
    """

    width: int
    height: int
    duration_s: float
    frames: int
    times: str
    shots: tuple[Span, ...]
    clips: tuple[ClipFrames, ...]
    samples: tuple[Sample, ...]
    screens: tuple[Screen, ...]
    looks: str
    audio: str
    audio_start_s: float
    audio_s: float
    damaged: int
