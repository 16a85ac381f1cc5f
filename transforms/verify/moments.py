"""Moments of the video that a text names, in English: `at 12 s`, `20-24 s`, `at 1:05`, `the 95-second mark`.

A number of seconds may also be how long something lasts, a clock may hang on a wall: only what is said to be a moment
counts.
"""

import re
from collections.abc import Set

# It begins with its digit, by which expressions are searched for quickly; nothing of a word or number before it. Here
# and below `(x|)` is `x?`, which takes a few times as long for more than one character.
_NUMBER = r"([0-9](?<![\w.:].)[0-9]*(?:\.[0-9]+|))"
_UNIT = r" ?-?(?:s|secs?|seconds?)\b(?! (?:later|earlier|before|after|long|apart))"
_RANGE = rf"(?: ?(?:s|secs?|seconds?)|) ?(?:-|–|to|and|until) ?([0-9]+(?:\.[0-9]+|)){_UNIT}"
_IN_SECONDS = re.compile(rf"{_NUMBER}(?:(?=({_RANGE}))|)(?:({_UNIT})( mark\b|)|)", re.IGNORECASE)
"""Every number, the rest of the range that it begins, the end of that, the number's own unit, and ` mark`; what is not
there is empty. Told apart in one pass: to find the numbers is most of the work."""
_CLOCK = re.compile(r"([0-9](?<![\w.:].)[0-9]{0,5}):([0-9]{2})(?::([0-9]{2}))?(?![\w:])")
_MINUTES = re.compile(
    rf"{_NUMBER} ?(?:min|mins|minutes?)(?:,? (?:and )?([0-9]+(?:\.[0-9]+)?){_UNIT})?"
    r" (?:into\b|in\b(?! (?:the|a|an|his|her|its|our|my|this|it)\b))",
    re.IGNORECASE,
)
_NUMBERED = re.compile(rf"\b(?:(second|minute) |t ?= ?){_NUMBER}(?![\w:]|\.[0-9])", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_ASCII_DIGIT = re.compile(r"[0-9]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_BRACKETS = re.compile(r"\[([0-9]+(?:\.[0-9]+)?) ?- ?([0-9]+(?:\.[0-9]+)?)\]")
_CUES = frozenset({"at", "from", "until", "till", "between", "around", "near"})
_CLOCK_CUES = _CUES | {"to"}
_ROUGHLY = ("about", "around")
_NO_LETTER = re.compile(r"\W")
_REACH = 20
"""Characters before a number in which such words stand."""

Found = tuple[int, int, float]
"""Where a phrase begins and ends in its text, and the seconds that it names."""


def moments(text: str) -> list[tuple[str, float]]:
    """Phrases that name a moment, and its seconds from the start of the video."""
    if not (_ASCII_DIGIT if text.isascii() else _DIGIT).search(text):
        return []
    if not (text.isascii() and text.isprintable() and "  " not in text):  # as nearly all are
        text = " ".join(text.split())
    plain = in_ascii_digits(text)
    # Phrases are as they were said: they are looked for in what the video shows, digits and all.
    return [(text[at:end], time_s) for at, end, time_s in _in_seconds(plain) + _otherwise(plain)]


def in_ascii_digits(text: str) -> str:
    """The text with the digits of other scripts as 0 to 9, each in its place: to look for these alone takes a fraction
    of the time."""
    if text.isascii() or not any(map(str.isdecimal, _NOT_ASCII.findall(text))):
        return text
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)


def _in_seconds(text: str) -> list[Found]:
    """Both ends of ranges, then single moments, that are told in seconds."""
    ends: list[Found] = []
    single: list[Found] = []
    last = 0
    for found in _IN_SECONDS.finditer(text):
        number, rest, end, unit, mark = found.groups()
        if rest and found.start() >= last:
            last = found.end(2)
            start_s, end_s = float(number), float(end)
            if start_s <= end_s:  # a countdown names no stretch
                ends += [(found.start(), last, start_s), (found.start(), last, end_s)]
        if unit and (mark or _after(_CUES, text, found.start())):
            single.append((*found.span(), float(number)))
    return ends + single


def _otherwise(text: str) -> list[Found]:
    """Moments in minutes, numbered seconds and minutes, both ends of stretches in brackets, and clocks."""
    # To look for what a phrase cannot be without takes a tenth of the time that its expression does.
    lower = text.lower()
    named: list[Found] = []
    for found in _MINUTES.finditer(text) if "min" in lower else ():
        named.append((*found.span(), float(found[1]) * 60 + float(found[2] or 0)))
    for found in _NUMBERED.finditer(text) if "second " in lower or "minute " in lower or "=" in text else ():
        named.append((*found.span(), float(found[2]) * (60 if (found[1] or "").lower() == "minute" else 1)))
    for found in _BRACKETS.finditer(text) if "[" in text else ():
        named += [(*found.span(), float(bound)) for bound in found.groups()]
    for found in _CLOCK.finditer(text) if ":" in text else ():
        if _after(_CLOCK_CUES, text, found.start()):
            named.append((*found.span(), _clock_s(found)))
    return named


def _after(cues: Set[str], text: str, at: int) -> bool:
    """Whether a cue stands right before a number, or before a word for roughly."""
    if text[at - 1 : at] != " ":
        return False
    words = text[max(0, at - _REACH) : at - 1].lower().rsplit(" ", 2)
    last = words[-1]
    if last in cues:
        return True
    if last in _ROUGHLY:
        return len(words) > 1 and _ends_in(words[-2], cues)
    return _ends_in(last, cues)


def _ends_in(word: str, cues: Set[str]) -> bool:
    return (word if word.isalpha() else _NO_LETTER.split(word)[-1]) in cues


def _clock_s(found: re.Match[str]) -> float:
    first, second, third = found.groups()
    if third is None:
        return float(first) * 60 + float(second)
    return float(first) * 3600 + float(second) * 60 + float(third)
