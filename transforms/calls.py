"""Replies of models that travel with a release, and what may come in as one."""

import json
import re

from transforms.store import FREE, step_of

_KEY = re.compile(r"[a-z][a-z_]*/[0-9a-f]{64}")


def wrong_call(key: str, entry: str) -> str:
    """What keeps a row from being the memo of a call, in words; empty when it is one.

    Keys become paths of the store, and only what models replied may be told by others: what anyone can compute from
    the video is computed.
    """
    if not _KEY.fullmatch(key):
        return f"{key[:100]!r} is no key of a memo"
    if step_of(key) in FREE:
        return f"{key} is of a step that no model replies to"
    try:
        held = json.loads(entry)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or list(held) not in (["value"], ["error"]) or not entry.startswith('{"'):
        return f"{key} holds neither a value nor an error"
    if "error" in held and not _is_error(held["error"]):
        return f"{key} holds an error that is none of ours"
    return ""


def value_of(entry: str) -> str:
    """What was replied, as JSON; empty when the memo is of an error."""
    value = json.loads(entry).get("value")
    return "" if value is None else json.dumps(value)


def _is_error(held: object) -> bool:
    return (
        isinstance(held, dict)
        and held.get("kind") in ("engine", "input")
        and all(isinstance(held.get(part), str) for part in ("code", "detail"))
    )
