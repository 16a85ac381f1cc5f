"""Shot detection, one frame at a time, on presentation times."""

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from schemas.span import Span, seconds

_REPEAT = 0.5
"""Mean difference in brightness (grey levels of 255) under which a frame counts as the last distinct picture again.
Video noise and re-coding stay below; on the real footage this was tuned on, 0.5 gives the library's own cuts on every
file, and 1.0 no longer does."""
_WINDOW = 2
"""Frames on either side of a candidate whose mean score it is held against (PySceneDetect's default)."""
_MIN_SCORE = 15.0
"""Content value that a cut has at least (PySceneDetect's default)."""
MIN_SHOT_S = 0.5
"""A cut sooner than this after the one before is a flash, not a shot."""


class ShotDetector:
    """PySceneDetect's AdaptiveDetector on the frames of one video, which are pushed in order.

    A cut is the time of the first frame of a new shot. It is known two frames later.
    """

    def __init__(self) -> None:
        import cv2

        self._cv2 = cv2
        self._detector = _adaptive_detector()
        self._luma: np.ndarray | None = None
        self._hsv: np.ndarray | None = None
        self._held: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._owed = 0
        self._fed: list[float] = []
        self._cuts: list[float] = []
        self._since_s = 0.0

    def push(self, pts_s: float, luma: np.ndarray, bgr: Callable[[], np.ndarray]) -> bool:
        """Takes the next frame; True when a cut became known.

        `luma` is the frame at thumbnail size as `(height, width)` uint8; `bgr()` gives it in colour, as
        `(height, width, 3)`, and is called only for a frame that differs from the ones before.
        """
        cv2 = self._cv2
        same_size = self._luma is not None and self._luma.shape == luma.shape
        if same_size and cv2.norm(luma, self._luma, cv2.NORM_L1) < _REPEAT * luma.size:
            return self._offer(pts_s, 0.0)
        self._luma = luma
        hsv = cv2.cvtColor(bgr(), cv2.COLOR_BGR2HSV)
        score = 0.0 if self._hsv is None or self._hsv.shape != hsv.shape else content_score(hsv, self._hsv)
        self._hsv = hsv
        return self._offer(pts_s, score)

    def cuts(self) -> tuple[float, ...]:
        """The cuts known so far, ascending."""
        return tuple(self._cuts)

    def _offer(self, pts_s: float, score: float) -> bool:
        """Feeds the frames that can matter: those that score enough for a cut, and their neighbours.

        A frame under the minimum is never a cut itself, so one that stands in no candidate's window is left out
        without changing the outcome; that is nearly all of them.
        """
        if score >= _MIN_SCORE:
            found = [self._feed(*before) for before in self._held] + [self._feed(pts_s, score)]
            self._held.clear()
            self._owed = _WINDOW
            return any(found)
        if self._owed:
            self._owed -= 1
            return self._feed(pts_s, score)
        self._held.append((pts_s, score))
        return False

    def _feed(self, pts_s: float, score: float) -> bool:
        self._fed.append(pts_s)
        found = self._detector.step(len(self._fed) - 1, score)
        if found is None or self._fed[found] - self._since_s < MIN_SHOT_S:
            return False
        self._since_s = self._fed[found]
        self._cuts.append(self._since_s)
        return True


def content_score(hsv: np.ndarray, before: np.ndarray) -> float:
    """PySceneDetect's content value: the mean absolute difference over hue, saturation and value, 0..255.

    Computed in one call over the three channels together, which costs a tenth of taking them apart.
    """
    import cv2

    return float(cv2.norm(hsv, before, cv2.NORM_L1)) / hsv.size


def shots_from(cuts: Iterable[float], duration_s: float) -> tuple[Span, ...]:
    """The stretches between cuts, over the whole video.

    A cut is rounded up to the millisecond, so that the frame on screen at the start of a shot is the shot's own.
    """
    edges = [0.0, *(seconds(math.ceil(cut_s * 1000 - 1e-6) / 1000) for cut_s in cuts), duration_s]
    return tuple(Span(start, end) for start, end in zip(edges, edges[1:], strict=False) if end > start)


def _adaptive_detector() -> Any:
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

    return Detector()
