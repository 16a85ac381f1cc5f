"""Windows are of a sensible length and for as many frames as a call shows, and none is opened again: a zoom into half
the video is no zoom. Nor is it a look, if somebody else is sent to look at all of it. And a part of the caption tree is
looked at once its caption was read.
"""

from schemas.span import iou
from schemas.trajectory import Verdict
from transforms.tools.rates import refusal
from transforms.tools.registry import FOLLOWING, SHOWING, missing_before
from transforms.tools.windows import arguments_of, window_of, windows_of
from transforms.verify.case import Case, accept, filtered

NAME = "windows"


def check(case: Case) -> Verdict:
    allowed = windows_of(case.timeline.duration_s, case.settings)
    opened = []
    for call in case.calls:
        span = window_of(call)
        if span is not None and call.name in SHOWING:
            opened.append((call, span))
        elif span is None and {"start_s", "end_s"} <= arguments_of(call).keys():
            return filtered(NAME, "window_reversed", f"{call.name} is called with {call.arguments_json}", 0.0)
    for at, call in enumerate(case.calls):
        first = missing_before(call, case.calls[:at]) if call.name in FOLLOWING else None
        if first:
            detail = f"{call.name} with {call.arguments_json} is called before {first.name} with {first.arguments_json}"
            return filtered(NAME, "called_too_early", detail, 0.0)
    for turn in case.looks if case.inspections else ():
        wide = next((span for span in turn.spans if allowed.is_long(span)), None)
        if wide is not None and turn.call_id in case.inspections:
            detail = f"somebody looks from {wide.start_s:g} to {wide.end_s:g} s, longer than {allowed.longest_s:.1f} s"
            return filtered(NAME, "window_too_long", detail, wide.length_s)
    most = 0.0
    for at, (call, span) in enumerate(opened):
        where = f"{call.name} from {span.start_s:g} to {span.end_s:g} s"
        if allowed.is_short(span):
            return filtered(NAME, "window_too_short", f"{where} is shorter than {allowed.shortest_s:g} s", 0.0)
        if allowed.is_long(span):
            return filtered(NAME, "window_too_long", f"{where} is longer than {allowed.longest_s:.1f} s", span.length_s)
        dense = refusal(arguments_of(call), span, case.ground.frames_per_call)
        if dense:
            return filtered(NAME, "too_many_asked", f"{where}: {dense}", 0.0)
        # The very same call is `repeats`' to tell.
        earlier = [
            other
            for before, other in opened[:at]
            if before.name == call.name and before.arguments_json != call.arguments_json
        ]
        alike = max((iou(span, other) for other in earlier), default=0.0)
        most = max(most, alike)
        if alike > allowed.most_alike:
            detail = f"{where} is nearly a window that was opened before (IoU {alike:.2f})"
            return filtered(NAME, "repeated_window", detail, round(alike, 4))
    return accept(NAME, round(most, 4)) if opened else accept(NAME, None, "no window is opened")
