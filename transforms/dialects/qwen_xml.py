"""Calls as `<function=…>` and `<parameter=…>` between `<tool_call>` tags, as the chat templates of Qwen3.5 and Qwen3.6
write them, with the tools before the prompt. Qwen3.8 spells calls the same, but its template takes no reasoning from
the words of a message: it would write an empty thought before ours.

A value stands there as it is: what is text and what is a number, the tool's schema tells.
"""

import json
import re
from functools import cache
from typing import Any

from schemas.codec import canonical
from transforms.dialects.escape import escape, unescape
from transforms.dialects.listing import dumps, read_tool_lines, tool_lines
from transforms.dialects.said import untrainable
from transforms.dialects.strings import Arguments, Call, Dialect, Tags, Unreadable

_TOOLS = Tags(
    "# Tools\n\nYou have access to the following functions:\n\n<tools>\n",
    "\n</tools>\n\nIf you choose to call a function ONLY reply in the following format with NO suffix:\n\n<tool_call>\n"
    "<function=example_function_name>\n<parameter=example_parameter_1>\nvalue_1\n</parameter>\n"
    "<parameter=example_parameter_2>\nThis is the value for the second parameter\nthat can span\nmultiple lines\n"
    "</parameter>\n</function>\n</tool_call>\n\n<IMPORTANT>\nReminder:\n- Function calls MUST follow the specified"
    " format: an inner <function=...></function> block must be nested within <tool_call></tool_call> XML tags\n"
    "- Required parameters MUST be specified\n- You may provide optional reasoning for your function call in natural"
    " language BEFORE the function call, but NOT after\n- If there is no function call available, answer the question"
    " like normal with your current knowledge and do not tell the user about function calls\n</IMPORTANT>",
)
_CALL = Tags("<tool_call>\n<function=", "</function>\n</tool_call>")
_NAME_END = ">\n"
_PARAMETER = re.compile(r"<parameter=([^>\n]+)>\n(.*?)\n</parameter>\n", re.DOTALL)


@cache
def _system(text: str, tools_json: str) -> str:
    lines = tool_lines(tools_json)
    return f"{_TOOLS.around(lines)}\n\n{text}" if lines else text


@cache
def _read_system(content: str) -> tuple[str, str]:
    if not content.startswith(_TOOLS.before):
        return content, "[]"
    lines, closed, text = content.removeprefix(_TOOLS.before).partition(_TOOLS.after + "\n\n")
    if not closed:
        raise Unreadable("does not close its tools")
    return text, read_tool_lines(lines)


@cache
def _types(tools_json: str) -> dict[str, dict[str, str]]:
    """Tool → argument → its type in the schema."""
    return {
        tool["name"]: {name: schema.get("type", "") for name, schema in tool["parameters"]["properties"].items()}
        for tool in json.loads(tools_json or "[]")
    }


def _spell_call(tools_json: str, name: str, arguments: Arguments) -> str:
    types = _types(tools_json).get(name)
    if types is None or not arguments.keys() <= types.keys():
        raise untrainable(f"the call of {name!r} fits none of the tools")
    rows = (f"<parameter={key}>\n{_spell(value, types[key])}\n</parameter>\n" for key, value in arguments.items())
    return _CALL.around(f"{name}{_NAME_END}{''.join(rows)}")


def _spell(value: Any, kind: str) -> str:
    return escape(value) if kind == "string" and isinstance(value, str) else dumps(value)


def _find_call(text: str, tools_json: str) -> tuple[str, Call] | None:
    found = _CALL.at_end(text)
    if found is None:
        return None
    words, spelled = found
    name, named, rest = spelled.partition(_NAME_END)
    types = _types(tools_json).get(name)
    if not named or types is None:
        raise Unreadable(f"calls {name[:80]!r}, which is none of the tools")
    arguments = {key: _read(value, types.get(key, "")) for key, value in _PARAMETER.findall(rest)}
    if _PARAMETER.sub("", rest):
        raise Unreadable("holds a call with something else than parameters")
    return words, (name, canonical(arguments))


def _read(value: str, kind: str) -> Any:
    if kind == "string":
        return unescape(value)
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Unreadable(f"holds {value[:80]!r} where a {kind or 'known argument'} should stand") from None


DIALECT = Dialect(
    name="qwen_xml",
    thoughts=Tags("<think>\n", "\n</think>\n\n"),
    answer=Tags("<answer>", "</answer>"),
    response=Tags("<tool_response>\n", "\n</tool_response>"),
    gap="\n\n",
    system=_system,
    read_system=_read_system,
    spell_call=_spell_call,
    find_call=_find_call,
)
