"""The money a run may spend, and what it has spent: one purse per process.

Exact in one process: a call holds the most it can cost before it starts, and pays what it did cost when it is back. So
what is spent never passes the budget, and no call is given up that would still have fitted.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from schemas.errors import BudgetError
from transforms.engines.prices import Rates


@dataclass
class Spent:
    """What one model has cost this process in one stage: calls that were answered, tries that failed, tokens, seconds
    of waiting for replies (summed over calls), and US dollars by `rates`, which are None for an unknown price.

    `flying` calls are with the service now.
    """

    calls: int = 0
    failed: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    usd: float = 0.0
    rates: Rates | None = None
    flying: int = 0


@dataclass
class Purse:
    """`budget_usd` of 0 is no limit. Everything happens on one event loop."""

    budget_usd: float = 0.0
    held_usd: float = 0.0
    spent: dict[tuple[str, str], Spent] = field(default_factory=dict)
    """By stage and model."""
    reached: BudgetError | None = None
    """The error that ended the run, once the budget is used up."""
    _waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)

    def reset(self, budget_usd: float) -> None:
        """A new run begins."""
        self.budget_usd, self.held_usd, self.reached = budget_usd, 0.0, None
        self.spent.clear()

    @property
    def spent_usd(self) -> float:
        return sum(one.usd for one in self.spent.values())

    def of(self, model: str, stage: str = "explore") -> Spent:
        return self.spent.setdefault((stage, model), Spent())

    async def hold(self, most_usd: float) -> None:
        """Sets the most that a call can cost aside; waits for calls in flight where that does not fit beside them.

        Raises:
            BudgetError: it does not fit although nothing is in flight. From then on every call raises it.
        """
        while self.budget_usd and most_usd:
            if self.reached is not None:
                raise self.reached
            if self.spent_usd + self.held_usd + most_usd <= self.budget_usd:
                break
            if not self.held_usd:
                raise self._end(most_usd)
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        self.held_usd += most_usd

    def release(self, most_usd: float) -> None:
        """The call is over, and what it did cost is in `spent`."""
        self.held_usd = max(0.0, self.held_usd - most_usd)
        if self.held_usd < 1e-12:
            self.held_usd = 0.0
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)

    def _end(self, most_usd: float) -> BudgetError:
        self.reached = BudgetError(
            "budget_reached",
            f"${self.spent_usd:.4f} of the budget of ${self.budget_usd:g} are spent and the next call may cost"
            f" ${most_usd:.4f}; all that was paid for is kept, and the same command goes on, with a --budget anew",
        )
        self._wake()
        return self.reached


PURSE = Purse()
"""The process's purse."""
