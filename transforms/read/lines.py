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
        raise InputError("bad_json", "the JSON is nested too deeply") from None
    except ValueError as error:
        raise InputError("bad_json", f"not JSON: {str(error).split(';')[0]}") from None
    if not isinstance(value, dict):
        hint = "; a file that is one list must be written as one object a line" if isinstance(value, list) else ""
        raise InputError("not_an_object", f"a line must be one JSON object{hint}")
    return value


def has_control(text: str) -> bool:
    """Control characters other than tab and line breaks, or half a surrogate pair: no trainer can take them."""
    return _CONTROL.search(text) is not None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice")
        found[key] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number that JSON knows")
