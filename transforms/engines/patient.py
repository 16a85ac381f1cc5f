"""A chat engine that waits its turn, tries again what may pass, and stays within the budget.

Engines make one try (`transforms.engines.chat`); all that is about many calls is here, the same for each of them.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from schemas.chat import ChatReply, ChatRequest
from schemas.errors import EngineError
from transforms.engines.chat import Chat, Load, no_pictures
from transforms.engines.gate import Gate
from transforms.engines.prices import Rates, cost_of
from transforms.engines.purse import Purse, Spent
from transforms.engines.retry import next_try_s

_BYTES_PER_TOKEN = 3.5
"""Of English text and JSON, rounded down, for the first guess of a call's size; replies correct it."""
_TOKENS_PER_PICTURE = 1500
"""The most that the providers count for a picture within 1 megapixel."""


class Patient:
    """See the module. The engine inside decides what is said, so the identity is its own."""

    def __init__(
        self,
        chat: Chat,
        name: str,
        gate: Gate,
        purse: Purse,
        rates: Rates | None,
        chance: Callable[[], float] = random.random,
        stage: str = "explore",
    ) -> None:
        """`name` is what the model is called in reports, `stage` the one that asks it; `chance` spreads the waits and
        changes nothing else."""
        self.identity: dict[str, Any] = chat.identity
        self._chat, self._name, self._gate, self._purse, self._rates = chat, name, gate, purse, rates
        self._chance, self._stage = chance, stage

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        """One turn, after as many tries as it takes.

        Raises:
            EngineError: it cannot be had now. BudgetError: the budget does not allow it.
        """
        spent, tries, waited_s = self._spent(), Counter[str](), 0.0
        while True:
            try:
                return await self._try(request, load)
            except EngineError as error:
                spent.failed += 1
                tries[error.code] += 1
                wait_s = next_try_s(error, tries[error.code], waited_s, self._chance())
                if wait_s is None:
                    raise
            waited_s += wait_s
            await asyncio.sleep(wait_s)

    async def _try(self, request: ChatRequest, load: Load) -> ChatReply:
        most_in, guess = most_prompt_tokens(request), guessed_tokens(request)
        most_usd = self._rates.cost_usd(most_in, request.max_tokens) if self._rates else 0.0
        used, refused, retry_after_s = guess, False, 0.0
        await self._purse.hold(most_usd)
        try:
            await self._gate.enter(guess)
            self._spent().flying += 1
            try:
                began = time.monotonic()
                reply = await self._chat.complete(request, load)
                used = reply.prompt_tokens + reply.completion_tokens or guess
            except EngineError as error:
                refused, retry_after_s = error.code == "rate_limited", error.retry_after_s
                used = 0
                raise
            finally:
                self._spent().flying -= 1
                self._gate.leave(guess, used, refused, retry_after_s)
            spent = self._spent()
            spent.calls += 1
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


def most_prompt_tokens(request: ChatRequest) -> int:
    """No prompt of this request has more tokens: tokenizers over bytes give at most one a byte, and what templates put
    around messages and tools is counted generously."""
    around = 16 * len(request.messages) + 64 * len(request.tools) + 64
    pictures = sum(len(message.pictures) for message in request.messages)
    return text_bytes(request) + around + pictures * _TOKENS_PER_PICTURE


def guessed_tokens(request: ChatRequest) -> int:
    """About how many tokens a call takes, the reply included; a reply is seldom near its limit."""
    pictures = sum(len(message.pictures) for message in request.messages)
    return round(text_bytes(request) / _BYTES_PER_TOKEN) + pictures * _TOKENS_PER_PICTURE // 2 + request.max_tokens // 8


def text_bytes(request: ChatRequest) -> int:
    """All text of a request in bytes of UTF-8, tools and the reply's schema included."""
    texts = [message.text + message.reasoning for message in request.messages]
    texts += [call.name + call.arguments_json for message in request.messages for call in message.calls]
    texts += [tool.name + tool.description + tool.parameters_json for tool in request.tools]
    return sum(len(text.encode("utf-8", "replace")) for text in (*texts, request.reply_schema_json))
