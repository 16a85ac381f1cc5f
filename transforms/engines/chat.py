"""The chat protocol: what every teacher speaks, and how a reply is taken apart."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from schemas.chat import Call, ChatReply, ChatRequest, clean

ANSWER = re.compile(r"<answer>((?:(?!<answer>).)*?)</answer>", re.DOTALL | re.IGNORECASE)
_ANSWER_TAG = re.compile(r"\s*</?answer>\s*", re.IGNORECASE)
_THINK_TAG = re.compile(r"<(/?)think(?:ing)?>", re.IGNORECASE)


Load = Callable[[str], bytes]
"""From the name of a picture in a request to its JPEG bytes."""


def no_pictures(name: str) -> bytes:
    """For requests without pictures."""
    raise KeyError(name)


class Chat(Protocol):
    """A model that takes turns. It makes one try and keeps no count: `Patient` waits, tries again and pays."""

    identity: dict[str, Any]
    """Everything that can change a reply besides the request: engine, model, address, parameters. Never a key."""

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        """One turn.

        Raises:
            EngineError: the server did not give one; `transient` says whether trying again later may help.
        """
        ...


def tidy_reply(reply: ChatReply) -> ChatReply:
    """A reply as it is kept: text that can be written as UTF-8, and thoughts in `reasoning`, not in `text`."""
    thought, words = split_thought(clean(reply.text))
    calls = tuple(Call(clean(call.id), clean(call.name), clean(call.arguments_json)) for call in reply.calls)
    return replace(
        reply,
        text=words,
        reasoning="\n".join(part for part in (clean(reply.reasoning), thought) if part),
        calls=calls,
        model=clean(reply.model),
        reasoning_as=reply.reasoning_as or ("content" if thought else ""),
    )


def split_thought(text: str) -> tuple[str, str]:
    """What stands between <think> tags, and the words around it; text without such tags is left as it is.

    Some servers send only the closing tag: what stands before it is thought too. An open tag holds to the end.
    """
    if not _THINK_TAG.search(text):
        return "", text
    thoughts: list[str] = []
    words: list[str] = []
    thinking, at = False, 0
    for tag in _THINK_TAG.finditer(text):
        (thoughts if thinking else words).append(text[at : tag.start()])
        if tag[1] and not thinking:
            thoughts += words
            words = []
        thinking, at = not tag[1], tag.end()
    (thoughts if thinking else words).append(text[at:])
    return "\n".join(part.strip() for part in thoughts if part.strip()), "".join(words).strip()


def split_answer(text: str) -> tuple[str, str]:
    """A reply's words before the answer, and the answer; no answer gives an empty one.

    Of several answers the last one counts, as a teacher that thinks aloud corrects itself, and of answers inside each
    other the innermost. The words keep what earlier answers said, without their tags.
    """
    found = list(ANSWER.finditer(text))
    if not found:
        return text.strip(), ""
    return _ANSWER_TAG.sub(" ", text[: found[-1].start()]).strip(), found[-1].group(1).strip()
