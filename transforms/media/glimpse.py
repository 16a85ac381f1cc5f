"""A frame seen in passing: a few of its pixels, for telling whether and how much it differs from another.

Pixels are picked, not averaged: their mean difference between two frames estimates that of the whole pictures, and
most of the picture, which has left the processor's caches by the time it is displayed, is never read.
"""

import av
import numpy as np
from av.video.reformatter import Interpolation

from transforms.media.luma import stored_luma
from transforms.media.picture import Scaler

_ROWS = 18
"""About how many rows are picked. Each lies in a page of memory gone cold: their number is what a glimpse costs."""
_THUMBNAIL = (64, 36)


class Glimpser:
    """Glimpses of the frames of one video, as stored (not turned). One per thread."""

    def __init__(self) -> None:
        self._scaler = Scaler("rgb24", int(Interpolation.POINT))

    def rows(self, raw: av.VideoFrame) -> np.ndarray:
        """The brightness of some rows as a 2-d uint8 array (in formats without such a plane, a thumbnail).

        Whole rows: picking single pixels along them would read the same cache lines.
        """
        stored = stored_luma(raw)
        if stored is None:
            return self.rgb(raw)
        step = max(1, len(stored) // _ROWS)
        return np.ascontiguousarray(stored[step // 2 :: step])

    def rgb(self, raw: av.VideoFrame) -> np.ndarray:
        """A thumbnail as `(height, width, 3)` uint8 RGB, not in the picture's proportions."""
        return self._scaler(raw, min(raw.width, _THUMBNAIL[0]), min(raw.height, _THUMBNAIL[1]))
