"""What the store holds of a rollout: the teacher's loop runs on held replies alone, up to the first one that is not."""

import json
from collections.abc import Awaitable, Callable, Sequence
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
class Spent:
    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


NOTHING = Spent(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Replayed:
    """The replies of a rollout that the store holds, with the tokens that the server counted for them. `next_bytes` is
    the text of the request that would come next, 0 where the rollout is finished. `inspector` and `searches` are what
    was asked of others for it."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    next_bytes: int = 0
    inspector: Spent = NOTHING
    searches: int = 0


async def replay(
    scene: Scene,
    question: Question,
    rollout: int,
    settings: Explore,
    identity: dict[str, Any],
    store: Held,
    aided: Callable[[Scene, Held], Scene] = lambda scene, store: scene,
) -> Replayed:
    """One rollout as far as it is paid for; `identity` is the teacher's. Nothing is asked and nothing is written.

    `aided` gives the scene those whom tools ask, by the replies of a store.
    """
    held, next_bytes = _Replies(store.root), 0
    try:
        await explore(aided(scene, held), question, rollout, settings, _Unasked(identity), held)
    except _Asked as asked:
        next_bytes = text_bytes(asked.request)
    except Absent:
        # A vector, a look or a page that is not there: what comes next is about as long as what came before.
        next_bytes = _BYTES_PER_TOKEN * held.read[-1].prompt_tokens
    except EngineError:
        pass  # an error that is remembered ends the rollout, whenever it is run
    said = _spent(held.read)
    return Replayed(
        said.calls,
        said.prompt_tokens,
        said.cached_tokens,
        said.completion_tokens,
        next_bytes,
        _spent(held.looks),
        held.searches,
    )


def _spent(replies: Sequence[ChatReply]) -> Spent:
    return Spent(
        len(replies),
        sum(reply.prompt_tokens for reply in replies),
        sum(reply.cached_tokens for reply in replies),
        sum(reply.completion_tokens for reply in replies),
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
    """Notes the replies that are read, by the step that keeps them; a request of the teacher's whose reply is not there
    goes to the teacher in name."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.read: list[ChatReply] = []
        self.looks: list[ChatReply] = []
        self.searches = 0

    async def amemo(self, key: str, compute: Callable[[], Awaitable[Any]]) -> Any:
        step = key.partition("/")[0]
        try:
            held = await super().amemo(key, compute)
        except Absent:
            if step == "chat":
                return await compute()
            raise
        if step == "web":
            self.searches += 1
        elif step in ("chat", "inspect"):
            noted = self.read if step == "chat" else self.looks
            noted.append(from_json(ChatReply, json.dumps(held)))
        return held
