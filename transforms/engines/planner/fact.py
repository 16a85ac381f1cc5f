"""Questions whose answer stands somewhere in the video: find the place, look or listen there, answer."""

from schemas.span import Span, covered_s
from transforms.engines.planner.case import Case
from transforms.engines.planner.choices import Support
from transforms.engines.planner.closer import around, dwell, listen, watch
from transforms.engines.planner.observation import Item
from transforms.engines.planner.ways import MAY_SHOW, WAYS

MOST_OF = 0.8
"""So much of a phrase has to be heard, and of what goes with it seen."""

CHECKS = 4
"""One rollout in so many looks at its evidence once more."""


def solve(case: Case) -> Support:
    """Goes one way after the other until an answer stands, or ways or calls run out; then the best guess."""
    for way in WAYS:
        for _ in way(case):
            found = case.weigh()
            if case.sure(found):
                return _settle(case, found[0])
    found = case.weigh()
    return _settle(case, found[0]) if found else Support("", 0.0, None)


def _settle(case: Case, best: Support) -> Support:
    """Makes sure that the evidence was seen or heard as a whole, and seen closely; some rollouts look once more."""
    item = best.item
    if item is None:
        return best
    # What no frame has shown is not there to be sure of, in a row.
    looked = dwell(case, item, MAY_SHOW if item.window is None else "as the frames there stand far apart")
    if item.sense == "see" and not looked and case.voice.number("check", CHECKS) == 0:
        watch(case, around(item.span), "to make sure of it")
    if item.sense == "hear":
        _hear_out(case, item)
    again = [support for support in case.weigh() if support.text == best.text]
    return again[0] if again else best


def _hear_out(case: Case, item: Item) -> None:
    """Listens to all of a phrase, and looks at what the question says is on screen just then."""
    heard = [o.window for o in case.desk.seen if o.tool == "subtitle_zoom" and o.window is not None]
    heard += [i.span for o in case.desk.seen if o.tool == "subtitle_retrieval" for i in o.items]
    if covered_s([item.span], heard) < MOST_OF * item.span.length_s:
        listen(case, Span(max(0.0, item.span.start_s - 0.5), item.span.end_s + 0.5), "to hear all of it")
    anchor = case.ask.anchor
    if anchor is not None and anchor.relation == "while" and anchor.side != "hear" and case.ask.side == "hear":
        looks = [o.window for o in case.desk.seen if o.tool == "caption_zoom" and o.window is not None]
        if looks and covered_s([item.span], looks) < MOST_OF * item.span.length_s:
            watch(case, item.span, "to see what is shown at that time")
