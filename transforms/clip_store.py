"""Clips of a video: memoised one by one, and one pass per video for all that are missing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import partial

from schemas.source import Video
from schemas.span import Span
from transforms.media.clips import ENCODER, cut
from transforms.remote.at_hand import video_path
from transforms.store import Store, memo_key

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Clip:
    """A window that was cut: the blob with its file, and what is in it. `duration_s` in seconds, sides in pixels."""

    sha256: str
    frames: int
    duration_s: float
    width: int
    height: int


def clip_key(video_sha256: str, span: Span, max_pixels: int) -> str:
    return memo_key("clip", VERSION, ENCODER, inputs=[video_sha256, span.start_s, span.end_s, max_pixels])


def fetch(video: Video, spans: Iterable[Span], max_pixels: int, store: Store) -> dict[Span, Clip]:
    """The clips of these windows, without those in which nothing is displayed.

    Raises:
        InputError, EngineError: as `transforms.media.clips.cut`.
    """
    keys = {span: clip_key(video.sha256, span, max_pixels) for span in sorted(set(spans))}
    missing = [span for span, key in keys.items() if not store.holds(key)]
    for span, made in cut(video_path(video, store), missing, max_pixels) if missing else ():
        row = asdict(Clip(store.put_blob(made.data), made.frames, made.duration_s, made.width, made.height))
        store.memo(keys[span], partial(dict, row))
    held = {span: store.peek(key) for span, key in keys.items()}
    return {span: Clip(**row) for span, row in held.items() if row is not None}
