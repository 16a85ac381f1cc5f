"""Cheap facts about a picture: how bright it is, how much it moved, which colours it shows."""

import functools

import cv2
import numpy as np

from schemas.scan import Sample

PALETTE = ("black", "grey", "white", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")
"""The eleven basic colour terms of Berlin and Kay (1969)."""
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114  # ITU-R BT.601
_POINTS = 48
"""Pixels are picked on a grid with at least this many along the longer side."""
_MOST = 3
_SHARE = 0.15
"""A colour is named when it covers this share of the picture."""


class Signals:
    """Measures the sampled frames of one video, which come in order as RGB of one size (a thumbnail will do)."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None

    def measure(self, pts_s: float, rgb: np.ndarray) -> Sample:
        # Few calls, each of much work: after a frame was decoded, code is as cold as pictures.
        step = max(1, max(rgb.shape[:2]) // _POINTS)
        points = np.ascontiguousarray(rgb[::step, ::step])
        red, green, blue, _ = cv2.mean(points)
        luma = _RED * red + _GREEN * green + _BLUE * blue
        grey = cv2.cvtColor(points, cv2.COLOR_RGB2GRAY)
        motion = 0.0 if self._before is None else cv2.norm(grey, self._before, cv2.NORM_L1) / grey.size
        self._before = grey
        return Sample(pts_s, round(luma, 2), round(motion, 2), dominant(points))


def dominant(points: np.ndarray) -> tuple[str, ...]:
    """Names of the at most three colours that cover most of the pixels `(…, 3)` uint8 RGB, most frequent first.

    The first one is always named, the others when they cover 15 % or more.
    """
    # Five bits a channel, red highest, which is what OpenCV calls BGR555.
    places = cv2.cvtColor(points.reshape(1, -1, 3), cv2.COLOR_RGB2BGR555).view(np.uint16).ravel()
    counts = np.bincount(_names()[places], minlength=len(PALETTE)).tolist()
    # Stable: of colours that cover the same, the one first in the palette comes first.
    order = sorted(range(len(PALETTE)), key=counts.__getitem__, reverse=True)[:_MOST]
    least = _SHARE * sum(counts)
    return tuple(PALETTE[index] for rank, index in enumerate(order) if rank == 0 or counts[index] >= least)


@functools.cache
def _names() -> np.ndarray:
    """Index into the palette for each colour of five bits a channel, red highest.

    By hue, saturation and value: dark is black, pale is grey or white, dark orange is brown, pale or bluish red is
    pink; the hue circle is cut where the names change for most speakers of English.
    """
    levels = (np.arange(32, dtype=np.float64) * 8 + 4) / 255
    red, green, blue = np.meshgrid(levels, levels, levels, indexing="ij")
    value = np.maximum(np.maximum(red, green), blue)
    chroma = value - np.minimum(np.minimum(red, green), blue)
    saturation = chroma / value
    safe = np.where(chroma > 0, chroma, 1.0)
    sector = np.select(
        [value == red, value == green],
        [((green - blue) / safe) % 6, (blue - red) / safe + 2],
        (red - green) / safe + 4,
    )
    hue = sector * 60
    reddish = (hue < 15) | (hue >= 345)
    rules = (
        ("black", value < 0.2),
        ("white", (saturation < 0.15) & (value >= 0.85)),
        ("grey", saturation < 0.15),
        ("pink", reddish & (saturation < 0.5) & (value >= 0.75)),
        ("brown", (hue >= 10) & (hue < 45) & (value < 0.65)),
        ("red", reddish),
        ("orange", hue < 40),
        ("yellow", hue < 70),
        ("green", hue < 165),
        ("blue", hue < 255),
        ("purple", hue < 295),
    )
    names = np.select([rule for _, rule in rules], [PALETTE.index(name) for name, _ in rules], PALETTE.index("pink"))
    return names.astype(np.uint8).ravel()
