"""The planner, as it would be behind a server that is down."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemas.chat import ChatReply, ChatRequest
from schemas.errors import EngineError
from transforms.engines.chat_planner import Planner


@contextmanager
def planner_down(answered: int = 0) -> Iterator[list[ChatRequest]]:
    """Inside the block only the first `answered` calls get a reply; gives the list of all that are made."""
    complete, asked = Planner.complete, list[ChatRequest]()

    async def refuse(self: Planner, request: ChatRequest) -> ChatReply:
        asked.append(request)
        if len(asked) > answered:
            raise EngineError("unreachable", "is the server up?", transient=True)
        return await complete(self, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Planner, "complete", refuse)
        yield asked
