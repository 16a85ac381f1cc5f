"""A frame seen in passing: a few of its pixels, for telling whether and how much it differs from another.

Pixels are picked, not averaged: their mean difference between two frames estimates that of the whole pictures, and
most of the picture, which has left the processor's caches by the time it is displayed, is never read.
"""

import av
import numpy as np
from av.video.plane import VideoPlane
from av.video.reformatter import Interpolation

from transforms.media.picture import Scaler

_ROWS = 18
"""About how many rows of brightness are picked. Each lies in a page of memory gone cold: they are what it costs."""
_THUMBNAIL = (64, 36)
# Stored formats with brightness and colour in planes of their own, one byte a pixel.
_PLANAR = frozenset(
    {"yuv410p"}
    | {f"yuv{range_}{sub}p" for range_ in ("", "j") for sub in ("420", "422", "440", "444", "411")}
    | {f"yuva{sub}p" for sub in ("420", "422", "444")}
)


class Glimpser:
    """Glimpses of the frames of one video, as stored (not turned). One per thread."""

    def __init__(self) -> None:
        self._scaler = Scaler("bgr24", int(Interpolation.POINT))

    def rows(self, raw: av.VideoFrame) -> np.ndarray:
        """Some rows of the picture, brightness and colour, one after the other as a 1-d uint8 array.

        Whole rows: picking single pixels along them would read the same cache lines.
        """
        if raw.format.name not in _PLANAR:
            return self.bgr(raw).ravel()
        luma, blue, red = raw.planes[:3]
        return np.concatenate((_some(luma, _ROWS), _some(blue, _ROWS // 2), _some(red, _ROWS // 2)))

    def bgr(self, raw: av.VideoFrame) -> np.ndarray:
        """A thumbnail in blue, green and red as `(height, width, 3)` uint8, not in the picture's proportions."""
        return self._scaler(raw, min(raw.width, _THUMBNAIL[0]), min(raw.height, _THUMBNAIL[1]))


def _some(plane: VideoPlane, count: int) -> np.ndarray:
    """About `count` rows of a plane, evenly spread, without the padding at their ends."""
    height, stored = plane.height, plane.line_size
    rows = np.frombuffer(memoryview(plane), np.uint8)[: height * stored].reshape(height, stored)
    step = max(1, height // count)
    return rows[step // 2 :: step, : plane.width].ravel()
