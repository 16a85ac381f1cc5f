"""One tolerant sequential pass over a video, on one clock.

Seconds are counted from the first displayed frame. What cannot be decoded is passed over and counted; what makes the
whole file unusable is an `InputError` whose detail says what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from statistics import median
from typing import Protocol

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from schemas.errors import InputError
from schemas.scan import FrameTimes
from schemas.span import seconds
from transforms.media.edits import edits_of, is_plain
from transforms.media.outline import Mark, Outline
from transforms.media.picture import View, view_of
from transforms.media.refuse import refusal
from transforms.times import LATEST_S

# Only containers whose bytes are all in the file itself: playlists and the like (hls, concat, dash) would open others.
_CONTAINERS = (
    "mov,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,asf,ogg,gif,apng,rm,mxf,nut,dv,ivf,wtv,m4v,h264,hevc,av1,obu,vc1,"
    "mjpeg,yuv4mpegpipe,mp3,wav,flac,aac,aiff,amr,ac3,eac3,caf,w64"
)
_MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
_AVI = "avi"
_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
_ASIDES = Disposition.comment | Disposition.visual_impaired | Disposition.descriptions | Disposition.karaoke
_JUMP_S = 1.0
"""A step back in time by more than this is a new start of the clock (joined recordings); by less, a late frame."""
_TRIES = 16
"""Read errors in a row after which the rest of the file is given up."""
_MIN_S = 0.5


class Sound(Protocol):
    """Takes the packets of the audio stream as they pass by (`transforms.media.audio.Soundtrack`)."""

    def push(self, packet: "Packet[AudioStream]") -> None: ...


@dataclass(slots=True)
class Frame:
    """One displayed frame: seconds since the first, the decoder's picture as stored, and how it is shown."""

    pts_s: float
    raw: av.VideoFrame
    view: View


@dataclass(slots=True)
class Tally:
    """What the pass met, in packets and frames of the chosen video stream.

    `failed` packets could not be read or decoded, `corrupt` frames were decoded in part and are shown all the same,
    `untimed` frames had no time of their own and follow the one before, `dropped` frames lay before it or were followed
    by another one at the same time.
    """

    packets: int = 0
    failed: int = 0
    corrupt: int = 0
    untimed: int = 0
    dropped: int = 0


