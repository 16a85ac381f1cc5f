"""A frame seen in passing: a few of its pixels, for telling whether and how much it differs from another.

Pixels are picked, not averaged: their mean difference between two frames estimates that of the whole pictures, and
most of the picture, which has left the processor's caches by the time it is displayed, is never read.
"""

import av
import numpy as np
from av.video.reformatter import Interpolation

from transforms.media.picture import Scaler

SIDE = 64
"""The longer side of a thumbnail is between this and twice this, in pixels (or the picture's own)."""
# Stored formats whose first plane is brightness, one byte a pixel.
_LUMA_FIRST = frozenset(
    {"gray", "nv12", "nv21", "nv16", "nv24"}
    | {f"yuv{range_}{sub}p" for range_ in ("", "j") for sub in ("420", "422", "440", "444", "411")}
    | {f"yuva{sub}p" for sub in ("420", "422", "444")}
    | {"yuv410p"}
)
_POINT = int(Interpolation.POINT)


class Glimpser:
    """Glimpses of the frames of one video, as stored (not turned). One per thread."""

    def __init__(self) -> None:
        self._gray = Scaler("gray", _POINT)
        self._bgr = Scaler("bgr24", _POINT)

    def luma(self, raw: av.VideoFrame) -> np.ndarray:
        """Brightness of some rows as a 2-d uint8 array, in the stream's own range.

        Whole rows: picking single pixels along them costs five times as much, one cache line for each.
        """
        step = stride(raw.width, raw.height)
        if raw.format.name in _LUMA_FIRST:
            plane = raw.planes[0]
            if plane.line_size >= raw.width:
                rows = np.frombuffer(memoryview(plane), np.uint8)[: raw.height * plane.line_size].reshape(
                    raw.height, -1
                )
                return np.ascontiguousarray(rows[::step, : raw.width])
        return self._gray(raw, -(-raw.width // step), -(-raw.height // step))

    def bgr(self, raw: av.VideoFrame) -> np.ndarray:
        """A thumbnail in blue, green and red as `(height, width, 3)` uint8."""
        step = stride(raw.width, raw.height)
        return self._bgr(raw, -(-raw.width // step), -(-raw.height // step))


def stride(width: int, height: int) -> int:
    """Every how many pixels a point is picked."""
    return max(1, max(width, height) // SIDE)
