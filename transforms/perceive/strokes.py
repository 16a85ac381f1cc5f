"""Where a picture looks like text: small windows full of thin, sharp strokes.

A stroke is what a morphological top-hat (bright on dark) or black-hat (dark on bright) leaves: anything thinner than
the kernel, however the light is. Writing crosses a row of pixels with several strokes a window, and its strokes are
sharp: nearly all that responds at all responds strongly. Foliage, fabric and hair respond as often, but weakly.

Masks are kept as bits, 64 pixels to a word: comparing two pictures is then a matter of microseconds.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 640
"""Strokes are looked for at this long side, in pixels, and at half of it for large letters."""
_LEVELS = 2
_WORD = 64
_CELL_WIDTH, _CELL_HEIGHT = 8, 4
_WINDOW = (4, 2)
"""Cells in a window, across and down: 32 x 8 pixels."""
_KERNEL = cv2.getStructuringElement(cv2.MORPH_RECT, (9, 9))
_FAINT, _STRONG, _LOUD = 25, 50, 100
"""Responses in grey levels: below the first it is noise, above the second a stroke."""

# What tells windows on lines that OCR reads from other windows with as many strokes, on lectures, an explainer and live
# footage: fewer than a tenth of the former have less than this share of their response strong, and a third to three
# quarters of the latter.
_STROKES_PER_ROW = 2.25
_STRONG_SHARE = 0.6
_BOLD_STRONG_SHARE, _BOLD_LOUD_SHARE = 0.75, 0.4

_CHANGED_SHARE, _CHANGED_PIXELS = 0.2, 10
_STRONGER, _STRONGER_BY = 1.5, 16
_RETOUCHED_BY, _RETOUCHED_SHARE, _RETOUCHED_PIXELS = 48, 0.08, 5


@dataclass(frozen=True, slots=True)
class Strokes:
    """Strokes of one polarity at one size.

    `response` is in grey levels; `strong` and `near` (faint, or beside something faint) are bit masks. The others hold
    a value for every window (one begins at every cell): its strong pixels, its weight (pixels counted once for each
    level they reach), whether it looks like text, and like text that stands out, as captions and titles do.
    """

    response: np.ndarray
    strong: np.ndarray
    near: np.ndarray
    pixels: np.ndarray
    weight: np.ndarray
    text: np.ndarray
    bold: np.ndarray


Look = tuple[Strokes, ...]
"""All strokes of one picture: for each size bright ones, then dark ones."""


def padded(grey: np.ndarray) -> np.ndarray:
    """The grey picture with whole words and cells at every size."""
    right, bottom = -grey.shape[1] % (_WORD << (_LEVELS - 1)), -grey.shape[0] % (_CELL_HEIGHT << (_LEVELS - 1))
    # Repeating the edge adds no strokes.
    return cv2.copyMakeBorder(grey, 0, bottom, 0, right, cv2.BORDER_REPLICATE) if right or bottom else grey


def look_at(grey: np.ndarray) -> Look:
    """The strokes of a picture from `padded`."""
    found = []
    for level in range(_LEVELS):
        if level:
            grey = _halved(grey)
        for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
            found.append(_strokes(cv2.morphologyEx(grey, operation, _KERNEL)))
    return tuple(found)


def changed(now: Look, then: Look) -> list[np.ndarray]:
    """Windows in which a line of text seems to have come, gone, or grown clearly stronger; booleans, one map per size.

    Strokes that moved by a pixel or were coded a little differently do not count.
    """
    return _any_polarity([_changed(a, b) for a, b in zip(now, then, strict=True)])


def retouched(now: Look, then: Look) -> list[np.ndarray]:
    """Text windows in which single strokes differ, such as one digit: exact, so only good for what stands still."""
    return _any_polarity([_retouched(a, b) for a, b in zip(now, then, strict=True)])


def bold(now: Look, then: Look) -> list[np.ndarray]:
    """Windows that hold text which stands out, now or then."""
    return _any_polarity([a.bold | b.bold for a, b in zip(now, then, strict=True)])


def still(now: np.ndarray, then: np.ndarray) -> bool:
    """Whether two pictures from `padded` are so alike that nothing can count as retouched.

    A response differs by at most twice what the pixels under the kernel do.
    """
    return float(cv2.norm(now, then, cv2.NORM_INF)) * 2 <= _RETOUCHED_BY


def stands_out(look: Look) -> bool:
    """Whether any window holds text that stands out."""
    return any(strokes.bold.any() for strokes in look)


def text_weight(now: Look, then: Look) -> tuple[float, float]:
    """Weight now and then, summed over what is text now: tells text that grows stronger or sharper."""
    pairs = [(a.weight[a.text].sum(), b.weight[a.text].sum()) for a, b in zip(now, then, strict=True)]
    return float(sum(a for a, _ in pairs)), float(sum(b for _, b in pairs))


def _halved(grey: np.ndarray) -> np.ndarray:
    return cv2.resize(grey, (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2)), interpolation=cv2.INTER_AREA)


def _strokes(response: np.ndarray) -> Strokes:
    faint, strong, loud = (_bits(response, level) for level in (_FAINT, _STRONG, _LOUD))
    responding, pixels, standing_out = _per_window(faint), _per_window(strong), _per_window(loud)
    begins = _per_window(strong & ~_from_left(strong))
    text = (begins >= _STROKES_PER_ROW * _CELL_HEIGHT * _WINDOW[1]) & (pixels >= _STRONG_SHARE * responding)
    out = text & (pixels >= _BOLD_STRONG_SHARE * responding) & (standing_out >= _BOLD_LOUD_SHARE * pixels)
    return Strokes(response, strong, _widened(faint), pixels, responding + pixels + standing_out, text, out)


def _changed(now: Strokes, then: Strokes) -> np.ndarray:
    found = np.zeros(now.text.shape, dtype=bool)
    if now.text.any():
        found |= now.text & _enough(_per_window(now.strong & ~then.near), now.pixels)
        found |= now.text & (now.weight > _STRONGER * then.weight + _STRONGER_BY)
    if then.text.any():
        found |= then.text & _enough(_per_window(then.strong & ~now.near), then.pixels)
    return found


def _enough(pixels: np.ndarray, of: np.ndarray) -> np.ndarray:
    return (pixels >= _CHANGED_SHARE * of) & (pixels >= _CHANGED_PIXELS)


def _retouched(now: Strokes, then: Strokes) -> np.ndarray:
    text = now.text | then.text
    if not text.any():
        return text
    pixels = _per_window(_bits(cv2.absdiff(now.response, then.response), _RETOUCHED_BY))
    return text & (pixels >= _RETOUCHED_PIXELS) & (pixels >= _RETOUCHED_SHARE * np.maximum(now.pixels, then.pixels))


def _any_polarity(maps: list[np.ndarray]) -> list[np.ndarray]:
    return [bright | dark for bright, dark in zip(maps[::2], maps[1::2], strict=True)]


def _bits(values: np.ndarray, above: int) -> np.ndarray:
    """Which values lie above a level, as words of 64 pixels: the lowest bit is the leftmost."""
    height, width = values.shape
    return np.packbits((values > above).reshape(-1), bitorder="little").view("<u8").reshape(height, width // _WORD)


def _from_left(bits: np.ndarray) -> np.ndarray:
    """Every pixel takes the value of its left neighbour."""
    moved = bits << np.uint64(1)
    moved[:, 1:] |= bits[:, :-1] >> np.uint64(_WORD - 1)
    return moved


def _from_right(bits: np.ndarray) -> np.ndarray:
    moved = bits >> np.uint64(1)
    moved[:, :-1] |= bits[:, 1:] << np.uint64(_WORD - 1)
    return moved


def _widened(bits: np.ndarray) -> np.ndarray:
    """The pixels and their eight neighbours."""
    rows = bits | _from_left(bits) | _from_right(bits)
    wide = rows.copy()
    wide[1:] |= rows[:-1]
    wide[:-1] |= rows[1:]
    return wide


def _per_window(bits: np.ndarray) -> np.ndarray:
    """How many pixels of each window are set."""
    rows = np.bitwise_count(bits.view(np.uint8))
    cells = rows[0::4] + rows[1::4] + rows[2::4] + rows[3::4]
    return cv2.boxFilter(cells, cv2.CV_32F, _WINDOW, normalize=False, borderType=cv2.BORDER_CONSTANT)
