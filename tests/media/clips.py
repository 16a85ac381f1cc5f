"""Small real videos whose frames say their number in pixels, and what the decoder makes of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
from av.stream import Disposition

from tests.strip import CELLS_PER_SIDE, DARK, LIGHT, read_strip, strip_cells
from transforms.media.decode import Frame, Tally, open_video
from transforms.media.picture import EXACT, Scaler, View, upright

SIZE = (320, 180)
FAST_X264 = {"preset": "ultrafast", "crf": "12", "threads": "1"}
MS = Fraction(1, 1000)


def numbered(number: int, size: tuple[int, int] = SIZE, shade: int = 128) -> np.ndarray:
    """A plain upright picture with the strip of frame `number`, as RGB; its sides are multiples of 16 x 9 cells."""
    width, height = size
    cell = min(size) // CELLS_PER_SIDE
    assert min(size) == cell * CELLS_PER_SIDE, "a cell is a whole number of pixels"
    rgb = np.full((height, width, 3), shade, dtype=np.uint8)
    strip = np.where(strip_cells(number), LIGHT, DARK).astype(np.uint8).repeat(cell, axis=0).repeat(cell, axis=1)
    rgb[height - strip.shape[0] :, : strip.shape[1]] = strip[..., None]
    return rgb


@dataclass
class Track:
    """One video stream to write: frame `i` is `pictures[i]`, shown at `ticks[i]` of `base`.

    `ticks` has one more entry than there are pictures: the end of the last one.
    """

    pictures: Sequence[np.ndarray]
    ticks: Sequence[int]
    base: Fraction = MS
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    pixel_aspect: Fraction | None = None
    disposition: Disposition | None = None
    rate: Fraction | None = None

    def open(self, out: av.container.OutputContainer) -> Any:
        rate = self.rate or Fraction(1) / (self.base * (self.ticks[1] - self.ticks[0]))
        options = {**(FAST_X264 if self.codec == "libx264" else {}), **self.options}
        stream: Any = out.add_stream(self.codec, rate=rate, options=options)
        stream.height, stream.width = self.pictures[0].shape[:2]
        stream.pix_fmt = self.pix_fmt
        stream.codec_context.time_base = self.base
        stream.codec_context.thread_count = 1
        if self.pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = self.pixel_aspect
        if self.disposition is not None:
            stream.disposition = self.disposition
        return stream

    def frame(self, number: int) -> av.VideoFrame:
        """What the encoder is given."""
        frame = av.VideoFrame.from_ndarray(self.pictures[number], format="rgb24")
        frame.pts, frame.time_base = self.ticks[number], self.base
        frame.duration = self.ticks[number + 1] - self.ticks[number]
        return frame

    def packets(self, stream: Any) -> Iterable[Any]:
        lasts = {tick: after - tick for tick, after in pairwise(self.ticks)}
        for number in range(len(self.pictures) + 1):
            for packet in stream.encode(self.frame(number) if number < len(self.pictures) else None):
                # libx264 forgets how long a frame lasts, and the last one has no next frame to tell it.
                if packet.pts in lasts:
                    packet.duration = lasts[packet.pts]
                yield packet


@dataclass
class Sound:
    """One audio stream to write: `chunks` are float samples `(channels, n)` and where they start, in samples."""

    chunks: Sequence[tuple[int, np.ndarray]]
    rate: int = 16000
    codec: str = "pcm_s16le"
    options: dict[str, str] = field(default_factory=dict)

    def open(self, out: av.container.OutputContainer) -> Any:
        layout = "stereo" if len(self.chunks[0][1]) == 2 else "mono"
        return out.add_stream(self.codec, rate=self.rate, layout=layout, options=self.options)

    def packets(self, stream: Any) -> Iterable[Any]:
        for at, samples in self.chunks:
            packed = np.clip(np.round(samples * 32768), -32768, 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(
                packed.T.reshape(1, -1), format="s16", layout="stereo" if len(samples) == 2 else "mono"
            )
            frame.sample_rate, frame.pts, frame.time_base = self.rate, at, Fraction(1, self.rate)
            yield from stream.encode(frame)
        yield from stream.encode(None)


def write(
    file: Path | IO[bytes], *tracks: Track | Sound, form: str | None = None, options: dict[str, str] | None = None
) -> None:
    """Writes the streams to a file, interleaved by time."""
    target = str(file) if isinstance(file, Path) else file
    with av.open(target, "w", format=form, options={"fflags": "+bitexact", **(options or {})}) as out:
        streams = [track.open(out) for track in tracks]
        packets = [
            packet for track, stream in zip(tracks, streams, strict=True) for packet in list(track.packets(stream))
        ]
        packets.sort(key=lambda packet: packet.dts * packet.time_base)
        for packet in packets:
            out.mux(packet)


def even(count: int, fps: int = 25, first: int = 0) -> list[int]:
    """Ticks of a millisecond for `count` frames at a rate that divides 1000, and the end of the last."""
    return [first + number * 1000 // fps for number in range(count + 1)]


def track(count: int = 30, fps: int = 25, first_number: int = 0, first_tick: int = 0, **more: Any) -> Track:
    """`count` numbered frames at a constant rate."""
    size = more.pop("size", SIZE)
    pictures = [numbered(first_number + number, size) for number in range(count)]
    return Track(pictures, even(count, fps, first_tick), **more)


def picture(frame: Frame) -> np.ndarray:
    """The whole displayed picture at its own size."""
    return upright(frame.raw, frame.view, frame.view.width, frame.view.height, Scaler("rgb24", EXACT))


@dataclass
class Seen:
    """What one pass over a file gave: the numbers in the pictures, their times, and the figures at the end."""

    numbers: list[int | None]
    pts_s: list[float]
    duration_s: float
    origin_s: float
    view: View | None
    tally: Tally
    pictures: list[np.ndarray]


def see(path: str | Path) -> Seen:
    with open_video(path) as source:
        frames = [(frame.pts_s, picture(frame)) for frame in source.frames()]
        pts_s, pictures = [t for t, _ in frames], [rgb for _, rgb in frames]
        times = source.times()
        assert times.pts_s == tuple(pts_s)
        numbers = [read_strip(rgb) for rgb in pictures]
        return Seen(numbers, pts_s, times.duration_s, source.origin_s, source.view, source.tally, pictures)


def packets_of(path: Path) -> list[tuple[int, bytes]]:
    """Where each video packet lies in a file, and its bytes, in the order of the file."""
    data, found, at = path.read_bytes(), [], 0
    with av.open(str(path)) as file:
        for packet in file.demux(file.streams.video[0]):
            if packet.size:
                at = data.index(bytes(packet), at)
                found.append((at, bytes(packet)))
    return found


def overwrite(path: Path, at: int, new: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(new)
