"""A frame seen in passing: a few of its pixels, for telling whether and how much it differs from another.

Pixels are picked, not averaged: their mean difference between two frames estimates that of the whole pictures, and
most of the picture, which has left the processor's caches by the time it is displayed, is never read.
"""

import av
import numpy as np
from av.video.reformatter import Interpolation

from transforms.media.picture import Scaler

_ROWS = 18
"""About how many rows are compared. Each lies in a page of memory gone cold: their number is what it costs."""
_THUMBNAIL = (64, 36)
# Stored formats whose first plane is brightness, one byte a pixel.
_LUMA_FIRST = frozenset(
    {"gray", "nv12", "nv21", "nv16", "nv24", "yuv410p"}
    | {f"yuv{range_}{sub}p" for range_ in ("", "j") for sub in ("420", "422", "440", "444", "411")}
    | {f"yuva{sub}p" for sub in ("420", "422", "444")}
)
_POINT = int(Interpolation.POINT)


class Glimpser:
    """Glimpses of the frames of one video, as stored (not turned). One per thread."""

    def __init__(self) -> None:
        self._gray = Scaler("gray", _POINT)
        self._bgr = Scaler("bgr24", _POINT)

    def luma(self, raw: av.VideoFrame) -> np.ndarray:
        """Brightness of some rows as a 2-d uint8 array, in the stream's own range.

        Whole rows: picking single pixels along them would read the same cache lines.
        """
        height, width = raw.height, raw.width
        if raw.format.name in _LUMA_FIRST:
            plane = raw.planes[0]
            stored = plane.line_size
            if stored >= width:
                rows = np.frombuffer(memoryview(plane), np.uint8)[: height * stored].reshape(height, stored)
                step = max(1, height // _ROWS)
                return np.ascontiguousarray(rows[step // 2 :: step, :width])
        return self._gray(raw, min(width, _THUMBNAIL[0]), min(height, _ROWS))

    def bgr(self, raw: av.VideoFrame) -> np.ndarray:
        """A thumbnail in blue, green and red as `(height, width, 3)` uint8, not in the picture's proportions."""
        return self._bgr(raw, min(raw.width, _THUMBNAIL[0]), min(raw.height, _THUMBNAIL[1]))
