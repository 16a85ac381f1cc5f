"""Columns that OCR took for one line (a listing, a menu bar, two columns of print), and where they part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WIDE = 1.9
"""From how many widths of a letter (from its middle to the next one's) a blank between two words parts columns.

Measured: of 2,024 spaces in 23 videos, those between columns (a terminal's listing, menu bars) are 1.9 to 4.0 wide, and
one 1.8; others between letters or digits up to 1.7, beside signs up to 2.4. Drawn in 19 fonts of 14 to 36 pixels: two
spaces of a fixed pitch 2.1 to 2.5, one 1.0 to 1.6, prose up to 1.7 (of two handwritings 2.4), titles with an em between
letters 1.7, the spaces of a menu bar with an em between entries 2.2 (the median), print justified to twice its spaces
1.4 (1 in 20 over 1.9). So all 33 listings part, 61 of 73 such menu bars, and of what is read on one line of 324 of
prose, in handwriting, and 4 of 39 justified so, in handwriting too.
"""

FAR = 2.5
"""And how many times as wide as any narrower space of its line it is: where a page of a fixed pitch is justified, or a
sentence ends, some spaces are double, which is 1.9 times as wide as single ones."""

_INK = 0.35
"""Ink has more than this part of the contrast of the fainter of the two letters: a title may fade in word by word."""


@dataclass(frozen=True, slots=True)
class Column:
    """A part of a line: characters `begin` to `end` of its text, from `left` to `right` as fractions of its length."""

    begin: int
    end: int
    left: float
    right: float


def columns(text: str, places: Sequence[float], contrast: np.ndarray) -> tuple[Column, ...]:
    """The columns of a line from left to right; most lines have one.

    `places` are the middles of its characters other than spaces, in pixels from the left; `contrast` tells for every
    pixel how far the brightness reaches from top to bottom there. The places alone are too rough, a sixth of the line's
    height: by them two spaces of a fixed pitch are 1.3 to 2.5 letters wide, and one is up to 1.5.
    A reader reads on after a sign and before one (`1.  Text`, `Name:  Martin`), so columns part between two letters or
    digits; and where no space was read, a letter was missed.
    """
    letters = [at for at, char in enumerate(text) if not char.isspace()]
    pairs = list(zip(letters, letters[1:], places, places[1:], strict=False))
    within = [pair for pair in pairs if pair[1] == pair[0] + 1]
    if not within:
        return (Column(0, len(text), 0.0, 1.0),)
    letter = sum(right - left for _, _, left, right in within) / len(within)
    gaps = [
        _Gap(before, after, *_blank(contrast, left, right, letter))
        for before, after, left, right in pairs
        if after > before + 1
    ]
    narrow = max((gap.width for gap in gaps if gap.width < WIDE * letter), default=0)
    least = max(WIDE * letter, FAR * narrow)
    cuts = [gap for gap in gaps if gap.width >= least and text[gap.before].isalnum() and text[gap.after].isalnum()]
    begins, ends = [0, *(cut.after for cut in cuts)], [*(cut.before + 1 for cut in cuts), len(text)]
    lefts = [0.0, *((cut.right - cut.width / 4) / len(contrast) for cut in cuts)]
    rights = [*((cut.left + cut.width / 4) / len(contrast) for cut in cuts), 1.0]
    return tuple(map(Column, begins, ends, lefts, rights))


@dataclass(frozen=True, slots=True)
class _Gap:
    """The blank between the characters `before` and `after` of a text, from `left` to `right` in pixels."""

    before: int
    after: int
    left: int
    right: int

    @property
    def width(self) -> int:
        return self.right - self.left


def _blank(contrast: np.ndarray, left: float, right: float, width: float) -> tuple[int, int]:
    """The widest stretch without ink between two letters of about that width, their middles at `left` and `right`."""
    reach = 0.75 * width
    faint = min(contrast[max(0, int(at - reach)) : int(at + reach) + 1].max(initial=0) for at in (left, right))
    first = max(0, int(left - width / 2))
    between = contrast[first : int(right + width / 2)]
    ink = np.flatnonzero(between > _INK * faint)
    starts, ends = np.array([0, *(ink + 1)]), np.array([*ink, len(between)])
    widest = int(np.argmax(ends - starts))
    return first + int(starts[widest]), first + int(ends[widest])
