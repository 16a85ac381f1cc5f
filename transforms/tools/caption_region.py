"""caption_region: what can be read in a part of the picture at a time. Grounded it is spatial_zoom: that part."""

from math import ceil

from pydantic import Field

from schemas.source import Box
from schemas.span import Span
from transforms.boxes import MOSTLY, WHOLE, share_within
from transforms.media.frames import displayed_at
from transforms.tools.base import (
    NO_FRAMES,
    Arguments,
    BadCall,
    Face,
    FrameRequest,
    Look,
    Observation,
    Tool,
    View,
    in_video,
)
from transforms.tools.scene import Scene

LEAST_PIXELS = 28
"""Shortest side of a region in pixels of the video: a visual token of Qwen2.5-VL, whose image processor refuses less.
"""

_HAIR = 1e-9
"""0.5 - 0.456 is a hair less than 0.044."""


class Region(Arguments):
    t_s: float = Field(description="Time of the picture in seconds.")
    x0: float = Field(description="Left edge of the region, 0 to 1 of the picture's width.")
    y0: float = Field(description="Upper edge of the region, 0 to 1 of the picture's height.")
    x1: float = Field(description="Right edge of the region, 0 to 1 of the picture's width.")
    y1: float = Field(description="Lower edge of the region, 0 to 1 of the picture's height.")

    @property
    def box(self) -> Box:
        return self.x0, self.y0, self.x1, self.y1


async def read(scene: Scene, args: Region) -> Observation:
    in_video(scene, args.t_s)
    _check(scene, args.box)
    timeline, t_s = scene.timeline, args.t_s
    shown = [line for line in timeline.lines if line.sure and line.span.contains(t_s)]
    lines = [line for line in shown if share_within(line.box, args.box) >= MOSTLY]
    captions = [c for c in timeline.captions if c.level == "clip" and c.sure and c.span.contains(t_s)]
    body = [f'text on screen: "{line.text}"' for line in lines] or ["No text was noted in it."]
    body += [f"seen in the whole picture around that time: {c.text}" for c in captions]
    text = "\n".join([f"At {t_s:.2f} s, the region {_words(args.box)}:", *body])
    return Observation(text, (Span(t_s, t_s),), tuple([x.id for x in lines] + [c.id for c in captions]))


def look(observation: Observation, args: Region, view: View) -> Look:
    if view.frames_left < 1:
        return Look(NO_FRAMES)
    start_s, end_s = displayed_at(view.times, args.t_s)
    text = f"1 frame at {start_s:.2f} s, its region {_words(args.box)}."
    return Look(text, (Span(start_s, end_s),), (FrameRequest(start_s, args.box, view.pixels_per_frame),))


def _check(scene: Scene, box: Box) -> None:
    """Raises:
    BadCall: it is no region of the picture, all of it, or too small a one.
    """
    x0, y0, x1, y1 = box
    if not (0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1):
        raise BadCall("The region needs 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1: parts of the picture, not pixels.")
    if box == WHOLE:
        raise BadCall("This is the whole picture. Name a part of it.")
    least_x, least_y = _least(scene.timeline.width), _least(scene.timeline.height)
    if x1 - x0 < least_x - _HAIR or y1 - y0 < least_y - _HAIR:
        raise BadCall(
            f"The region is too small: x1 - x0 must be at least {least_x:g} and y1 - y0 at least {least_y:g},"
            f" which is {LEAST_PIXELS} pixels."
        )


def _least(pixels: int) -> float:
    """Shortest side of a region as a share of the picture's, in the three decimals that it is told with."""
    return min(1.0, ceil(1000 * LEAST_PIXELS / pixels) / 1000)


def _words(box: Box) -> str:
    x0, y0, x1, y1 = box
    return f"from x {x0:g} to {x1:g} and from y {y0:g} to {y1:g}"


TOOL = Tool(
    Region,
    Face("caption_region", "Reads the text in a part of the picture at a time, and describes the scene it is from."),
    Face("spatial_zoom", "Shows a part of the picture that is displayed at a time, as large as the video has it."),
    read,
    look,
    shows=True,
)
