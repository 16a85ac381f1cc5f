"""Frozen values to JSON and back, and digests of values: one spelling everywhere."""

import hashlib
import json
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


# Made once: json.dumps makes one for every call that is not by its defaults.
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

_adapters: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: Any) -> bytes:
    """A frozen value of ours as UTF-8 JSON, fields in the order they are declared."""
    return _adapter(type(value)).dump_json(value)


def from_json(kind: type[T], data: bytes | str) -> T:
    """The value that `to_json` wrote.

    Raises:
        pydantic.ValidationError: the data is not such a value.
    """
    return _adapter(kind).validate_json(data)


def canonical(value: Any) -> str:
    """Plain data (dicts, lists, strings, numbers) as JSON with sorted keys and no spaces: equal data, equal text."""
    return _canonical.encode(value)


def digest(*parts: Any) -> str:
    """sha256 (64 hex digits) of the canonical JSON of the parts."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
