"""How many calls of one model are in flight, and how many may start a minute: one gate per model and process.

The number in flight adapts by itself. It begins at the most that is allowed, shrinks by the share of calls that the
service turned away, and grows again step by step (the additive increase and proportional decrease of DCTCP; Alizadeh et
al., 2010). Halving at every refusal would be wrong here: services turn single calls away that have room for the rest.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable

from transforms.engines.retry import PATIENCE_S

TOLERATED = 0.1
"""Share of refusals in a round that says nothing of the load."""
_SHUT_AFTER = 8
"""Refusals in a row, with none served between, after which nothing starts before the service said to come back."""


class Gate:
    """Calls enter, in order of arrival, and leave. Everything happens on one event loop."""

    def __init__(
        self,
        in_flight: int,
        requests_per_minute: int = 0,
        tokens_per_minute: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`in_flight` is the most calls at once; rates of 0 are no limit."""
        self.most = in_flight
        self.room = float(in_flight)
        """Calls that may be in flight now; its whole part counts."""
        self.flying = 0
        self._requests = Rate(requests_per_minute)
        self._tokens = Rate(tokens_per_minute)
        self._clock = clock
        self._queue: deque[tuple[asyncio.Future[None], int]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._shut_until = 0.0
        self._seen = self._refused = self._refused_in_a_row = 0

    def limit(self, in_flight: int, requests_per_minute: int, tokens_per_minute: int) -> None:
        """Keeps to these limits too."""
        self.most = min(self.most, in_flight)
        self.room = min(self.room, float(self.most))
        self._requests.limit(requests_per_minute)
        self._tokens.limit(tokens_per_minute)

    async def enter(self, tokens: int = 0) -> None:
        """Waits until a call of about that many tokens may start."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((turn, tokens))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(tokens, tokens)
            raise

    def leave(self, tokens: int = 0, used: int = 0, refused: bool = False, retry_after_s: float = 0.0) -> None:
        """A call that entered with `tokens` is over and took `used`; `refused`: a rate limit turned it away."""
        self.flying -= 1
        self._tokens.correct(used - tokens)
        self._learn(refused, retry_after_s)
        self._admit()

    def _learn(self, refused: bool, retry_after_s: float) -> None:
        self._seen += 1
        self._refused += refused
        self._refused_in_a_row = self._refused_in_a_row + 1 if refused else 0
        # What is longer than anybody waits is no reason to keep others from hearing of it.
        if self._refused_in_a_row >= _SHUT_AFTER and retry_after_s <= PATIENCE_S:
            self._shut_until = max(self._shut_until, self._clock() + retry_after_s)
        if self._seen < math.floor(self.room):
            return
        share = self._refused / self._seen
        self.room = max(1.0, self.room * (1 - share / 2)) if share > TOLERATED else min(self.most, self.room + 1)
        self._seen = self._refused = 0

    def _admit(self) -> None:
        """Lets in whoever may start now, and comes back when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue and self.flying < math.floor(self.room):
            turn, tokens = self._queue[0]
            if turn.done():  # given up while it waited
                self._queue.popleft()
                continue
            now = self._clock()
            wait_s = max(self._shut_until - now, self._requests.wait_s(now), self._tokens.wait_s(now))
            if wait_s > 0:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._admit)
                return
            self._queue.popleft()
            self._requests.take(now, 1)
            self._tokens.take(now, tokens)
            self.flying += 1
            turn.set_result(None)


class Rate:
    """So much a minute, evenly, with a second's worth at once (a leaky bucket: GCRA, ITU-T I.371).

    The pace is that of 61 seconds, so that no minute holds more than it may, the burst included.
    """

    def __init__(self, per_minute: int) -> None:
        self._step_s = 61.0 / per_minute if per_minute else 0.0
        self._due_s = -math.inf

    def limit(self, per_minute: int) -> None:
        """Slower from now on, if that is slower; 0 is no limit."""
        self._step_s = max(self._step_s, 61.0 / per_minute if per_minute else 0.0)

    def wait_s(self, now: float) -> float:
        """Seconds until the next may start; 0 or less for now. What is too large for the burst starts all the same."""
        return self._due_s - now - 1.0

    def take(self, now: float, amount: float) -> None:
        self._due_s = max(self._due_s, now) + amount * self._step_s

    def correct(self, amount: float) -> None:
        """More was taken than was thought, or less."""
        self._due_s += amount * self._step_s
