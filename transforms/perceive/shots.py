"""Shot detection, one frame at a time, on presentation times."""

import math
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from schemas.span import Span, seconds

MIN_SHOT_S = 0.25
"""A cut sooner than this after the one before is a flash, not a shot."""
_CHANGE = 1.5
"""Mean change in brightness between two comparisons (grey levels of 255) that a cut makes at least."""
_STANDS_OUT = 1.5
"""How many times the mean of the changes before and after it that is. In the real footage this was tried on every hard
cut has 2.0 or more. PySceneDetect alone also reports movement over grey ground, where hue is mostly noise: 1.1 to 1.4.
"""
_WINDOW = 2
"""Frames on either side of a candidate whose mean score it is held against (PySceneDetect's default)."""
_MIN_SCORE = 15.0
"""Content value that a cut has at least (PySceneDetect's default)."""
_EVERY = 2
"""Of how many frames one is compared with the one compared before."""
_LEAPS, _LEAST_LEAP = 2.0, 0.05
"""A change that is so many times the one before, and the second more, may be a sudden one: which of the two frames
since the last comparison brought it is looked up."""
_AROUND = 2 * _EVERY + _WINDOW
"""Any frame between two comparisons may be the cut, and it shows one comparison later: with the window before the
first of them, this many frames are looked at."""


@dataclass(slots=True)
class _Seen:
    pts_s: float
    rows: Callable[[], np.ndarray]
    rgb: Callable[[], np.ndarray]
    hsv: np.ndarray | None = None


class ShotDetector:
    """PySceneDetect's AdaptiveDetector on the frames of one video, which are pushed in order.

    A frame that stands in no candidate's window changes no outcome. So a few rows of every second frame are compared,
    and only where the change stands out are the frames around it looked at as pictures and given to the detector.
    A cut is the time of the first frame of a new shot. It is known at most three frames later.
    """

    def __init__(self) -> None:
        import cv2

        self._cv2 = cv2
        self._make_detector = _detector_class()
        self._detector = self._make_detector()
        self._since_look = _EVERY - 1
        self._rows: np.ndarray | None = None
        self._last_two = (0.0, 0.0)
        self._recent: deque[_Seen] = deque(maxlen=_AROUND + 1)
        self._unfed = 0
        self._fed: list[float] = []
        self._cuts: list[float] = []
        self._since_s = 0.0
        self.changes: list[tuple[float, float]] = []
        """Of every comparison so far, by how many grey levels (of 255) the picture had changed on average since the
        frame compared before, with the time in seconds of the frame by which it had: where that is much more than
        before, of the one that brought most of it."""

    def push(self, pts_s: float, rows: Callable[[], np.ndarray], rgb: Callable[[], np.ndarray]) -> bool:
        """Takes the next frame; True when a cut became known.

        `rows()` gives some of the frame's pixels as a uint8 array, the same ones of every frame, `rgb()` a thumbnail
        as `(height, width, 3)` uint8. The first is called now, with the next frame or never, the second up to six
        frames later.
        """
        self._recent.append(_Seen(pts_s, rows, rgb))
        self._unfed += 1
        self._since_look = (self._since_look + 1) % _EVERY
        if self._since_look or not self._stood_out(rows()):
            return False
        frames = list(self._recent)
        if self._unfed > _AROUND:
            # Frames were left out: windows must not reach back across them.
            self._detector = self._make_detector()
            self._unfed = _AROUND
        first, self._unfed = len(frames) - min(self._unfed, len(frames)), 0
        found = [self._feed(frames[i], frames[i - 1] if i else None) for i in range(first, len(frames))]
        return any(found)

    def cuts(self) -> tuple[float, ...]:
        """The cuts known so far, ascending."""
        return tuple(self._cuts)

    def _stood_out(self, rows: np.ndarray) -> bool:
        """Whether the change at the comparison before this one was a candidate for a cut."""
        before, self._rows = self._rows, rows
        change = 0.0 if before is None else self._change(rows, before)
        earlier, candidate = self._last_two
        now = self._recent[-1]
        if before is not None and change >= _LEAPS * (candidate + _LEAST_LEAP):
            between = self._recent[-2]
            middle = between.rows()
            if self._change(middle, before) >= self._change(rows, middle):
                now = between
        self.changes.append((now.pts_s, change))
        self._last_two = candidate, change
        return candidate >= _CHANGE and candidate >= _STANDS_OUT * (earlier + change) / 2

    def _change(self, rows: np.ndarray, before: np.ndarray) -> float:
        """The mean grey difference; a stream that changes its resolution starts a new picture."""
        return self._cv2.norm(rows, before, self._cv2.NORM_L1) / rows.size if rows.shape == before.shape else 255.0

    def _feed(self, seen: _Seen, before: _Seen | None) -> bool:
        score = 0.0 if before is None else content_score(self._hsv(seen), self._hsv(before))
        self._fed.append(seen.pts_s)
        found = self._detector.step(len(self._fed) - 1, score)
        if found is None or self._fed[found] - self._since_s < MIN_SHOT_S:
            return False
        self._since_s = self._fed[found]
        self._cuts.append(self._since_s)
        return True

    def _hsv(self, seen: _Seen) -> np.ndarray:
        if seen.hsv is None:
            seen.hsv = self._cv2.cvtColor(seen.rgb(), self._cv2.COLOR_RGB2HSV)
        return seen.hsv


def content_score(hsv: np.ndarray, before: np.ndarray) -> float:
    """PySceneDetect's content value: the mean absolute difference over hue, saturation and value, 0..255.

    Computed in one call over the three channels together, which costs a tenth of taking them apart. Pictures of
    different sizes (a stream that changes its resolution) differ wholly.
    """
    import cv2

    if hsv.shape != before.shape:
        return 255.0
    return float(cv2.norm(hsv, before, cv2.NORM_L1)) / hsv.size


def shots_from(cuts: Iterable[float], duration_s: float) -> tuple[Span, ...]:
    """The stretches between cuts, over the whole video.

    A cut is rounded up to the millisecond, so that the frame on screen at the start of a shot is the shot's own.
    """
    edges = [0.0, *(seconds(math.ceil(cut_s * 1000 - 1e-6) / 1000) for cut_s in cuts), duration_s]
    return tuple(Span(start, end) for start, end in zip(edges, edges[1:], strict=False) if end > start)


def _detector_class() -> Any:
    from scenedetect import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector

    class Detector(AdaptiveDetector):
        """The library's rolling rule on scores that are handed in.

        Frames are only counted here: which time a count stands for is kept outside, where times are exact.
        """

        def __init__(self) -> None:
            super().__init__(window_width=_WINDOW, min_content_val=_MIN_SCORE, min_scene_len=0)

        def step(self, count: int, score: float) -> int | None:
            """The count of the frame that is a cut, if it is now known that there is one."""
            cuts = self.process_frame(FrameTimecode(count, 25.0), score)
            return cuts[0].frame_num if cuts else None

        def _calculate_frame_score(self, timecode: Any, frame_img: Any) -> float:
            return float(frame_img)

    return Detector
