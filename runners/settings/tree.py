"""YAML as plain data, with the place where each value stands: what errors about settings point at."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from schemas.errors import SettingsError

Keys = tuple[str | int, ...]
"""The way to a value: mapping keys and list indices, from the outside in."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, or an option of the command line (`line` is 0 then).

    `folder` is what relative paths written at this place resolve against.
    """

    name: str
    line: int
    folder: Path

    def __str__(self) -> str:
        return f"{self.name}:{self.line}" if self.line else self.name


@dataclass(frozen=True, slots=True)
class Tree:
    """Plain data (dicts, lists, scalars) and the places of its keys and items; `()` is the place of the whole."""

    data: Any
    places: dict[Keys, Place]

    def place(self, keys: Keys) -> Place:
        """Where `keys` stand, or else the nearest thing around them."""
        while keys not in self.places:
            keys = keys[:-1]
        return self.places[keys]

    def at(self, *keys: str | int) -> "Tree":
        """The part under `keys`, as a tree of its own."""
        data = self.data
        for key in keys:
            data = data[key]
        depth = len(keys)
        places = {path[depth:]: place for path, place in self.places.items() if path[:depth] == keys}
        return Tree(data, {(): self.place(keys), **places})


def shown(path: Path) -> str:
    """The path as a person here would type it: relative when it lies under the working directory."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_yaml(path: Path) -> Tree:
    """A YAML file.

    Raises:
        SettingsError: the file cannot be read, is not UTF-8, is not YAML, or repeats a key.
    """
    name = shown(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise SettingsError(
            "no_settings_file",
            f"{name} does not exist; name another file with -c, or leave -c out for datasets.yaml here, or else the"
            " bundled one",
        ) from None
    except IsADirectoryError:
        raise SettingsError(
            "no_settings_file", f"{name} is a folder; -c takes a file, perhaps {os.path.join(name, 'datasets.yaml')}"
        ) from None
    except OSError as error:
        raise SettingsError("no_settings_file", f"{name} cannot be read: {error.strerror}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError("not_utf8", f"{name}:{line}: this is not UTF-8 text; save the file as UTF-8") from None
    return parse(text, Place(name, 1, path.resolve().parent))


def parse(text: str, start: Place) -> Tree:
    """YAML text whose first line is at `start`. On the command line (line 0) everything stands at `start`.

    Raises:
        SettingsError: the text is not YAML, or repeats a key.
    """
    try:
        loaded = YAML(typ="rt", pure=True).load(text)
    except YAMLError as error:
        raise SettingsError("not_yaml", _syntax(error, text, start)) from None
    places: dict[Keys, Place] = {(): start}
    return Tree(_plain(loaded, (), start, places), places)


def _plain(value: Any, keys: Keys, here: Place, places: dict[Keys, Place]) -> Any:
    """ruamel's value without its line numbers and comments, which go to `places`."""
    if isinstance(value, CommentedMap):
        plain = {}
        for key, item in value.items():
            spot = _spot(here, value.lc.data, key)
            if not isinstance(key, str):
                raise SettingsError(
                    "bad_settings", f"{spot}: the key {key!r} is not text; write it in quotes, or check the indentation"
                )
            places[(*keys, str(key))] = spot
            plain[str(key)] = _plain(item, (*keys, str(key)), spot, places)
        return plain
    if isinstance(value, CommentedSeq):
        items = []
        for index, item in enumerate(value):
            spot = places[(*keys, index)] = _spot(here, value.lc.data, index)
            items.append(_plain(item, (*keys, index), spot, places))
        return items
    if isinstance(value, TaggedScalar):
        raise SettingsError("bad_settings", f"{here}: YAML tags such as {value.tag.value} mean nothing here; remove it")
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _spot(here: Place, lines: dict[Any, Any] | None, key: Any) -> Place:
    """The place of a key or item; one from a YAML merge has no line and stands where the merge is."""
    if not here.line or not lines or key not in lines:
        return here
    return Place(here.name, lines[key][0] + 1, here.folder)


def _syntax(error: YAMLError, text: str, start: Place) -> str:
    """One sentence about a text that is not YAML, with the line and what usually mends it."""
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f"{_line(start, line)}: the character {text[error.position]!r} may not stand in YAML; remove it"
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return f"{start}: this is not YAML: {error}"
    mark = error.problem_mark
    where = _line(start, mark.line + 1)
    if isinstance(error, DuplicateKeyError):
        key = str(error.problem).split('"')[1]
        return f"{where}: the key `{key}` stands here a second time; keep one of the two"
    written = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    hints = {
        "\t": "indent with spaces, YAML takes no tabs",
        ": ": "a text with a colon in it needs quotes",
    }
    found = next((hint for sign, hint in hints.items() if sign in written.strip(" ")), "")
    hint = found or "check brackets, quotes and the indentation here and on the line before"
    return f"{where}: this is not YAML: {error.problem}; {hint}"


def _line(start: Place, line: int) -> str:
    return str(Place(start.name, line, start.folder) if start.line else start)
