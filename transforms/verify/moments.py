"""Moments of the video that a text names, in English: `at 12 s`, `20-24 s`, `at 1:05`, `the 95-second mark`.

A number of seconds may also be how long something lasts, a clock may hang on a wall: only what is said to be a moment
counts.
"""

import re
from collections.abc import Iterator, Set

# It begins with its digit, by which expressions are searched for quickly; nothing of a word or number before it.
_NUMBER = r"(\d(?<![\w.:].)\d*(?:\.\d+)?)"
_UNIT = r" ?-?(?:s|secs?|seconds?)\b(?! (?:later|earlier|before|after|long|apart))"
_RANGE = re.compile(
    rf"{_NUMBER}(?: ?(?:s|secs?|seconds?))? ?(?:-|–|to|and|until) ?(\d+(?:\.\d+)?){_UNIT}", re.IGNORECASE
)
_SECONDS = re.compile(rf"{_NUMBER}{_UNIT}(?P<mark> mark\b)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d(?<![\w.:].)\d{0,5}):(\d{2})(?::(\d{2}))?(?![\w:])")
_MINUTES = re.compile(
    rf"{_NUMBER} ?(?:min|mins|minutes?)(?:,? (?:and )?(\d+(?:\.\d+)?){_UNIT})?"
    r" (?:into\b|in\b(?! (?:the|a|an|his|her|its|our|my|this|it)\b))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"\b(?:(second|minute) |t ?= ?){_NUMBER}(?![\w:]|\.\d)", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_BRACKETS = re.compile(r"\[(\d+(?:\.\d+)?) ?- ?(\d+(?:\.\d+)?)\]")
_CUES = frozenset({"at", "from", "until", "till", "between", "around", "near"})
_CLOCK_CUES = _CUES | {"to"}
_ROUGHLY = ("about", "around")
_NO_LETTER = re.compile(r"\W")
_REACH = 20
"""Characters before a number in which such words stand."""


def moments(text: str) -> Iterator[tuple[str, float]]:
    """Phrases that name a moment, and its seconds from the start of the video."""
    if not _DIGIT.search(text):
        return
    text = " ".join(text.split())
    # To look for what a phrase cannot be without takes a tenth of the time that its expression does.
    lower = text.lower()
    for found in _RANGE.finditer(text):
        start_s, end_s = float(found[1]), float(found[2])
        if start_s <= end_s:  # a countdown names no stretch
            yield from ((found[0], start_s), (found[0], end_s))
    for found in _SECONDS.finditer(text):
        if found["mark"] or _after(_CUES, text, found.start()):
            yield found[0], float(found[1])
    for found in _MINUTES.finditer(text) if "min" in lower else ():
        yield found[0], float(found[1]) * 60 + float(found[2] or 0)
    for found in _NUMBERED.finditer(text) if "second " in lower or "minute " in lower or "=" in text else ():
        yield found[0], float(found[2]) * (60 if (found[1] or "").lower() == "minute" else 1)
    for found in _BRACKETS.finditer(text) if "[" in text else ():
        yield from ((found[0], float(bound)) for bound in found.groups())
    for found in _CLOCK.finditer(text) if ":" in text else ():
        if _after(_CLOCK_CUES, text, found.start()):
            yield found[0], _clock_s(found)


def _after(cues: Set[str], text: str, at: int) -> bool:
    """Whether a cue stands right before a number, or before a word for roughly."""
    *words, rest = text[max(0, at - _REACH) : at].lower().split(" ")
    if rest or not words:
        return False
    if words[-1] in _ROUGHLY and len(words) > 1 and _NO_LETTER.split(words[-2])[-1] in cues:
        return True
    return _NO_LETTER.split(words[-1])[-1] in cues


def _clock_s(found: re.Match[str]) -> float:
    first, second, third = found.groups()
    if third is None:
        return float(first) * 60 + float(second)
    return float(first) * 3600 + float(second) * 60 + float(third)
