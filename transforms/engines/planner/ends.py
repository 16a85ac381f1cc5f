"""Looking closely at the ends of a stretch on screen: frames that lie far apart do not tell when it began."""

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.closer import shown, watch
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import TOUCH_S, Item

REACH_S = 2.0
"""How far a close look goes to either side of an end: eight frames over it lie half a second apart, and more finely
nobody knows when something comes or goes."""

APART_S = 0.9
"""Frames beside an end that lie further apart tell too little. Entries refuse more than 1 s (`verify.span_gap_s`), and
a frame may come a little earlier than is reckoned here."""


def see_ends(case: Case, item: Item) -> None:
    """Looks at each end of what was found on screen that no look has shown closely."""
    if not case.desk.shows:
        return
    told = False
    for end_s, moment in ((item.span.start_s, "comes"), (item.span.end_s, "goes")):
        if not _is_found(case.desk, end_s) or _is_seen(case.desk, end_s):
            continue
        if not told and shown(case.desk, item):
            case.desk.known, told = wording.roughly(case.voice, item), True
        window = Span(max(0.0, end_s - REACH_S), end_s + REACH_S)
        watch(case, window, f"for the moment at which it {moment}: the pictures so far are too far apart to tell")


def _is_found(desk: Desk, end_s: float) -> bool:
    """Whether it is an end: of the video, or one beyond which a look has gone; others are where the looks end."""
    return any(_at_ends(desk, end_s)) or any(
        window.start_s + TOUCH_S < end_s < window.end_s - TOUCH_S for window in desk.looks
    )


def _is_seen(desk: Desk, end_s: float) -> bool:
    """Whether there are frames close together on both sides of it; before and after the video there is nothing."""
    at_start, at_end = _at_ends(desk, end_s)
    times = desk.frame_times()
    before = 0.0 if at_start else max((t for t in times if t <= end_s), default=None)
    after = end_s if at_end else min((t for t in times if t > end_s), default=None)
    return before is not None and after is not None and after - before <= APART_S


def _at_ends(desk: Desk, end_s: float) -> tuple[bool, bool]:
    """Whether it is the start of the video, and whether it is its end."""
    return end_s <= TOUCH_S, desk.duration_s is not None and end_s >= desk.duration_s - TOUCH_S
