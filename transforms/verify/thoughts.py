"""The assistant thinks: long enough to teach anything, and not the same sentence over and over."""

import re

from schemas.trajectory import Verdict
from transforms.text import normalise
from transforms.verify.case import Case, accept, filtered

NAME = "thoughts"

_END = re.compile(r"[.!?。！？\n](?:(?<=[。！？\n])|\s+)")
"""It begins with the mark, by which it is searched for quickly."""
_LEAST_CHARS = 20
"""Shorter sentences ("I look closer.") may come again."""


def check(case: Case) -> Verdict:
    # In bytes: a character of Chinese says as much as three of English.
    length = sum(len(thought.encode()) for thought in case.thoughts)
    if length <= case.settings.think_chars:
        detail = f"all thoughts have {length} characters, no more than verify.think_chars: {case.settings.think_chars}"
        return filtered(NAME, "thin_thoughts", detail, float(length))
    share, twice = repeated(case.thoughts)
    if share > case.settings.repeated_thoughts:
        detail = f"{share:.0%} of its sentences were said before, such as {twice[:80]!r}"
        return filtered(NAME, "repeated_thoughts", detail, round(share, 4))
    return accept(NAME, round(share, 4))


def repeated(thoughts: tuple[str, ...]) -> tuple[float, str]:
    """Share (0 to 1) of the sentences of some length that were said before, word for word, and the last of them."""
    seen: set[str] = set()
    again, count, last = 0, 0, ""
    for sentence in [sentence for thought in thoughts for sentence in _END.split(thought)]:
        plain = normalise(sentence).rstrip(".!?")
        if len(plain) >= _LEAST_CHARS:
            count += 1
            if plain in seen:
                again, last = again + 1, sentence
            seen.add(plain)
    return (again / count if count else 0.0), last
