"""Moments of the video that a text names, in English: `at 12 s`, `20-24 s`, `at 1:05`, `the 95-second mark`.

A number of seconds may also be how long something lasts, a clock may hang on a wall: only what is said to be a moment
counts.
"""

import re
from collections.abc import Iterator

_START = re.compile(r"\d(?<![\w.:].)")
"""The first digit of a number; nothing of a word or another number stands before it."""
_UNIT = r" ?-?(?:s|secs?|seconds?)\b(?! (?:later|earlier|before|after|long|apart))"
_RANGE = re.compile(
    rf"(\d+(?:\.\d+)?)(?: ?(?:s|secs?|seconds?))? ?(?:-|–|to|and|until) ?(\d+(?:\.\d+)?){_UNIT}", re.IGNORECASE
)
_SECONDS = re.compile(rf"(\d+(?:\.\d+)?){_UNIT}(?P<mark> mark\b)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,6}):(\d{2})(?::(\d{2}))?(?![\w:])")
_MINUTES = re.compile(
    rf"(\d+(?:\.\d+)?) ?(?:min|mins|minutes?)(?:,? (?:and )?(\d+(?:\.\d+)?){_UNIT})?"
    r" (?:into\b|in\b(?! (?:the|a|an|his|her|its|our|my|this|it)\b))",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?![\w:]|\.\d)")
_NUMBERED = re.compile(r"\b(?:(second|minute) |t ?= ?)$", re.IGNORECASE)
_BRACKETS = re.compile(r"\[(\d+(?:\.\d+)?) ?- ?(\d+(?:\.\d+)?)\]")
_CUE = re.compile(r"\b(?:at|from|until|till|between|around|near)(?: about| around)? $", re.IGNORECASE)
_CLOCK_CUE = re.compile(r"\b(?:at|from|to|until|till|between|around|near)(?: about| around)? $", re.IGNORECASE)
_REACH = 20
"""Characters before a number in which such a word stands."""


def moments(text: str) -> Iterator[tuple[str, float]]:
    """Phrases that name a moment, and its seconds from the start of the video."""
    text = " ".join(text.split())
    ranged = 0
    # Numbers are few, and at one the expressions are tried in no time; searched for, they take three times as long.
    for start in (found.start() for found in _START.finditer(text)):
        before = text[max(0, start - _REACH) : start]
        found = _RANGE.match(text, start) if start >= ranged else None
        if found:
            ranged = found.end()
            start_s, end_s = float(found[1]), float(found[2])
            if start_s <= end_s:  # a countdown names no stretch
                yield from ((found[0], start_s), (found[0], end_s))
        found = _SECONDS.match(text, start)
        if found and (found["mark"] or _CUE.search(before)):
            yield found[0], float(found[1])
        found = _MINUTES.match(text, start)
        if found:
            yield found[0], float(found[1]) * 60 + float(found[2] or 0)
        found, cue = _NUMBER.match(text, start), _NUMBERED.search(before)
        if found and cue:
            yield cue[0] + found[0], float(found[0]) * (60 if (cue[1] or "").lower() == "minute" else 1)
        found = _BRACKETS.match(text, start - 1) if before.endswith("[") else None
        if found:
            yield from ((found[0], float(bound)) for bound in found.groups())
        found = _CLOCK.match(text, start)
        if found and _CLOCK_CUE.search(before):
            yield found[0], _clock_s(found)


def _clock_s(found: re.Match[str]) -> float:
    first, second, third = found.groups()
    if third is None:
        return float(first) * 60 + float(second)
    return float(first) * 3600 + float(second) * 60 + float(third)
