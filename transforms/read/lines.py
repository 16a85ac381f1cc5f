"""A manifest as numbered lines, and one line as an object: what can go wrong before a key is looked at."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from schemas.errors import InputError, SettingsError

LONGEST_LINE = 1_000_000
"""Bytes. A video or a question is a few hundred; more is a file that is not JSON lines."""

DEEPEST = 64
"""Objects and lists inside one another. `meta` of real manifests has a few; what is deeper no tool downstream reads."""

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def numbered_lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    """(1-based number, bytes without the line break) of every line that is not blank, one at a time.

    A line longer than `LONGEST_LINE` is cut one byte after that; the byte order mark of UTF-8 is taken off.

    Raises:
        SettingsError: the file cannot be read.
    """
    try:
        with Path(path).open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST_LINE + 3):
                number += 1
                line, rest = raw, raw
                while not rest.endswith(b"\n") and (rest := file.readline(LONGEST_LINE)):
                    line = raw[: LONGEST_LINE + 1]
                if number == 1:
                    line = line.removeprefix(_BOM)
                line = line.rstrip(b"\r\n")
                if line.strip():
                    yield number, line
    except OSError as error:
        raise SettingsError(
            "unreadable_manifest", f"{os.fspath(path)} cannot be read ({error.strerror}); correct its path in `source`"
        ) from error


def read_object(line: bytes) -> dict[str, Any]:
    """The JSON object that a line is.

    Raises:
        InputError: `line_too_long`, `not_utf8`, `bad_json` or `not_an_object`.
    """
    if len(line) > LONGEST_LINE:
        raise InputError("line_too_long", f"a line may have {LONGEST_LINE} bytes; write one JSON object a line")
    if line.startswith(_UTF16):
        raise InputError("not_utf8", "the file is UTF-16; save it as UTF-8")
    try:
        value = json.loads(line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InputError(
            "not_utf8", f"byte {error.start + 1} of the line is not UTF-8; save the file as UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise InputError(
            "bad_json", f"not JSON at column {error.colno}: {error.msg}; write one object a line"
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise InputError("bad_json", f"not JSON: {str(error).split(';')[0]}") from None
    if not isinstance(value, dict):
        hint = "; a file that is one list must be written as one object a line" if isinstance(value, list) else ""
        raise InputError("not_an_object", f"a line must be one JSON object{hint}")
    if _deeper(value, DEEPEST):
        raise _too_deep()
    return value


def has_control(text: str) -> bool:
    """Control characters other than tab and line breaks, or half a surrogate pair: no trainer can take them."""
    return _CONTROL.search(text) is not None


def without_control(text: str) -> str:
    """The text with the replacement character for what `has_control` finds."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def _deeper(value: Any, most: int) -> bool:
    """Whether more than `most` objects and lists stand inside one another."""
    level = [value]
    for _ in range(most + 1):
        level = [
            part
            for holder in level
            if isinstance(holder, dict | list)
            for part in (holder.values() if isinstance(holder, dict) else holder)
        ]
    return any(isinstance(part, dict | list) for part in level)


def _too_deep() -> InputError:
    return InputError("bad_json", f"the JSON is nested more than {DEEPEST} deep")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice")
        found[key] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON knows")
