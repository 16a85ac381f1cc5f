"""Dialects in which a call is an action: each tool has a tag of its own, with what it takes between.

The prompt is followed by the form of each action and, as JSON below it, what it does and what its values mean. A model
knows an action by its form alone: our name of the tool behind it stands nowhere.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.codec import canonical
from schemas.settings import Spelling
from transforms.dialects.escape import escape_strings, may_hold_markup, unescape_strings
from transforms.dialects.listing import described, dumps, loads
from transforms.dialects.said import untrainable
from transforms.dialects.strings import Arguments, Call, Dialect, Tags, Unreadable

_ACTIONS = "\n\n# Actions\n\nYou may act once per turn, by writing one of these with your values in it:\n\n"


@dataclass(frozen=True, slots=True)
class Action:
    """How one tool is called: a body between `<tag>` and `</tag>`.

    `form` is the body with the names of arguments in it. `write` makes the body of arguments, and raises LookupError or
    ValueError where the form has no words for them; `read` takes it apart, and gives None when it is another's.
    """

    tag: str
    form: str
    write: Callable[[Arguments], str]
    read: Callable[[str], Arguments | None]

    @property
    def tags(self) -> Tags:
        return Tags(f"<{self.tag}>", f"</{self.tag}>")

    @property
    def told(self) -> str:
        """The form as a prompt has it, such as `<tool>get_caption((path))</tool>`."""
        return self.tags.around(self.form)


def json_action(
    tag: str, form: str, shape: Callable[[Arguments], Arguments], back: Callable[[Any], Arguments]
) -> Action:
    """An action whose body is a JSON object: `shape` makes it of arguments, `back` arguments of it."""

    def write(arguments: Arguments) -> str:
        body = dumps(shape(arguments))
        return dumps(escape_strings(shape(arguments))) if may_hold_markup(body) else body

    def read(body: str) -> Arguments:
        held = loads(body)
        arguments = back(unescape_strings(held) if may_hold_markup(body) else held)
        if shape(arguments) != held:
            raise ValueError("it holds something else too")
        return arguments

    return Action(tag, form, write, read)


def dialect_of_actions(name: Spelling, actions: Mapping[str, Action], thoughts: Tags, response: Tags) -> Dialect:
    """The dialect in which tools, by their name in rows, are called by `actions`."""

    forms = {action.told: tool for tool, action in actions.items()}

    @cache
    def system(text: str, tools_json: str) -> str:
        tools = described(tools_json)
        if not tools:
            return text
        listed = (f"{_action(tool['name']).told}\n{dumps(_without_name(tool))}" for tool in tools)
        return text + _ACTIONS + "\n\n".join(listed)

    @cache
    def read_system(content: str) -> tuple[str, str]:
        text, found, rest = content.partition(_ACTIONS)
        if not found:
            return content, "[]"
        return text, canonical([_tool(*one.partition("\n")[::2]) for one in rest.split("\n\n")])

    def _tool(form: str, told: str) -> Arguments:
        if form not in forms:
            raise Unreadable(f"lists {form[:80]!r}, which is none of the actions")
        return {"name": forms[form]} | loads(told)

    def spell_call(tools_json: str, tool: str, arguments: Arguments) -> str:
        action = _action(tool)
        try:
            return action.tags.around(action.write(arguments))
        except (LookupError, ValueError) as why:
            given = json.dumps(arguments, ensure_ascii=False)[:80]
            raise untrainable(f"{name} has no words for {tool} with {given}: {why}") from None

    def find_call(text: str, tools_json: str) -> tuple[str, Call] | None:
        for tool, action in actions.items():
            if (found := action.tags.at_end(text)) is not None:
                words, body = found
                try:
                    arguments = action.read(body)
                except (LookupError, ValueError, TypeError) as why:
                    raise Unreadable(
                        f"acts by {body[:80]!r}, which is not of the form {action.form!r} ({why})"
                    ) from None
                if arguments is not None:
                    return words, (tool, canonical(arguments))
        return None

    def _action(tool: str) -> Action:
        if tool not in actions:
            raise untrainable(f"{name} has no words for the tool {tool}")
        return actions[tool]

    return Dialect(
        name,
        thoughts,
        Tags("<answer>", "</answer>"),
        response,
        "\n",
        system,
        read_system,
        spell_call,
        find_call,
        {tool: action.told for tool, action in actions.items()},
    )


def _without_name(tool: Arguments) -> Arguments:
    return {key: value for key, value in tool.items() if key != "name"}
