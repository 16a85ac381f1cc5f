"""Frames exist, decode, have the size the record gives, and are displayed frames of the looked-at span."""

from schemas.errors import InputError
from schemas.trajectory import Frame, Trajectory, Turn, Verdict
from transforms.media.picture import decode_jpeg
from transforms.verify.case import Case, accept, displayed_during, failed

NAME = "frames"


def check(case: Case) -> Verdict:
    known = frozenset(case.times.pts_s)
    for frame in case.trajectory.frames:
        if frame.pts_s not in known:
            return failed(NAME, "frame_time", f"no frame of the video is displayed from {frame.pts_s} s on")
        fault = _picture_fault(case, frame)
        if fault:
            return failed(NAME, "frame_broken", fault)
    for turn in case.trajectory.turns:
        fault = _stray(case, turn)
        if fault:
            return failed(NAME, "frame_outside", fault)
    return accept(NAME, float(len(case.trajectory.frames)))


def _picture_fault(case: Case, frame: Frame) -> str:
    try:
        picture = decode_jpeg(case.store.blob(frame.sha256))
    except (InputError, ValueError) as error:
        return f"the picture of the frame at {frame.pts_s} s cannot be read: {error}"
    height, width = picture.shape[:2]
    if (width, height) != (frame.width, frame.height):
        return f"the frame at {frame.pts_s} s is {width}x{height}, not {frame.width}x{frame.height} as recorded"
    return ""


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
