"""Windows of a video as small files of their own: cut by decoding, in one pass over the video.

H.264 in MP4, without sound, by the libx264 inside PyAV's wheel (GPL; the files it makes are nobody's but yours). One
thread and no frames out of order: the same pictures give the same bytes, and times are those of the video.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from os import PathLike, fspath

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from schemas.errors import EngineError
from schemas.span import Span
from transforms.media.decode import Frame, open_video
from transforms.media.picture import EXACT, Scaler, upright, within_pixels

ENCODER = {
    "codec": "libx264",
    "preset": "veryfast",
    "crf": "23",
    "x264-params": "bframes=0:threads=1:mbtree=0:cpu-independent=1",
}
"""Everything that decides what a frame becomes; crf 23 is x264's own. One thread is not enough for equal bytes: with
mbtree, whose sums are approximate, 13 of 234 clips of equal pictures had others; as it is, none of 900."""

TICKS = 90_000
"""Ticks in a second, as MPEG counts time."""

MOST_OPEN = 16
"""Windows that are written at the same time: an encoder of a small picture takes some 10 MB."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A file, and what is in it: frames, seconds, and pixels."""

    data: bytes
    frames: int
    duration_s: float
    width: int
    height: int


def cut(path: str | PathLike[str], spans: Iterable[Span], max_pixels: int) -> Iterator[tuple[Span, Cut]]:
    """Each window with all frames that are displayed in it, the first one from the window's start on.

    Windows in which nothing is displayed (none does, beyond the end) are left out.

    Raises:
        InputError: as `open_video` and `times`.
        EngineError: `encoder_missing`.
    """
    for group in passes(spans):
        yield from _pass(path, group, max_pixels)


def passes(spans: Iterable[Span], most: int = MOST_OPEN) -> list[list[Span]]:
    """Windows in groups, of each of which at most `most` are open at any time; one group is what there mostly is."""
    groups: list[list[Span]] = []
    for span in sorted(set(spans)):
        for group in groups:
            if sum(other.end_s > span.start_s for other in group) < most:
                group.append(span)
                break
        else:
            groups.append([span])
    return groups


def measure(path: str | PathLike[str]) -> tuple[int, float]:
    """Frames and seconds of a clip, by decoding it.

    Raises:
        ValueError: it is no video.
    """
    try:
        with av.open(fspath(path)) as container:
            stream = container.streams.video[0]
            frames = sum(1 for _ in container.decode(stream))
            return frames, round(float((stream.duration or 0) * (stream.time_base or 0)), 6)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise ValueError(f"it cannot be decoded ({type(error).__name__})") from error


def _pass(path: str | PathLike[str], spans: list[Span], max_pixels: int) -> Iterator[tuple[Span, Cut]]:
    left = list(spans)
    last_s = max(span.end_s for span in spans)
    scaler, writers = Scaler("rgb24", EXACT), dict[Span, _Writer]()
    with open_video(path) as source:
        held: Frame | None = None
        for frame in source.frames():
            if held is not None:
                _show(held, frame.pts_s, left, writers, scaler, max_pixels)
            held = frame
            over = [span for span in left if span.end_s <= frame.pts_s]
            left = [span for span in left if span.end_s > frame.pts_s]
            for span in over:
                if span in writers:
                    yield span, writers.pop(span).close(span.end_s)
            if last_s <= frame.pts_s:
                return
        end_s = source.times().duration_s
        if held is not None:
            _show(held, end_s, left, writers, scaler, max_pixels)
    for span in left:
        if span in writers:
            yield span, writers.pop(span).close(min(span.end_s, end_s))


def _show(
    frame: Frame, until_s: float, spans: list[Span], writers: "dict[Span, _Writer]", scaler: Scaler, max_pixels: int
) -> None:
    """Writes a frame, on screen until then, into every window that it is displayed in."""
    meeting = [span for span in spans if frame.pts_s < span.end_s and until_s > span.start_s]
    if not meeting:
        return
    width, height = within_pixels(frame.view.width, frame.view.height, max_pixels)
    # 4:2:0 needs even sides.
    picture = upright(frame.raw, frame.view, max(2, width - width % 2), max(2, height - height % 2), scaler)
    for span in meeting:
        if span not in writers:
            writers[span] = _Writer(span.start_s, picture.shape[1], picture.shape[0])
        writers[span].add(picture, frame.pts_s)


class _Writer:
    """One clip that is being written."""

    def __init__(self, start_s: float, width: int, height: int) -> None:
        self._start_s, self._size = start_s, (width, height)
        self._file = io.BytesIO()
        self._container = av.open(self._file, "w", format="mp4", options={"fflags": "+bitexact"})
        options = {key: value for key, value in ENCODER.items() if key != "codec"}
        try:
            stream = self._container.add_stream(ENCODER["codec"], options=options)
        except av.codec.codec.UnknownCodecError as error:
            raise EngineError(
                "encoder_missing", "this PyAV has no libx264; install the wheel of `av` from PyPI", lasting=False
            ) from error
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.thread_count = 1
        self._stream, self._reformatter = stream, VideoReformatter()
        self._ticks: list[int] = []
        self._packets: list[av.Packet] = []

    def add(self, picture: np.ndarray, pts_s: float) -> None:
        rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame = self._reformatter.reformat(rgb, format="yuv420p", interpolation=EXACT, threads=1)
        tick = max(0, round((pts_s - self._start_s) * TICKS))
        frame.pts = max(tick, self._ticks[-1] + 1) if self._ticks else tick
        frame.time_base = Fraction(1, TICKS)
        self._ticks.append(frame.pts)
        self._packets += self._stream.encode(frame)

    def close(self, end_s: float) -> Cut:
        """The file, its last frame being displayed until then."""
        self._packets += self._stream.encode(None)
        end = max(round((end_s - self._start_s) * TICKS), self._ticks[-1] + 1)
        for packet, until in zip(self._packets, [*self._ticks[1:], end], strict=True):
            packet.duration = until - (packet.pts or 0)
            self._container.mux(packet)
        self._container.close()
        return Cut(self._file.getvalue(), len(self._ticks), round(end / TICKS, 6), *self._size)
