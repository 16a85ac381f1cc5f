"""caption_zoom_frames: a zoom in time with a number of frames. Grounded it is temporal_zoom_frames."""

from pydantic import Field

from transforms.tools.base import BadCall, Face, Look, Observation, Tool, View, window
from transforms.tools.caption_zoom import Zoom, describe, showing
from transforms.tools.rates import count_refusal
from transforms.tools.scene import Scene


class ZoomFrames(Zoom):
    frames: int = Field(default=8, description="How many frames, 8 by default; a call for too many is refused.")


async def read(scene: Scene, args: ZoomFrames) -> Observation:
    span = window(scene, args.start_s, args.end_s)
    refusal = count_refusal(args.frames, scene.frames_per_call)
    if refusal:
        raise BadCall(refusal)
    return await describe(scene, span, scene.most_of(args.frames))


def look(observation: Observation, args: ZoomFrames, view: View) -> Look:
    (span,) = observation.spans
    return showing(span, view.choose(span, args.frames), view.pixels_per_frame)


TOOL = Tool(
    ZoomFrames,
    Face(
        "caption_zoom_frames",
        "Describes what is seen between two times of the video, looked at with so many frames, and quotes the text on"
        " screen, with the times of the first and the last frame that shows it.",
    ),
    Face(
        "temporal_zoom_frames",
        "Shows so many frames of the video between two times, evenly spread, with their times in seconds.",
    ),
    read,
    look,
    shows=True,
)
