"""Tools in a system message: one a line, as the chat templates of Qwen write them, and JSON with the spaces that their
`tojson` writes."""

import json
from typing import Any

from schemas.codec import canonical
from transforms.dialects.said import untrainable
from transforms.dialects.strings import Unreadable

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def dumps(value: Any) -> str:
    return _encoder.encode(value)


def loads(text: str) -> dict[str, Any]:
    """The JSON object that a text is.

    Raises:
        Unreadable: it is none.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Unreadable(f"holds something that is no JSON object: {text[:80]!r}")
    return value


def arguments_of(arguments_json: str) -> dict[str, Any]:
    """The arguments of a call in a record.

    Raises:
        InputError: `untrainable_turn`, they are no JSON object.
    """
    try:
        arguments = json.loads(arguments_json)
    except (ValueError, RecursionError):
        raise untrainable(f"arguments are no JSON: {arguments_json[:80]!r}") from None
    if not isinstance(arguments, dict):
        raise untrainable(f"arguments are no JSON object: {arguments_json[:80]!r}")
    return arguments


def tool_lines(tools_json: str) -> str:
    """The tools as the templates get them, keys in the order in which tools are usually written; empty for none."""
    return "\n".join(_tool_line(tool) for tool in json.loads(tools_json or "[]"))


def tool_list(tools_json: str) -> str:
    """The same as one JSON list."""
    return f"[{', '.join(_tool_line(tool) for tool in json.loads(tools_json or '[]'))}]"


def read_tool_lines(lines: str) -> str:
    """The tools as canonical JSON.

    Raises:
        Unreadable: a line is no JSON object.
    """
    return canonical([loads(line).get("function") for line in lines.split("\n")])


def _tool_line(tool: dict[str, Any]) -> str:
    parameters = _ordered(tool["parameters"], ("type", "properties", "required"))
    properties = {
        name: _ordered(schema, ("type", "description", "enum"))
        for name, schema in parameters.get("properties", {}).items()
    }
    function = {
        "name": tool["name"],
        "description": tool["description"],
        "parameters": parameters | ({"properties": properties} if "properties" in parameters else {}),
    }
    return dumps({"type": "function", "function": function})


def _ordered(schema: dict[str, Any], first: tuple[str, ...]) -> dict[str, Any]:
    return {key: schema[key] for key in first if key in schema} | schema
