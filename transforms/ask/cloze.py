"""A text with one word missing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.answers import GAP
from transforms.ask.readable import COMMON
from transforms.text import tokens

SHORTEST_WORD = 5
"""Letters of a word that is worth asking for."""

_GUESSED = frozenset(
    {"minute", "minutes", "hour", "hours", "second", "seconds", "days", "weeks", "months", "years", "percent", "people"}
)
"""Words that everybody would put after a number."""

_CORE = re.compile(r"^\W*(.*?)\W*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cloze:
    """`text` has `GAP` in place of `word`, the word number `position`; `rest` are the other words alone.

    `name`: the word is written like a name, with a capital where the words around it have none.
    """

    text: str
    word: str
    position: int
    rest: str
    number: bool
    name: bool


def clozes(text: str) -> Iterator[Cloze]:
    """Every way to leave out one word with content that stands once in the text. Numbers count as words."""
    parts = text.split()
    heard = tokens(text)
    for n, part in enumerate(parts):
        match = _CORE.match(part)
        word = match[1] if match else ""
        own = tokens(word)
        if len(parts) < 2 or not own or heard.count(own[0]) > 1 or any(c in word for c in ".@/") and not _number(word):
            continue
        if _number(word) or (word.isalpha() and len(word) >= SHORTEST_WORD and own[0] not in COMMON | _GUESSED):
            blanked = " ".join([*parts[:n], part.replace(word, GAP, 1), *parts[n + 1 :]])
            name = n > 0 and word[0].isupper() and any(other.islower() for other in parts)
            yield Cloze(blanked, word, n, " ".join(parts[:n] + parts[n + 1 :]), _number(word), name)


def _number(word: str) -> bool:
    return re.fullmatch(r"[0-9]+(?:[:.][0-9]+)?", word) is not None
