"""Single calls from many tasks, done together: for an engine that works on lists and is used from one thread."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batches(Generic[Item, Result]):
    """`work` gets the items that came within `window_s` seconds of the first, `most` at once, in order of arrival, and
    gives as many results or exceptions. While it works, others gather for the next batch."""

    def __init__(
        self, work: Callable[[list[Item]], Sequence[Result | Exception]], most: int, window_s: float = 0.005
    ) -> None:
        self._work, self._most, self._window_s = work, most, window_s
        self._waiting: queue.Queue[tuple[Item, Future[Result]]] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    async def ask(self, item: Item) -> Result:
        """The result for one item, or the exception that `work` gave for it. Who is cancelled while it waits drops out
        of the batch."""
        with self._lock:
            if self._thread is None:
                # It ends with the process: a model in the middle of a batch must not hold up an interrupted build.
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        future: Future[Result] = Future()
        self._waiting.put((item, future))
        return await asyncio.wrap_future(future)

    def _run(self) -> None:
        while True:
            batch = [(item, future) for item, future in self._gather() if future.set_running_or_notify_cancel()]
            if not batch:
                continue
            try:
                results: Sequence[Result | Exception] = self._work([item for item, _ in batch])
            except Exception as error:
                results = [error] * len(batch)
            except BaseException as error:
                # A package that wants to leave ends no more than its batch; those who wait must hear of it.
                results = [RuntimeError(f"{type(error).__name__}: {error}")] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _gather(self) -> list[tuple[Item, "Future[Result]"]]:
        batch = [self._waiting.get()]
        deadline = time.monotonic() + self._window_s
        while len(batch) < self._most:
            try:
                batch.append(self._waiting.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                break
        return batch
