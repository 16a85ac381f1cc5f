"""A teacher that says what a script tells it to, for tests of the loop."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from schemas.chat import Call, ChatReply, ChatRequest
from transforms.engines.chat import Load, no_pictures

Line = ChatReply | Exception | Callable[[ChatRequest], ChatReply]


class Scripted:
    def __init__(self, lines: Sequence[Line]) -> None:
        self.identity: dict[str, Any] = {"engine": "scripted"}
        self.requests: list[ChatRequest] = []
        self._lines = list(lines)

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        self.requests.append(request)
        line = self._lines.pop(0)
        if isinstance(line, Exception):
            raise line
        return line if isinstance(line, ChatReply) else line(request)


def calls(*named: tuple[str, dict[str, Any] | str], reasoning: str = "I look.") -> ChatReply:
    """A reply that makes calls; arguments are plain data, or the raw text that a model may get wrong."""
    made = tuple(
        Call(f"random-{n}", name, arguments if isinstance(arguments, str) else json.dumps(arguments))
        for n, (name, arguments) in enumerate(named)
    )
    return ChatReply("", reasoning, made, "calls", 10, 5)


def says(text: str, finish: Any = "stop") -> ChatReply:
    return ChatReply(text, "", (), finish, 10, 5)
