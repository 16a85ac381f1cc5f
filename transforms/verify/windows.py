"""Windows are of a sensible length, and none is opened again: a zoom into half the video is no zoom."""

from schemas.span import iou
from schemas.trajectory import Verdict
from transforms.tools.registry import SHOWING
from transforms.verify.case import Case, accept, arguments_of, filtered, window_of

NAME = "windows"

SHORT_S = 20.0
"""So much may be opened at once of any video: half of a short one is less than two clips, and what one would watch."""


def check(case: Case) -> Verdict:
    settings = case.settings
    duration_s = case.timeline.duration_s
    longest_s = min(max(duration_s * settings.window_share, SHORT_S), settings.window_max_s)
    # Of a video of two seconds a window of one is half.
    shortest_s = min(settings.window_min_s, duration_s / 4)
    opened = []
    for call in case.calls:
        span = window_of(call)
        if span is not None and call.name in SHOWING:
            opened.append((call.name, span))
        elif span is None and {"start_s", "end_s"} <= arguments_of(call).keys():
            return filtered(NAME, "window_reversed", f"{call.name} is called with {call.arguments_json}", 0.0)
    most = 0.0
    for at, (name, span) in enumerate(opened):
        where = f"{name} from {span.start_s:g} to {span.end_s:g} s"
        if span.length_s < shortest_s:
            return filtered(NAME, "window_too_short", f"{where} is shorter than {shortest_s:g} s", 0.0)
        # Not stricter than a frame's time: windows are written with one decimal.
        if span.length_s > longest_s + 0.1:
            return filtered(NAME, "window_too_long", f"{where} is longer than {longest_s:.1f} s", span.length_s)
        # The very same window is `repeats`' to tell.
        earlier = [other for of, other in opened[:at] if of == name and other != span]
        alike = max((iou(span, other) for other in earlier), default=0.0)
        most = max(most, alike)
        if alike > settings.window_iou:
            detail = f"{where} is nearly a window that was opened before (IoU {alike:.2f})"
            return filtered(NAME, "repeated_window", detail, round(alike, 4))
    return accept(NAME, round(most, 4)) if opened else accept(NAME, None, "no window is opened")
