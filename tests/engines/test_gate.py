"""The gate on a clock of its own: tests say what time it is."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from schemas.settings import Limits, OpenAISettings
from transforms.engines import build
from transforms.engines.gate import Gate, Rate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def played(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 20))


async def entering(gate: Gate, calls: int, tokens: int = 0) -> list["asyncio.Task[None]"]:
    tasks = [asyncio.create_task(gate.enter(tokens)) for _ in range(calls)]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def inside(tasks: list["asyncio.Task[None]"]) -> list[int]:
    return [n for n, task in enumerate(tasks) if task.done()]


def test_no_more_than_allowed_and_in_order_of_arrival() -> None:
    async def story() -> None:
        gate = Gate(2)
        tasks = await entering(gate, 5)
        assert inside(tasks) == [0, 1]
        gate.leave()
        await asyncio.sleep(0)
        assert inside(tasks) == [0, 1, 2]
        for _ in range(4):
            gate.leave()
            await asyncio.sleep(0)
        assert inside(tasks) == [0, 1, 2, 3, 4]
        assert gate.flying == 0

    played(story)


def test_who_gives_up_while_waiting_takes_no_place() -> None:
    async def story() -> None:
        gate = Gate(1)
        tasks = await entering(gate, 3)
        tasks[1].cancel()
        await asyncio.sleep(0)
        gate.leave()
        await asyncio.sleep(0)
        assert inside(tasks) == [0, 1, 2]
        assert not tasks[2].cancelled()
        assert gate.flying == 1

    played(story)


def test_who_gives_up_in_the_moment_of_being_let_in_gives_the_place_back() -> None:
    async def story() -> None:
        gate = Gate(1)
        tasks = await entering(gate, 2)
        gate.leave()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert gate.flying == 0

    played(story)


def rounds(gate: Gate, share: float, count: int) -> float:
    """So many rounds of calls, of which that share is refused."""
    for _ in range(count):
        calls = int(gate.room)
        refused = round(share * calls)
        for n in range(calls):
            gate.flying += 1
            gate.leave(refused=n < refused)
    return gate.room


def test_single_refusals_change_nothing() -> None:
    assert rounds(Gate(64), 0.05, 50) == 64


def test_an_overloaded_service_gets_less_and_then_more_again() -> None:
    gate = Gate(64)
    after_one = rounds(gate, 0.5, 1)
    assert after_one == 48
    assert rounds(gate, 1.0, 12) == 1.0
    assert rounds(gate, 0.0, 10) == 11.0
    assert rounds(gate, 0.0, 100) == 64


def test_it_settles_near_what_the_service_can_take() -> None:
    """A service with 20 places: what is more in flight is refused."""
    gate = Gate(200)
    for _ in range(200):
        calls = int(gate.room)
        for n in range(calls):
            gate.flying += 1
            gate.leave(refused=n >= 20)
    assert 18 <= gate.room <= 27


def test_a_service_that_refuses_everything_is_left_alone_until_it_says() -> None:
    async def story() -> None:
        clock = Clock()
        gate = Gate(4, clock=clock)
        await entering(gate, 4)
        for _ in range(8):
            gate.flying += 1
            gate.leave(refused=True, retry_after_s=0.2)
        for _ in range(4):
            gate.leave()
        (waiting,) = await entering(gate, 1)
        assert not waiting.done()
        clock.now += 0.3
        await asyncio.wait_for(waiting, 5)

    played(story)


@pytest.mark.parametrize("per_minute", [1, 60, 61, 600, 10_000])
def test_no_minute_holds_more_than_it_may(per_minute: int) -> None:
    rate, now, starts = Rate(per_minute), 0.0, []
    while now < 130:
        wait_s = rate.wait_s(now)
        if wait_s > 0:
            now += wait_s + 1e-9
            continue
        rate.take(now, 1)
        starts.append(now)
    most = max(sum(start <= other < start + 60 for other in starts) for start in starts[:: max(1, len(starts) // 50)])
    assert per_minute - max(2, per_minute // 30) <= most <= max(per_minute, 1)


def test_no_rate_is_no_wait() -> None:
    rate = Rate(0)
    rate.take(0.0, 10**9)
    assert rate.wait_s(0.0) <= 0


def test_tokens_that_were_guessed_are_corrected() -> None:
    rate = Rate(61)
    rate.take(0.0, 10)
    assert rate.wait_s(0.0) == pytest.approx(9.0)
    rate.correct(-4)
    assert rate.wait_s(0.0) == pytest.approx(5.0)


def test_calls_wait_for_the_rate() -> None:
    async def story() -> None:
        clock = Clock()
        gate = Gate(10, requests_per_minute=610, clock=clock)  # one every 0.1 s, ten at once
        tasks = await entering(gate, 12)
        assert len(inside(tasks)) == 10
        for _ in range(2):
            gate.leave()
        assert len(inside(tasks)) == 10
        clock.now += 0.25
        await asyncio.wait_for(asyncio.gather(*tasks), 5)

    played(story)


def test_a_day_is_not_waited_for() -> None:
    async def story() -> None:
        gate = Gate(4)
        for _ in range(9):
            gate.flying += 1
            gate.leave(refused=True, retry_after_s=86_400)
        await asyncio.wait_for(gate.enter(), 1)

    played(story)


def test_of_two_limits_the_stricter_holds() -> None:
    async def story() -> None:
        clock = Clock()
        gate = Gate(10, requests_per_minute=61, clock=clock)
        gate.limit(3, 0, 0)
        gate.limit(8, 6100, 0)
        assert (gate.most, gate.room) == (3, 3.0)
        assert len(inside(await entering(gate, 5))) == 2, "a call a second, and a second's worth at once"

    played(story)


def test_whoever_asks_the_same_model_shares_its_gate() -> None:
    url = "http://127.0.0.1:1/shared"
    wide, strict = (
        OpenAISettings(model="m", base_url=url, api_key_env="", limits=Limits(in_flight=n)) for n in (32, 2)
    )
    assert build.gate(wide) is build.gate(strict)
    assert build.gate(wide).most == 2
