"""The Hermes spelling of a conversation with tools, as Qwen's chat templates write it, in plain strings.

Roles are system, user and assistant only, because a rendered conversation is the one form that every trainer loads and
spells the same. Tool schemas stand in the system text, word for word as the Qwen3-VL template writes them: a model that
is trained on these rows is later called through that template, so its wording is part of the format and not ours to
choose. Reasoning is spelled as the Qwen3 template spells it, arguments as its `tojson` does.

    system      prompt, then the tools
    user        <image>…<image> what the overview says, the question
    assistant   <think> … </think>, words, <tool_call> … </tool_call>
    user        <tool_response> <image>…<image> what the tool says </tool_response>
    assistant   <think> … </think>, words, <answer>…</answer>

Foreign text (question, tool text, the teacher's words, strings in arguments) is escaped here, in one place. The system
prompt, the tool schemas and later turns of the user are written by us and stand as they are; media tags in them are an
error. `parse` reads the spelling back: `parse(render(t).messages) == visible(t)`.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.codec import canonical
from schemas.errors import InputError
from schemas.trajectory import Trajectory
from transforms.dialects.escape import escape, escape_strings, find_markup, may_hold_markup, unescape, unescape_strings
from transforms.dialects.said import Said, joined, kept_turns, untrainable, visible

IMAGE = "<image>"
Message = tuple[str, str]
"""Role (system, user or assistant) and content."""

_TOOLS_HEAD = (
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n"
)
_TOOLS_TAIL = (
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n"
    '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_MEDIA = re.compile(r"<(?:image|video|audio)>")
_PICTURES = re.compile(f"(?:{IMAGE})*")
_THINK, _THINK_END = "<think>\n", "\n</think>\n\n"
_CALL, _CALL_END = "<tool_call>\n", "\n</tool_call>"
_ANSWER, _ANSWER_END = "<answer>", "</answer>"
_RESPONSE, _RESPONSE_END = "<tool_response>\n", "\n</tool_response>"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation in strings and the digests of its pictures, one for every `<image>`, in their order."""

    messages: tuple[Message, ...]
    images: tuple[str, ...]


def render(trajectory: Trajectory) -> Rendered:
    """The conversation as trainers load it.

    Raises:
        InputError: `untrainable_turn`, without its malformed turns this is no conversation that a model can learn.
    """
    return spell(visible(trajectory), trajectory)


def spell(said: Sequence[Said], trajectory: Trajectory) -> Rendered:
    """`render`, of what is `visible` of the trajectory."""
    images = (trajectory.frames[ref].sha256 for turn in kept_turns(trajectory.turns) for ref in turn.frame_refs)
    return Rendered(tuple(_messages(said)), tuple(images))


@cache
def system_content(text: str, tools_json: str) -> str:
    """The system message: the prompt, and the tools as the Qwen3-VL template lists them."""
    tools = json.loads(tools_json or "[]")
    if not tools:
        return _ours(text)
    return _ours(f"{text}\n\n{_TOOLS_HEAD}" + "\n".join(_tool_line(tool) for tool in tools) + _TOOLS_TAIL)


def user_content(look_text: str, text: str, images: int) -> str:
    """The first user message: a placeholder per overview frame, what the overview says, the question."""
    return IMAGE * images + escape(joined(look_text, text))


def _messages(said: Sequence[Said]) -> Iterator[Message]:
    """Strings with strictly alternating roles: what the user says after a tool's answer joins that message."""
    pending = ""
    for at, turn in enumerate(said):
        if turn.role == "system":
            yield "system", system_content(turn.text, turn.tools_json)
        elif turn.role == "tool":
            pending = f"<tool_response>\n{IMAGE * turn.images}{escape(turn.text)}\n</tool_response>"
        elif turn.role == "user":
            spoken = IMAGE * turn.images + escape(turn.text) if at == 1 else _ours(turn.text)
            pending = f"{pending}\n\n{spoken}" if pending else spoken
        else:
            yield "user", pending
            pending = ""
            yield "assistant", _assistant_content(turn)


def _assistant_content(turn: Said) -> str:
    think = f"{_THINK}{escape(turn.reasoning)}{_THINK_END}" if turn.reasoning else ""
    text = escape(turn.text)
    if turn.call:
        last = f"{_CALL}{_spell_call(*turn.call)}{_CALL_END}"
    else:
        last = f"{_ANSWER}{escape(turn.answer)}{_ANSWER_END}" if turn.answer else ""
    return think + text + ("\n" if text and last else "") + last


def _spell_call(name: str, arguments_json: str) -> str:
    try:
        arguments = json.loads(arguments_json)
        if not isinstance(arguments, dict):
            raise untrainable(f"arguments are no JSON object: {arguments_json[:80]!r}")
        spelled = _dumps({"name": name, "arguments": arguments})
        if may_hold_markup(spelled):
            spelled = _dumps({"name": name, "arguments": escape_strings(arguments)})
        return spelled
    except (ValueError, RecursionError):
        raise untrainable(f"arguments are no JSON: {arguments_json[:80]!r}") from None


