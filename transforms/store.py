"""The content-addressed store: what has been computed or paid for once is never computed or paid for again.

Two kinds of entries, on any fsspec location:

    blob/<2 hex>/<sha256>            bytes named by their own digest: pictures, audio, timelines, trajectories
    <step>/<2 hex>/<digest of key>   a memo: what one external call or costly unit answered, as JSON

A memo is `{"value": …}` or `{"error": {…}}`: permanent errors are remembered too, transient ones never.
The first write wins and every writer returns what the store then holds, so that two runs, or a bundle that a runner
plays twice, agree even when an engine never says the same thing twice.
A file that is empty or torn is an entry whose write was cut off by a power loss; it counts as absent.
"""

import asyncio
import errno
import json
import os
import threading
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from schemas.codec import digest, sha256
from schemas.errors import EngineError, FrametrailError, InputError

T = TypeVar("T")

_ERRORS = {"input": InputError, "engine": EngineError}

FREE = frozenset({"blob", "sha256", "scan", "vad", "ocr", "asr", "frame", "clip", "reread"})
"""Steps that anyone can do again from the video alone. What others answered was said by models and may be paid for."""

_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[set[str]]:
    """Fills a set with the keys of all memos but the free ones that the block, and what it starts, asks for; a block
    around it notes them too."""
    keys: set[str] = set()
    token = _noted.set(keys)
    try:
        yield keys
    finally:
        _noted.reset(token)
        note(keys)


def note(keys: Iterable[str]) -> None:
    """Notes what was asked for earlier, for what is made of it again."""
    noted = _noted.get()
    if noted is not None:
        noted.update(key for key in keys if step_of(key) not in FREE)


