"""get_caption: what the captions say of one part of the tree. The deployed tool has these captions too, and says it."""

import re

from pydantic import Field, field_validator

from schemas.span import Span
from transforms.tools import tree
from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View, clock, clock_within
from transforms.tools.scene import Scene

_PATH = re.compile(r"[\[(]?\s*\d{1,3}(?:\s*,\s*\d{1,3}){0,2}\s*[\])]?")


class Part(Arguments):
    path: str = Field(description="Path of the part, such as 2 or 2,1 or 2,1,4, counted from 1.")

    @field_validator("path")
    @classmethod
    def _one_spelling(cls, value: str) -> str:
        return one_spelling(value)


def one_spelling(path: str) -> str:
    """A path as it is written everywhere.

    Raises:
        ValueError: it is none.
    """
    if not _PATH.fullmatch(path.strip()):
        raise ValueError("must be one to three numbers with commas between, such as 2,1")
    return tree.spell(tuple(int(number) for number in re.findall(r"\d+", path)))


def part_of(scene: Scene, path: str) -> Span:
    """The stretch of a part.

    Raises:
        BadCall: the video has no such part.
    """
    numbers, wide = _numbers(path), tree.width(scene.timeline.duration_s)
    if any(not 1 <= number <= wide for number in numbers):
        raise BadCall(f"There is no part {path}. Each number of a path is from 1 to {wide}.")
    return tree.span_of(scene.timeline.duration_s, numbers)


def _numbers(path: str) -> tree.Path:
    return tuple(int(number) for number in path.split(","))


async def read(scene: Scene, args: Part) -> Observation:
    timeline, span = scene.timeline, part_of(scene, args.path)
    parts = tree.parts_of(timeline.duration_s, _numbers(args.path))
    captions = tree.captions_of(timeline, span)
    rows = [f"Caption of {args.path}, from {span.start_s:.1f} s to {span.end_s:.1f} s:"]
    rows += [f"{clock_within(c.span, span)} seen: {c.text}" for c in captions] or ["Nothing was noted."]
    rows += ["Its parts:"] if parts else []
    rows += [f"{tree.spell(part)} {clock(of)}" for part, of in parts]
    return Observation("\n".join(rows), (span,), tuple(c.id for c in captions))


def look(observation: Observation, args: Part, view: View) -> Look:
    return Look(observation.text, observation.spans)


_WHAT = (
    "Returns the caption of a part of the video and the times of its parts. The video is cut into equal parts 1, 2, 3"
    " and so on, part 2 into 2,1 and so on, and part 2,1 into 2,1,1 and so on."
)

TOOL = Tool(Part, Face("get_caption", _WHAT), Face("get_caption", _WHAT), read, look)
