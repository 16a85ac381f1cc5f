"""Figures that are known from below and from above, and how the few that were seen tell of the many that were not."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

WIDTH = 3.0
"""Standard errors on either side of what is foreseen. Two would hold 19 of 20 sums of independent parts; rollouts of
one question, and clips of one film, are alike."""

LEAST_SPREAD = 0.25
"""Share of the mean that values are taken to differ by at least: a few of them seldom show how much they do."""


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, other: "Range") -> "Range":
        """Of figures that are not negative."""
        return Range(self.low * other.low, self.high * other.high)

    def within(self, low: float, high: float) -> "Range":
        return Range(min(max(self.low, low), high), min(max(self.high, low), high))


NONE = Range(0.0, 0.0)


def exactly(value: float) -> Range:
    return Range(value, value)


def total(ranges: Iterable[Range]) -> Range:
    return sum(ranges, NONE)


def foreseen(seen: Sequence[float], count: float) -> Range:
    """The sum of `count` more values like those seen, of which there is at least one, not below 0.

    The interval that the mean and the spread of n values give for the sum of N others (a prediction interval): both the
    mean is uncertain, by 1/n, and the others vary.
    """
    mean = fmean(seen)
    spread = max(stdev(seen) if len(seen) > 1 else 0.0, LEAST_SPREAD * mean)
    error = WIDTH * spread * math.sqrt(count + count**2 / len(seen))
    return Range(max(0.0, mean * count - error), mean * count + error)
