"""frame_time: when a frame is on screen, by the video's own frame times (FrameThinker)."""

from pydantic import Field

from transforms.tools.base import Arguments, BadCall, Face, Observation, Tool
from transforms.tools.frame_number import look, told
from transforms.tools.scene import Scene


class FrameTime(Arguments):
    frame: int = Field(description="Number of a frame; the first is 0.")


async def read(scene: Scene, args: FrameTime) -> Observation:
    times = await scene.times()
    last = len(times.pts_s) - 1
    if not 0 <= args.frame <= last:
        raise BadCall(f"frame must be from 0 to {last}, the last frame of the video, not {args.frame}.")
    return Observation(told(times, args.frame))


_FACE = Face("frame_time", "Tells from when until when a frame of the video is displayed.")

TOOL = Tool(FrameTime, _FACE, _FACE, read, look)
