"""Frozen values to JSON and back, and digests of values: one spelling everywhere."""

import hashlib
import json
from collections.abc import Callable
from json import encoder
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


def json_encoder(comma: str, colon: str, sort_keys: bool = False) -> Callable[[Any], str]:
    """Writes plain data as JSON: what `json.dumps` does with `ensure_ascii=False, allow_nan=False`, made ready once.

    `json.dumps` makes its encoder anew for every value, and the encoder its C part, which takes longer than to write
    the small values that are written here. Data that holds itself is a RecursionError.
    """
    standard = json.JSONEncoder(sort_keys=sort_keys, separators=(comma, colon), ensure_ascii=False, allow_nan=False)
    make = encoder.c_make_encoder  # type: ignore[attr-defined]  # not a part of the documented interface
    if make is None:  # not every Python has it
        return standard.encode
    chunks = make(None, standard.default, encoder.encode_basestring, None, colon, comma, sort_keys, False, False)
    return lambda value: "".join(chunks(value, 0))


_canonical = json_encoder(",", ":", sort_keys=True)

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
    return _canonical(value)


def digest(*parts: Any) -> str:
    """sha256 (64 hex digits) of the canonical JSON of the parts."""
    return hashlib.sha256(canonical(list(parts)).encode()).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
