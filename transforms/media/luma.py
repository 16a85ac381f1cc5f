"""The brightness of a frame, read from the plane it is stored in, without converting any colour."""

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange

from transforms.media.picture import FAST, Scaler, View, turned, within_side

# Stored formats with brightness in a plane of its own, one byte a pixel.
_PLANAR = frozenset(
    {"gray", "nv12", "nv21", "nv16", "nv24", "yuv410p"}
    | {f"yuv{range_}{sub}p" for range_ in ("", "j") for sub in ("420", "422", "440", "444", "411")}
    | {f"yuva{sub}p" for sub in ("420", "422", "444")}
)
_FULL = frozenset({"gray", "yuvj420p", "yuvj422p", "yuvj440p", "yuvj444p", "yuvj411p"})
# Black and white in video levels (ITU-R BT.709, 8 bits).
_BLACK, _WHITE = 16, 235
_STRETCH = np.clip(np.round((np.arange(256) - _BLACK) * 255 / (_WHITE - _BLACK)), 0, 255).astype(np.uint8)


def stored_luma(raw: av.VideoFrame) -> np.ndarray | None:
    """The plane of brightness as stored: `(height, width)` uint8, not copied; None in formats without one."""
    if raw.format.name not in _PLANAR:
        return None
    plane = raw.planes[0]
    stored = np.frombuffer(memoryview(plane), np.uint8)[: plane.height * plane.line_size]
    # Without the padding at the ends of the rows.
    return stored.reshape(plane.height, plane.line_size)[:, : plane.width]


class Grey:
    """Upright grey pictures of the frames of one video. One per thread."""

    def __init__(self, side: int) -> None:
        self._side = side
        self._scaler = Scaler("gray", FAST)

    def __call__(self, raw: av.VideoFrame, view: View) -> np.ndarray:
        """The displayed picture in full-range grey, its long side at most `side` pixels: `(height, width)` uint8."""
        width, height = within_side(view.width, view.height, self._side)
        if view.turn.swap:
            width, height = height, width
        luma = stored_luma(raw)
        if luma is None:
            return turned(self._scaler(raw, width, height), view.turn)
        grey = _scaled(luma, width, height)
        full = raw.format.name in _FULL or raw.color_range == ColorRange.JPEG
        return turned(grey if full else cv2.LUT(grey, _STRETCH), view.turn)


def _scaled(grey: np.ndarray, width: int, height: int) -> np.ndarray:
    while grey.shape[1] >= 2 * width and grey.shape[0] >= 2 * height:
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    # Means over fractions of pixels cost ten times as much as interpolation, which is as good above a half.
    return cv2.resize(grey, (width, height)) if grey.shape != (height, width) else grey
