"""One call of a chat model, paid for once: its reply is a memo, as it came, whatever it is worth."""

import asyncio
import json

from schemas.chat import ChatReply, ChatRequest
from schemas.codec import from_json, to_json
from transforms.engines.chat import Chat, tidy_reply
from transforms.media.picture import shrunk
from transforms.store import Store, memo_key


async def ask_once(
    step: str,
    version: str,
    chat: Chat,
    request: ChatRequest,
    store: Store,
    max_pixels: int | None = None,
    rollout: int = 0,
) -> ChatReply:
    """The reply to a request. Its pictures are blobs of the store, and larger ones shrink to `max_pixels`; None for
    requests that never have any. `step` and `version` name the memo, `rollout` tells tries apart.

    Raises:
        EngineError: the model cannot be reached.
    """

    async def complete() -> object:
        names = {name for message in request.messages for name in message.pictures}
        # Read before the call, off the event loop that all calls share.
        pictures = await asyncio.to_thread(_load, names, max_pixels, store)
        return json.loads(to_json(tidy_reply(await chat.complete(request, pictures.__getitem__))))

    sized = [] if max_pixels is None else [max_pixels]
    key = memo_key(step, version, chat.identity, "", [json.loads(to_json(request)), *sized], rollout, request.seed)
    return from_json(ChatReply, json.dumps(await store.amemo(key, complete)))


def _load(names: set[str], max_pixels: int | None, store: Store) -> dict[str, bytes]:
    assert max_pixels is not None or not names, "pictures have a size at most"
    return {name: shrunk(store.blob(name), max_pixels or 0) for name in names}
