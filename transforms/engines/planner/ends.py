"""Looking closely at the ends of a stretch on screen: frames that lie far apart do not tell when it began."""

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.closer import watch
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.frames import as_shown, at_ends, beside, by_all_looks, is_found, shown
from transforms.engines.planner.observation import Item

REACH_S = 2.0
"""How far a close look goes to either side of where an end must be: eight frames over it lie half a second apart."""

APART_S = 0.9
"""Frames beside an end that lie further apart tell too little. Entries refuse more than 1 s (`verify.span_gap_s`), and
frames are not quite evenly spread."""


AT_EDGE_S = 0.25
"""A frame at most so far from the start of the video, or from its end, tells whether something is there from the start,
or until the end."""


def see_ends(case: Case, item: Item) -> None:
    """Looks at each end of what was found on screen that no look has shown closely: all of the time between the frames
    on both sides of it, as nobody who saw those knows where between them it is."""
    if not case.desk.shows:
        return
    told = False
    for at_start, moment in ((True, "comes"), (False, "goes")):
        span = by_all_looks(case.desk, item).span
        end_s = span.start_s if at_start else span.end_s
        if not (any(at_ends(case.desk, end_s)) or is_found(case.desk, end_s)) or _is_seen(case.desk, end_s):
            continue
        if not told and shown(case.desk, item):
            case.desk.known, told = wording.roughly(case.voice, as_shown(case.desk, item)), True
        watch(
            case,
            _between(case.desk, end_s),
            f"for the moment at which it {moment}: the pictures so far are too far apart to tell",
        )


def _between(desk: Desk, end_s: float) -> Span:
    """The time between the frames on both sides of an end, or more."""
    before_s, after_s = (end_s, end_s) if any(at_ends(desk, end_s)) else beside(desk, end_s)
    middle_s, reach_s = (before_s + after_s) / 2, max(REACH_S, (after_s - before_s) / 2)
    return Span(max(0.0, middle_s - reach_s), middle_s + reach_s)


def _is_seen(desk: Desk, end_s: float) -> bool:
    """Whether there are frames close together on both sides of it; before and after the video there is nothing."""
    at_start, at_end = at_ends(desk, end_s)
    times = desk.frame_times()
    before_s = 0.0 if at_start else max((t for t in times if t < end_s), default=None)
    after_s = end_s if at_end else min((t for t in times if t >= end_s), default=None)
    apart_s = AT_EDGE_S if at_start or at_end else APART_S
    return before_s is not None and after_s is not None and after_s - before_s <= apart_s
