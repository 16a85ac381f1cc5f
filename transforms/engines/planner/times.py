"""Times that a question names: `at 20 s`, `between 1:00 and 1:30`, `the last ten seconds`, `at the end`."""

import re
from dataclasses import dataclass
from typing import Literal

from schemas.span import Span
from transforms.engines.planner.quotes import without_quotes
from transforms.engines.planner.words import value

Edge = Literal["start", "end", ""]

AROUND_S = 3.0
"""`at 20 s` may be a few seconds off: people round."""

_UNIT = r"(s|sec|secs|seconds?|m|min|mins|minutes?)"
_CLOCK = r"(\d+):(\d{2})(?::(\d{2}))?"
_T = rf"(?:{_CLOCK}|(\d+(?:\.\d+)?)\s*(?:-|\s)?{_UNIT}\b)"
_LOOSE_T = rf"(?:{_CLOCK}|(\d+(?:\.\d+)?)\s*{_UNIT}?)"
_BETWEEN = re.compile(rf"\b(?:between|from)\s+(?:second\s+)?{_LOOSE_T}\s*(?:and|to|-|–|until)\s*{_T}", re.IGNORECASE)
_AT = re.compile(
    rf"\b(?:at|around|about|near|by|after|until)\s+(?:about\s+|around\s+|second\s+|the\s+)?{_T}", re.IGNORECASE
)
_INTO = re.compile(rf"\b{_T}\s*(?:in\b|into\b|mark\b|(?:from|after) the (?:start|beginning))", re.IGNORECASE)
_AT_SECOND = re.compile(r"\bat (?:second|timestamp|time) (\d+(?:\.\d+)?)\b", re.IGNORECASE)
_EDGE_S = re.compile(r"\b(first|last|final|opening)\s+(\w+)\s+(seconds?|minutes?)\b", re.IGNORECASE)

_PART = (
    r"(?:\w+ )?(?:scene|shot|slide|screen|frame|seconds?|moments?|image|picture|card|title|text|words?|things?|line"
    r"|page|sentence|message|logo|credits?)\b"
)
_END = re.compile(
    r"\b(?:at|towards?|near|by|in|close to) the (?:very )?end\b(?! of the (?:sentence|line|word|list|phrase))"
    rf"|\b(?:final|closing|last) {_PART}|\bends? with\b|\bend(?:ing)? (?:card|screen|credits|title)\b"
    r"|\bfinally\b|\bclosing\b|\bconclu(?:de|des|sion)\b",
    re.IGNORECASE,
)
_START = re.compile(
    r"\b(?:at|from|near|in|right at) the (?:very )?(?:beginning|start|outset)\b"
    rf"|\b(?:first|opening|initial) {_PART}|\b(?:begins?|starts?|opens?) with\b|\binitially\b|\bopening\b",
    re.IGNORECASE,
)
_CHOICE = re.compile(
    r"\W*(?:(?:at|around|about|from|between|after)\s+)?(?:(\d+):(\d\d)|(\d+(?:\.\d+)?))\s*(?:s|sec|seconds)?"
    r"(?:\s*(?:-|–|to|and)\s*(?:(\d+):(\d\d)|(\d+(?:\.\d+)?))\s*(?:s|sec|seconds)?)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class When:
    """`at_s` is the one time that is named, `span` the stretch around it, or between two times; seconds."""

    at_s: float | None
    span: Span | None


def named_time(text: str, duration_s: float | None) -> When:
    """The time that a question itself names; both parts None when it names none."""
    bare = without_quotes(text)
    end_s = duration_s if duration_s is not None else float("inf")
    between = _BETWEEN.search(bare)
    if between:
        return When(None, _held(_seconds(between.groups()[:5]), _seconds(between.groups()[5:]), end_s))
    edge = _EDGE_S.search(bare)
    length_s = value(edge[2]) if edge else None
    if edge and length_s:
        length_s *= 60 if edge[3].lower().startswith("m") else 1
        if edge[1].lower() in ("first", "opening"):
            return When(None, _held(0.0, length_s, end_s))
        return When(None, None if duration_s is None else _held(max(0.0, end_s - length_s), end_s, end_s))
    found, second = _AT.search(bare) or _INTO.search(bare), _AT_SECOND.search(bare)
    if not found and not second:
        return When(None, None)
    at_s = _seconds(found.groups()) if found else float(second[1]) if second else 0.0
    return When(at_s, _held(max(0.0, at_s - AROUND_S), at_s + AROUND_S, end_s))


def without_times(text: str) -> str:
    """Times that a question names are no words to search for."""
    for pattern in (_BETWEEN, _EDGE_S, _AT, _INTO, _AT_SECOND):
        text = pattern.sub(" ", text)
    return text


def named_edge(text: str) -> Edge:
    """Whether a question is about the start or the end of the video."""
    bare = without_quotes(text)
    return "end" if _END.search(bare) else "start" if _START.search(bare) else ""


def time_of(choice: str) -> Span | None:
    """A time or a stretch that a choice consists of; a time is an empty span."""
    found = _CHOICE.fullmatch(choice)
    if found is None:
        return None
    start = float(found[1]) * 60 + float(found[2]) if found[1] else float(found[3])
    end = float(found[4]) * 60 + float(found[5]) if found[4] else float(found[6]) if found[6] else start
    return Span(start, end) if start <= end < float("inf") else None


def _held(start_s: float, stop_s: float, end_s: float) -> Span | None:
    stop_s = min(stop_s, end_s)
    return Span(start_s, stop_s) if start_s < stop_s and stop_s != float("inf") else None


def _seconds(parts: tuple[str | None, ...]) -> float:
    """Seconds of `1:02`, `1:02:03`, `62 s`, `1 min` as the five groups of a time; inf where they are too many."""
    if parts[0] is not None:
        numbers = [float(part) for part in parts[:3] if part is not None]
        return float(sum(n * 60**power for power, n in enumerate(reversed(numbers))))
    return float(parts[3] or 0) * (60 if (parts[4] or "s").lower().startswith("m") else 1)
