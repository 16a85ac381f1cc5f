"""One entry laid over another: `like: NAME` in the file, and `--set` from the command line."""

from typing import Any

from runners.settings.blocks import kinds, with_types
from runners.settings.tree import Keys, Place, Tree
from schemas.settings import Dataset, Settings

OF_ONE_SOURCE = ("source", "allow")
"""Taken whole or not at all: what is said of one source (its licence, its roots) is not true of another."""

OF_ONE_ENTRY = (("description",), ("write", "pretty_name"), ("write", "license"))
"""Say what a dataset is, not how it is made, and are never inherited."""


def inherit(base: Tree, own: Tree) -> Tree:
    """What an entry becomes when it is `like` the base: how it is made is inherited, what it is is not."""
    base = Tree(with_types(base.data), base.places)
    gone: list[Keys] = list(OF_ONE_ENTRY)
    if "source" in own.data:
        gone += [(key,) for key in OF_ONE_SOURCE]
    for keys in gone:
        base = without(base, keys)
    return overlay(base, own)


def override(entry: Tree, options: Tree) -> Tree:
    """The entry with the values of `--set` in it. A source that reads something else loses the licence it had."""
    entry = Tree(with_types(entry.data), entry.places)
    source = options.data.get("source")
    if isinstance(source, dict) and "path" in source:
        entry = without(entry, ("source", "license"))
    return overlay(entry, options)


def overlay(base: Tree, over: Tree) -> Tree:
    """`over` laid on `base`: blocks key by key, values whole. A block whose `type` changes starts afresh."""
    places = dict(base.places)
    data = _overlay(base.data, over, (), Dataset, places)
    places[()] = over.places[()]
    return Tree(data, places)


def without(tree: Tree, keys: Keys) -> Tree:
    """The tree without the key at the end of `keys`, if it is there."""

    def cut(node: Any, rest: Keys) -> Any:
        if not isinstance(node, dict) or rest[0] not in node:
            return node
        if len(rest) == 1:
            return {key: value for key, value in node.items() if key != rest[0]}
        return {key: cut(value, rest[1:]) if key == rest[0] else value for key, value in node.items()}

    places = {path: place for path, place in tree.places.items() if path[: len(keys)] != keys}
    return Tree(cut(tree.data, keys), places)


def _overlay(
    base: dict[str, Any], over: Tree, at: Keys, model: type[Settings], places: dict[Keys, Place]
) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.at(*at).data.items():
        keys = (*at, key)
        field = model.model_fields.get(key)
        choice = kinds(field) if field else {}
        held = merged.get(key)
        if choice and value is None:
            continue
        if choice and isinstance(value, dict) and isinstance(held, dict):
            if "type" in held and value.get("type", held["type"]) != held["type"]:
                _forget(places, keys)
                held = {}
            inner = choice.get("") or choice.get(str(value.get("type", held.get("type"))), Settings)
            merged[key] = _overlay(held, over, keys, inner, places)
        else:
            _forget(places, keys)
            merged[key] = value
            places |= {path: place for path, place in over.places.items() if path[: len(keys)] == keys}
        places[keys] = over.place(keys)
    return merged


def _forget(places: dict[Keys, Place], keys: Keys) -> None:
    for path in [path for path in places if path[: len(keys)] == keys]:
        del places[path]
