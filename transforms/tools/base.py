"""What a tool is: one name with two faces.

`read` is what the teacher reads in caption space; `look` is what the deployed tool would give for the same call. The
teacher sees the first face, rows carry the second. A tool is a module with one `Tool` value; see `caption_zoom.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from schemas.chat import ToolSpec, read_json
from schemas.codec import canonical
from schemas.scan import FrameTimes
from schemas.source import Box
from schemas.span import Span, seconds
from transforms.media.frames import spread
from transforms.tools.scene import Scene

SHORTEST_WINDOW_S = 0.5
"""A window shorter than this shows one frame at usual rates; asking for it is nearly always a slip."""

NO_FRAMES = "No frames: the limit of frames for this conversation is reached."
"""What a tool that shows frames says once the visual budget is used up."""

MOST_TOLD = 5
"""Wrong arguments that an error names; a model may invent hundreds."""


class Arguments(BaseModel):
    """Arguments of a tool: plain strings, numbers and enums, because trainers drop or refuse anything richer.

    A number may be given as a string (`"20"`), as many models write it; true and false are no numbers.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, bool) and cls.model_fields[info.field_name or ""].annotation in (int, float):
            raise ValueError("true and false are no numbers")
        return value


@dataclass(frozen=True, slots=True)
class Observation:
    """What the teacher reads: text, the spans it stands for, the ids of the items it quotes."""

    text: str
    spans: tuple[Span, ...] = ()
    item_ids: tuple[str, ...] = ()
    error: bool = False


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """A frame to show: its exact presentation time in seconds, a region of it or all, and its size limit in pixels."""

    pts_s: float
    box: Box | None
    max_pixels: int


@dataclass(frozen=True, slots=True)
class View:
    """What is left of the visual budget, and the clock that frames are chosen by."""

    times: FrameTimes
    frames: int
    frames_left: int
    pixels_per_frame: int

    def choose(self, span: Span, wanted: int) -> tuple[float, ...]:
        """Times of so many frames spread over a span, as far as the budget allows; none when it is used up."""
        n = min(wanted, self.frames_left)
        return spread(self.times, span, n) if n > 0 else ()


@dataclass(frozen=True, slots=True)
class Look:
    """What the deployed tool gives: text, frames, and the spans that this really shows or tells."""

    text: str
    spans: tuple[Span, ...] = ()
    requests: tuple[FrameRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    """How a tool is called on one side. Both sides take the same arguments."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Tool:
    """`read(scene, args)` and `look(observation, args, view)` get checked arguments; `read` may raise BadCall.

    `shows` says that the grounded face answers with frames, as far as the visual budget goes; `inspects`, that it
    answers in words with what somebody saw who looked at the frames. `pixels` gives the size limit of each frame in
    pixels from the arguments, the number of frames that are shown and the entry's own limit; without it that is all. A
    call of a tool that `ends` is the teacher's answer; it is in no row, and neither is the tool. `after` gives, from
    the arguments, the call that must have been answered before: a tool's name and arguments as they are stored.
    """

    arguments: type[Arguments]
    caption: Face
    grounded: Face
    read: Callable[[Scene, Any], Awaitable[Observation]]
    look: Callable[[Observation, Any, View], Look]
    shows: bool = False
    inspects: bool = False
    pixels: Callable[[Any, int, int], int] | None = None
    ends: bool = False
    after: Callable[[Any], tuple[str, str]] | None = None


class BadCall(Exception):
    """The call cannot be done; the message tells the teacher what to do instead."""


@cache
def tool_spec(tool: Tool, face: Face) -> ToolSpec:
    """A tool as chat requests carry it. Kept: every turn needs it, and pydantic takes a millisecond for a schema."""
    return ToolSpec(face.name, face.description, canonical(parameters(tool.arguments)))


def parameters(arguments: type[Arguments]) -> dict[str, Any]:
    """The flat JSON schema of the arguments: type, description and enum of each, and which are required."""
    schema = arguments.model_json_schema()
    properties = {
        name: {key: prop[key] for key in ("type", "description", "enum") if key in prop}
        for name, prop in schema.get("properties", {}).items()
    }
    return {"type": "object", "properties": properties, "required": list(schema.get("required", []))}


def parse_arguments(tool: Tool, arguments_json: str) -> Arguments:
    """Checked arguments of a call.

    Raises:
        BadCall: the text is not a JSON object, or the arguments do not fit; it names the arguments that are wrong.
    """
    try:
        given = read_json(arguments_json)
    except ValueError:
        raise BadCall("The arguments are not valid JSON. Send one JSON object.") from None
    if not isinstance(given, dict):
        raise BadCall("The arguments must be one JSON object.")
    try:
        return tool.arguments.model_validate(given)
    except ValidationError as error:
        known = ", ".join(tool.arguments.model_fields) or "none"
        wrong = [f"{'.'.join(map(str, e['loc']))[:60]}: {e['msg']}" for e in error.errors()]
        raise BadCall(f"Wrong arguments ({'; '.join(wrong[:MOST_TOLD])}). The arguments are: {known}.") from None


def spelled(arguments: Arguments) -> str:
    """Checked arguments as canonical JSON: every argument of the tool, numbers in their type, no negative zero.

    So one call has one spelling: `{"start_s": "20"}` and `20` are both `20.0`, and a default is written out.
    """
    values = arguments.model_dump()
    return canonical({name: value + 0.0 if isinstance(value, float) else value for name, value in values.items()})


def window(scene: Scene, start_s: float, end_s: float) -> Span:
    """The window of a zoom, held to the video.

    Raises:
        BadCall: it is reversed, too short or outside the video.
    """
    duration_s = scene.timeline.duration_s
    if end_s <= start_s:
        raise BadCall(f"start_s must be smaller than end_s, but {start_s:g} is not smaller than {end_s:g}.")
    if start_s < 0 or start_s >= duration_s:
        raise BadCall(f"start_s must lie in the video, from 0 to {duration_s:.1f} s, not at {start_s:g}.")
    if end_s > duration_s + 1.0:
        raise BadCall(f"end_s must lie in the video, which ends at {duration_s:.1f} s, not at {end_s:g}.")
    if end_s - start_s < SHORTEST_WINDOW_S:
        raise BadCall(f"The window must be at least {SHORTEST_WINDOW_S:g} s long.")
    return Span(seconds(start_s), seconds(min(end_s, duration_s)))


def in_video(scene: Scene, t_s: float) -> None:
    """Raises:
    BadCall: no picture is on screen at that time.
    """
    duration_s = scene.timeline.duration_s
    if not 0 <= t_s < duration_s:
        raise BadCall(f"t_s must lie in the video, from 0 to {duration_s:.1f} s, not at {t_s:g}.")


def clock(span: Span) -> str:
    """A span as every tool writes it: seconds with one decimal."""
    return f"[{span.start_s:.1f}-{span.end_s:.1f}]"


def clock_within(item: Span, span: Span) -> str:
    """An item's span as far as a window shows it: what lies outside was not looked at."""
    start, end = max(item.start_s, span.start_s), min(item.end_s, span.end_s)
    return clock(Span(seconds(start), seconds(end)))
