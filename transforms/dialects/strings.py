"""The frame that all dialects share: a conversation in plain strings whose roles alternate, and how it is read back.

Roles are system, user and assistant only, because a rendered conversation is the one form that every trainer loads and
spells the same. Pictures are `<image>`, before the words of the user or tool that shows them.

    system      prompt and tools, as the dialect lists them
    user        <image>…<image> what the overview says, the question
    assistant   thoughts, words, a call
    user        <image>…<image> what the tool says, between the dialect's tags
    assistant   thoughts, words, the answer between the dialect's tags

Foreign text (question, tool text, the teacher's words, strings in arguments) is escaped; the system prompt, the tool
schemas and later turns of the user are written by us and stand as they are, and media tags in them are an error.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from schemas.errors import InputError
from schemas.settings import Spelling
from schemas.trajectory import Trajectory
from transforms.dialects.arguments import in_order
from transforms.dialects.escape import escape, find_markup, may_hold_markup, unescape
from transforms.dialects.said import Said, joined, kept_turns, untrainable

IMAGE = "<image>"
Message = tuple[str, str]
"""Role (system, user or assistant) and content."""
Call = tuple[str, str]
"""Name of a tool and its arguments as canonical JSON."""
Arguments = dict[str, Any]

_PICTURES = re.compile(f"(?:{IMAGE})*")
_MEDIA = re.compile(r"<(?:image|video|audio)>")


class Tags(NamedTuple):
    """What stands before and after."""

    before: str
    after: str

    def around(self, text: str) -> str:
        return f"{self.before}{text}{self.after}"

    def at_end(self, text: str) -> tuple[str, str] | None:
        """What stands before the last tags of a text that ends with them, and between them; None when it does not."""
        if not (text.endswith(self.after) and self.before in text):
            return None
        outside, _, inside = text.removesuffix(self.after).rpartition(self.before)
        return outside, inside


class Unreadable(Exception):
    """A message is not spelled as the dialect spells it; the text goes on after `message N`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one model's conversations are spelled.

    `system` makes the system message of a prompt and tools (canonical JSON), `read_system` takes it apart again.
    `spell_call` gives a call with its tags, from the tools as canonical JSON, the name of one and its arguments, in the
    order in which it takes them; `find_call` the words before the call that a text ends with and the call, None when it
    ends with none. `gap` stands between words and call.
    `actions` is the form of a call by the tool, where each has one of its own.
    """

    name: Spelling
    thoughts: Tags
    answer: Tags
    response: Tags
    gap: str
    system: Callable[[str, str], str]
    read_system: Callable[[str], tuple[str, str]]
    spell_call: Callable[[str, str, Arguments], str]
    find_call: Callable[[str, str], tuple[str, Call] | None]
    actions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A conversation in strings and the digests of its pictures, one for every `<image>`, in their order."""

    messages: tuple[Message, ...]
    images: tuple[str, ...]


def spell(said: Sequence[Said], trajectory: Trajectory, dialect: Dialect) -> Rendered:
    """What is visible of the trajectory, as trainers load it.

    Raises:
        InputError: `untrainable_turn`, the dialect has no words for something of it.
    """
    return Rendered(tuple(_messages(said, dialect)), pictures_of(trajectory))


def pictures_of(trajectory: Trajectory) -> tuple[str, ...]:
    """Digests of the pictures that a rendered conversation shows, in their order."""
    return tuple([trajectory.frames[ref].sha256 for turn in kept_turns(trajectory.turns) for ref in turn.frame_refs])


def user_content(look_text: str, text: str, images: int) -> str:
    """The first user message: a placeholder per overview frame, what the overview says, the question."""
    return IMAGE * images + escape(joined(look_text, text))


@lru_cache(maxsize=256)
def ours(text: str) -> str:
    """Text that we wrote ourselves, as it is. Kept: there are few prompts, and they are long.

    Raises:
        InputError: `untrainable_turn`, it holds a media tag, which trainers count.
    """
    found = _MEDIA.search(text) if "<" in text else None
    if found:
        raise untrainable(f"our own words hold the media tag {found.group()}")
    return text


