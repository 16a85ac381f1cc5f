"""Engines that wait their turn, try again what may pass, and stay within the budget.

Engines make one try (`transforms.engines.chat`); all that is about many calls is here, the same for each of them.
"""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from schemas.chat import ChatReply, ChatRequest
from schemas.errors import EngineError
from transforms.engines.chat import Chat, Load, no_pictures
from transforms.engines.embed_vectors import Role, Vectorise, Vectors
from transforms.engines.gate import Gate
from transforms.engines.prices import Counted, Rates, cost_of
from transforms.engines.purse import Purse, Spent
from transforms.engines.retry import next_try_s
from transforms.engines.web import Pages, Web

_BYTES_PER_TOKEN = 3.5
"""Of English text and JSON, rounded down, for the first guess of a call's size; replies correct it."""
_TOKENS_PER_PICTURE = 1500
"""What most providers count at most for a picture within 1 megapixel."""
_MOST_TOKENS_PER_PICTURE = 26_000
"""What the dearest counting takes: gpt-4o-mini, 2,833 and 5,667 for each of the four tiles of 640 x 640 pixels."""
_MAY_HAVE_COST = frozenset({"timed_out", "bad_reply"})
"""Failures after which a reply may have been written, and counted, that nobody got: the most it can cost is booked."""
_TOKENS_PER_VIDEO_SECOND = 350
"""The most that Gemini counts for a second of a whole video: a frame of at most 280 tokens (Gemini 3 at high
resolution), 32 of sound, and the time."""


Reply = TypeVar("Reply", bound=Counted)


class Patience:
    """Waiting, trying again and paying for the calls of one model, whatever they are for."""

    def __init__(
        self,
        name: str,
        gate: Gate,
        purse: Purse,
        rates: Rates | None,
        chance: Callable[[], float] = random.random,
        stage: str = "explore",
    ) -> None:
        """`name` is what the model is called in reports, `stage` the one that asks it; `chance` spreads the waits and
        changes nothing else."""
        self._name, self._gate, self._purse, self._rates = name, gate, purse, rates
        self._chance, self._stage = chance, stage

    async def reply(self, call: Callable[[], Awaitable[Reply]], guess: int, most_in: int, most_out: int = 0) -> Reply:
        """What `call`, which makes one try, gives after as many tries as it takes.

        It takes about `guess` tokens in all, and at most `most_in` of prompt and `most_out` of reply.

        Raises:
            EngineError: it cannot be had now. BudgetError: the budget does not allow it.
        """
        spent, tries, waited_s = self._spent(), Counter[str](), 0.0
        while True:
            try:
                return await self._try(call, guess, most_in, most_out)
            except EngineError as error:
                spent.failed += 1
                tries[error.code] += 1
                wait_s = next_try_s(error, tries[error.code], waited_s, self._chance())
                if wait_s is None:
                    raise
            waited_s += wait_s
            await asyncio.sleep(wait_s)

    async def _try(self, call: Callable[[], Awaitable[Reply]], guess: int, most_in: int, most_out: int) -> Reply:
        most_usd = self._rates.cost_usd(most_in, most_out) if self._rates else 0.0
        used, refused, retry_after_s = guess, False, 0.0
        await self._purse.hold(most_usd)
        try:
            await self._gate.enter(guess)
            self._spent().flying += 1
            try:
                began = time.monotonic()
                reply = await call()
                used = reply.prompt_tokens + reply.completion_tokens or guess
            except EngineError as error:
                refused, retry_after_s = error.code == "rate_limited", error.retry_after_s
                if error.code in _MAY_HAVE_COST:
                    self._spent().usd += most_usd
                used = 0
                raise
            finally:
                self._spent().flying -= 1
                self._gate.leave(guess, used, refused, retry_after_s)
            spent = self._spent()
            spent.calls += 1
            if self._rates and not reply.prompt_tokens and not reply.completion_tokens:
                # A server that counts nothing is taken to have used all that it could: no budget is passed that way.
                spent.usd += most_usd
            spent.prompt_tokens += reply.prompt_tokens
            spent.cached_tokens += reply.cached_tokens
            spent.completion_tokens += reply.completion_tokens
            spent.seconds += time.monotonic() - began
            spent.usd += cost_of(reply, self._rates)
            return reply
        finally:
            self._purse.release(most_usd)

    def _spent(self) -> Spent:
        spent = self._purse.of(self._name, self._stage)
        spent.rates = self._rates
        return spent


