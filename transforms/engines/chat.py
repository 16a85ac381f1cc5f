"""The chat protocol: what every teacher speaks."""

import re
from typing import Any, Protocol

from schemas.chat import ChatReply, ChatRequest

ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)


class Chat(Protocol):
    identity: dict[str, Any]
    """Everything that can change a reply besides the request: engine, model, address, parameters. Never a key."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        """One turn.

        Raises:
            EngineError: the server did not give one; `transient` says whether trying again later may help.
        """
        ...


def split_answer(text: str) -> tuple[str, str]:
    """A reply's words before the answer, and the answer; the last one counts. No answer gives an empty one."""
    found = list(ANSWER.finditer(text))
    if not found:
        return text.strip(), ""
    return text[: found[-1].start()].strip(), found[-1].group(1).strip()