def parse(messages: Sequence[Message]) -> tuple[Said, ...]:
    """Reads rendered messages back, strictly.

    Raises:
        InputError: `bad_rendering`, roles do not alternate, a tag is open or out of place, or a call is no JSON.
    """
    said: list[Said] = []
    for at, (role, content) in enumerate(messages):
        expected = "system" if at == 0 else ("user", "assistant")[(at + 1) % 2]
        if role != expected:
            raise InputError("bad_rendering", f"message {at} is by the {role}, not by the {expected}")
        if role == "system":
            said.append(_parse_system(content))
        elif role == "assistant":
            said.append(_parse_assistant(at, content))
        elif at == 1:
            images, text = _pictures(content)
            said.append(Said("user", text=_foreign(at, text), images=images))
        else:
            said.extend(_parse_user(at, content, called=said[-1].call is not None))
    return tuple(said)


@cache
def _parse_system(content: str) -> Said:
    text, found, rest = content.partition("\n\n" + _TOOLS_HEAD)
    if not found:
        return Said("system", text=content, tools_json="[]")
    if not rest.endswith(_TOOLS_TAIL):
        raise InputError("bad_rendering", "the tools in the system message are not closed")
    tools = [_loads(0, line).get("function") for line in rest.removesuffix(_TOOLS_TAIL).split("\n")]
    return Said("system", text=text, tools_json=canonical(tools))


def _parse_user(at: int, content: str, called: bool) -> Iterator[Said]:
    opened, inside = content.startswith(_RESPONSE), content.removeprefix(_RESPONSE)
    look, closed, more = inside.partition(_RESPONSE_END)
    answers = opened and bool(closed) and (not more or (more.startswith("\n\n") and len(more) > 2))
    if called != answers:
        raise InputError(
            "bad_rendering", f"message {at} {'answers no call' if answers else 'does not answer the call'}"
        )
    if not answers:
        yield Said("user", text=content)
        return
    images, text = _pictures(look)
    yield Said("tool", text=_foreign(at, text), images=images)
    if more:
        yield Said("user", text=more[2:])


def _parse_assistant(at: int, content: str) -> Said:
    think, call, answer = "", None, ""
    if content.startswith(_THINK):
        think, closed, content = content.removeprefix(_THINK).partition(_THINK_END)
        if not closed:
            raise InputError("bad_rendering", f"message {at} has tags that are open or out of place")
    text = content
    if content.endswith(_CALL_END) and _CALL in content:
        text, _, spelled = content.removesuffix(_CALL_END).rpartition(_CALL)
        call = _parse_call(at, spelled)
    elif content.endswith(_ANSWER_END) and _ANSWER in content:
        text, _, answer = content.removesuffix(_ANSWER_END).partition(_ANSWER)
    if text and (call or answer):
        text = text.removesuffix("\n")
    return Said(
        "assistant",
        text=_foreign(at, text),
        reasoning=_foreign(at, think),
        call=call,
        answer=_foreign(at, answer),
    )


def _parse_call(at: int, spelled: str) -> tuple[str, str]:
    read = _loads(at, spelled)
    if set(read) != {"name", "arguments"} or not isinstance(read["arguments"], dict):
        raise InputError("bad_rendering", f"message {at} holds a call without a name and arguments")
    arguments = read["arguments"]
    return read["name"], canonical(unescape_strings(arguments) if may_hold_markup(spelled) else arguments)


def _pictures(content: str) -> tuple[int, str]:
    """How many placeholders the content begins with, and what follows them."""
    end = _PICTURES.match(content).end()  # type: ignore[union-attr]  # it matches everything
    return end // len(IMAGE), content[end:]


def _foreign(at: int, text: str) -> str:
    if not may_hold_markup(text):
        return text
    markup = find_markup(text)
    if markup:
        raise InputError("bad_rendering", f"message {at} has {markup!r} where only plain text may stand")
    return unescape(text)


def _ours(text: str) -> str:
    found = _MEDIA.search(text) if "<" in text else None
    if found:
        raise untrainable(f"our own words hold the media tag {found.group()}")
    return text


def _tool_line(tool: dict[str, Any]) -> str:
    """A tool as the templates get it, keys in the order in which tools are usually written."""
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
    return _dumps({"type": "function", "function": function})


def _ordered(schema: dict[str, Any], first: tuple[str, ...]) -> dict[str, Any]:
    return {key: schema[key] for key in first if key in schema} | schema


def _dumps(value: Any) -> str:
    """JSON with the spaces that `tojson` of the chat templates writes."""
    return _encoder.encode(value)


def _loads(at: int, text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InputError("bad_rendering", f"message {at} holds something that is no JSON object: {text[:80]!r}")
    return value
