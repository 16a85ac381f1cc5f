"""Looking and listening closely, and what of it is worth telling."""

from collections.abc import Callable, Iterator, Sequence

from schemas.span import Span, covered_s
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.clauses import Side
from transforms.engines.planner.desk import LONGEST_S, Desk
from transforms.engines.planner.frames import NEARLY_ALL, as_shown, next_look, part_of, shown
from transforms.engines.planner.observation import TOUCH_S, Item, Observation

ENOUGH_S = 3.0
"""So many seconds of a text that stays are enough to have seen it: entries ask for 0.3 of it, of which ten seconds are
the whole (`verify.evidence_recall`)."""

BACK_S, FURTHER_S = 2.0, 4.0
"""How much of what was seen for a moment only is looked at once more, and how much further the look goes."""

MOST_TOLD, MOST_ASKED = 2, 4
"""Of what a look shows so many texts are told, and so many of those that the question names."""

ASKED = 0.63
"""What is worth more than this is a text of the question or of a choice (`Case.worth`)."""


def watch(case: Case, span: Span, reason: str) -> Observation:
    """A look at what is on screen in the span, at most as much of it as may be opened, around its middle."""
    widest_s = case.desk.widest_s
    if span.length_s > widest_s:
        span = Span(span.middle_s - widest_s / 2, span.middle_s + widest_s / 2)
    found = case.desk.watch(span, lambda window: wording.watch(case.voice, window, reason))
    if found.understood and found.window is not None:
        worth_telling = _worth_telling(case, [i for i in found.items if i.sense == "see"])
        told = [as_shown(case.desk, item) for item in worth_telling]
        case.desk.known = wording.seen(case.voice, told, found.window)
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
    if side in ("see", "any") and not been_through(case.desk, "caption_zoom", span):
        watch(case, span, reason)
        yield
    heard = been_through(case.desk, "subtitle_zoom", span)
    if not heard and (side == "hear" or (side == "any" and case.desk.left > 1)):
        listen(case, span, reason)
        yield


def dwell(case: Case, item: Item, reason: str) -> bool:
    """Looks at a text until it was seen for some seconds, or as long as it stays. Whether a look was needed.

    What is asked of one moment need not be followed any further than that.
    """
    if item.sense != "see":
        return False
    looked = not shown(case.desk, item) and bool(look_for(case, item.span, reason, lambda line: part_of(line, item)))
    known = next((i for i in case.desk.items() if part_of(i, item)), item)
    looks = case.desk.looks
    window = next((w for w in reversed(looks) if w.overlap_s(known.span) > 0), None)
    close = [w for w in looks if w.length_s <= LONGEST_S + 2 * FURTHER_S]
    of_a_moment = any(focus.relation == "while" and focus.span.overlap_s(item.span) > 0 for focus in case.focuses)
    if window is not None and not of_a_moment and covered_s([known.span], close) < ENOUGH_S:
        at_start, at_end = cut_off(known, window, case.desk.duration_s)
        it = wording.quoted(known.text) if shown(case.desk, known) else "it"
        if at_end:
            watch(case, Span(max(0.0, window.end_s - BACK_S), window.end_s + FURTHER_S), f"to see whether {it} stays")
        elif at_start:
            early_s = max(0.0, window.start_s - FURTHER_S)
            watch(case, Span(early_s, window.start_s + BACK_S), f"to see whether {it} was there before")
        looked = looked or at_start or at_end
    return looked


def look_for(case: Case, span: Span, reason: str, is_it: Callable[[Item], bool]) -> list[Item]:
    """Looks at a stretch that is said to show a text until frames do. What was found, in order of time."""
    while not (found := [i for i in _in_sight(case.desk, span) if is_it(i)]):
        looks, part = len(case.desk.looks), next_look(case.desk, span)
        if part is None:
            break
        watch(case, part, reason)
        if len(case.desk.looks) == looks:
            # No more calls, or a window so like another one that it would be refused.
            break
    return found


def _in_sight(desk: Desk, span: Span) -> list[Item]:
    return [i for i in desk.items() if i.sense == "see" and i.window is not None and i.span.overlap_s(span) > 0]


def around(span: Span) -> Span:
    """A window for one text: all of it with a little before and after, or the middle of a long one."""
    if span.length_s > 8.0:
        return Span(span.middle_s - 4.0, span.middle_s + 4.0)
    return Span(max(0.0, span.start_s - 0.5), span.end_s + 0.5)


def cut_off(item: Item, window: Span, duration_s: float | None) -> tuple[bool, bool]:
    """Whether a text may have been there before the window, and may stay after it."""
    at_start = item.span.start_s <= window.start_s + TOUCH_S and window.start_s > TOUCH_S
    at_end = item.span.end_s >= window.end_s - TOUCH_S
    return at_start, at_end and (duration_s is None or window.end_s < duration_s - TOUCH_S)


def _worth_telling(case: Case, items: Sequence[Item]) -> list[Item]:
    """The few items that are worth telling, in order of time."""
    ranked = sorted(items, key=lambda item: (-case.worth(item), item.span))
    asked = sum(case.worth(item) > ASKED for item in ranked)
    told = ranked[: max(MOST_TOLD, min(asked, MOST_ASKED))]
    return sorted((item for item in told if case.worth(item) > 0.3), key=lambda item: item.span)


def been_through(desk: Desk, tool: str, span: Span) -> bool:
    """Whether looks, or listening, have been through nearly all of the span."""
    windows = [o.window for o in desk.seen if o.tool == tool and o.window is not None]
    return covered_s([span], windows) >= NEARLY_ALL * span.length_s
