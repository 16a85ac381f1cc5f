"""The one Beam helper for slow calls: a bounded sliding window over a thread pool or an event loop.

Work is submitted in `process` and drained when the window is full and in `finish_bundle`. Fixed batches wait for their
slowest member (1,000 calls of uneven latency at 64 in flight took 5.2x the ideal in batches and 1.3x with a window).
The pool and the event loop exist once per process, whatever the number of bundles and DoFns.
"""

import asyncio
import inspect
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple, Protocol

import apache_beam as beam
from apache_beam.pvalue import TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from schemas.refs import Called
from schemas.source import Rejected
from transforms.store import noting

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}
_loop: asyncio.AbstractEventLoop | None = None


class Work(Protocol):
    """What is done with one element: `do` is plain (run on a thread) or a coroutine function (run on the event loop).

    It returns what goes on: results, and Rejected rows for what does not. It must not raise for one bad element.
    """

    def do(self, element: Any) -> Any: ...


class Outcome(NamedTuple):
    """What a stage gives: what goes on, the rows that do not, and which replies of models all of it hangs on."""

    done: beam.PCollection
    rejected: beam.PCollection
    called: beam.PCollection


class FlatMapConcurrently(beam.PTransform):
    """`beam.FlatMap` with up to `workers` elements in flight; results come in the order of completion.

    Gives an Outcome: among the results, Rejected rows go to `.rejected`. For every element that asked for memos that
    are not free, a Called goes to `.called`, whatever became of the element.
    Everything here is batch: elements are in the global window and lose their timestamps.
    """

    def __init__(self, work: Work, workers: int) -> None:
        super().__init__()
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        self._work = work
        self._workers = workers

    def expand(self, pcoll: beam.PCollection) -> Outcome:
        window = beam.ParDo(_SlidingWindow(self._work, self._workers))
        outputs = pcoll | "Window" >> window.with_outputs("rejected", "called", main="done")
        return Outcome(outputs.done, outputs.rejected, outputs.called)


class _SlidingWindow(beam.DoFn):
    def __init__(self, work: Work, workers: int) -> None:
        self._work = work
        self._workers = workers
        self._flying: set[Future[Any]] = set()

    def start_bundle(self) -> None:
        self._flying = set()

    def process(self, element: Any) -> Iterator[Any]:
        self._flying.add(self._submit(element))
        if len(self._flying) >= self._workers:
            for result in self._land():
                yield _tagged(result, result)

    def finish_bundle(self) -> Iterator[Any]:
        while self._flying:
            for result in self._land():
                value = WindowedValue(result, GlobalWindow().max_timestamp(), [GlobalWindow()])
                yield _tagged(result, value)

    def _submit(self, element: Any) -> "Future[Any]":
        if inspect.iscoroutinefunction(self._work.do):
            return asyncio.run_coroutine_threadsafe(_awaited(self._work, element), event_loop())
        return thread_pool(self._workers).submit(_done, self._work, element)

    def _land(self) -> Iterable[Any]:
        """Results of everything that has finished; waits for at least one."""
        done, self._flying = wait(self._flying, return_when=FIRST_COMPLETED)
        for future in done:
            yield from future.result()


def _tagged(result: Any, value: Any) -> Any:
    """The value to yield for a result, with the name of the output it goes to."""
    if isinstance(result, Rejected):
        return TaggedOutput("rejected", value)
    return TaggedOutput("called", value) if isinstance(result, Called) else value


def _done(work: Work, element: Any) -> list[Any]:
    with noting() as keys:
        return _with_called(list(work.do(element)), keys)


async def _awaited(work: Work, element: Any) -> list[Any]:
    with noting() as keys:
        return _with_called(list(await work.do(element)), keys)


def _with_called(results: list[Any], keys: set[str]) -> list[Any]:
    return [*results, Called(tuple(sorted(keys)))] if keys else results


def thread_pool(size: int) -> ThreadPoolExecutor:
    """The process's pool of `size` threads for work that releases the interpreter's lock (decoding, OCR, speech)."""
    with _lock:
        if size not in _pools:
            _pools[size] = ThreadPoolExecutor(size, thread_name_prefix=f"frametrail-{size}")
        return _pools[size]


def event_loop() -> asyncio.AbstractEventLoop:
    """The process's event loop, running in a thread of its own."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="frametrail-loop", daemon=True).start()
        return _loop
