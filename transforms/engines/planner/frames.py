"""What frames will show of what the planner read: of text on screen it tells, and concludes, no more than that.

The text of a look gives times to a tenth of a second and is gone once frames take its place. What is left is in which
frames a text stands, and between which two of them it comes and goes. When frames are shown is reckoned from the window
and their number, which for the plain zoom is taken for the default of `ground.frames_per_call`: no request tells it.
"""

from dataclasses import replace

from schemas.span import Span
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import TOUCH_S, Item
from transforms.engines.planner.words import holds
from transforms.text import same_text

HAIR_S = 0.15
"""A frame so near to an end may lie on its other side: when it is shown is reckoned, and when a text comes and goes is
read from samples."""


def part_of(line: Item, item: Item) -> bool:
    """Whether a line on screen is the item, or one of the lines that it was put together from."""
    return line.sense == "see" and line.span.overlap_s(item.span) > 0 and holds(item.text, line.text)


def in_frames(desk: Desk, item: Item) -> bool:
    """Whether a text surely stands in a frame that the looks so far give; who looks for one tells it in words."""
    times = desk.frame_times() if desk.shows else ()
    return not desk.shows or any(item.span.start_s + HAIR_S <= time_s < item.span.end_s - HAIR_S for time_s in times)


def shown(desk: Desk, item: Item) -> bool:
    """Whether a look has shown the text, or all that it was put together from, in such a way that frames show it."""
    return any(part_of(line, item) and in_frames(desk, line) for look in desk.seen for line in look.items)


def as_shown(desk: Desk, item: Item) -> Item:
    """The item from the first to the last frame that shows it, of all looks so far; as it is where looks give none."""
    if not desk.shows:
        return item
    same = (i for i in desk.items() if i.sense == "see" and same_text(i.text, item.text))
    whole = next((i for i in same if i.span.overlap_s(item.span) > 0), item)
    times = [time_s for time_s in desk.frame_times() if whole.span.contains(time_s)]
    return replace(item, span=Span(times[0], times[-1])) if times else item


def stay(desk: Desk, span: Span) -> Span:
    """The stretch in which a text is on screen, as far as frames tell: each end that looks have gone beyond is taken
    for the middle between the frames on both sides of it."""
    if not desk.shows:
        return span
    start_s, end_s = (_midway(desk, end) if is_found(desk, end) else end for end in (span.start_s, span.end_s))
    return Span(start_s, max(start_s, end_s))


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


def _midway(desk: Desk, end_s: float) -> float:
    before_s, after_s = beside(desk, end_s)
    return (before_s + after_s) / 2
