"""inspect_node: the same as inspect, of a part of the caption tree whose caption was read before (LongVideo-R1)."""

from pydantic import Field, field_validator

from transforms.tools import get_caption
from transforms.tools.base import Arguments, Face, Look, Observation, Tool, View, spelled
from transforms.tools.inspect import inspected
from transforms.tools.scene import Scene


class InspectNode(Arguments):
    path: str = Field(description="Path of the part, such as 2,1,4, counted from 1.")
    question: str = Field(description="What to find out there.")

    @field_validator("path")
    @classmethod
    def _one_spelling(cls, value: str) -> str:
        return get_caption.one_spelling(value)


async def read(scene: Scene, args: InspectNode) -> Observation:
    return await inspected(scene, get_caption.part_of(scene, args.path), args.question)


def look(observation: Observation, args: InspectNode, view: View) -> Look:
    return Look(observation.text, observation.spans)


def after(args: InspectNode) -> tuple[str, str]:
    """The caption of the part must have been read."""
    return get_caption.TOOL.caption.name, spelled(get_caption.Part(path=args.path))


_FACE = Face(
    "inspect_node",
    "Looks at a part of the video that was read about before, for a question, and tells what is found there.",
)
TOOL = Tool(InspectNode, _FACE, _FACE, read, look, inspects=True, after=after)