@contextmanager
def open_video(path: str | PathLike[str]) -> Iterator["Source"]:
    """Opens a local video file for one pass, and closes it.

    One reader per thread: never shared, pickled or carried across a fork.

    Raises:
        InputError: `missing`, `unreadable` (not a video file at all), `no_video` (nothing to see in it), `no_decoder`,
            `edited` (an edit list that cannot be followed).
    """
    where = Path(fspath(path))
    options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
    try:
        # A file: prefix, or else a name such as "concat:a|b" would be taken for a protocol.
        container = av.open(f"file:{where}", options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise refusal(where, getattr(error, "strerror", None) or str(error)) from error
    with container:
        source = Source(container)
        if container.format.name == _MP4 and not is_plain(edits_of(where, source.track)):
            raise InputError(
                "edited",
                "its edit list shows several parts of the recording, or not at its own speed, and no time in it is"
                " certain; let the program that cut it write a new file",
            )
        yield source


class Source:
    """An open video. `frames` may be run through once; the figures are complete when it has ended.

    `track` is the container's number for the video, `audio` the best audio stream, or None. `origin_s` is the time of
    the first displayed frame on the container's own clock, and `view` the displayed picture's size; both are known from
    the first frame on.
    """

    def __init__(self, container: av.container.InputContainer) -> None:
        self.tally = Tally()
        self.audio = _best_audio(container)
        self.view: View | None = None
        self.origin_s = 0.0
        self._container = container
        self._video = _best_video(container)
        self.track = self._video.id
        self._form = container.format.name
        # Frame threads give other pixels on every run where a stream is damaged, and rows must not depend on luck;
        # videos are decoded side by side instead.
        self._video.thread_type = "NONE"
        self._video.codec_context.thread_count = 1
        if self._video.codec_context.name == "h264" and self._form != _AVI:
            # H.264 that does not say how far its frames are reordered: wait as long as its level allows, do not guess.
            # What begins out of order after the packets that were looked at when the file was opened is lost otherwise.
            self._video.codec_context.options = {"strict": "strict"}
        self._clock = _Clock(self._video)

    def frames(self, sound: Sound | None = None) -> Iterator[Frame]:
        """The displayed frames in presentation order; audio packets met on the way are handed to `sound`.

        Raises:
            InputError: `damaged`, not one frame can be decoded.
        """
        clock, tally, view, held = self._clock, self.tally, None, None
        for raw in self._decoded(sound):
            pts_s = clock.tick(raw, tally)
            if pts_s is None:
                continue
            if raw.is_corrupt:
                tally.corrupt += 1
            if view is None:
                view = self.view = view_of(raw, float(self._video.sample_aspect_ratio or 1))
                self.origin_s = clock.origin_s
            # Of several frames at one time the last stays on screen.
            if held is not None and held.pts_s < pts_s:
                yield held
            held = Frame(pts_s, raw, view)
        if held is None:
            raise InputError(
                "damaged",
                f"none of the {tally.packets} video packets can be decoded; fetch the file again",
            )
        yield held

    def outline(self) -> Outline:
        """What the file tells of the video without any of it being decoded; it takes the place of `frames`."""
        stream = self._video
        base = stream.time_base
        assert base is not None, "an opened stream has a time base"
        return Outline(
            container=self._container.format.name,
            codec=stream.codec_context.codec.canonical_name,
            videos=len(self._container.streams.video),
            tick_s=base,
            packets=tuple(
                Mark(packet.pts, packet.dts, packet.is_keyframe, packet.is_discard or packet.is_corrupt)
                for packet in self._packets(with_sound=False)
                if packet.size
            ),
            failed=self.tally.failed,
        )

    def times(self) -> FrameTimes:
        """The presentation times of the pass just ended, and the duration: the end of the last displayed frame.

        Raises:
            InputError: `damaged` (more than half was lost), `too_short` (less than two frames or half a second).
        """
        lost = self.tally.failed + self.tally.corrupt
        if 2 * lost > self.tally.packets:
            raise InputError(
                "damaged",
                f"{lost} of the {self.tally.packets} video packets are damaged; fetch the file again",
            )
        times = self._clock.times(self._stated_end_s())
        if len(times.pts_s) < 2 or times.duration_s < _MIN_S:
            raise InputError(
                "too_short",
                f"the file shows {len(times.pts_s)} frame(s) in {times.duration_s:g} s; "
                f"a video needs two frames and {_MIN_S:g} s",
            )
        return times

    def length_s(self) -> float:
        """About how long the video is, in seconds, without decoding: as the file states it, else by its packets' times.

        It reads all packets where the file does not say, so `frames` gives nothing afterwards.
        """
        start_s = float((self._video.start_time or 0) * (self._video.time_base or 0))
        stated_s = (self._stated_end_s() or 0.0) - start_s
        if 0 < stated_s < LATEST_S:
            return stated_s
        ends = [p.pts + (p.duration or 0) for p in self._packets(False) if p.size and p.pts is not None]
        return max(0.0, float(max(ends, default=0) * (self._video.time_base or 0)) - start_s)

    def _decoded(self, sound: Sound | None) -> Iterator[av.VideoFrame]:
        video, tally = self._video, self.tally
        for packet in self._packets(sound is not None):
            if packet.stream is not video:
                if sound is not None:
                    sound.push(packet)
                continue
            if packet.size:
                tally.packets += 1
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                tally.failed += 1
                continue
            yield from (raw for raw in frames if self._is_shown(raw))

    def _is_shown(self, raw: av.VideoFrame) -> bool:
        """Gives the frame the time that its container means, and says whether it is to be shown."""
        if self._form == _AVI:
            # It says when packets are due, and a frame is shown when the packet is that sets it free. FFmpeg makes up
            # times of its own, which are wrong for H.264.
            raw.pts = raw.dts
        elif self._form == _MP4 and raw.pts is not None and raw.pts < 0:
            # Before the beginning that an edit list sets: where a file is in fragments, FFmpeg leaves that to us.
            if raw.pts + (raw.duration or 1) <= 0:
                return False
            raw.pts = 0
        return True

    def _packets(self, with_sound: bool) -> "Iterator[Packet]":
        streams = [self._video, self.audio] if with_sound and self.audio else [self._video]
        in_a_row = 0
        while in_a_row < _TRIES:
            try:
                for packet in self._container.demux(streams):
                    in_a_row = 0
                    yield packet
                return
            except av.FFmpegError:
                in_a_row += 1
                self.tally.failed += 1
        for stream in streams:
            flush: Packet = Packet()
            flush.stream = stream
            yield flush

    def _stated_end_s(self) -> float | None:
        """The end of the video on its own clock as the file states it, where it does."""
        stream, container = self._video, self._container
        if stream.duration is not None and stream.time_base is not None:
            return float((stream.duration + (stream.start_time or 0)) * stream.time_base) - self.origin_s
        if container.duration is not None:
            return (container.duration + (container.start_time or 0)) / av.time_base - self.origin_s
        return None


class _Clock:
    """Turns the decoder's timestamps into one rising clock."""

    def __init__(self, video: VideoStream) -> None:
        base = video.time_base
        assert base is not None, "an opened stream has a time base"
        self._num, self._den = base.numerator, base.denominator
        rate = video.average_rate or video.guessed_rate or 25
        self._usual = max(1, round(1 / (rate * base)))
        self._first: int | None = None
        self._last = 0
        self._shift = 0
        self._length = 0
        self._pts_s: list[float] = []

    @property
    def origin_s(self) -> float:
        return (self._first or 0) * self._num / self._den

    def tick(self, raw: av.VideoFrame, tally: Tally) -> float | None:
        """Seconds since the first frame, to the microsecond; None for a frame that comes before the one before."""
        length = raw.duration or 0
        if raw.pts is None:
            tally.untimed += 1
            ticks = 0 if self._first is None else self._last + (self._length or self._usual)
        else:
            ticks = raw.pts + self._shift
        if self._first is None:
            self._first = ticks
        elif ticks < self._last:
            if (self._last - ticks) * self._num <= _JUMP_S * self._den:
                tally.dropped += 1
                return None
            follow = self._last + (self._length or self._usual)
            self._shift += follow - ticks
            ticks = follow
        pts_s = round((ticks - self._first) * self._num / self._den, 6)
        self._last, self._length = ticks, length
        if self._pts_s and pts_s == self._pts_s[-1]:
            tally.dropped += 1
        else:
            self._pts_s.append(pts_s)
        return pts_s

    def times(self, stated_end_s: float | None) -> FrameTimes:
        pts_s = self._pts_s
        last = pts_s[-1]
        length = self._length * self._num / self._den
        if length <= 0:
            gaps = [after - before for before, after in zip(pts_s, pts_s[1:], strict=False)]
            length = median(gaps) if gaps else self._usual * self._num / self._den
        end = last + length
        # A last frame that claims to outlast the file by far is held to what the file says of itself.
        if stated_end_s is not None and end > max(stated_end_s, last) + _JUMP_S:
            end = max(stated_end_s, last + self._usual * self._num / self._den)
        return FrameTimes(tuple(pts_s), max(seconds(end), seconds(last + 0.001)))


def _best_video(container: av.container.InputContainer) -> VideoStream:
    """Moving pictures before stills, the stream marked as default first, then the largest, then the first."""
    moving = [stream for stream in container.streams.video if not stream.disposition & _STILLS]
    if not moving:
        what = "only sound" if container.streams.audio else "no video stream"
        stills = " and a still picture" if container.streams.video else ""
        raise InputError("no_video", f"the file has {what}{stills}; give a file with moving pictures")
    usable = [stream for stream in moving if _codec(stream) is not None]
    if not usable:
        raise InputError("no_decoder", "the video is coded in a way that cannot be decoded here; convert it to H.264")
    return max(usable, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height, -s.index))


def _best_audio(container: av.container.InputContainer) -> AudioStream | None:
    """The stream marked as default first, commentary last, then the one with most of the 16 kHz that speech needs."""
    usable = [stream for stream in container.streams.audio if _codec(stream) is not None]
    return max(
        usable,
        key=lambda s: (
            not s.disposition & _ASIDES,
            bool(s.disposition & Disposition.default),
            min(s.rate or 0, 16000),
            -s.index,
        ),
        default=None,
    )


def _codec(stream: VideoStream | AudioStream) -> object:
    """The stream's decoder, None where this build has none (PyAV leaves the attribute empty then)."""
    return getattr(stream, "codec_context", None)
