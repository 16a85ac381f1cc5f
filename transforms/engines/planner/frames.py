"""What frames have shown of text on screen: the planner tells, and concludes, no more than that.

A look tells of each text the first and the last of its frames that show it. Between which two frames a text comes and
goes is all that is known of its ends.
"""

import functools
from dataclasses import replace

from schemas.span import Span, covered_s
from transforms.engines.planner.desk import SHORTEST_S, Desk, as_one
from transforms.engines.planner.observation import TOUCH_S, Item
from transforms.engines.planner.words import holds
from transforms.text import same_text

NEARLY_ALL = 0.9
"""A stretch of which so much was looked at, or listened to, has been gone through."""

WIDER = 1.6
"""A look at up to so many times the length of a stretch has frames close enough together for it."""


def part_of(line: Item, item: Item) -> bool:
    """Whether a line on screen is the item, or one of the lines that it was put together from."""
    return line.sense == "see" and line.span.overlap_s(item.span) > 0 and holds(item.text, line.text)


def shown(desk: Desk, item: Item) -> bool:
    """Whether a look has shown the text, or a line that it was put together from."""
    return any(part_of(line, item) for look in desk.seen for line in look.items)


def by_all_looks(desk: Desk, item: Item) -> Item:
    """The item as all looks so far have shown it, from the first to the last piece where it has several; itself where
    none has."""
    same = [i for i in desk.items() if i.sense == "see" and same_text(i.text, item.text)]
    pieces = [i for i in same if i.span.overlap_s(item.span) > 0]
    return functools.reduce(as_one, pieces) if pieces else item


def as_shown(desk: Desk, item: Item) -> Item:
    """The item from the first to the last frame that shows it, of all looks so far; as it is where looks give none."""
    span = by_all_looks(desk, item).shown
    return replace(item, span=span) if span is not None else item


def is_found(desk: Desk, end_s: float) -> bool:
    """Whether a look has gone beyond an end; others are where the looks end, or the video does."""
    return not any(at_ends(desk, end_s)) and any(
        window.start_s + TOUCH_S < end_s < window.end_s - TOUCH_S for window in desk.looks
    )


def beside(desk: Desk, end_s: float) -> tuple[float, float]:
    """The last frame before an end that was found, and the first one from it on; where a look ends before there is
    one, that."""
    looks = [window for window in desk.looks if window.start_s < end_s < window.end_s]
    times = desk.frame_times()
    before_s = max((t for t in times if t < end_s), default=0.0)
    after_s = min((t for t in times if t >= end_s), default=float("inf"))
    return max(before_s, *(w.start_s for w in looks)), min(after_s, *(w.end_s for w in looks))


def at_ends(desk: Desk, end_s: float) -> tuple[bool, bool]:
    """Whether it is the start of the video, and whether it is its end."""
    return end_s <= TOUCH_S, desk.duration_s is not None and end_s >= desk.duration_s - TOUCH_S


def next_look(desk: Desk, span: Span) -> Span | None:
    """Where to look next for a text that a stretch is said to show: at all of it, then at its halves, where frames lie
    closer together. None when that was done."""
    halves = (Span(span.start_s, span.middle_s), Span(span.middle_s, span.end_s))
    parts = (span, *halves) if span.length_s >= 2 * SHORTEST_S else (span,)
    return next((part for part in parts if not looked_at(desk, part)), None)


def looked_at(desk: Desk, span: Span) -> bool:
    """Whether looks that are hardly wider have been through nearly all of the span."""
    close = [window for window in desk.looks if window.length_s <= WIDER * max(span.length_s, SHORTEST_S)]
    return covered_s([span], close) >= NEARLY_ALL * span.length_s
