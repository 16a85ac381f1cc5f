"""Time on one clock: seconds from the first displayed frame of the source video."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter


def seconds(value: float) -> float:
    """Rounds a time to the millisecond, the finest a span is written with."""
    return round(value, 3) + 0.0


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open stretch of time `[start_s, end_s)` in seconds, zero at the first displayed frame.

    Raises:
        ValueError: a bound is not finite, is negative, or the end lies before the start.
    """

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s)):
            raise ValueError(f"a span needs finite bounds, not [{self.start_s}, {self.end_s})")
        if self.start_s < 0:
            raise ValueError(f"a span starts at 0 s or later, not at {self.start_s} s")
        if self.end_s < self.start_s:
            raise ValueError(f"a span ends after it starts, not [{self.start_s}, {self.end_s})")

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2

    def overlap_s(self, other: "Span") -> float:
        """Seconds that both spans cover."""
        # `min` and `max` take three times as long, and every trajectory asks this a dozen times.
        start_s = self.start_s if self.start_s > other.start_s else other.start_s
        end_s = self.end_s if self.end_s < other.end_s else other.end_s
        return end_s - start_s if end_s > start_s else 0.0

    def contains(self, t_s: float) -> bool:
        return self.start_s <= t_s < self.end_s


# Comparing bounds as tuples takes a third of the time of comparing spans.
_bounds = attrgetter("start_s", "end_s")


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Merges spans that touch or overlap; the result is sorted and disjoint, so nothing is counted twice."""
    ordered = sorted(spans, key=_bounds)
    if len(ordered) < 2:
        return tuple(ordered)
    merged: list[Span] = []
    for span in ordered:
        if merged and span.start_s <= merged[-1].end_s:
            if span.end_s > merged[-1].end_s:
                merged[-1] = Span(merged[-1].start_s, span.end_s)
        else:
            merged.append(span)
    return tuple(merged)


def covered_s(spans: Iterable[Span], by: Iterable[Span]) -> float:
    """Seconds of `spans` that are also covered by `by`; overlaps inside either side count once."""
    others = union(by)
    return sum(span.overlap_s(other) for span in union(spans) for other in others)


def iou(a: Span, b: Span) -> float:
    """Intersection over union of two spans, 0 to 1; two empty spans give 0."""
    shared = a.overlap_s(b)
    joined = a.length_s + b.length_s - shared
    return shared / joined if joined > 0 else 0.0
