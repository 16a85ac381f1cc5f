"""frame_number: which frame is on screen at a time, by the video's own frame times (FrameThinker)."""

from pydantic import Field

from schemas.scan import FrameTimes
from transforms.media.frames import displayed_at, number_at
from transforms.tools.base import Arguments, Face, Look, Observation, Tool, View, in_video
from transforms.tools.scene import Scene


class FrameNumber(Arguments):
    t_s: float = Field(description="A time in the video in seconds.")


async def read(scene: Scene, args: FrameNumber) -> Observation:
    in_video(scene, args.t_s)
    times = await scene.times()
    return Observation(told(times, number_at(times, args.t_s)))


def look(observation: Observation, args: Arguments, view: View) -> Look:
    return Look(observation.text)


def told(times: FrameTimes, number: int) -> str:
    """What both tools say of a frame. The times are whole, or a frame could not be found by them again."""
    start_s, end_s = displayed_at(times, times.pts_s[number])
    last = len(times.pts_s) - 1
    return f"Frame {number}, of frames 0 to {last}, is displayed from {_exact(start_s)} s to {_exact(end_s)} s."


def _exact(t_s: float) -> str:
    """Frame times are known to the microsecond."""
    return f"{t_s:.6f}".rstrip("0").rstrip(".")


_FACE = Face("frame_number", "Tells which frame is displayed at a time of the video, and from when until when.")

TOOL = Tool(FrameNumber, _FACE, _FACE, read, look)
