"""What may stand where in an entry: a walk along the settings models, beside the data they describe."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic.fields import FieldInfo

from runners.settings.tree import Keys
from schemas.settings import Dataset, Settings


def kinds(field: FieldInfo) -> dict[str, type[Settings]]:
    """The blocks that a field takes, by `type`; a block without a choice stands under "", and a value gives {}."""
    members = get_args(field.annotation) or (field.annotation,)
    blocks = [member for member in members if isinstance(member, type) and issubclass(member, Settings)]
    return {block.model_fields["type"].default if field.discriminator else "": block for block in blocks}


def block_at(keys: Keys, data: Any, model: type[Settings] = Dataset) -> type[Settings] | None:
    """The model of the block under `keys` of data that `model` describes, as `type` in the data chooses it; None for
    values and unknown keys."""
    for key in keys:
        field = model.model_fields.get(str(key))
        choice = kinds(field) if field else {}
        data = data.get(key) if isinstance(data, dict) else None
        named = data.get("type") if isinstance(data, dict) else None
        found = choice.get("") or choice.get(named if isinstance(named, str) else "")
        if found is None:
            return None
        model = found
    return model


def with_types(data: dict[str, Any], model: type[Settings] = Dataset) -> dict[str, Any]:
    """The entry with `type` filled in where a block leaves it to the default, and without blocks that are empty.

    `perceive: {ocr: {min_score: 0.9}}` means the default engine. A key with nothing under it means the defaults.
    """
    filled = {}
    for key, value in data.items():
        field = model.model_fields.get(key)
        choice = kinds(field) if field else {}
        if choice and value is None:
            continue
        if field and choice and isinstance(value, dict):
            if field.discriminator and "type" not in value and isinstance(field.default, Settings):
                value = {"type": field.default.model_dump()["type"], **value}
            inner = choice.get("") or choice.get(str(value.get("type")))
            value = with_types(value, inner) if inner else value
        filled[key] = value
    return filled


def every_key(model: type[Settings] = Dataset, prefix: str = "") -> Iterator[str]:
    """All dotted keys that exist, of every choice of `type`."""
    for name, field in model.model_fields.items():
        yield prefix + name
        for block in kinds(field).values():
            yield from every_key(block, f"{prefix}{name}.")


def nearest(word: str, words: Iterable[str]) -> str:
    """The word that was probably meant, or an empty string."""
    options = {option.lower(): option for option in words}
    close = difflib.get_close_matches(word.lower(), options, n=1, cutoff=0.6)
    return options[close[0]] if close else ""


def listed(words: Iterable[str]) -> str:
    return ", ".join(words) or "none"
