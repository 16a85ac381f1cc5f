"""One sequential pass over a video that leaves in the store all that later steps look at.

The pass decodes every frame once. It feeds shot detection, samples frames at a steady rate, keeps those that OCR should
read and a few of every clip, and lays the sound aside; only frames that are kept are ever converted.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol

import cv2
import numpy as np

from schemas.codec import from_json, to_json
from schemas.scan import ClipFrames, FrameTimes, Sample, Scan, Screen
from schemas.source import Video
from schemas.span import Span
from transforms.media.audio import Pcm, Soundtrack
from transforms.media.decode import Frame, open_video
from transforms.media.frames import spread
from transforms.media.glimpse import Glimpser
from transforms.media.luma import Grey
from transforms.media.phash import phash
from transforms.media.picture import FAST, QUALITY, Scaler, encode_jpeg, upright, within_side
from transforms.media.refuse import refusal
from transforms.media.signals import Signals
from transforms.media.spool import PictureSpool
from transforms.perceive.bounds import screen_spans, turn_at
from transforms.perceive.clips import cut_clips
from transforms.perceive.shots import ShotDetector, shots_from
from transforms.perceive.strokes import SIDE
from transforms.remote.at_hand import video_path
from transforms.store import Store, memo_key

VERSION = "10"
SCREEN_SIDE = 1280
"""Longest side in pixels of what OCR reads."""
_SCREEN_QUALITY = 95
"""At 90, OCR misses small handwriting that it reads in the frame itself."""
CLIP_SIDE = 640
"""Longest side in pixels of the pictures that captions are written from."""
_JOLT = 10.0
"""Mean grey difference between samples that may be a cut which is not known yet (it takes two more frames)."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """`sample_fps` samples a second; clips of at most `clip_s` and at least `min_clip_s` seconds, each with up to
    `clip_frames` pictures."""

    sample_fps: float = 2.0
    clip_s: float = 10.0
    min_clip_s: float = 1.0
    clip_frames: int = 3


class ScreenPicker(Protocol):
    """Says of each sampled frame, in order, whether OCR should read it because text may have changed."""

    def push(self, pts_s: float, grey: np.ndarray) -> bool: ...


def scan_video(
    video: Video,
    settings: ScanSettings,
    store: Store,
    make_picker: Callable[[], ScreenPicker],
    picker_identity: Any,
) -> Scan:
    """`scan`, once for the same bytes, settings, picker and libraries.

    Raises:
        InputError: as `scan`.
    """
    path = video_path(video, store)
    if not Path(path).is_file():
        # Not remembered: the file may be back the next time.
        raise refusal(Path(path), "not a file")
    engine = {
        "settings": asdict(settings),
        "picker": picker_identity,
        "libraries": [
            f"{name} {version(name)}" for name in ("av", "opencv-python-headless", "scenedetect-headless", "simplejpeg")
        ],
    }
    key = memo_key("scan", VERSION, engine=engine, inputs=[video.sha256])
    held = store.memo(key, lambda: json.loads(to_json(scan(path, settings, store, make_picker()))))
    return from_json(Scan, json.dumps(held))


def scan(path: str, settings: ScanSettings, store: Store, pick_screen: ScreenPicker) -> Scan:
    """Runs through a local video file once and puts frame times, screens, clip pictures and sound into the store.

    Raises:
        InputError: `missing`, `unreadable`, `no_video`, `no_decoder`, `damaged`, `too_short` (see
            `transforms.media.decode`).
    """
    # Of the whole process: videos are scanned side by side, and to wake OpenCV's threads costs more than its work here.
    cv2.setNumThreads(1)
    with open_video(path) as source, TemporaryFile() as jpeg_file, TemporaryFile() as pcm_file:
        spool = PictureSpool(jpeg_file)
        sound = Soundtrack(source.audio, pcm_file) if source.audio is not None else None
        watch = _Watch(settings, store, pick_screen, spool)
        for frame in source.frames(sound):
            watch.push(frame)
        times = source.times()
        pcm = sound.pcm(source.origin_s, times.duration_s) if sound is not None else Pcm(b"", 0.0)
        shots = shots_from(watch.detector.cuts(), times.duration_s)
        clips = cut_clips(shots, settings.clip_s, settings.min_clip_s)
        samples_s, cuts_s = [sample.pts_s for sample in watch.samples], [shot.start_s for shot in shots[1:]]
        turns = [turn_at(pts_s, samples_s, cuts_s, watch.detector.changes, times.pts_s) for pts_s, _ in watch.screens]
        view = source.view
        assert view is not None, "a pass that ended well has shown a frame"
        return Scan(
            width=view.width,
            height=view.height,
            duration_s=times.duration_s,
            frames=len(times.pts_s),
            times=store.put_blob(to_json(times)),
            shots=shots,
            clips=tuple(_clip_frames(clip, times, settings.clip_frames, spool, store) for clip in clips),
            samples=tuple(watch.samples),
            screens=tuple(
                Screen(pts_s, span, picture)
                for (pts_s, picture), span in zip(watch.screens, screen_spans(turns, times.duration_s), strict=True)
            ),
            looks=store.put_blob(bytes(watch.looks)),
            audio=store.put_blob(pcm.data) if pcm.data else "",
            audio_start_s=pcm.start_s,
            audio_s=pcm.length_s,
            damaged=source.tally.failed + source.tally.corrupt + (sound.failed if sound is not None else 0),
        )


class _Watch:
    """What is done with the frames as they pass."""

    def __init__(self, settings: ScanSettings, store: Store, pick_screen: ScreenPicker, spool: PictureSpool) -> None:
        self.detector = ShotDetector()
        self.samples: list[Sample] = []
        self.looks = bytearray()
        self.screens: list[tuple[float, str]] = []
        self._fps = settings.sample_fps
        # Half the distance of a full clip's pictures: whatever the clips turn out to be, some stand near the places
        # wanted, and far fewer pictures are encoded than sampled.
        self._spacing_s = settings.clip_s / (2 * settings.clip_frames) - 1 / settings.sample_fps
        self._store = store
        self._pick_screen = pick_screen
        self._spool = spool
        self._glimpser = Glimpser()
        self._signals = Signals()
        self._grey = Grey(SIDE)
        self._scaler = Scaler("rgb24", FAST)
        self._small_scaler = Scaler("rgb24", FAST)
        self._next = 0
        self._new_shot = True
        self._spooled_s = 0.0

    def push(self, frame: Frame) -> None:
        raw = frame.raw
        if self.detector.push(frame.pts_s, partial(self._glimpser.rows, raw), partial(self._glimpser.rgb, raw)):
            self._new_shot = True
        # Times are rounded to the microsecond, so a frame on the grid may lie a hair before it.
        place = math.floor(frame.pts_s * self._fps + 1e-5)
        if place >= self._next:
            self._next = place + 1
            self._sample(frame)

    def _sample(self, frame: Frame) -> None:
        raw, pts_s = frame.raw, frame.pts_s
        sample = self._signals.measure(pts_s, self._glimpser.rgb(raw))
        self.samples.append(sample)
        grey = self._grey(raw, frame.view)
        self.looks += phash(grey)
        if self._pick_screen.push(pts_s, grey):
            jpeg = _jpeg(frame, SCREEN_SIDE, self._scaler, _SCREEN_QUALITY)
            self.screens.append((pts_s, self._store.put_blob(jpeg)))
        if self._new_shot or sample.motion >= _JOLT or pts_s - self._spooled_s >= self._spacing_s:
            self._new_shot = False
            self._spooled_s = pts_s
            self._spool.add(pts_s, _jpeg(frame, CLIP_SIDE, self._small_scaler))


def _jpeg(frame: Frame, side: int, scaler: Scaler, quality: int = QUALITY) -> bytes:
    """The displayed picture, its longer side at most `side` pixels."""
    width, height = within_side(frame.view.width, frame.view.height, side)
    return encode_jpeg(upright(frame.raw, frame.view, width, height, scaler), quality)


def _clip_frames(clip: Span, times: FrameTimes, count: int, spool: PictureSpool, store: Store) -> ClipFrames:
    pts_s = spread(spool.times(times.duration_s), clip, count)
    return ClipFrames(clip, pts_s, tuple(store.put_blob(spool.read(at_s)) for at_s in pts_s))
