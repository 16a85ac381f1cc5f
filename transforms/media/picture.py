"""From decoded frames to upright RGB, and from RGB to JPEG and back.

A decoded frame is as the encoder stored it. What a viewer sees is turned by the display matrix and stretched by the
pixel aspect; every picture that leaves this module is what a viewer sees.
"""

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import av
import numpy as np
import simplejpeg
from av.sidedata.sidedata import SideData, Type
from av.video.reformatter import Interpolation, VideoReformatter

from schemas.source import Box

QUALITY = 90
FAST = int(Interpolation.AREA)
"""For looking at many frames: swscale's quick paths, which differ from the exact ones by about one grey level."""
EXACT = int(Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT)
"""For pictures that are published: the same bytes on every processor, at about six times the cost."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How stored pixels become upright ones: swap the axes first, then mirror."""

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """The displayed picture: its size in pixels, after rotation and pixel aspect, and how to get there."""

    width: int
    height: int
    turn: Turn = Turn()


class Scaler:
    """swscale with its state kept between frames: setting it up costs more than scaling a small picture.

    One per thread and per kind of target; `flags` are swscale's.
    """

    def __init__(self, pixels: str, flags: int) -> None:
        self._pixels = pixels
        self._flags = flags
        self._reformatter = VideoReformatter()

    def __call__(self, raw: av.VideoFrame, width: int, height: int) -> np.ndarray:
        """The stored picture (not turned) at that size in pixels: `(height, width, 3)` or `(height, width)` uint8."""
        # One swscale thread: with several, each call wakes a pool, which costs more than these pictures do.
        scaled = self._reformatter.reformat(
            raw, width=width, height=height, format=self._pixels, interpolation=self._flags, threads=1
        )
        return np.asarray(scaled.to_ndarray(), dtype=np.uint8)


def view_of(raw: av.VideoFrame, pixel_aspect: float) -> View:
    """What a viewer sees of a frame.

    `pixel_aspect` is the width of a pixel divided by its height; the stored width is stretched by it, as players do.
    """
    width, height = max(1, round(raw.width * pixel_aspect)), raw.height
    turn = _turn(raw)
    return View(height, width, turn) if turn.swap else View(width, height, turn)


def upright(raw: av.VideoFrame, view: View, width: int, height: int, scaler: Scaler) -> np.ndarray:
    """The displayed picture at `width` x `height` pixels as `(height, width, 3)` uint8 RGB, contiguous."""
    turn = view.turn
    return turned(scaler(raw, height, width) if turn.swap else scaler(raw, width, height), turn)


def turned(pixels: np.ndarray, turn: Turn) -> np.ndarray:
    """Stored pixels, rows first, as a viewer sees them; contiguous."""
    if turn.swap:
        pixels = pixels.swapaxes(0, 1)
    if turn.flip_x:
        pixels = pixels[:, ::-1]
    if turn.flip_y:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def within_pixels(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """The largest size of the same shape with at most `max_pixels` pixels; never larger than given."""
    if width * height <= max_pixels:
        return width, height
    scale = math.sqrt(max_pixels / (width * height))
    return max(1, math.floor(width * scale)), max(1, math.floor(height * scale))


def within_side(width: int, height: int, side: int) -> tuple[int, int]:
    """The largest size of the same shape whose longer side is at most `side` pixels; never larger than given."""
    longer = max(width, height)
    if longer <= side:
        return width, height
    return max(1, round(width * side / longer)), max(1, round(height * side / longer))


def resize(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """An RGB picture at another size, the same bytes on every processor."""
    if rgb.shape[:2] == (height, width):
        return rgb
    raw = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    return Scaler("rgb24", EXACT)(raw, width, height)


def crop(rgb: np.ndarray, box: Box) -> np.ndarray:
    """The part of the picture inside the box, widened to whole pixels; at least one pixel.

    Raises:
        ValueError: the box is empty or reaches outside 0..1.
    """
    x0, y0, x1, y1 = box
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise ValueError(f"a box needs 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1, not {box}")
    height, width = rgb.shape[:2]
    # The small term keeps a box that was computed from whole pixels on those pixels.
    left, top = math.floor(x0 * width + 1e-6), math.floor(y0 * height + 1e-6)
    right, bottom = math.ceil(x1 * width - 1e-6), math.ceil(y1 * height - 1e-6)
    left, top = min(left, width - 1), min(top, height - 1)
    return np.ascontiguousarray(rgb[top : max(bottom, top + 1), left : max(right, left + 1)])


def encode_jpeg(rgb: np.ndarray, quality: int = QUALITY) -> bytes:
    """JPEG with 4:2:0 chroma, as most video has it; equal pixels give equal bytes."""
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(rgb), quality=quality, colorsubsampling="420"))


def decode_jpeg(data: bytes) -> np.ndarray:
    """A JPEG as `(height, width, 3)` uint8 RGB.

    Raises:
        ValueError: these bytes are not a JPEG.
    """
    return np.asarray(simplejpeg.decode_jpeg(data, colorspace="RGB"), dtype=np.uint8)


def shrunk(jpeg: bytes, max_pixels: int) -> bytes:
    """A picture with at most so many pixels; the same bytes when it has no more."""
    rgb = decode_jpeg(jpeg)
    height, width = rgb.shape[:2]
    size = within_pixels(width, height, max_pixels)
    return jpeg if size == (width, height) else encode_jpeg(resize(rgb, *size))


def _turn(raw: av.VideoFrame) -> Turn:
    """The display matrix, snapped to right angles: `x' = a x + c y`, `y' = b x + d y` (ISO/IEC 14496-12, 6.2.2)."""
    for data in cast(Iterable[SideData], raw.side_data):
        if data.type == Type.DISPLAYMATRIX:
            a, b, _, c, d, *_ = struct.unpack("=9i", bytes(data)[:36])
            break
    else:
        return Turn()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(swap=False, flip_x=a < 0, flip_y=d < 0)
    return Turn(swap=True, flip_x=c < 0, flip_y=b < 0)
