"""Rendered rows read, word for word, as what the models' own chat templates make of the same conversation."""

import json
from dataclasses import replace
from typing import Any

import pytest

from schemas.settings import Dialect, Spelling
from schemas.trajectory import Trajectory
from tests.dialects.chat_templates import parts, template
from tests.dialects.spoken import render
from tests.dialects.test_dialects import TOOLS_JSON
from tests.trajectories import question, trajectory, video
from transforms.dialects.escape import escape, escape_strings
from transforms.dialects.registry import said_in
from transforms.dialects.said import Said
from transforms.store import Store

TEMPLATES: dict[str, Spelling] = {
    "qwen3_vl": "hermes",
    "qwen3_5_think": "qwen_xml",
    "qwen3_6": "qwen_xml",
}
"""Template → the dialect that is made for it. Qwen3.8's takes no reasoning from a message's words, so that rows of
strings cannot be trained through it."""


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Trajectory:
    """A conversation as the templates know them: the user speaks once."""
    made = trajectory(Store(tmp_path_factory.mktemp("store")), video(1), question(0, video(1)))
    turns = tuple(turn for n, turn in enumerate(made.turns) if turn.role != "user" or n == 1)
    return replace(made, turns=turns, tools_json=TOOLS_JSON)


def native(turn: Said, reasoning_field: bool) -> dict[str, Any]:
    """A turn as a server would be sent it."""
    pictures: list[dict[str, str]] = [{"type": "image"}] * turn.images
    if turn.role != "assistant":
        return {"role": turn.role, "content": [*pictures, {"type": "text", "text": escape(turn.text)}]}
    words = escape(turn.text)
    if turn.answer:
        words += ("\n" if words else "") + f"<answer>{escape(turn.answer)}</answer>"
    message: dict[str, Any] = {"role": "assistant", "content": words}
    if reasoning_field:
        message["reasoning_content"] = escape(turn.reasoning)
    elif turn.reasoning:
        # Before a call the template breaks the line itself.
        message["content"] = f"<think>\n{escape(turn.reasoning)}\n</think>\n" + (f"\n{words}" if words else "")
    if turn.call:
        required = next(tool for tool in json.loads(TOOLS_JSON) if tool["name"] == turn.call[0])["parameters"][
            "required"
        ]
        arguments = escape_strings(in_order(json.loads(turn.call[1]), required))
        message["tool_calls"] = [{"type": "function", "function": {"name": turn.call[0], "arguments": arguments}}]
    return message


@pytest.mark.parametrize("name", TEMPLATES)
def test_rows_read_as_the_template_writes(talk: Trajectory, name: str) -> None:
    dialect = Dialect(spelling=TEMPLATES[name])
    said = said_in(talk, dialect)
    tools = [{"type": "function", "function": ordered(tool)} for tool in json.loads(TOOLS_JSON)]
    messages = [{"role": "system", "content": said[0].text}]
    messages += [native(turn, reasoning_field=dialect.spelling == "qwen_xml") for turn in said[1:]]
    wanted = template(name).render(messages=messages, tools=tools, add_generation_prompt=False)
    rows = [{"role": role, "content": parts(content)} for role, content in render(talk, dialect).messages]
    found = template(name).render(messages=rows, add_generation_prompt=False)
    assert found == wanted
    assert wanted.count("<|image_pad|>") == len(render(talk, dialect).images)


def ordered(tool: dict[str, Any]) -> dict[str, Any]:
    """Keys in the order in which tools are usually written."""
    schema = tool["parameters"]
    properties = {
        name: {key: one[key] for key in ("type", "description", "enum") if key in one}
        for name, one in in_order(schema["properties"], schema["required"]).items()
    }
    parameters = {"type": "object", "properties": properties, "required": schema["required"]}
    return {"name": tool["name"], "description": tool["description"], "parameters": parameters}


def in_order(by_name: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Arguments as the tool takes them: those that it requires first."""
    return dict(sorted(by_name.items(), key=lambda one: (required + [one[0]]).index(one[0])))
