"""Frames are frames of the video, displayed during the span that was looked at; crops are of the region that was asked
for at that time, what somebody tells who looked is of the window that was asked about, and frames that are told by
their number have it.
"""

from schemas.chat import Call
from schemas.source import Box
from schemas.trajectory import Turn, Verdict
from transforms.media.frames import frame_at, number_at
from transforms.tools import frame_number, frame_time
from transforms.tools.windows import arguments_of, box_of, moment_of, window_of
from transforms.verify.case import Case, accept, failed

NAME = "frames"

_EXACT_S = 1e-3
"""A window is cut at the end of the video and rounded to the millisecond, else never wider than it was asked for."""

_BY_NUMBER = frozenset(tool.TOOL.grounded.name for tool in (frame_number, frame_time))


def check(case: Case) -> Verdict:
    for frame, displayed in zip(case.trajectory.frames, case.displayed, strict=True):
        if displayed[0] != frame.pts_s:
            return failed(NAME, "frame_time", f"no frame of the video is displayed from {frame.pts_s} s on")
    for turn in case.trajectory.turns:
        call = case.called.get(turn.call_id)
        if call is None and not turn.frame_refs:
            continue
        for code, fault_of in _FAULTS:
            fault = fault_of(case, turn, call)
            if fault:
                return failed(NAME, code, fault)
    return accept(NAME, float(len(case.trajectory.frames)))


def _stray(case: Case, turn: Turn, call: Call | None) -> str:
    """A frame that is not on screen during any span its turn shows."""
    if turn.role != "tool" or not turn.spans:
        return ""
    outside, displayed = list(turn.frame_refs), case.displayed
    for span in turn.spans:
        # Not `during`: a call for every frame takes longer.
        outside = [ref for ref in outside if displayed[ref][0] >= span.end_s or displayed[ref][1] <= span.start_s]
    if not outside:
        return ""
    pts_s = case.trajectory.frames[outside[0]].pts_s
    return f"the frame at {pts_s} s is not displayed during the span its turn shows"


def _elsewhere(case: Case, turn: Turn, call: Call | None) -> str:
    """A frame that is not the region, at the moment, that its call asks for: all of it where it asks for none."""
    if not turn.frame_refs:
        return ""
    box = box_of(call) if call is not None else None
    if box is not None and not _in_picture(box):
        return f"the region {box} reaches out of the picture, whose edges are at 0 and 1"
    moment = moment_of(call) if call is not None and box is not None else None
    for ref in turn.frame_refs:
        frame = case.trajectory.frames[ref]
        if frame.box != box:
            return f"the frame at {frame.pts_s} s shows the region {frame.box}, but {box} was asked for"
        if moment is not None and frame_at(case.times, moment.start_s) != frame.pts_s:
            return f"the frame at {frame.pts_s} s is not the one on screen at {moment.start_s} s, which was asked for"
    return ""


def _in_picture(box: Box) -> bool:
    x0, y0, x1, y1 = box
    return 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1


def _another_window(case: Case, turn: Turn, call: Call | None) -> str:
    """What is told of another window than the one that somebody was asked to look at."""
    if call is None or call.id not in case.inspections:
        return ""
    asked = window_of(call)
    if asked is None:
        return ""
    for span in turn.spans:
        if span.start_s < asked.start_s - _EXACT_S or span.end_s > asked.end_s + _EXACT_S:
            return (
                f"what is told is of {span.start_s:g} to {span.end_s:g} s, but {asked.start_s:g} to {asked.end_s:g} s"
                " was asked about"
            )
    return ""


def _miscounted(case: Case, turn: Turn, call: Call | None) -> str:
    """What a look tells of the number of a frame, or of the time of a numbered one, if it is wrong."""
    if call is None or call.name not in _BY_NUMBER:
        return ""
    moment, number = moment_of(call), arguments_of(call).get("frame")
    if moment is not None:
        number = number_at(case.times, moment.start_s)
    if isinstance(number, int) and 0 <= number < len(case.times.pts_s):
        right = frame_number.told(case.times, number)
        return "" if turn.look_text == right else f"{call.name} says {turn.look_text!r}, right is {right!r}"
    return f"{call.name} answers {call.arguments_json}, which names no frame of the video"


_FAULTS = (
    ("frame_outside", _stray),
    ("frame_region", _elsewhere),
    ("look_window", _another_window),
    ("frame_number", _miscounted),
)
