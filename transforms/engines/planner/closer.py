"""Looking and listening closely, and what of it is worth telling."""

from collections.abc import Callable, Sequence

from schemas.span import Span, covered_s
from transforms.engines.planner import wording
from transforms.engines.planner.desk import LONGEST_S, Desk
from transforms.engines.planner.observation import TOUCH_S, Item, Observation
from transforms.engines.planner.wording import Voice
from transforms.engines.planner.words import holds

FRAMES = 8
"""Frames that a look at a window gives in the end."""

ENOUGH_S = 4.0
"""So many seconds of a text that stays are enough to have seen it."""

MOST_TOLD = 2

Worth = Callable[[Item], float]
"""How much an item has to do with the question, 0 to 1."""


def watch(desk: Desk, voice: Voice, span: Span, reason: str, worth: Worth) -> Observation:
    """A look at what is on screen in the span, at most `LONGEST_S` of it, around its middle."""
    if span.length_s > LONGEST_S:
        span = Span(span.middle_s - LONGEST_S / 2, span.middle_s + LONGEST_S / 2)
    return watch_all(desk, voice, span, reason, worth)


def watch_all(desk: Desk, voice: Voice, span: Span, reason: str, worth: Worth) -> Observation:
    """A look at the whole span, however long."""
    found = desk.watch(span, lambda window: wording.watch(voice, window, reason))
    if found.understood and found.window is not None:
        items = [i for i in found.items if i.sense == "see" and in_frames(i, found.window)]
        desk.known = wording.seen(voice, best(items, worth), found.window)
    return found


def listen(desk: Desk, voice: Voice, span: Span, reason: str, worth: Worth) -> Observation:
    """What is said in the span."""
    found = desk.listen(span, lambda window: wording.listen(voice, window, reason))
    if found.understood:
        desk.known = wording.heard(voice, best(found.items, worth))
    return found


def best(items: Sequence[Item], worth: Worth) -> list[Item]:
    """The few items that are worth telling, in order of time."""
    ranked = sorted(items, key=lambda item: (-worth(item), item.span))
    return sorted((item for item in ranked[:MOST_TOLD] if worth(item) > 0.3), key=lambda item: item.span)


def in_frames(item: Item, window: Span) -> bool:
    """Whether a text stays long enough to stand in one of the frames that the window is shown by."""
    return item.span.overlap_s(window) >= 1.2 * window.length_s / FRAMES


def shown(desk: Desk, item: Item) -> bool:
    """Whether a close look has shown the text, so that frames will show it."""
    return any(
        look.window is not None and part_of(other, item) and in_frames(other, look.window)
        for look in desk.seen
        for other in look.items
    )


def part_of(line: Item, item: Item) -> bool:
    """Whether a line on screen is the item, or one of the lines that it was put together from."""
    return line.sense == "see" and holds(item.text, line.text) and line.span.overlap_s(item.span) > 0


def dwelt(desk: Desk, item: Item) -> bool:
    """Whether close looks have shown a text for some seconds."""
    looks = [o for o in desk.seen if o.tool == "caption_zoom" and o.window is not None and o.window.length_s <= LONGEST_S + 4]
    windows = [look.window for look in looks if look.window is not None]
    return covered_s([item.span], windows) >= ENOUGH_S


def cut_off(item: Item, window: Span, duration_s: float | None) -> tuple[bool, bool]:
    """Whether a text may have been there before the window, and may stay after it."""
    at_start = item.span.start_s <= window.start_s + TOUCH_S and window.start_s > TOUCH_S
    at_end = item.span.end_s >= window.end_s - TOUCH_S
    return at_start, at_end and (duration_s is None or window.end_s < duration_s - TOUCH_S)
