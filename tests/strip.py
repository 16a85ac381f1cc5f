"""The strip in a corner of every sample picture that says which frame it is.

It sits in the lower left corner: two rows of 18 square cells, light or dark, each 1/45 of the picture's shorter side
(8 pixels at 640x360). The lower row is the complement of the upper one, so that a damaged cell is noticed and the strip
keeps the same mean grey in every frame. The outer columns are fixed (light over dark, dark over light); the 16 between
them hold the frame's number as a Gray code, highest bit first, so that two frames in a row differ in one column.
The cells are greys: drawn in black and white, RapidOCR took some of them for the digit 1.

The script that draws the samples and the tests that read them share this file; nothing here uses the project's decoder.
"""

from functools import cache

import numpy as np

BITS = 16
COLUMNS = BITS + 2
ROWS = 2
CELLS_PER_SIDE = 45
DARK, LIGHT = 80, 176
# Least difference between the two cells of a column: half of what was drawn.
CONTRAST = (LIGHT - DARK) / 2
# Pixels read across a cell, and down it.
SAMPLES = 3
LUMA = np.array([0.299, 0.587, 0.114])


def strip_cells(number: int) -> np.ndarray:
    """The cells of frame `number`: booleans of shape (2, 18), true where light.

    Raises:
        ValueError: the number does not fit into 16 bits.
    """
    if not 0 <= number < 1 << BITS:
        raise ValueError(f"a strip holds 0 to {(1 << BITS) - 1}, not {number}")
    gray = number ^ (number >> 1)
    upper = [True, *(bool(gray >> bit & 1) for bit in reversed(range(BITS))), False]
    return np.array([upper, np.logical_not(upper)])


def strip_box(width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the strip in a picture of this size, in pixels."""
    cell_x, cell_y = _cell(width, height)
    return (0.0, height - ROWS * cell_y, COLUMNS * cell_x, float(height))


def read_strip(rgb: np.ndarray) -> int | None:
    """The frame number in a whole picture of shape (height, width, 3), or None when its strip cannot be trusted.

    The picture may be smaller than the sample it comes from, down to half its size, but neither cropped nor rotated.
    """
    rows, columns = _points(rgb.shape[1], rgb.shape[0])
    sampled = rgb[np.ix_(rows, columns)].astype(float) @ LUMA
    levels = sampled.reshape(ROWS, SAMPLES, COLUMNS, SAMPLES).mean(axis=(1, 3))
    if np.abs(levels[0] - levels[1]).min() < CONTRAST:
        return None
    upper = levels[0] > levels[1]
    if not upper[0] or upper[-1]:
        return None
    number = 0
    for bit in upper[1:-1]:
        number = number << 1 | (int(bit) ^ (number & 1))
    return number


def _cell(width: int, height: int) -> tuple[float, float]:
    """Width and height of a cell. Told apart, since a scaled picture's sides are rounded to whole pixels."""
    short, long = CELLS_PER_SIDE, CELLS_PER_SIDE * 16 / 9
    return (width / long, height / short) if width >= height else (width / short, height / long)


@cache
def _points(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixel rows and columns to sample: in the middle half of each cell, since codec and scaling smear its rim."""
    cell_x, cell_y = _cell(width, height)
    within = (np.arange(SAMPLES) + 0.5) / SAMPLES / 2 + 0.25
    rows = height - ROWS * cell_y + (np.arange(ROWS)[:, None] + within).ravel() * cell_y
    columns = (np.arange(COLUMNS)[:, None] + within).ravel() * cell_x
    return np.floor(rows).astype(int), np.floor(columns).astype(int)
