"""JSON as it is written: what `json.dumps` writes, to the letter."""

import json
from collections import OrderedDict
from collections.abc import Callable
from enum import IntEnum
from json import encoder
from typing import Any

import numpy as np
import pytest

from schemas.codec import canonical, json_encoder


class Level(IntEnum):
    HIGH = 3


class Name(str):
    __slots__ = ()


class Share(float):
    def __repr__(self) -> str:
        return "a share"


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = [{"in": value}]
    return value


WRITTEN: dict[str, Any] = {
    "constants": [None, True, False],
    "whole numbers": [0, -1, 10**30, Level.HIGH],
    "fractions": [-0.0, 1.0, 1e16, 1e-7, 0.1 + 0.2, Share(2.5), np.float64(0.1)],
    "a text": 'é "quoted" \\ / \n\t\0\x1f\x7f \u2028 \U0001f600',
    "half a letter": ["\ud83d", {"\udc00": 1}],
    "texts of other kinds": [Name("a\n"), np.str_("b")],
    "keys": {"b": 1, "a": {"é": 2, "": 3}, Name("c"): 4},
    "keys that are no text": [{2: 1, 1.5: 2}, {None: 1}, {True: 1}, {Level.HIGH: 1}],
    "lists and objects of other kinds": [(1, (2,)), OrderedDict(z=1, a=2)],
    "nothing": [[], {}, (), ""],
    "nested": nested(100),
}
REFUSED: dict[str, Any] = {
    "nan": [float("nan")],
    "infinity": {"a": float("-inf")},
    "a key that is nan": {float("nan"): 1},
    "bytes": [b"a"],
    "a set": {"a": {1}},
    "a number of numpy": [np.int64(1)],
    "a key that is a tuple": {(1, 2): 1},
    "keys that cannot be sorted": [{"a": 1, 2: 3}, b""],
    "nested too deep": nested(100_000),
}
SPACED = json_encoder(", ", ": ")


def dumps(value: Any, comma: str = ",", colon: str = ":", sort_keys: bool = True) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(comma, colon), sort_keys=sort_keys)


@pytest.mark.parametrize("name", WRITTEN)
def test_json_is_what_the_standard_library_writes(name: str) -> None:
    value = WRITTEN[name]
    assert canonical(value) == dumps(value)
    assert SPACED(value) == dumps(value, ", ", ": ", sort_keys=False)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_json_is_refused_as_the_standard_library_does(name: str) -> None:
    written: tuple[Callable[[Any], str], ...] = (canonical, dumps)
    refusals = []
    for write in written:
        with pytest.raises((ValueError, TypeError, RecursionError)) as caught:
            write(REFUSED[name])
        refusals.append((caught.type, str(caught.value)))
    assert refusals[0] == refusals[1]


def test_data_that_holds_itself_is_refused() -> None:
    held: list[Any] = []
    held.append(held)
    with pytest.raises(RecursionError):
        canonical(held)


@pytest.mark.parametrize("name", WRITTEN)
def test_json_is_the_same_where_python_has_no_encoder_in_c(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "c_make_encoder", None)
    assert json_encoder(",", ":", sort_keys=True)(WRITTEN[name]) == canonical(WRITTEN[name])
