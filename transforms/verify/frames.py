"""Frames are frames of the video, displayed during the span that was looked at."""

from schemas.trajectory import Frame, Trajectory, Turn, Verdict
from transforms.media.frames import frame_at
from transforms.verify.case import Case, accept, displayed_during, failed

NAME = "frames"


def check(case: Case) -> Verdict:
    for frame in case.trajectory.frames:
        if frame_at(case.times, frame.pts_s) != frame.pts_s:
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
    for frame in _frames_of(case.trajectory, turn):
        if not any(displayed_during(case.times, frame.pts_s, span) for span in turn.spans):
            return f"the frame at {frame.pts_s} s is not displayed during the span its turn shows"
    return ""


def _frames_of(trajectory: Trajectory, turn: Turn) -> list[Frame]:
    return [trajectory.frames[ref] for ref in turn.frame_refs]
