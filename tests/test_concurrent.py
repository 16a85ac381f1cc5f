"""The sliding window: how many are in flight, where results go, and what a replayed bundle does."""

import asyncio
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from schemas.source import Rejected
from tests.eager import run
from transforms.concurrent import FlatMapConcurrently

_peak = 0
_now = 0
_lock = threading.Lock()


def _enter(step: int) -> None:
    global _peak, _now
    with _lock:
        _now += step
        _peak = max(_peak, _now)


@dataclass
class Sleep:
    def do(self, n: int) -> Iterable[int]:
        _enter(1)
        time.sleep(0.02)
        _enter(-1)
        return [n, n * 10]


@dataclass
class AsyncSleep:
    async def do(self, n: int) -> Iterable[int]:
        _enter(1)
        await asyncio.sleep(0.02)
        _enter(-1)
        return [n, n * 10]


@dataclass
class RejectOdd:
    def do(self, n: int) -> Iterable[int | Rejected]:
        return [Rejected("s", "odd", "filter", "number", str(n), "")] if n % 2 else [n]


@pytest.mark.parametrize("work", [Sleep(), AsyncSleep()], ids=["threads", "loop"])
def test_every_element_once_and_never_more_than_workers_in_flight(work: Sleep | AsyncSleep) -> None:
    global _peak
    _peak = 0
    done, rejected = run(lambda p: p | FlatMapConcurrently(work, 4), range(1, 21))
    assert sorted(done) == sorted([*range(1, 21), *range(10, 201, 10)])
    assert rejected == []
    assert 2 <= _peak <= 4


def test_rejected_rows_go_their_own_way() -> None:
    done, rejected = run(lambda p: p | FlatMapConcurrently(RejectOdd(), 2), range(6))
    assert (sorted(done), sorted(row.id for row in rejected)) == ([0, 2, 4], ["1", "3", "5"])


def test_no_elements() -> None:
    assert run(lambda p: p | FlatMapConcurrently(RejectOdd(), 2), []) == ([], [])


def test_workers_must_be_positive() -> None:
    with pytest.raises(ValueError, match="workers must be at least 1"):
        FlatMapConcurrently(RejectOdd(), 0)
