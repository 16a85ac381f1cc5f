"""Fetches a remote file into a folder, once.

    <2 hex>/<sha256>     whole files, named by their bytes
    at/<digest of uri>.* what is known of a uri: .part the beginning of a file that is under way, .state which state of
                         its source that is of, .json which bytes the uri was when it was fetched whole, .lock

A file appears whole or not at all; what was cut off goes on where it was, if the source still has the same file.
"""

import fcntl
import hashlib
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from schemas.codec import sha256
from schemas.errors import EngineError, InputError
from schemas.source import Terms
from transforms.engines.retry import next_try_s
from transforms.remote.bucket import open_bucket
from transforms.remote.https import open_https
from transforms.remote.limits import LIMITS, Limits
from transforms.remote.network import INTERNET, Network
from transforms.remote.reply import Reply, too_large
from transforms.remote.uris import RemoteUri, check_allowed, parse, shortened


def download(
    uri: str,
    terms: Terms,
    folder: Path,
    wanted: str = "",
    network: Network = INTERNET,
    limits: Limits = LIMITS,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """The sha256 of the file at a uri, which then lies in `folder`.

    `wanted` is the sha256 that it must have, if one is named: nothing is asked of the source when `folder` holds it.

    What may pass is tried again (`transforms.engines.retry`), and so is what was cut off, as long as more comes.

    Raises:
        InputError: as `open_https` and `open_bucket`; `too_large`, `empty_file`, `no_length`, `digest_mismatch`.
        EngineError: as they; `store_full`.
    """
    place = parse(uri)
    check_allowed(place, terms.roots)
    try:
        if wanted and held(folder, wanted):
            return wanted
        with _locked(_at(folder, place)) as at:
            return _fetched(place, terms, folder, at, wanted, network, limits, wait)
    except OSError as error:
        why = (
            f"what is fetched cannot be kept in {folder.name}/ ({error.strerror}); make room, the same command resumes"
        )
        raise EngineError("store_full", why, transient=True) from error


def known(uri: str, folder: Path, wanted: str = "") -> str:
    """The sha256 of what a uri was when it was fetched last, if it is still there; empty if not. Nothing is asked."""
    if not wanted:
        record = _record(_at(folder, parse(uri)).with_suffix(".json"))
        wanted = record["sha256"] if record else ""
    return wanted if wanted and held(folder, wanted) else ""


def held(folder: Path, name: str) -> Path | None:
    """The whole file with that sha256, if the folder has it."""
    path = path_of(folder, name)
    return path if path.is_file() else None


def _at(folder: Path, place: RemoteUri) -> Path:
    return folder / "at" / sha256(place.text.encode())


def path_of(folder: Path, name: str) -> Path:
    return folder / name[:2] / name


def _fetched(
    place: RemoteUri,
    terms: Terms,
    folder: Path,
    at: Path,
    wanted: str,
    network: Network,
    limits: Limits,
    wait: Callable[[float], None],
) -> str:
    tries, waited_s = 0, 0.0
    while True:
        before = _size(at.with_suffix(".part"))
        try:
            name = _attempt(place, terms, folder, at, wanted, network, limits)
            break
        except EngineError as error:
            tries = 1 if _size(at.with_suffix(".part")) - before >= limits.least_bytes else tries + 1
            pause_s = next_try_s(error, tries, waited_s, random.random())
            if pause_s is None:
                raise
            waited_s += pause_s
            wait(pause_s)
    if wanted and name != wanted:
        raise InputError(
            "digest_mismatch",
            f"{shortened(place.shown)} is not the file that the manifest names (sha256 {name[:12]}…, not"
            f" {wanted[:12]}…); correct `sha256`, or the uri",
        )
    return name


def _attempt(
    place: RemoteUri, terms: Terms, folder: Path, at: Path, wanted: str, network: Network, limits: Limits
) -> str:
    """One try: what is known already, else the rest of what was begun, else all of it."""
    record = _record(at.with_suffix(".json"))
    known = record if record and held(folder, record["sha256"]) else None
    part, state = at.with_suffix(".part"), at.with_suffix(".state")
    begun = _text(state) if not known else ""
    start = _size(part) if begun else 0
    validator = known["validator"] if known else begun if start else ""
    try:
        with _open(place, terms.roots, start, validator, network, limits) as reply:
            if reply.unchanged and known:
                return str(known["sha256"])
            if not (reply.ends or wanted):
                raise _endless(shortened(place.shown))
            # It is another file by now, and what comes of it is to be gone on with.
            at.with_suffix(".json").unlink(missing_ok=True)
            if reply.total is not None and reply.total > terms.most_bytes:
                raise too_large(shortened(place.shown), terms.most_bytes)
            with part.open("r+b" if reply.start else "wb") as file:
                if not reply.start:
                    state.write_text(reply.validator, encoding="utf-8")
                _receive(place, reply, file, terms.most_bytes)
                os.fsync(file.fileno())
    except EngineError as error:
        if error.code == "bad_reply":
            # The source does not go on with what was begun: all of it the next time.
            state.unlink(missing_ok=True)
        raise
    name = _digest(part)
    path = path_of(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.replace(part, path)
    path.chmod(0o444)
    state.unlink(missing_ok=True)
    if reply.validator:
        _write(at.with_suffix(".json"), json.dumps({"sha256": name, "validator": reply.validator}))
    return name


def _receive(place: RemoteUri, reply: Reply, file: BinaryIO, most_bytes: int) -> None:
    """Appends what comes to what is there; too much, or nothing at all, leaves nothing behind."""
    size = reply.start
    file.seek(size)
    file.truncate()
    for chunk in reply.chunks:
        size += len(chunk)
        if size > most_bytes:
            file.truncate(0)
            raise too_large(shortened(place.shown), most_bytes)
        file.write(chunk)
    file.flush()
    if reply.total is not None and size != reply.total:
        why = f"{shortened(place.shown)} ended after {size} of {reply.total} bytes"
        raise EngineError("unreachable", why, transient=True)
    if not size:
        raise InputError("empty_file", f"{shortened(place.shown)} has no bytes; put it there again")


def _endless(shown: str) -> InputError:
    return InputError(
        "no_length",
        f"{shown} does not say how long the file is, so that a part of it would pass for the whole; name its `sha256`"
        " in the manifest, or copy the file",
    )


def _open(
    place: RemoteUri, roots: tuple[str, ...], start: int, validator: str, network: Network, limits: Limits
) -> AbstractContextManager[Reply]:
    if place.scheme == "https":
        return open_https(place, roots, start, validator, network, limits)
    return open_bucket(place, roots, start, validator)


@contextmanager
def _locked(at: Path) -> Iterator[Path]:
    """One download of a uri at a time, of all threads and processes: the next one finds the file there."""
    at.parent.mkdir(parents=True, exist_ok=True)
    with at.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield at


def _digest(path: Path) -> str:
    """Read back from the disk: the beginning may be of an earlier run."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record(path: Path) -> dict[str, str] | None:
    try:
        found = json.loads(path.read_bytes())
        return {"sha256": str(found["sha256"]), "validator": str(found["validator"])}
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(".new")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8")
    return ""


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
