"""A chat model that sees pictures looks at a stretch of video for a question: answer, evidence, and how sure it is."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import field_validator

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.codec import from_json, to_json
from schemas.settings import Inspector as Settings
from schemas.span import Span
from transforms.engines.chat import Chat, tidy_reply
from transforms.engines.structured import Shape, ask_for
from transforms.media.picture import shrunk
from transforms.store import Store, memo_key

VERSION = "1"

MOST_CONTEXT = 2000
"""Characters of speech, and of text on screen, that go with the pictures."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is of a stretch: pictures as blob digests with their times in seconds, what is heard and written."""

    span: Span
    pts_s: tuple[float, ...]
    pictures: tuple[str, ...]
    speech: tuple[str, ...]
    lines: tuple[str, ...]


class Inspected(Shape):
    """`confidence` is from 0 to 1."""

    evidence: str
    answer: str
    confidence: float
    missing: str

    @field_validator("confidence")
    @classmethod
    def _a_share(cls, value: float) -> float:
        if not 0 <= value <= 1:
            raise ValueError("must be from 0 to 1")
        return value


async def inspect(chat: Chat, sight: Sight, question: str, settings: Settings, store: Store) -> Inspected:
    """What the model says; asked once, whatever becomes of the run.

    It is given the question as the teacher asks it, never the right answer or the evidence.

    Raises:
        EngineError: `bad_inspection`, `refused_inspection`, or the model cannot be reached.
    """
    times = ", ".join(f"{t:.2f}" for t in sight.pts_s)
    window = f"{len(sight.pictures)} frames at {times} s, from {sight.span.start_s:.1f} to {sight.span.end_s:.1f} s"
    text = prompts.load("inspect_span").fill(
        window=window, question=_flat(question), speech=_quoted(sight.speech), lines=_quoted(sight.lines)
    )
    message = Message("user", text, pictures=sight.pictures)
    request = ChatRequest((message,), (), "none", 0.0, settings.seed, settings.max_tokens)
    ask = partial(_remembered, chat, settings.pixels, store)
    return await ask_for(Inspected, request, ask, "inspection")


async def _remembered(chat: Chat, pixels: int, store: Store, request: ChatRequest) -> ChatReply:
    async def complete() -> object:
        names = {name for message in request.messages for name in message.pictures}
        # Read before the call, off the event loop that all calls share.
        pictures = await asyncio.to_thread(lambda: {name: shrunk(store.blob(name), pixels) for name in names})
        return json.loads(to_json(tidy_reply(await chat.complete(request, pictures.__getitem__))))

    inputs = [json.loads(to_json(request)), pixels]
    key = memo_key("inspect", VERSION, chat.identity, "", inputs, seed=request.seed)
    return from_json(ChatReply, json.dumps(await store.amemo(key, complete)))


def _quoted(texts: Sequence[str]) -> str:
    """Foreign text as JSON strings, so that none of it reads like part of the prompt."""
    return " ".join(json.dumps(_flat(text), ensure_ascii=False) for text in texts)[:MOST_CONTEXT] or "nothing"


def _flat(text: str) -> str:
    return " ".join(text.split())
