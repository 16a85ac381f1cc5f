"""caption_zoom_detail: a zoom in time with a visual budget, as Video-o3's. Grounded it is temporal_zoom_detail.

The number of frames and their size follow from the budget: a long window has more frames, and smaller ones.
"""

from typing import Literal

from pydantic import Field

from schemas.span import Span
from transforms.tools.base import Face, Look, Observation, Tool, View, window
from transforms.tools.caption_zoom import Zoom, describe, showing
from transforms.tools.rates import at_rate
from transforms.tools.scene import Scene
from transforms.tools.tokens import PIXELS_PER_TOKEN

TOKENS = {"coarse": 2048, "medium": 4096, "fine": 6144}
"""Visual tokens of a clip (Video-o3)."""

MOST_TOKENS = 768
"""Of a frame (Video-o3)."""

LEAST_TOKENS = 128
"""Of a frame: a clip with too many for its budget has fewer frames (the least that Qwen2.5-VL gives a video's frame).
"""

FPS = 2.0
"""Frames per second, where the budget allows (Video-o3)."""


class ZoomDetail(Zoom):
    detail: Literal["coarse", "medium", "fine"] = Field(
        default="medium", description="How closely: coarse, medium (the default) or fine."
    )


async def read(scene: Scene, args: ZoomDetail) -> Observation:
    span = window(scene, args.start_s, args.end_s)
    return await describe(scene, span, scene.most_of(frames(args, span)))


def look(observation: Observation, args: ZoomDetail, view: View) -> Look:
    (span,) = observation.spans
    pts = view.choose(span, frames(args, span))
    return showing(span, pts, pixels(args, len(pts), view.pixels_per_frame))


def frames(args: ZoomDetail, span: Span) -> int:
    """How many frames of the window the budget allows."""
    return min(at_rate(span.length_s, FPS), TOKENS[args.detail] // LEAST_TOKENS)


def pixels(args: ZoomDetail, shown: int, most: int) -> int:
    """Size limit in pixels of each of the frames that are shown; no more than `most`."""
    return min(most, PIXELS_PER_TOKEN * min(MOST_TOKENS, TOKENS[args.detail] // max(1, shown)))


TOOL = Tool(
    ZoomDetail,
    Face(
        "caption_zoom_detail",
        "Describes what is seen between two times of the video, looked at more or less closely, and quotes the text on"
        " screen, with the times of the first and the last frame that shows it.",
    ),
    Face(
        "temporal_zoom_detail",
        "Shows frames of the video between two times, evenly spread, with their times in seconds; a finer detail shows"
        " more of them, or larger ones.",
    ),
    read,
    look,
    shows=True,
    pixels=pixels,
)
