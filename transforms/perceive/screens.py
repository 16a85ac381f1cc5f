"""Which sampled frames OCR should read: those in which text may have come, changed or gone since the last one read.

OCR costs more than a hundred times what looking for strokes does. A still slide is picked once, and what moves without
looking like text (people, traffic, camera) seldom.
"""

import functools
from typing import Any, ClassVar

import cv2
import numpy as np

from transforms.perceive.strokes import Look, bold, changed, look_at, padded, retouched, stands_out, still, text_weight

VERSION = "2"

_CLUSTER = (6, 2)
_NEEDED = 4
"""A change is a line's when this many windows of a cluster (cells across, down) take part: text runs across the
picture, texture is scattered."""

_QUIET_S = 1.25
_RESTLESS_S = 2.0
"""A change is read at once where nothing had changed for the first of these, or where it stands out as captions do.
Where something always moves, it is read when it comes to rest, or the second of these after the last picture read:
credits that roll are on screen for longer than that."""

_SHARPER = 1.03
"""Text read while it was fading in, or coarsely coded after a cut, is read again when it has become this much stronger
and stays so."""
_STEADY = 1.02

_OTHER_SCENE = 25.0
_AT_REST = 1.5
"""Mean grey differences: a picture this far from the last one read, and this near to the sample before, is another
scene at rest, which is read once even if no strokes stand out (faint or huge letters)."""


class ScreenPicker:
    """Picks frames as they pass. Depends on pictures alone, so that what is picked can be read in parallel."""

    identity: ClassVar[dict[str, Any]] = {"name": "strokes", "version": VERSION}

    def __init__(self) -> None:
        self._read: _Seen | None = None
        self._read_s = 0.0
        self._last: _Seen | None = None
        self._stirred_s: list[np.ndarray] = []
        # The last picture read was in motion: its text may yet gain.
        self._settling = False
        # The last picture read was picked because a line had changed, and the one after it has not been seen yet.
        self._in_motion = False
        # Something differs from the last picture read, and waits to come to rest.
        self._pending = False

    def push(self, pts_s: float, grey: np.ndarray) -> bool:
        """Whether OCR should read this frame. Frames come in order of `pts_s`, in seconds; `grey` is the displayed
        picture as `(height, width)` uint8, at most `SIDE` pixels along the longer side.

        The first frame is always picked, and so is the first of another size.
        """
        now = _Seen(grey)
        if self._read is None or self._last is None or self._last.grey.shape != now.grey.shape:
            picked, self._settling = True, True
            self._stirred_s = [np.full(windows.shape, -np.inf) for windows in bold(now.look, now.look)]
        elif not (self._settling or self._pending) and still(now.grey, self._last.grey):
            return False
        else:
            picked = self._differs(pts_s, now, self._read, self._last)
        if picked:
            self._read, self._read_s = now, pts_s
        self._last = now
        return picked

    def _differs(self, pts_s: float, now: "_Seen", read: "_Seen", last: "_Seen") -> bool:
        differs = changed(now.look, read.look)
        stirs = differs if read is last else changed(now.look, last.look)
        loud = bold(now.look, read.look)
        fresh = [a & (b | (pts_s - c > _QUIET_S)) for a, b, c in zip(differs, loud, self._stirred_s, strict=True)]
        for since, stir in zip(self._stirred_s, stirs, strict=True):
            since[stir] = pts_s
        self._pending = _line_like(differs)
        if _line_like(fresh) or (self._pending and pts_s - self._read_s >= _RESTLESS_S):
            self._settling = self._in_motion = True
            return True
        if self._is_settled(now, read, last) or self._is_blurred(now, read, last):
            self._settling = self._in_motion = False
            return True
        return self._is_other_scene(now, read, last) or self._is_sharper(now, read, last, stirs)

    def _is_settled(self, now: "_Seen", read: "_Seen", last: "_Seen") -> bool:
        """Whether a line differs from what was read, be it by a single character, and has come to rest."""
        differs = retouched(now.look, read.look)
        if not _line_like(differs):
            return False
        self._pending = True
        return _line_like([a & ~b for a, b in zip(differs, retouched(now.look, last.look), strict=True)])

    def _is_blurred(self, now: "_Seen", read: "_Seen", last: "_Seen") -> bool:
        """Whether the picture before was read in motion and still moves: what moves is blurred now and clear then, so
        titles that come with a swing are read twice."""
        in_motion, self._in_motion = self._in_motion, False
        return in_motion and read is last and now.distance(read) >= _AT_REST and stands_out(now.look)

    def _is_sharper(self, now: "_Seen", read: "_Seen", last: "_Seen", stirs: list[np.ndarray]) -> bool:
        """At the first steady sample after a picture that was read in motion: whether its text has gained since."""
        if not self._settling or _line_like(stirs):
            return False
        weight, before = text_weight(now.look, last.look)
        if weight > _STEADY * before:
            return False
        self._settling = False
        weight, at_reading = text_weight(now.look, read.look)
        return weight > _SHARPER * at_reading

    def _is_other_scene(self, now: "_Seen", read: "_Seen", last: "_Seen") -> bool:
        if now.distance(read) <= _OTHER_SCENE:
            return False
        self._pending = True
        return now.distance(last) < _AT_REST


class _Seen:
    """A sampled frame as the picker remembers it."""

    def __init__(self, grey: np.ndarray) -> None:
        self.grey = padded(grey)

    @functools.cached_property
    def look(self) -> Look:
        return look_at(self.grey)

    def distance(self, other: "_Seen") -> float:
        """Mean absolute grey difference, 0 to 255."""
        return float(cv2.norm(self.grey, other.grey, cv2.NORM_L1)) / self.grey.size


def _line_like(maps: list[np.ndarray]) -> bool:
    """Whether enough neighbouring windows of one map are set."""
    return any(
        map_.any()
        and cv2.boxFilter(
            map_.astype(np.uint8), cv2.CV_32F, _CLUSTER, normalize=False, borderType=cv2.BORDER_CONSTANT
        ).max()
        >= _NEEDED
        for map_ in maps
    )
