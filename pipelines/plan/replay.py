"""What the store holds of a rollout: the teacher's loop runs on held replies alone, up to the first one that is not."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from schemas.chat import ChatReply, ChatRequest
from schemas.codec import from_json
from schemas.errors import EngineError
from schemas.settings import Explore
from schemas.source import Question
from transforms.engines.chat import Load, no_pictures
from transforms.engines.patient import text_bytes
from transforms.explore.loop import explore
from transforms.store import Absent, Held
from transforms.tools.scene import Scene

_BYTES_PER_TOKEN = 4
"""Of English text, about."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """The replies of a rollout that the store holds, with the tokens that the server counted for them. `next_bytes` is
    the text of the request that would come next, 0 where the rollout is finished."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    next_bytes: int = 0


async def replay(
    scene: Scene, question: Question, rollout: int, settings: Explore, identity: dict[str, Any], store: Held
) -> Replayed:
    """One rollout as far as it is paid for; `identity` is the teacher's. Nothing is asked and nothing is written."""
    held, next_bytes = _Replies(store.root), 0
    try:
        await explore(scene, question, rollout, settings, _Unasked(identity), held)
    except _Asked as asked:
        next_bytes = text_bytes(asked.request)
    except Absent:
        # A search whose vector is not there: what comes next is about as long as what came before.
        next_bytes = _BYTES_PER_TOKEN * held.read[-1].prompt_tokens
    except EngineError:
        pass  # an error that is remembered ends the rollout, whenever it is run
    return Replayed(
        len(held.read),
        sum(reply.prompt_tokens for reply in held.read),
        sum(reply.cached_tokens for reply in held.read),
        sum(reply.completion_tokens for reply in held.read),
        next_bytes,
    )


class _Asked(Exception):
    def __init__(self, request: ChatRequest) -> None:
        super().__init__()
        self.request = request


class _Unasked:
    """A teacher in name only: what it is asked ends the replay."""

    def __init__(self, identity: dict[str, Any]) -> None:
        self.identity = identity

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        raise _Asked(request)


class _Replies(Held):
    """Notes the replies that are read; a request whose reply is not there goes to the teacher in name."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.read: list[ChatReply] = []

    async def amemo(self, key: str, compute: Callable[[], Awaitable[Any]]) -> Any:
        try:
            held = await super().amemo(key, compute)
        except Absent:
            return await compute()
        self.read.append(from_json(ChatReply, json.dumps(held)))
        return held
