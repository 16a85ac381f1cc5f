"""The content-addressed store: what has been computed or paid for once is never computed or paid for again.

Two kinds of entries, on any fsspec location:

    blob/<2 hex>/<sha256>            bytes named by their own digest: pictures, audio, timelines, trajectories
    <step>/<2 hex>/<digest of key>   a memo: what one external call or costly unit answered, as JSON

A memo is `{"value": …}` or `{"error": {…}}`: permanent errors are remembered too, transient ones never.
The first write wins and every writer returns what the store then holds, so that two runs, or a bundle that a runner
plays twice, agree even when an engine never says the same thing twice.
An empty file is an entry whose write was cut off by a power loss; it counts as absent.
"""

import asyncio
import json
import os
import threading
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import fsspec

from schemas.codec import digest, sha256
from schemas.errors import EngineError, FrametrailError, InputError

_ERRORS = {"input": InputError, "engine": EngineError}


def memo_key(
    step: str,
    version: str,
    engine: Any = None,
    prompt: str = "",
    inputs: Any = None,
    rollout: int = 0,
    seed: int = 0,
) -> str:
    """Names one memo by everything that can change its answer.

    `step` and its hand-set `version`, the engine's identity and parameters, the digest of the prompt, the inputs (plain
    data or digests), and for sampled calls the rollout index and the seed.
    """
    return f"{step}/{digest(version, engine, prompt, inputs, rollout, seed)}"


class Store:
    """Memos and blobs under one root. Safe for many threads and many processes; pickles to its root alone."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.fspath(root)
        self._fs, self._base = fsspec.core.url_to_fs(self.root)
        self._local = "file" in (self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,))
        self._running: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self.counts: Counter[tuple[str, str]] = Counter()
        """(step, `hit` or `made`) → how often, in this process."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Store, (self.root,))

    def memo(self, key: str, compute: Callable[[], Any]) -> Any:
        """What the store holds for `key`, or else what `compute` returns (plain JSON data), stored first.

        Threads that ask for the same key at once wait for one computation.

        Raises:
            InputError, EngineError: as `compute` raised them, now or in an earlier run (only permanent ones are kept).
        """
        with self._lock:
            running = self._running.get(key)
            if running is None:
                mine: Future[Any] = Future()
                self._running[key] = mine
        if running is not None:
            return running.result()
        try:
            value = self._recall_or(key, compute)
        except BaseException as error:
            mine.set_exception(error)
            raise
        else:
            mine.set_result(value)
            return value
        finally:
            with self._lock:
                del self._running[key]

    async def amemo(self, key: str, compute: Callable[[], Awaitable[Any]]) -> Any:
        """`memo` for an awaitable; the store is read and written off the event loop."""
        held = await asyncio.to_thread(self._read, key)
        if held is None:
            try:
                entry = {"value": await compute()}
            except FrametrailError as error:
                entry = _error_entry(error)
            held = await asyncio.to_thread(self._keep, key, entry)
        else:
            self._count(key, "hit")
        return _open(held)

    def peek(self, key: str) -> Any | None:
        """The value held for `key`, without computing anything; None when absent or an error."""
        held = self._read(key)
        return None if held is None else json.loads(held).get("value")

    def holds(self, key: str) -> bool:
        """Whether there is a memo for `key`, be it a value or an error."""
        return self._read(key, size_only=True) is not None

    def put_blob(self, data: bytes) -> str:
        """Keeps the bytes and returns their sha256."""
        name = sha256(data)
        if self._read(f"blob/{name}", size_only=True) is None:
            self._create(f"blob/{name}", data)
        return name

    def blob(self, name: str, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes of a blob, or of the range `[start, end)` of it.

        Raises:
            InputError: `store_lost`, the blob is not there: somebody removed it while memos still point to it.
        """
        try:
            return self._fs.cat_file(self._path(f"blob/{name}"), start=start, end=end)
        except FileNotFoundError:
            raise InputError(
                "store_lost", f"the store {self.root} has lost blob {name}; remove the store and build again"
            ) from None

    def has_blob(self, name: str) -> bool:
        return self._read(f"blob/{name}", size_only=True) is not None

    def _recall_or(self, key: str, compute: Callable[[], Any]) -> Any:
        held = self._read(key)
        if held is None:
            try:
                entry = {"value": compute()}
            except FrametrailError as error:
                entry = _error_entry(error)
            held = self._keep(key, entry)
        else:
            self._count(key, "hit")
        return _open(held)

    def _keep(self, key: str, entry: dict[str, Any]) -> bytes:
        self._count(key, "made")
        data = json.dumps(entry, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return self._create(key, data)

    def _count(self, key: str, what: str) -> None:
        with self._lock:
            self.counts[key.split("/", 1)[0], what] += 1

    def _path(self, key: str) -> str:
        step, name = key.split("/", 1)
        return f"{self._base}/{step}/{name[:2]}/{name}"

    def _read(self, key: str, size_only: bool = False) -> bytes | None:
        path = self._path(key)
        try:
            if size_only:
                return b"1" if self._fs.size(path) else None
            return self._fs.cat_file(path) or None
        except FileNotFoundError:
            return None

    def _create(self, key: str, data: bytes) -> bytes:
        """Exclusive create of the whole entry at once; returns what the store holds afterwards."""
        path = self._path(key)
        if self._local:
            return _create_local(Path(path), data)
        try:
            self._fs.pipe_file(path, data, mode="create")
            return data
        except FileExistsError:
            held = self._fs.cat_file(path)
            if held:
                return held
            self._fs.pipe_file(path, data)
            return data


def _create_local(path: Path, data: bytes) -> bytes:
    """Writes aside, then links: the link either makes the whole entry appear or says that one was there first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        aside.write_bytes(data)
        try:
            os.link(aside, path)
        except FileExistsError:
            held = path.read_bytes()
            if held:
                return held
            os.replace(aside, path)
        return data
    finally:
        aside.unlink(missing_ok=True)


def _error_entry(error: FrametrailError) -> dict[str, Any]:
    """A permanent error as a memo; transient and unknown ones go on up."""
    if isinstance(error, EngineError) and not error.transient:
        return {"error": {"kind": "engine", "code": error.code, "detail": error.detail}}
    if isinstance(error, InputError):
        return {"error": {"kind": "input", "code": error.code, "detail": error.detail}}
    raise error


def _open(held: bytes) -> Any:
    entry = json.loads(held)
    if "error" in entry:
        error = entry["error"]
        raise _ERRORS[error["kind"]](error["code"], error["detail"])
    return entry["value"]
