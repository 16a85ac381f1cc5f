"""What a model calls the tools: a recipe may rename and re-describe them and their arguments, put the window of a call
into a list of one, and have every call name the video; records keep ours."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.codec import canonical
from schemas.settings import NativeTool
from transforms.dialects.arguments import arguments_of
from transforms.dialects.said import Said
from transforms.dialects.strings import Call

Natives = Mapping[str, NativeTool]
"""Our name of a tool → what the model calls it."""

WINDOW = ("start_s", "end_s")
"""Our names of the arguments that are a window."""
_LISTED = "The windows to look at, one."
_PATH = {"type": "string", "description": "Path of the video."}


def native(said: Sequence[Said], natives: Natives, uri: str) -> tuple[Said, ...]:
    """What is said of the video at `uri`, with tools and arguments under the model's names.

    Raises:
        InputError: `untrainable_turn`, the arguments of a call are no JSON object.
    """
    if not natives:
        return tuple(said)
    return tuple(
        turn._replace(
            tools_json=native_tools(turn.tools_json, natives) if turn.tools_json else "",
            call=_renamed(turn.call, natives, uri) if turn.call else None,
        )
        for turn in said
    )


def native_tools(tools_json: str, natives: Natives) -> str:
    """Tools (a canonical JSON list) as the model knows them; those that it knows already stay."""
    return canonical([_native_tool(tool, natives) for tool in json.loads(tools_json)]) if natives else tools_json


def _native_tool(tool: dict[str, Any], natives: Natives) -> dict[str, Any]:
    to = natives.get(tool["name"])
    if to is None:
        return tool
    parameters = tool["parameters"]
    schema = _native_schema(parameters["properties"], parameters["required"], to)
    if to.video_in and to.video_in not in schema["properties"]:
        schema["properties"][to.video_in] = _PATH
        schema["required"].insert(0, to.video_in)
    return {
        "name": to.name or tool["name"],
        "description": to.description or tool["description"],
        "parameters": parameters | schema,
    }


def names_video(tools_json: str, natives: Natives) -> bool:
    """Whether a model with these tools (JSON, under our names or its own) has to be told where the video is, as calls
    name it."""
    named = {called for name, to in natives.items() if to.video_in for called in (name, to.name)}
    return bool(named) and any(tool["name"] in named for tool in json.loads(tools_json or "[]"))


def _native_schema(properties: dict[str, Any], required: Sequence[str], to: NativeTool) -> dict[str, Any]:
    """Properties and what is required, under the model's names."""

    def renamed(keys: Sequence[str]) -> dict[str, Any]:
        return {
            "properties": {to.arguments.get(key, key): schema for key, schema in properties.items() if key in keys},
            "required": [to.arguments.get(key, key) for key in required if key in keys],
        }

    inside, outside = _parted(properties, to)
    if not inside:
        return renamed(outside)
    listed = {"type": "array", "description": _LISTED, "items": {"type": "object", **renamed(inside)}}
    beside = renamed(outside)
    return {
        "properties": {to.window_in: listed, **beside["properties"]},
        "required": [to.window_in, *beside["required"]],
    }


def _parted(arguments: Mapping[str, Any], to: NativeTool) -> tuple[list[str], list[str]]:
    """Our names of the arguments that stand in a list, and of those beside it."""
    inside = [key for key in arguments if to.window_in and key in WINDOW]
    return inside, [key for key in arguments if key not in inside]


def _renamed(call: Call, natives: Natives, uri: str) -> Call:
    to = natives.get(call[0])
    if to is None:
        return call
    given = arguments_of(call[1])
    inside, outside = _parted(given, to)
    arguments = {to.arguments.get(key, key): given[key] for key in outside}
    if inside:
        arguments[to.window_in] = [{to.arguments.get(key, key): given[key] for key in inside}]
    if to.video_in:
        arguments[to.video_in] = uri
    return to.name or call[0], canonical(arguments)


def ours_again(call: Call, natives: Natives) -> Call:
    """A call under our names, from one under the model's; a list of other than one window stays as it is."""
    for name, to in natives.items():
        if call[0] == (to.name or name):
            given = {key: value for key, value in arguments_of(call[1]).items() if key != to.video_in}
            listed = given.get(to.window_in)
            if isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], dict):
                del given[to.window_in]
                given |= listed[0]
            back = {theirs: own for own, theirs in to.arguments.items()}
            return name, canonical({back.get(key, key): value for key, value in given.items()})
    return call