def _messages(said: Sequence[Said], dialect: Dialect) -> Iterator[Message]:
    """Strings with strictly alternating roles: what the user says after a tool's answer joins that message."""
    pending = ""
    for at, turn in enumerate(said):
        if turn.role == "system":
            yield "system", ours(dialect.system(turn.text, turn.tools_json))
        elif turn.role == "tool":
            pending = dialect.response.around(IMAGE * turn.images + escape(turn.text))
        elif turn.role == "user":
            spoken = IMAGE * turn.images + escape(turn.text) if at == 1 else ours(turn.text)
            pending = f"{pending}\n\n{spoken}" if pending else spoken
        else:
            yield "user", pending
            pending = ""
            yield "assistant", _assistant_content(turn, said[0].tools_json, dialect)


def _assistant_content(turn: Said, tools_json: str, dialect: Dialect) -> str:
    thoughts, words = thoughts_and_words(turn, dialect)
    call = dialect.spell_call(tools_json, turn.call[0], in_order(tools_json, turn.call)) if turn.call else ""
    return thoughts + words + call


def thoughts_and_words(turn: Said, dialect: Dialect) -> tuple[str, str]:
    """Thoughts of an assistant turn with their tags, and its words with the answer, or with the gap before its call."""
    thoughts = dialect.thoughts.around(escape(turn.reasoning)) if turn.reasoning else ""
    text = escape(turn.text)
    if turn.call:
        return thoughts, text + (dialect.gap if text else "")
    answer = dialect.answer.around(escape(turn.answer)) if turn.answer else ""
    return thoughts, text + ("\n" if text and answer else "") + answer


def parse(messages: Sequence[Message], dialect: Dialect) -> tuple[Said, ...]:
    """Reads rendered messages back, strictly: `parse(spell(said, t, d).messages, d) == said`.

    Raises:
        InputError: `bad_rendering`, roles do not alternate, a tag is open or out of place, or a call cannot be read.
    """
    said: list[Said] = []
    for at, (role, content) in enumerate(messages):
        expected = "system" if at == 0 else ("user", "assistant")[(at + 1) % 2]
        try:
            if role != expected:
                raise Unreadable(f"is by the {role}, not by the {expected}")
            if role == "system":
                text, tools_json = dialect.read_system(content)
                said.append(Said("system", text, tools_json=tools_json))
            elif role == "assistant":
                said.append(_parse_assistant(content, said[0].tools_json, dialect))
            elif at == 1:
                images, text = _pictures(content)
                said.append(Said("user", _foreign(text), images=images))
            else:
                said += _parse_user(content, said[-1].call is not None, dialect.response)
        except Unreadable as why:
            raise InputError("bad_rendering", f"message {at} {why}") from None
    return tuple(said)


def _parse_user(content: str, called: bool, response: Tags) -> list[Said]:
    opened, inside = content.startswith(response.before), content.removeprefix(response.before)
    look, closed, more = inside.partition(response.after)
    answers = opened and bool(closed) and (not more or (more.startswith("\n\n") and len(more) > 2))
    if called != answers:
        raise Unreadable("answers no call" if answers else "does not answer the call")
    if not answers:
        return [Said("user", content)]
    images, text = _pictures(look)
    told = Said("tool", _foreign(text), images=images)
    return [told, Said("user", more[2:])] if more else [told]


def _parse_assistant(content: str, tools_json: str, dialect: Dialect) -> Said:
    thoughts = ""
    if content.startswith(dialect.thoughts.before):
        thoughts, closed, content = content.removeprefix(dialect.thoughts.before).partition(dialect.thoughts.after)
        if not closed:
            raise Unreadable("has tags that are open or out of place")
    found = dialect.find_call(content, tools_json)
    if found:
        text, call = found
        text = text.removesuffix(dialect.gap) if text else ""
        return Said("assistant", _foreign(text), _foreign(thoughts), call)
    text, answer = content, ""
    if content.endswith(dialect.answer.after) and dialect.answer.before in content:
        text, _, answer = content.removesuffix(dialect.answer.after).partition(dialect.answer.before)
        text = text.removesuffix("\n") if answer else text
    return Said("assistant", _foreign(text), _foreign(thoughts), None, _foreign(answer))


def _pictures(content: str) -> tuple[int, str]:
    """How many placeholders the content begins with, and what follows them."""
    count = content.count(IMAGE)
    if not content.startswith(IMAGE * count):
        count = len(_PICTURES.match(content).group()) // len(IMAGE)  # type: ignore[union-attr]  # it matches everything
    return count, content[count * len(IMAGE) :]


def _foreign(text: str) -> str:
    if not may_hold_markup(text):
        return text
    markup = find_markup(text)
    if markup:
        raise Unreadable(f"has {markup!r} where only plain text may stand")
    return unescape(text)