class Patient:
    """A chat engine with patience. The engine inside decides what is said, so the identity is its own."""

    def __init__(self, chat: Chat, patience: Patience) -> None:
        self.identity: dict[str, Any] = chat.identity
        self._chat, self._patience = chat, patience

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        """One turn, after as many tries as it takes.

        Raises:
            EngineError: it cannot be had now. BudgetError: the budget does not allow it.
        """

        async def call() -> ChatReply:
            return await self._chat.complete(request, load)

        return await self._patience.reply(
            call, guessed_tokens(request), most_prompt_tokens(request), request.max_tokens
        )


class PatientVectors:
    """A maker of vectors with patience."""

    def __init__(self, engine: Vectorise, patience: Patience) -> None:
        self.identity: dict[str, Any] = engine.identity
        self.most, self.max_bytes = engine.most, engine.max_bytes
        self._engine, self._patience = engine, patience

    async def vectors(self, texts: Sequence[str], role: Role) -> Vectors:
        """See `Vectorise`. Where the service counts no tokens, those are paid that the texts have by their length.

        Raises:
            EngineError: they cannot be had now. BudgetError: the budget does not allow it.
        """
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        guess = max(1, round(size / _BYTES_PER_TOKEN))

        async def call() -> Vectors:
            found = await self._engine.vectors(texts, role)
            return found if found.prompt_tokens else replace(found, prompt_tokens=guess)

        return await self._patience.reply(call, guess, size + 16 * len(texts))


class PatientWeb:
    """A search engine with patience."""

    def __init__(self, web: Web, patience: Patience) -> None:
        self.identity: dict[str, Any] = web.identity
        self._web, self._patience = web, patience

    async def search(self, query: str) -> Pages:
        """See `Web`.

        Raises:
            EngineError: it cannot be had now.
        """
        return await self._patience.reply(lambda: self._web.search(query), 0, 0)


def most_prompt_tokens(request: ChatRequest) -> int:
    """No prompt of this request has more tokens: tokenizers over bytes give at most one a byte, and what templates put
    around messages and tools is counted generously."""
    around = 16 * len(request.messages) + 64 * len(request.tools) + 64
    pictures = sum(len(message.pictures) for message in request.messages)
    return text_bytes(request) + around + pictures * _MOST_TOKENS_PER_PICTURE + _video_tokens(request)


def guessed_tokens(request: ChatRequest) -> int:
    """About how many tokens a call takes, the reply included; a reply is seldom near its limit."""
    pictures = sum(len(message.pictures) for message in request.messages)
    text = round(text_bytes(request) / _BYTES_PER_TOKEN)
    return text + pictures * _TOKENS_PER_PICTURE // 2 + _video_tokens(request) + request.max_tokens // 8


def _video_tokens(request: ChatRequest) -> int:
    seconds = sum(message.video.duration_s for message in request.messages if message.video)
    return math.ceil(seconds * _TOKENS_PER_VIDEO_SECOND)


def text_bytes(request: ChatRequest) -> int:
    """All text of a request in bytes of UTF-8, tools and the reply's schema included."""
    texts = [message.text + message.reasoning + message.echo for message in request.messages]
    texts += [call.name + call.arguments_json for message in request.messages for call in message.calls]
    texts += [tool.name + tool.description + tool.parameters_json for tool in request.tools]
    return sum(len(text.encode("utf-8", "replace")) for text in (*texts, request.reply_schema_json))
