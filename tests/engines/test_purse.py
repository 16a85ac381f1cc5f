import asyncio

import pytest

from schemas.errors import BudgetError
from transforms.engines.purse import Purse


def test_no_budget_holds_anything() -> None:
    async def story() -> None:
        purse = Purse()
        await purse.hold(1e9)
        await purse.hold(1e9)
        purse.release(1e9)
        purse.release(1e9)
        assert purse.held_usd == 0

    asyncio.run(story())


def test_a_call_waits_while_what_is_in_flight_may_leave_room_for_it() -> None:
    async def story() -> None:
        purse = Purse(budget_usd=1.0)
        await purse.hold(0.7)
        second = asyncio.create_task(purse.hold(0.5))
        await asyncio.sleep(0)
        assert not second.done()
        purse.of("m").usd += 0.2  # the first did not cost what it could have
        purse.release(0.7)
        await asyncio.wait_for(second, 5)
        assert (round(purse.spent_usd, 6), round(purse.held_usd, 6)) == (0.2, 0.5)

    asyncio.run(story())


def test_what_does_not_fit_with_nothing_in_flight_ends_the_run_for_all() -> None:
    async def story() -> None:
        purse = Purse(budget_usd=1.0)
        await purse.hold(0.9)
        waiting = [asyncio.create_task(purse.hold(0.5)) for _ in range(3)]
        await asyncio.sleep(0)
        purse.of("m").usd += 0.9
        purse.release(0.9)
        told = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        assert all(isinstance(one, BudgetError) for one in told)
        assert purse.reached is not None
        with pytest.raises(BudgetError, match=r"\$0.9000 of the budget of \$1 are spent .* may cost \$0.5"):
            await purse.hold(0.01)

    asyncio.run(story())


def test_calls_that_cost_nothing_go_on() -> None:
    async def story() -> None:
        purse = Purse(budget_usd=0.5)
        purse.of("m").usd = 0.5
        await purse.hold(0.0)

    asyncio.run(story())


def test_whoever_gives_up_waiting_blocks_nobody() -> None:
    async def story() -> None:
        purse = Purse(budget_usd=1.0)
        await purse.hold(0.8)
        first, second = (asyncio.create_task(purse.hold(0.5)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        purse.release(0.8)
        await asyncio.wait_for(second, 5)

    asyncio.run(story())