def step_of(key: str) -> str:
    return key.split("/", 1)[0]


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
        return (type(self), (self.root,))

    def memo(self, key: str, compute: Callable[[], Any]) -> Any:
        """What the store holds for `key`, or else what `compute` returns (plain JSON data), stored first.

        Threads that ask for the same key at once wait for one computation.

        Raises:
            InputError, EngineError: as `compute` raised them, now or in an earlier run (only permanent ones are kept).
        """
        running = self._claim(key)
        if running is not None:
            return running.result()
        with self._told(key) as told:
            told.set_result(value := self._recall_or(key, compute))
            return value

    async def amemo(self, key: str, compute: Callable[[], Awaitable[Any]]) -> Any:
        """`memo` for an awaitable. A remote store is read and written off the event loop."""
        running = self._claim(key)
        if running is not None:
            # Who gives up waiting must not cancel what others wait for.
            return await asyncio.shield(asyncio.wrap_future(running))
        with self._told(key) as told:
            held = await self.aside(self._read, key)
            if held is None:
                try:
                    entry = {"value": await compute()}
                except FrametrailError as error:
                    entry = _error_entry(error)
                held = await self.aside(self._keep, key, entry)
            else:
                self._count(key, "hit")
            told.set_result(value := _open(held))
            return value

    async def aside(self, work: Callable[..., T], *args: Any) -> T:
        """Reads or writes (`work` is a method of this store) without keeping the event loop waiting for a network.

        A local disk answers in 0.2 ms; handing that to a thread costs five times as much, for threads and the loop then
        take turns at the interpreter.
        """
        return work(*args) if self._local else await asyncio.to_thread(work, *args)

    def _claim(self, key: str) -> "Future[Any] | None":
        """The computation of this key that is under way; None when there was none, and it is the caller's now."""
        note((key,))
        with self._lock:
            running = self._running.get(key)
            if running is None:
                self._running[key] = Future()
            return running

    @contextmanager
    def _told(self, key: str) -> "Iterator[Future[Any]]":
        """The future that others wait for; it ends with the block, whatever comes."""
        mine = self._running[key]
        try:
            yield mine
        except BaseException as error:
            # A task that is cancelled must not cancel those who only asked for the same.
            cancelled = isinstance(error, asyncio.CancelledError)
            mine.set_exception(EngineError("interrupted", f"{key} was cancelled", True) if cancelled else error)
            raise
        finally:
            with self._lock:
                del self._running[key]

    def entry(self, key: str) -> str | None:
        """The memo for `key` as the store spells it, be it a value or an error; None when absent."""
        held = self._read(key)
        return None if held is None else held.decode()

    def put_entry(self, key: str, entry: str) -> bool:
        """Keeps a memo that another store spelled; False when there is one already: the first write wins."""
        if self.holds(key):
            return False
        self._create(key, entry.encode())
        return True

    def peek(self, key: str) -> Any | None:
        """The value held for `key`, without computing anything; None when absent or an error."""
        held = self._read(key)
        return None if held is None else json.loads(held).get("value")

    def holds(self, key: str) -> bool:
        """Whether there is a memo for `key`, be it a value or an error."""
        return self._read(key, size_only=True) is not None

    def put_blob(self, data: bytes) -> str:
        """Keeps the bytes and returns their sha256.

        A remote store is not asked first: what is new is the rule, the exclusive create tells as well, and where gcsfs
        asks whether there is an object it lists a folder too, which costs as much as a write.
        """
        name = sha256(data)
        if not self._local or self._read(f"blob/{name}", size_only=True) is None:
            self._create(f"blob/{name}", data)
        return name

    def blob(self, name: str, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes of a blob, or of the range `[start, end)` of it.

        Raises:
            InputError: `store_lost`, the blob is not there, or not what it was: somebody touched it while memos still
                point to it. It is never remembered.
        """
        try:
            with self._reached():
                data: bytes = self._fs.cat_file(self._path(f"blob/{name}"), start=start, end=end)
        except FileNotFoundError:
            raise _lost(name, "is gone") from None
        if start is None and end is None and sha256(data) != name:
            raise _lost(name, "is damaged")
        return data

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
            self.counts[step_of(key), what] += 1

    def _path(self, key: str) -> str:
        step, name = key.split("/", 1)
        return f"{self._base}/{step}/{name[:2]}/{name}"

    def _read(self, key: str, size_only: bool = False) -> bytes | None:
        path = self._path(key)
        try:
            with self._reached():
                if size_only:
                    return b"1" if self._fs.size(path) else None
                held = Path(path).read_bytes() if self._local else self._fs.cat_file(path)
        except FileNotFoundError:
            return None
        return held if _whole(held) else None

    def _create(self, key: str, data: bytes) -> bytes:
        """Exclusive create of the whole entry at once; returns what the store holds afterwards.

        Raises:
            EngineError: `store_full`, the store cannot be written to; transient.
        """
        path = self._path(key)
        # A blob is named by its bytes: whatever is there and not that is damage.
        same = (lambda held: held == data) if key.startswith("blob/") else _whole
        try:
            if self._local:
                return _create_local(Path(path), data, same)
            with self._reached():
                return self._create_remote(path, data, same)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise EngineError(
                "store_full", f"the store cannot be written to ({why}); make room, the same command resumes", True
            ) from error

    def _create_remote(self, path: str, data: bytes, same: Callable[[bytes], bool]) -> bytes:
        try:
            self._fs.pipe_file(path, data, mode="create")
        except OSError as error:
            if not was_there(error):
                raise
            held: bytes = self._fs.cat_file(path)
            if same(held):
                return held
            self._fs.pipe_file(path, data)
        return data

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """What the packages of object stores let through, which has no common base, as ours: a connection that broke
        is an OSError here and something else there.

        Raises:
            FileNotFoundError: there is no such entry.
            EngineError: `unreachable`; transient.
        """
        try:
            yield
        except (FileNotFoundError, FrametrailError):
            raise
        except Exception as error:
            if self._local:
                raise
            said = " ".join(str(error).split())[:200] or type(error).__name__
            why = f"the store {self.root} cannot be reached ({said})"
            raise EngineError("unreachable", f"{why}; the same command resumes", True) from error


def was_there(error: OSError) -> bool:
    """Whether an exclusive create failed because the object is there: s3fs has no FileExistsError for that."""
    return isinstance(error, FileExistsError) or "PreconditionFailed" in str(error.__cause__ or error)


class Absent(Exception):
    """The store does not hold what was asked for; its text is the key."""


class Held(Store):
    """A store that is only read: what it does not hold is neither computed nor written, and raises Absent."""

    def memo(self, key: str, compute: Callable[[], Any]) -> Any:
        held = self._read(key)
        if held is None:
            raise Absent(key)
        return _open(held)

    async def amemo(self, key: str, compute: Callable[[], Awaitable[Any]]) -> Any:
        return self.memo(key, compute)

    def put_blob(self, data: bytes) -> str:
        return sha256(data)


def _create_local(path: Path, data: bytes, same: Callable[[bytes], bool]) -> bytes:
    """Writes aside, then links: the link either makes the whole entry appear or says that one was there first."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        try:
            aside.write_bytes(data)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside.write_bytes(data)
        try:
            _appear(aside, path)
        except FileExistsError:
            held = path.read_bytes()
            if same(held):
                return held
            os.replace(aside, path)
        return data
    finally:
        aside.unlink(missing_ok=True)


_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def _appear(aside: Path, path: Path) -> None:
    """Puts a finished file in its place unless one is there.

    File systems without hard links (exFAT, some network ones) get an exclusive create, which a power loss can tear.
    """
    try:
        os.link(aside, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with path.open("xb") as file:
            file.write(aside.read_bytes())


def _whole(held: bytes) -> bool:
    """Whether a memo was written to its end: `{"value":…}` or `{"error":…}`."""
    return held.startswith(b'{"') and held.endswith(b"}")


def _lost(name: str, what: str) -> InputError:
    return InputError("store_lost", f"blob {name} of the store {what}; remove the whole store and build again")


def _error_entry(error: FrametrailError) -> dict[str, Any]:
    """A lasting error as a memo; others go on up."""
    if isinstance(error, EngineError) and error.lasting:
        return {"error": {"kind": "engine", "code": error.code, "detail": error.detail}}
    if isinstance(error, InputError) and error.code != "store_lost":
        return {"error": {"kind": "input", "code": error.code, "detail": error.detail}}
    raise error


def _open(held: bytes) -> Any:
    entry = json.loads(held)
    if "error" in entry:
        error = entry["error"]
        raise _ERRORS[error["kind"]](error["code"], error["detail"])
    return entry["value"]
