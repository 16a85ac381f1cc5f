"""Small numbered videos of many kinds, and what a viewer sees of each, known from how it was written.

Nothing here asks a decoder. Frame `i` carries the number `i` in its pixels (`tests/strip.py`); when it is shown follows
from the ticks that were handed to the muxer, rounded by hand to the clock of the container.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.media.clips import MS, Track, numbered, write

SIZE = (160, 90)
N = 30
CONTAINERS = ("mp4", "mkv", "webm", "ts", "mpg", "avi", "flv")
GRID = {"mkv": MS, "webm": MS, "flv": MS, "ts": Fraction(1, 90_000), "mpg": Fraction(1, 90_000)}
"""A tick of the container in seconds, where it has a clock of its own; MP4 and AVI take the one they are given."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a viewer sees: frame `numbers[i]` from `starts_us[i]` to the next one's start, the last one until `end_us`.

    Whole microseconds from the first frame that is shown: the clock of `FrameTimes`.
    """

    numbers: tuple[int, ...]
    starts_us: tuple[int, ...]
    end_us: int


@dataclass(frozen=True, slots=True)
class Case:
    """One file. `refused` is the code with which it is turned away, empty for one that must be exact."""

    container: str
    codec: str
    trait: str
    make: Callable[[Path], Shown]
    refused: str = ""

    @property
    def name(self) -> str:
        return f"{self.codec}, {self.trait}.{self.container}"


X264 = {"g": "12", "keyint_min": "12", "sc_threshold": "0", "threads": "1"}
X264_B = {**X264, "preset": "veryfast", "bf": "3", "b-adapt": "0", "b-pyramid": "normal"}
X265 = "log-level=none:pools=none:frame-threads=1:keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0"
VPX = {"deadline": "good", "cpu-used": "8", "g": "12", "b": "400k"}
LOSSY = {"g": "12", "b": "4M"}
LOSSY_B = {**LOSSY, "bf": "2"}

CODECS: dict[str, dict[str, Any]] = {
    "h264": {"codec": "libx264", "options": X264},
    "h264, B-frames": {"codec": "libx264", "options": X264_B},
    "h264, open GOP": {"codec": "libx264", "options": {**X264_B, "x264-params": "open-gop=1"}},
    "hevc, B-frames": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "crf": "12", "x265-params": f"{X265}:open-gop=0"},
    },
    "hevc, open GOP": {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "crf": "12", "x265-params": f"{X265}:open-gop=1"},
    },
    "vp8": {"codec": "libvpx", "options": VPX},
    "vp9": {"codec": "libvpx-vp9", "options": VPX},
    "av1, hidden frames": {
        "codec": "libsvtav1",
        "options": {"preset": "12", "crf": "20", "g": "12", "svtav1-params": "lp=1"},
    },
    "mpeg4": {"codec": "mpeg4", "options": LOSSY},
    "mpeg4, B-frames": {"codec": "mpeg4", "options": LOSSY_B},
    "mpeg2, B-frames": {"codec": "mpeg2video", "options": LOSSY_B},
    "mpeg1, B-frames": {"codec": "mpeg1video", "options": LOSSY_B},
    "flv1": {"codec": "flv", "options": LOSSY},
    "mjpeg": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
}

_UNEVEN_MS = [0, 33, 100, 101, 400, 433, 900, 1000]
_HOLES = [0, 1, 2, 5, 6, 12, 13, 14, 20, *range(30, 44)]

TIMES: dict[str, tuple[Sequence[int], Fraction]] = {
    "25 fps": (range(N + 1), Fraction(1, 25)),
    "23.976 fps": (range(N + 1), Fraction(1001, 24_000)),
    "29.97 fps": (range(N + 1), Fraction(1001, 30_000)),
    "late start": (range(250, 250 + N + 1), Fraction(1, 25)),
    "variable rate": ([1400 * turn + ms for turn in range(3) for ms in _UNEVEN_MS] + [4200], MS),
    # AVI knows one rate, and frames that are left out.
    "frames left out": (_HOLES, Fraction(1, 25)),
}
"""Ticks at which frames begin, with the end of the last one, and a tick in seconds."""

_H264 = [
    ("h264", ["25 fps", "variable rate"]),
    ("h264, B-frames", ["23.976 fps", "29.97 fps", "late start", "variable rate"]),
    ("h264, open GOP", ["25 fps", "variable rate"]),
]
_OTHERS = [
    ("hevc, B-frames", ["29.97 fps", "variable rate"]),
    ("hevc, open GOP", ["29.97 fps"]),
    ("vp9", ["variable rate"]),
    ("av1, hidden frames", ["variable rate"]),
    ("mjpeg", ["variable rate"]),
    ("mpeg4, B-frames", ["29.97 fps"]),
    ("mpeg2, B-frames", ["29.97 fps"]),
    ("mpeg1, B-frames", ["29.97 fps"]),
]
CROSSED: dict[str, list[tuple[str, list[str]]]] = {
    "mp4": [*_H264, *_OTHERS],
    "mkv": [*_H264, *_OTHERS],
    "webm": [
        ("vp8", ["29.97 fps", "late start", "variable rate"]),
        ("vp9", ["29.97 fps", "late start", "variable rate"]),
        ("av1, hidden frames", ["29.97 fps", "variable rate"]),
    ],
    "ts": [
        *_H264,
        ("hevc, open GOP", ["29.97 fps", "variable rate"]),
        ("mpeg4, B-frames", ["29.97 fps"]),
        ("mpeg2, B-frames", ["25 fps", "23.976 fps"]),
        ("mpeg1, B-frames", ["29.97 fps"]),
    ],
    "mpg": [
        ("mpeg1, B-frames", ["25 fps", "23.976 fps", "29.97 fps"]),
        ("mpeg2, B-frames", ["25 fps", "23.976 fps", "29.97 fps"]),
        ("h264, B-frames", ["25 fps", "variable rate"]),
    ],
    "avi": [
        ("h264", ["23.976 fps", "frames left out"]),
        ("h264, B-frames", ["25 fps", "23.976 fps", "frames left out"]),
        ("mpeg4", ["29.97 fps", "frames left out"]),
        ("mpeg4, B-frames", ["29.97 fps", "frames left out"]),
        ("mpeg2, B-frames", ["frames left out"]),
        ("flv1", ["frames left out"]),
        ("mjpeg", ["frames left out"]),
    ],
    "flv": [*_H264, ("hevc, open GOP", ["29.97 fps"]), ("flv1", ["25 fps", "variable rate"])],
}
"""Container → codecs, and the kinds of times that each is asked to hold."""

_LARGE = {("mpg", "23.976 fps"), ("mpg", "variable rate")}
"""A program stream gives a time to one frame of each pack of 2 KiB, so these have frames larger than that."""


def crossed() -> Iterable[Case]:
    """Every container with every codec and every kind of times that it is asked to hold."""
    for container, codecs in CROSSED.items():
        for recipe, kinds in codecs:
            for kind in kinds:
                yield plain(container, recipe, kind, large=(container, kind) in _LARGE)


def plain(container: str, recipe: str, kind: str, trait: str = "", large: bool = False, **mux: str) -> Case:
    """A file as the muxer writes it, with its options."""
    ticks, base = TIMES[kind]

    def make(path: Path) -> Shown:
        write(path, numbered_track(recipe, ticks, base, large), options=mux)
        return shown(ticks, base, GRID.get(container))

    codec, _, how = recipe.partition(", ")
    return Case(container, codec, ", ".join(part for part in (how, trait, kind) if part), make)


def numbered_track(recipe: str, ticks: Sequence[int], base: Fraction, large: bool = False, first: int = 0) -> Track:
    """Frames `first`, `first + 1`, … at these ticks."""
    pictures = _pictures(first, len(ticks) - 1)
    return Track(
        [_noisy(rgb, seed) for seed, rgb in enumerate(pictures)] if large else pictures, ticks, base, **CODECS[recipe]
    )


def shown(
    ticks: Sequence[int], base: Fraction, grid: Fraction | None = None, numbers: Sequence[int] | None = None
) -> Shown:
    """What is seen of frames at these ticks, the last tick being the end; `grid` is a tick of the container."""
    times = [tick * base for tick in ticks]
    if grid is not None:
        times = [_nearest(time / grid) * grid for time in times]
    begin_us = [_nearest((time - times[0]) * 1_000_000) for time in times]
    return Shown(tuple(numbers or range(len(ticks) - 1)), tuple(begin_us[:-1]), begin_us[-1])


def _nearest(value: Fraction) -> int:
    """Halves up, as muxers round."""
    return (value + Fraction(1, 2)).__floor__()


@cache
def _pictures(first: int, count: int) -> list[np.ndarray]:
    return [numbered(first + number, SIZE) for number in range(count)]


def _noisy(rgb: np.ndarray, seed: int) -> np.ndarray:
    """The same picture with noise above its strip, which no codec makes small."""
    noise = np.random.default_rng(seed).integers(0, 256, (rgb.shape[0] * 2 // 3, *rgb.shape[1:]), dtype=np.uint8)
    return np.concatenate([noise, rgb[len(noise) :]])
