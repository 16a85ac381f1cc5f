"""Looking and listening closely, and what of it is worth telling."""

from collections.abc import Iterator, Sequence

from schemas.span import Span, covered_s
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.clauses import Side
from transforms.engines.planner.desk import FRAMES, LONGEST_S, Desk
from transforms.engines.planner.observation import TOUCH_S, Item, Observation
from transforms.engines.planner.words import holds

ENOUGH_S = 4.0
"""So many seconds of a text that stays are enough to have seen it."""

FURTHER_S = 6.0
"""How much further a look goes when a text was seen for a moment only."""

MOST_TOLD = 2


def watch(case: Case, span: Span, reason: str) -> Observation:
    """A look at what is on screen in the span, at most as much of it as may be opened, around its middle."""
    widest_s = case.desk.widest_s
    if span.length_s > widest_s:
        span = Span(span.middle_s - widest_s / 2, span.middle_s + widest_s / 2)
    found = case.desk.watch(span, lambda window: wording.watch(case.voice, window, reason))
    if found.understood and found.window is not None:
        on_screen = _worth_telling(case, [i for i in found.items if i.sense == "see"])
        told = _worth_telling(case, [i for i in found.items if i.sense == "see" and in_frames(i, found.window)])
        # Of what comes and goes between two frames nothing is said: neither that it is there nor that nothing is.
        case.desk.known = wording.seen(case.voice, told, found.window) if told or not on_screen else ""
    return found


def listen(case: Case, span: Span, reason: str) -> Observation:
    """What is said in the span."""
    found = case.desk.listen(span, lambda window: wording.listen(case.voice, window, reason))
    if found.understood:
        case.desk.known = wording.heard(case.voice, _worth_telling(case, found.items))
    return found


def examine(case: Case, span: Span, reason: str, side: Side | None = None) -> Iterator[None]:
    """Looks at the span, listens to it, or both, as the question wants; what was looked at before is passed over."""
    side = case.ask.side if side is None else side
    span = case.desk.fit(span)
    if side in ("see", "any") and not _been_through(case.desk, "caption_zoom", span):
        watch(case, span, reason)
        yield
    heard = _been_through(case.desk, "subtitle_zoom", span)
    if not heard and (side == "hear" or (side == "any" and case.desk.left > 1)):
        listen(case, span, reason)
        yield


def dwell(case: Case, item: Item, reason: str) -> bool:
    """Looks at a text until it was seen for some seconds, or as long as it stays. Whether a look was needed.

    What is asked of one moment need not be followed any further than that.
    """
    if item.sense != "see":
        return False
    looked = False
    if not shown(case.desk, item):
        watch(case, around(item.span), reason)
        looked = True
    known = next((i for i in case.desk.items() if part_of(i, item)), item)
    looks = case.desk.looks
    window = next((w for w in reversed(looks) if w.overlap_s(known.span) > 0), None)
    close = [w for w in looks if w.length_s <= LONGEST_S + 2 * FURTHER_S]
    of_a_moment = any(focus.relation == "while" and focus.span.overlap_s(item.span) > 0 for focus in case.focuses)
    if window is not None and not of_a_moment and covered_s([known.span], close) < ENOUGH_S:
        at_start, at_end = cut_off(known, window, case.desk.duration_s)
        it = wording.quoted(known.text) if shown(case.desk, known) else "it"
        if at_end:
            watch(case, Span(window.end_s - 0.5, window.end_s + FURTHER_S), f"to see whether {it} stays")
        elif at_start:
            early_s = max(0.0, window.start_s - FURTHER_S)
            watch(case, Span(early_s, window.start_s + 0.5), f"to see whether {it} was there before")
        looked = looked or at_start or at_end
    return looked


def around(span: Span) -> Span:
    """A window for one text: all of it with a little before and after, or the middle of a long one."""
    if span.length_s > 8.0:
        return Span(span.middle_s - 4.0, span.middle_s + 4.0)
    return Span(max(0.0, span.start_s - 0.5), span.end_s + 0.5)


def in_frames(item: Item, window: Span) -> bool:
    """Whether a text stays long enough to stand in one of the frames that the window is shown by."""
    return item.span.overlap_s(window) >= 1.2 * window.length_s / FRAMES


def shown(desk: Desk, item: Item) -> bool:
    """Whether a look has shown the text in such a way that frames will show it."""
    return any(
        look.window is not None and part_of(line, item) and in_frames(line, look.window)
        for look in desk.seen
        for line in look.items
    )


def part_of(line: Item, item: Item) -> bool:
    """Whether a line on screen is the item, or one of the lines that it was put together from."""
    return line.sense == "see" and line.span.overlap_s(item.span) > 0 and holds(item.text, line.text)


def cut_off(item: Item, window: Span, duration_s: float | None) -> tuple[bool, bool]:
    """Whether a text may have been there before the window, and may stay after it."""
    at_start = item.span.start_s <= window.start_s + TOUCH_S and window.start_s > TOUCH_S
    at_end = item.span.end_s >= window.end_s - TOUCH_S
    return at_start, at_end and (duration_s is None or window.end_s < duration_s - TOUCH_S)


def _worth_telling(case: Case, items: Sequence[Item]) -> list[Item]:
    """The few items that are worth telling, in order of time."""
    ranked = sorted(items, key=lambda item: (-case.worth(item), item.span))
    return sorted((item for item in ranked[:MOST_TOLD] if case.worth(item) > 0.3), key=lambda item: item.span)


def _been_through(desk: Desk, tool: str, span: Span) -> bool:
    """Whether looks, or listening, have been through nearly all of the span."""
    windows = [o.window for o in desk.seen if o.tool == tool and o.window is not None]
    return covered_s([span], windows) >= 0.9 * span.length_s
