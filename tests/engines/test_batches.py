"""Calls that come together are done together."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from transforms.engines.batches import Batches


class Work:
    """Doubles numbers, refuses odd ones, and keeps what came together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.threads: set[int] = set()
        self.go = threading.Event()
        self.go.set()

    def __call__(self, items: list[int]) -> Sequence[int | Exception]:
        self.batches.append(items)
        self.threads.add(threading.get_ident())
        self.go.wait(5)
        return [ValueError(f"{item} is odd") if item % 2 else item * 2 for item in items]


def test_what_comes_at_once_is_one_batch() -> None:
    work = Work()
    batches = Batches(work, most=64, window_s=0.2)

    async def many() -> list[int]:
        return await asyncio.gather(*(batches.ask(n) for n in range(0, 20, 2)))

    assert asyncio.run(many()) == list(range(0, 40, 4))
    assert work.batches == [list(range(0, 20, 2))]


def test_no_batch_is_larger_than_the_most() -> None:
    work = Work()
    batches = Batches(work, most=4, window_s=0.2)

    async def many() -> None:
        await asyncio.gather(*(batches.ask(n) for n in range(0, 20, 2)))

    asyncio.run(many())
    assert [len(batch) for batch in work.batches] == [4, 4, 2]
    assert len(work.threads) == 1


def test_one_item_s_error_is_its_own() -> None:
    batches = Batches(Work(), most=4, window_s=0.2)

    async def three() -> list[object]:
        return list(await asyncio.gather(*(batches.ask(n) for n in (2, 3, 4)), return_exceptions=True))

    first, second, third = asyncio.run(three())
    assert (first, third) == (4, 8)
    assert isinstance(second, ValueError)


def test_an_error_of_the_work_reaches_all_and_the_next_batch_runs() -> None:
    calls = []

    def work(items: list[int]) -> list[int]:
        calls.append(items)
        if len(calls) == 1:
            raise RuntimeError("no")
        return items

    batches = Batches(work, most=4, window_s=0.1)

    async def both() -> list[object]:
        return list(await asyncio.gather(batches.ask(1), batches.ask(2), return_exceptions=True))

    assert [type(error) for error in asyncio.run(both())] == [RuntimeError, RuntimeError]
    assert asyncio.run(batches.ask(7)) == 7


def test_work_that_wants_to_leave_the_process_ends_its_batch_alone() -> None:
    def work(items: list[int]) -> list[int]:
        if items == [1]:
            raise SystemExit(3)
        return items

    batches = Batches(work, most=4, window_s=0.0)
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        asyncio.run(batches.ask(1))
    assert asyncio.run(batches.ask(7)) == 7


def test_who_is_cancelled_drops_out() -> None:
    work = Work()
    work.go.clear()
    batches = Batches(work, most=1, window_s=0.0)

    async def three() -> int:
        first = asyncio.create_task(batches.ask(2))
        await asyncio.sleep(0.05)
        second, third = asyncio.create_task(batches.ask(4)), asyncio.create_task(batches.ask(6))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0)
        work.go.set()
        with pytest.raises(asyncio.CancelledError):
            await second
        return await first + await third

    assert asyncio.run(three()) == 4 + 12
    assert work.batches == [[2], [6]]
