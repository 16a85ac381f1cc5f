"""What a model calls the tools: a recipe may rename and re-describe them and their arguments; records keep ours."""

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


def native(said: Sequence[Said], natives: Natives) -> tuple[Said, ...]:
    """What is said, with tools and arguments under the model's names.

    Raises:
        InputError: `untrainable_turn`, the arguments of a call are no JSON object.
    """
    if not natives:
        return tuple(said)
    return tuple(
        turn._replace(
            tools_json=native_tools(turn.tools_json, natives) if turn.tools_json else "",
            call=_renamed(turn.call, natives) if turn.call else None,
        )
        for turn in said
    )


def native_tools(tools_json: str, natives: Natives) -> str:
    """Tools (a canonical JSON list) as the model knows them."""
    return canonical([_native_tool(tool, natives) for tool in json.loads(tools_json)]) if natives else tools_json


def _native_tool(tool: dict[str, Any], natives: Natives) -> dict[str, Any]:
    to = natives.get(tool["name"])
    if to is None:
        return tool
    parameters = tool["parameters"]
    names = to.arguments
    return {
        "name": to.name or tool["name"],
        "description": to.description or tool["description"],
        "parameters": parameters
        | {
            "properties": {names.get(key, key): schema for key, schema in parameters["properties"].items()},
            "required": [names.get(key, key) for key in parameters["required"]],
        },
    }


def _renamed(call: Call, natives: Natives) -> Call:
    to = natives.get(call[0])
    if to is None:
        return call
    arguments = {to.arguments.get(key, key): value for key, value in arguments_of(call[1]).items()}
    return to.name or call[0], canonical(arguments)


def ours_again(call: Call, natives: Natives) -> Call:
    """A call under our names, from one under the model's."""
    for name, to in natives.items():
        if call[0] == (to.name or name):
            back = {theirs: own for own, theirs in to.arguments.items()}
            return name, canonical({back.get(key, key): value for key, value in arguments_of(call[1]).items()})
    return call
