"""Arguments of a call: out of a record, and in the order in which a model gives them."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic_core import from_json

from transforms.dialects.said import untrainable


def arguments_of(arguments_json: str) -> dict[str, Any]:
    """The arguments of a call in a record.

    Raises:
        InputError: `untrainable_turn`, they are no JSON object.
    """
    try:
        arguments = from_json(arguments_json)
    except (ValueError, TypeError):  # it calls text with half a character no text
        raise untrainable(f"arguments are no JSON: {arguments_json[:80]!r}") from None
    if not isinstance(arguments, dict):
        raise untrainable(f"arguments are no JSON object: {arguments_json[:80]!r}")
    return arguments


def in_order(tools_json: str, call: tuple[str, str]) -> dict[str, Any]:
    """The arguments of a call of a record, in the order in which the tool takes them: start before end, so that a
    model does not have to settle on the end of a window before its start.

    Records have keys sorted; what a tool requires is a list, in the order of its own arguments, and the rest follows.

    Raises:
        InputError: `untrainable_turn`, the arguments are no JSON object.
    """
    return _of_object(arguments_of(call[1]), _parameters(tools_json).get(call[0], {}))


@cache
def _parameters(tools_json: str) -> dict[str, dict[str, Any]]:
    return {tool["name"]: tool["parameters"] for tool in json.loads(tools_json or "[]")}


def _of_object(value: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """An object with its keys in the order of what its schema requires, and those of all objects inside it."""
    inside, made = schema.get("properties", {}), ordered(value, schema.get("required", ()))
    for key, one in made.items():
        if isinstance(one, list | dict):
            made[key] = _as_required(one, inside.get(key, {}))
    return made


def _as_required(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_as_required(one, schema.get("items", {})) for one in value]
    return _of_object(value, schema) if isinstance(value, dict) else value


def ordered(schema: dict[str, Any], first: Iterable[str]) -> dict[str, Any]:
    """The same, with these keys first."""
    return {key: schema[key] for key in first if key in schema} | schema
