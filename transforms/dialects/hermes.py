"""Calls as JSON between `<tool_call>` tags, as the chat templates of Qwen2.5, Qwen3 and Qwen3-VL write them.

Tool schemas stand in the system text, word for word as the Qwen3-VL template writes them: a model that is trained on
these rows is later called through that template, so its wording is part of the format and not ours to choose. Reasoning
is spelled as the Qwen3 template spells it, arguments as its `tojson` does.
"""

from collections.abc import Callable
from functools import cache

from schemas.codec import canonical
from transforms.dialects.escape import escape_strings, may_hold_markup, unescape_strings
from transforms.dialects.listing import dumps, loads, read_tool_lines, tool_lines
from transforms.dialects.said import untrainable
from transforms.dialects.strings import Arguments, Call, Dialect, Tags, Unreadable

_LISTED = Tags(
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n",
    "\n</tools>\n\n",
)
_HOW = (
    "For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML"
    ' tags:\n<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
)
_CALL = Tags("<tool_call>\n", "\n</tool_call>")


def listing(how: str) -> tuple[Callable[[str, str], str], Callable[[str], tuple[str, str]]]:
    """Makes the system message of a prompt and tools, and takes it apart again; `how` says how a call is written."""
    around = Tags(_LISTED.before, _LISTED.after + how)

    @cache
    def system(text: str, tools_json: str) -> str:
        lines = tool_lines(tools_json)
        return text + around.around(lines) if lines else text

    @cache
    def read_system(content: str) -> tuple[str, str]:
        text, found, rest = content.partition(around.before)
        if not found:
            return content, "[]"
        if not rest.endswith(around.after):
            raise Unreadable("does not close its tools")
        return text, read_tool_lines(rest.removesuffix(around.after))

    return system, read_system


def spell_call(tools_json: str, name: str, arguments: Arguments, as_list: bool = False) -> str:
    try:
        spelled = _spelled(name, arguments, as_list)
        if may_hold_markup(spelled):
            spelled = _spelled(name, escape_strings(arguments), as_list)
    except ValueError:
        raise untrainable(f"arguments are no JSON: {str(arguments)[:80]!r}") from None
    return _CALL.around(spelled)


def _spelled(name: str, arguments: Arguments, as_list: bool) -> str:
    return dumps({"name": name, "arguments": [arguments] if as_list else arguments})


def find_call(text: str, tools_json: str, as_list: bool = False) -> tuple[str, Call] | None:
    found = _CALL.at_end(text)
    if found is None:
        return None
    words, spelled = found
    read = loads(spelled)
    arguments = read.get("arguments")
    if as_list:
        arguments = arguments[0] if isinstance(arguments, list) and len(arguments) == 1 else None
    if len(read) != 2 or "name" not in read or not isinstance(arguments, dict):
        raise Unreadable("holds a call without a name and arguments")
    return words, (read["name"], canonical(unescape_strings(arguments) if may_hold_markup(spelled) else arguments))


_system, _read_system = listing(_HOW)

DIALECT = Dialect(
    name="hermes",
    thoughts=Tags("<think>\n", "\n</think>\n\n"),
    answer=Tags("<answer>", "</answer>"),
    response=Tags("<tool_response>\n", "\n</tool_response>"),
    gap="\n",
    system=_system,
    read_system=_read_system,
    spell_call=spell_call,
    find_call=find_call,
)
