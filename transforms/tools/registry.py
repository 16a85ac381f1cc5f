"""Every tool by the name a teacher calls it. A new one is a file here and a line in `schemas/names.py`."""

import json
from collections.abc import Iterable
from importlib import import_module

from schemas import names
from schemas.chat import Call, ToolSpec
from schemas.codec import canonical
from transforms.tools.base import NO_FRAMES, BadCall, Observation, Tool, parse_arguments, spelled, tool_spec
from transforms.tools.scene import Scene

TOOLS: dict[str, Tool] = {name: import_module(f"{__package__}.{name}").TOOL for name in names.TOOLS}

_GROUNDED = {tool.grounded.name: tool for tool in TOOLS.values()}

SHOWING = frozenset(tool.grounded.name for tool in TOOLS.values() if tool.shows)
"""Grounded names of the tools that answer with frames."""

WATCHING = frozenset(tool.caption.name for tool in TOOLS.values() if tool.shows)
"""What a teacher calls them."""

INSPECTING = frozenset(tool.grounded.name for tool in TOOLS.values() if tool.inspects)
"""Grounded names of the tools that tell what somebody saw."""

FOLLOWING = frozenset(face.name for tool in TOOLS.values() if tool.after for face in (tool.caption, tool.grounded))
"""Names, of both faces, of the tools that are called once another was."""


def caption_specs(names: tuple[str, ...]) -> tuple[ToolSpec, ...]:
    """What a teacher is told of its tools."""
    return tuple(tool_spec(TOOLS[name], TOOLS[name].caption) for name in names)


def deployed(names: tuple[str, ...]) -> tuple[Tool, ...]:
    """The tools that rows carry, of those that a teacher may call."""
    return tuple(TOOLS[name] for name in names if not TOOLS[name].ends)


def grounded_tools_json(names: tuple[str, ...]) -> str:
    """The tools as rows carry them: a canonical JSON list of name, description and parameters."""
    specs = [tool_spec(tool, tool.grounded) for tool in deployed(names)]
    return canonical(
        [{"name": s.name, "description": s.description, "parameters": json.loads(s.parameters_json)} for s in specs]
    )


def checked_arguments(names: tuple[str, ...], name: str, arguments_json: str) -> str | None:
    """A call's arguments as they are stored and rendered, so that they fit the tool's schema; None when they do not."""
    if name not in names:
        return None
    try:
        return spelled(parse_arguments(TOOLS[name], arguments_json))
    except BadCall:
        return None


def pixels_of(call: Call, shown: int, most: int) -> int:
    """Size limit in pixels of each frame that a call under its grounded name shows.

    `most` is the entry's own limit, which holds for calls whose arguments do not fit.
    """
    tool = _GROUNDED.get(call.name)
    if tool is None or tool.pixels is None:
        return most
    try:
        return tool.pixels(parse_arguments(tool, call.arguments_json), shown, most)
    except BadCall:
        return most


def missing_before(call: Call, answered: Iterable[Call]) -> Call | None:
    """The call that must have been answered before this one and was not; None where nothing is missing.

    `answered` may be all calls of a conversation up to this one.
    """
    tool = TOOLS.get(call.name) or _GROUNDED.get(call.name)
    if tool is None or tool.after is None:
        return None
    try:
        name, arguments_json = tool.after(parse_arguments(tool, call.arguments_json))
    except BadCall:
        return None  # which the tool itself says
    made = {(one.name, one.arguments_json) for one in answered}
    return None if (name, arguments_json) in made else Call(call.id, name, arguments_json)


async def call_tool(scene: Scene, names: tuple[str, ...], name: str, arguments_json: str) -> Observation:
    """Runs a call's caption face. A bad call gives an error observation the teacher can recover from."""
    if name not in names:
        return Observation(f"There is no tool {name[:60]!r}. The tools are: {', '.join(names)}.", error=True)
    try:
        tool = TOOLS[name]
        arguments = parse_arguments(tool, arguments_json)
        if tool.shows and scene.most_of(1) < 1:
            raise BadCall(f"{NO_FRAMES} Answer with what you have seen.")
        return await tool.read(scene, arguments)
    except BadCall as error:
        return Observation(str(error), error=True)
