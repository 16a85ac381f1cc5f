"""The sound of a video as 16 kHz mono 16-bit PCM, on the video's clock.

Packets come from the same pass that decodes the pictures. Samples are spooled to a file, so that an hour of sound
never lies in memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import av
from av.audio.fifo import AudioFifo
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet

RATE = 16000
"""Samples a second: what speech recognisers are trained on."""
_BYTES = 2
_SLACK_S = 0.04
"""Timestamps that are off by less follow the samples: listeners notice 45 ms at the least (ITU-R BT.1359-1)."""
_BATCH_S = 1.0
"""Sound is resampled this much at a time: one call costs as much as decoding a packet, whatever its length."""
_JUMP_S = 1.0
"""A step back by more than this is a new start of the clock, as for pictures; by less, sound that overlaps."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """16 kHz mono s16le samples; the first one is heard at `start_s` on the video's clock (never before 0)."""

    data: bytes
    start_s: float

    @property
    def length_s(self) -> float:
        return len(self.data) / _BYTES / RATE


class Soundtrack:
    """Decodes the packets of one audio stream into `spool`, a file open for reading and writing.

    Gaps become silence and overlaps are written over, so that sample `i` is heard `i / 16000` s after the first.
    `failed` counts packets that could not be decoded; the sound around them keeps its place.
    """

    def __init__(self, stream: AudioStream, spool: BinaryIO) -> None:
        self.failed = 0
        self._base = float(stream.time_base or 1 / RATE)
        self._spool = spool
        self._resampler: AudioResampler | None = None
        self._waiting = AudioFifo()
        self._form: tuple[str, str, int] | None = None
        self._start_s: float | None = None
        self._due_s = 0.0
        self._end = 0

    def push(self, packet: "Packet[AudioStream]") -> None:
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            self.failed += 1
            return
        for frame in frames:
            self._add(frame)

    def pcm(self, origin_s: float, duration_s: float) -> Pcm:
        """The samples between the first displayed frame and the end of the video; call it once, at the end.

        `origin_s` is the time of the first displayed frame on the container's clock.
        """
        self._drain()
        if self._start_s is None:
            return Pcm(b"", 0.0)
        early_s = origin_s - self._start_s
        first = max(0, round(early_s * RATE))
        start_s = max(0.0, round(-early_s, 6))
        count = max(0, min(self._end - first, round((duration_s - start_s) * RATE)))
        self._spool.seek(first * _BYTES)
        return Pcm(self._spool.read(count * _BYTES), start_s)

    def _add(self, frame: av.AudioFrame) -> None:
        if not frame.sample_rate or not frame.samples:
            return
        at_s = self._due_s if frame.pts is None else frame.pts * self._base
        if self._start_s is None:
            self._start_s = self._due_s = at_s
        late_s = at_s - self._due_s
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        moved = late_s > _SLACK_S or -_JUMP_S < late_s < -_SLACK_S
        if moved or form != self._form:
            self._drain()
            self._form = form
        if moved:
            self._due_s = at_s
            # Past the end this leaves a hole, which reads as zeros: silence.
            self._spool.seek(max(0, round((at_s - self._start_s) * RATE)) * _BYTES)
        self._due_s += frame.samples / frame.sample_rate
        # Places come from counting, above; the resampler would otherwise mend timestamps in its own way.
        frame.pts = None
        self._waiting.write(frame)
        if self._waiting.samples >= _BATCH_S * frame.sample_rate:
            self._resample()

    def _resample(self) -> None:
        batch = self._waiting.read()
        if batch is not None:
            if self._resampler is None:
                self._resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
            self._write(self._resampler.resample(batch))

    def _drain(self) -> None:
        """Writes all that was taken in so far, so that what follows may stand elsewhere or have another form."""
        self._resample()
        if self._resampler is not None:
            self._write(self._resampler.resample(None))
        self._resampler = None
        self._waiting = AudioFifo()

    def _write(self, frames: Sequence[av.AudioFrame | None]) -> None:
        for frame in frames:
            # A resampler that has nothing to do hands the flush (None) through.
            if frame is not None:
                self._spool.write(frame.to_ndarray().tobytes())
                self._end = max(self._end, self._spool.tell() // _BYTES)
