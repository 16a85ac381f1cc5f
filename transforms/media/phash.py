"""A perceptual hash of a picture: 256 bits that stay nearly the same when it is encoded anew, smaller or worse.

The bits say which of the picture's coarse waves stand above their median (a DCT hash, as PDQ's: Facebook 2019). The
hashes of OpenCV are in `img_hash`, which the headless wheel leaves out; imagehash would bring SciPy and PyWavelets,
40 MB, and pdqhash has no wheels.
"""

import cv2
import numpy as np

BYTES = 32
"""Of one hash."""

PLAIN = bytes(BYTES)
"""The hash of a picture on which there is too little to be told from others. No other picture's hash is all zeros."""

LEAST_CONTRAST = 8.0
"""Standard deviation of the grey values 0..255, shrunk to 64 x 64, up to which a picture is plain: black frames, fades,
a logo on white."""

_SIDE = 64
_WAVES = slice(1, 17)
"""Sixteen waves each way, without the constant ones."""


def phash(grey: np.ndarray) -> bytes:
    """The hash of a grey picture `(height, width)` uint8, of whatever size; `PLAIN` where it shows next to nothing."""
    # Halving is quick; means over fractions of pixels of a large picture cost five times as much.
    while min(grey.shape) >= 2 * _SIDE:
        grey = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    small = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    if cv2.meanStdDev(small)[1].item() <= LEAST_CONTRAST:
        return PLAIN
    waves = cv2.dct(small)[_WAVES, _WAVES].ravel()
    # NumPy's own median and deviation would take longer than the transform.
    order, middle = np.sort(waves), waves.size // 2
    return np.packbits(waves > (order[middle - 1] + order[middle]) / 2).tobytes()
