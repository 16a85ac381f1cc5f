"""caption_zoom_fps: a zoom in time at a rate, as VideoZoomer's. Grounded it is temporal_zoom_fps."""

from pydantic import Field

from transforms.tools.base import BadCall, Face, Look, Observation, Tool, View, window
from transforms.tools.caption_zoom import Zoom, describe, showing
from transforms.tools.rates import at_rate, rate_refusal
from transforms.tools.scene import Scene


class ZoomFps(Zoom):
    fps: float = Field(default=1.0, description="Frames per second, 1 by default; a call for too many is refused.")


async def read(scene: Scene, args: ZoomFps) -> Observation:
    span = window(scene, args.start_s, args.end_s)
    refusal = rate_refusal(args.end_s - args.start_s, args.fps, scene.frames_per_call)
    if refusal:
        raise BadCall(refusal)
    return await describe(scene, span, scene.most_of(at_rate(span.length_s, args.fps)))


def look(observation: Observation, args: ZoomFps, view: View) -> Look:
    (span,) = observation.spans
    return showing(span, view.choose(span, at_rate(span.length_s, args.fps)), view.pixels_per_frame)


TOOL = Tool(
    ZoomFps,
    Face(
        "caption_zoom_fps",
        "Describes what is seen between two times of the video, looked at with so many frames per second, and quotes"
        " the text on screen, with the times of the first and the last frame that shows it.",
    ),
    Face(
        "temporal_zoom_fps",
        "Shows frames of the video between two times, so many per second, with their times in seconds.",
    ),
    read,
    look,
    shows=True,
)
