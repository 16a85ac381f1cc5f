"""Frames are frames of the video, displayed during the span that was looked at."""

from schemas.trajectory import Turn, Verdict
from transforms.verify.case import Case, accept, during, failed

NAME = "frames"


def check(case: Case) -> Verdict:
    for frame, displayed in zip(case.trajectory.frames, case.displayed, strict=True):
        if displayed[0] != frame.pts_s:
            return failed(NAME, "frame_time", f"no frame of the video is displayed from {frame.pts_s} s on")
    for turn in case.trajectory.turns:
        fault = _stray(case, turn)
        if fault:
            return failed(NAME, "frame_outside", fault)
    return accept(NAME, float(len(case.trajectory.frames)))


def _stray(case: Case, turn: Turn) -> str:
    """A frame that is not on screen during any span its turn shows."""
    if turn.role != "tool" or not turn.spans:
        return ""
    for ref in turn.frame_refs:
        if not any(during(case.displayed[ref], span) for span in turn.spans):
            pts_s = case.trajectory.frames[ref].pts_s
            return f"the frame at {pts_s} s is not displayed during the span its turn shows"
    return ""
