"""A file in a bucket of Google Cloud Storage or S3, by their fsspec packages (gcsfs, s3fs: the extra `cloud`).

Credentials are those that the packages find, and they go to the service of the bucket alone.
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec

from schemas.errors import EngineError
from transforms.remote.reply import Reply, missing
from transforms.remote.uris import RemoteUri, check_allowed, shortened

PACKAGES = {"gs": "gcsfs", "s3": "s3fs"}
_OPTIONS: dict[str, dict[str, Any]] = {
    "gs": {"requests_timeout": 60},
    "s3": {"config_kwargs": {"connect_timeout": 20, "read_timeout": 60}},
}
_BLOCK = 8_000_000
"""Bytes a request. Each of them is tried again by itself, and takes about a second."""


@contextmanager
def open_bucket(uri: RemoteUri, roots: tuple[str, ...], start: int = 0, validator: str = "") -> Iterator[Reply]:
    """The object at a uri, as `open_https` gives a file.

    Raises:
        InputError: `outside_root`, `missing_file`.
        EngineError: transient: `not_ready` (the package is missing), `not_allowed`, `unreachable`,
            `changed_while_read`.
    """
    check_allowed(uri, roots)
    if importlib.util.find_spec(PACKAGES[uri.scheme]) is None:
        why = f"{uri.scheme}:// needs {PACKAGES[uri.scheme]}; pip install 'frametrail[cloud]'"
        raise EngineError("not_ready", why, transient=True)
    where, path = shortened(uri.shown), uri.host + uri.path
    with _our_errors(where):
        bucket = fsspec.filesystem(uri.scheme, **_OPTIONS[uri.scheme])
        state, size = _state(bucket, path)
    same = bool(state) and state == validator
    if same and not start:
        yield Reply(iter(()), total=size, validator=state, unchanged=True)
        return
    start = start if same and start < size else 0
    yield Reply(_blocks(bucket, path, start, size, state, where), start, size, state)


def _state(bucket: Any, path: str) -> tuple[str, int]:
    """What names the state of an object, and its size in bytes.

    Raises:
        FileNotFoundError: there is none, or it is a folder.
    """
    bucket.invalidate_cache(path.rpartition("/")[0])
    found = bucket.info(path)
    if found["type"] != "file":
        raise FileNotFoundError(path)
    return str(found.get("generation") or found.get("ETag") or found.get("etag") or ""), int(found["size"])


def _blocks(bucket: Any, path: str, start: int, size: int, state: str, where: str) -> Iterator[bytes]:
    while start < size:
        with _our_errors(where):
            block = bucket.cat_file(path, start=start, end=min(start + _BLOCK, size))
        if not block:
            break
        start += len(block)
        yield block
    with _our_errors(where):
        now = _state(bucket, path)
    if now != (state, size):
        raise EngineError("changed_while_read", f"{where} changed while it was read; start again", transient=True)


@contextmanager
def _our_errors(where: str) -> Iterator[None]:
    """Around calls of the packages alone: they let errors of the libraries below them through, which have no common
    base."""
    try:
        yield
    except FileNotFoundError:
        raise missing(where) from None
    except Exception as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        if _is_refusal(error):
            why = f"{where} may not be read ({said}); give this machine credentials that may"
            raise EngineError("not_allowed", why, transient=True) from error
        raise EngineError("unreachable", f"{where} cannot be read ({said})", transient=True) from error


def _is_refusal(error: Exception) -> bool:
    """Whether the service wants other credentials: gcsfs says so by a text or a status, s3fs by a type."""
    named = isinstance(error, PermissionError) or "Credentials" in type(error).__name__
    return named or str(error).startswith("Forbidden") or getattr(error, "code", 0) in (401, 403)
