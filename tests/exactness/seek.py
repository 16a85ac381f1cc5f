"""The usual way to fetch a frame, to compare with: seek to the key frame at or before a time, and decode up to it.

It is done as well as it can be from outside: it knows the time of the first frame, decodes until a later frame than the
wanted one has come, and keeps the last before that. Where it fails, FFmpeg went somewhere else than it was asked to, or
a time is not what the container means.
"""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from tests.strip import read_strip
from transforms.media.picture import EXACT, Scaler, upright, view_of

Picture = tuple[int | None, float]
"""The number that a fetched picture carries, None when it cannot be read, and the presentation time in seconds."""


def by_seeking(path: Path, asked_us: Iterable[int]) -> dict[int, Picture | None]:
    """For each time in microseconds from the first frame what was found there, None where there was nothing."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        first = next(container.decode(stream)).pts
        return {t_us: _found(container, stream, first or 0, t_us) for t_us in asked_us}


def _found(container: InputContainer, stream: VideoStream, first: int, t_us: int) -> Picture | None:
    assert stream.time_base is not None
    tick_us = Fraction(stream.time_base) * 1_000_000
    last: tuple[av.VideoFrame, int] | None = None
    try:
        container.seek(first + int(max(0, t_us) / tick_us), stream=stream)
        for raw in container.decode(stream):
            if raw.pts is None:
                return None
            start_us = round((raw.pts - first) * tick_us)
            if last is not None and start_us > t_us:
                break
            last = raw, start_us
    except av.FFmpegError:
        return None
    return (_number(last[0]), last[1] / 1e6) if last is not None else None


def _number(raw: av.VideoFrame) -> int | None:
    view = view_of(raw, 1.0)
    return read_strip(upright(raw, view, view.width, view.height, Scaler("rgb24", EXACT)))
