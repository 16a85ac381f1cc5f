"""Tools in a system message: one a line, as the chat templates of Qwen write them, and JSON with the spaces that their
`tojson` writes."""

import json
from typing import Any

from pydantic_core import from_json

from schemas.codec import canonical, json_encoder
from transforms.dialects.arguments import ordered
from transforms.dialects.strings import Unreadable

dumps = json_encoder(", ", ": ")


def loads(text: str) -> dict[str, Any]:
    """The JSON object that a text is.

    Raises:
        Unreadable: it is none.
    """
    try:
        value = from_json(text)
    except (ValueError, TypeError):  # it calls text with half a character no text
        value = None
    if not isinstance(value, dict):
        raise Unreadable(f"holds something that is no JSON object: {text[:80]!r}")
    return value


def string_in(text: str) -> str:
    """The text that a JSON string holds.

    Raises:
        ValueError: it is none.
    """
    value = json.loads(text)
    if not isinstance(value, str):
        raise ValueError(f"{text[:80]!r} is no JSON string")
    return value


def described(tools_json: str) -> list[dict[str, Any]]:
    """The tools as plain data: keys in the order in which tools are usually written, arguments in the order in which
    they are given."""
    return [_described(tool) for tool in json.loads(tools_json or "[]")]


def tool_lines(tools_json: str) -> str:
    """The tools as the templates get them; empty for none."""
    return "\n".join(_tool_line(tool) for tool in described(tools_json))


def tool_list(tools_json: str) -> str:
    """The same as one JSON list."""
    return f"[{', '.join(_tool_line(tool) for tool in described(tools_json))}]"


def read_tool_lines(lines: str) -> str:
    """The tools as canonical JSON.

    Raises:
        Unreadable: a line is no JSON object.
    """
    return canonical([loads(line).get("function") for line in lines.split("\n")])


def _tool_line(tool: dict[str, Any]) -> str:
    return dumps({"type": "function", "function": tool})


def _described(tool: dict[str, Any]) -> dict[str, Any]:
    return {"name": tool["name"], "description": tool["description"], "parameters": _schema(tool["parameters"])}


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema as it is usually written, with the arguments of an object in the order in which they are given."""
    made = ordered(schema, ("type", "description", "enum", "properties", "required"))
    if "items" in made:
        made["items"] = _schema(made["items"])
    if "properties" in made:
        of = ordered(made["properties"], made.get("required", ()))
        made["properties"] = {name: _schema(one) for name, one in of.items()}
    return made
