"""What pydantic found wrong with an entry, in words: where it stands, which key, what was probably meant."""

import re
from typing import Any

from pydantic import ValidationError

from runners.settings.blocks import block_at, every_key, kinds, listed, nearest
from runners.settings.tree import Keys, Tree
from schemas.settings import Dataset, Settings

_MUST_BE = {
    "string_type": "must be text (put numbers in quotes)",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
    "tuple_type": "must be a list (such as [a, b])",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping (such as {{train: 0.9, validation: 0.1}})",
    "string_pattern_mismatch": "must match {pattern}",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
    "too_short": "must have at least {min_length} item",
}
_FORMS = {
    "version": "must look like 1.2.3 or 1.2.3-dev (three numbers)",
    "sha256": "must be 64 digits of 0-9 and a-f, or empty",
    "language": "must be a language code such as en or de, or empty to detect it",
}


def explain(error: ValidationError, entry: Tree, name: str, model: type[Settings] = Dataset) -> list[str]:
    """One line per problem, in the order of the file: `file:line: entry.key: what is wrong and how to mend it`.

    `model` describes the entry.
    """
    problems = [(data_keys(problem["loc"], entry.data), problem) for problem in error.errors(include_url=False)]
    found = []
    for keys, problem in problems:
        inside = any(len(other) > len(keys) and other[: len(keys)] == keys for other, _ in problems)
        if problem["type"] == "too_short" and inside:
            continue  # pydantic counts only the items that are right
        at = (*keys, "type") if problem["type"].startswith("union_tag") else keys
        place = entry.place(at)
        found.append((place.line, f"{place}: {'.'.join([name, *map(str, at)])}: {_words(problem, keys, entry, model)}"))
    return [line for _, line in sorted(found, key=lambda item: item[0])]


def data_keys(loc: tuple[str | int, ...], data: Any) -> Keys:
    """The keys of the data, from a pydantic location, which also names the chosen `type` of a block."""
    keys: list[str | int] = []
    for part in loc:
        if isinstance(data, dict) and part not in data and part == data.get("type"):
            continue
        keys.append(part)
        if isinstance(data, dict):
            data = data.get(part)
        else:
            data = data[part] if isinstance(data, (list, tuple)) and isinstance(part, int) else None
    return tuple(keys)


def _words(problem: Any, keys: Keys, entry: Tree, model: type[Settings]) -> str:
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(keys, entry, model)
    if kind == "missing":
        return _missing(keys, entry, model)
    if kind.startswith("union_tag"):
        return _unknown_type(problem["input"], keys, entry, model)
    if kind == "literal_error":
        return _not_one_of(problem["input"], re.findall(r"'([^']*)'", context["expected"]))
    if kind in ("model_type", "model_attributes_type", "dataclass_type"):
        return f"must be a block of settings, such as {_example(keys, entry, model)}"
    if kind == "value_error":
        return str(context["error"])
    wanted = _FORMS.get(str(keys[-1])) if kind.startswith("string") else None
    wanted = wanted or (_MUST_BE[kind].format(**context) if kind in _MUST_BE else problem["msg"])
    return wanted if problem["input"] in ((), "") else f"{wanted}, not {_short(problem['input'])}"


def _unknown_key(keys: Keys, entry: Tree, model: type[Settings]) -> str:
    wrong = str(keys[-1])
    around = block_at(keys[:-1], entry.data, model)
    here = list(around.model_fields) if around else []
    meant = nearest(wrong, here)
    if not meant:
        elsewhere = [
            key for key in every_key(model) if key.rsplit(".", 1)[-1] == wrong and key != ".".join(map(str, keys))
        ]
        meant = elsewhere[0] if elsewhere else ""
    chosen = _get(entry.data, keys[:-1]).get("type")
    where = f"with type {chosen} the keys here are" if chosen else "the keys here are"
    return _guess("unknown key", meant, f"{where} {listed(here)}")


def _missing(keys: Keys, entry: Tree, model: type[Settings]) -> str:
    around = block_at(keys[:-1], entry.data, model)
    field = around.model_fields[str(keys[-1])] if around else None
    said = f" ({field.description})" if field and field.description else ""
    choice = kinds(field) if field else {}
    blocks = [f"`{keys[-1]}: {{type: {kind}, ...}}`" for kind in choice]
    value = "1.0.0" if keys == ("version",) else "..."
    return f"is missing; write {_either(blocks or [f'`{keys[-1]}: {value}`'])}{said}"


def _unknown_type(value: Any, keys: Keys, entry: Tree, model: type[Settings]) -> str:
    choice = _choice(keys, entry, model)
    wrong = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict) or "type" not in value:
        return f"is missing; write {_either([f'`type: {kind}`' for kind in choice])}"
    return _guess(f"there is no type {_short(wrong)}", nearest(str(wrong), choice), f"choose {_either(choice)}")


def _not_one_of(value: Any, words: list[str]) -> str:
    return _guess(f"{_short(value)} is not known here", nearest(str(value), words), f"choose {_either(words)}")


def _guess(wrong: str, meant: str, choice: str) -> str:
    return f"{wrong}; did you mean `{meant}`? Else {choice}" if meant else f"{wrong}; {choice}"


def _either(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _choice(keys: Keys, entry: Tree, model: type[Settings]) -> list[str]:
    around = block_at(keys[:-1], entry.data, model)
    return list(kinds(around.model_fields[str(keys[-1])])) if around else []


def _example(keys: Keys, entry: Tree, model: type[Settings]) -> str:
    around = block_at(keys[:-1], entry.data, model)
    field = around.model_fields.get(str(keys[-1])) if around else None
    choice = kinds(field) if field else {}
    if "" in choice:
        first = next(iter(choice[""].model_fields))
        return f"`{keys[-1]}: {{{first}: ...}}`"
    given = _get(entry.data, keys)
    kind = nearest(given, choice) if isinstance(given, str) else ""
    return f"`{keys[-1]}: {{type: {kind or next(iter(choice))}}}`"


def _get(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data[key]
    return data


def _short(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
