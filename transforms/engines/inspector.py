"""A chat model that sees pictures looks at a stretch of video for a question: answer, evidence, and how sure it is."""

from dataclasses import dataclass

from pydantic import field_validator

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.settings import Inspector as Settings
from schemas.span import Span
from transforms.engines.ask_once import ask_once
from transforms.engines.chat import Chat
from transforms.engines.context import one_line, quoted
from transforms.engines.structured import Shape, ask_for
from transforms.store import Store

VERSION = "2"


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
    count = "1 frame" if len(sight.pictures) == 1 else f"{len(sight.pictures)} frames"
    window = f"{count} at {times} s, from {sight.span.start_s:.1f} to {sight.span.end_s:.1f} s"
    text = prompts.load("inspect_span").fill(
        window=window, question=one_line(question), speech=quoted(sight.speech), lines=quoted(sight.lines)
    )
    message = Message("user", text, pictures=sight.pictures)
    request = ChatRequest((message,), (), "none", 0.0, settings.seed, settings.max_tokens)

    async def ask(one: ChatRequest) -> ChatReply:
        return await ask_once("inspect", VERSION, chat, one, store, settings.pixels)

    return await ask_for(Inspected, request, ask, "inspection")
