"""Which texts could be taken for one another, so that a question about one is not true of the other as well.

The same line read twice by OCR differs in a letter or a space; near-twins ("GATE 14", "GATE 15") differ in a whole word
or number. The first is ambiguous and not asked; the second is the best distractor there is.
"""

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from transforms.text import normalise, similar, tokens

SAME_WORD = 0.75
"""Words more alike than this (edit similarity) may be one word, misread or inflected."""

LONG = 10
"""Letter pairs from which on a text is long."""

SHARED, SHARED_LONG = 0.4, 0.65
"""Least share of its letter pairs that a text finds in one that echoes it; others are not compared word by word.

One wrong letter in a word of five breaks two of its four pairs; in a long text most words are read right."""

_LOOKALIKES = str.maketrans("oilszb", "011528")


def echoes(part: str, whole: str) -> bool:
    """Whether `whole` shows all of `part`, as far as OCR and ears tell letters apart.

    The words of `part` stand in it in the same order, others may stand between them; or its letters do, spaced
    differently.
    """
    short = _compact(part)
    if short and _stands_in(short, _compact(whole)):
        return True
    wanted = _words(part)
    found = iter(_words(whole))
    return bool(wanted) and all(any(same_word(word, other) for other in found) for word in wanted)


class EchoIndex:
    """Texts of one video; finds those that echo a given one without comparing all pairs."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)
        self._holders: dict[str, list[int]] = defaultdict(list)
        for n, text in enumerate(self._texts):
            for pair in _pairs(text):
                self._holders[pair].append(n)

    def alike(self, part: str) -> list[int]:
        """Positions of the texts that have enough of the letter pairs of `part`, the likest first; its own is among
        them when it is one of them."""
        pairs = _pairs(part)
        shared = Counter(n for pair in pairs for n in self._holders.get(pair, ()))
        least = (SHARED if len(pairs) < LONG else SHARED_LONG) * len(pairs)
        likely = sorted((-count, n) for n, count in shared.items() if count >= least)
        return [n for _, n in likely]

    def echoing(self, part: str) -> Iterator[int]:
        """Positions of the texts that echo `part`, the likest first."""
        return (n for n in self.alike(part) if echoes(part, self._texts[n]))

    def only(self, part: str) -> int | None:
        """The position of the one text that echoes `part`; None when there is none or more than one."""
        found = list(itertools.islice(self.echoing(part), 2))
        return found[0] if len(found) == 1 else None


@functools.lru_cache(maxsize=16384)
def _words(text: str) -> tuple[str, ...]:
    return tokens(text)


@functools.lru_cache(maxsize=16384)
def _compact(text: str) -> str:
    return "".join(c for c in normalise(text) if c.isalnum())


def _stands_in(short: str, long: str) -> bool:
    """Whether the letters stand in the others without beginning or ending inside a number."""
    at = long.find(short)
    while at >= 0:
        before, after = long[at - 1 : at] if at else "", long[at + len(short) :][:1]
        if not (before.isdigit() and short[0].isdigit()) and not (after.isdigit() and short[-1].isdigit()):
            return True
        at = long.find(short, at + 1)
    return False


def _pairs(text: str) -> frozenset[str]:
    plain = _compact(text).translate(_LOOKALIKES)
    return frozenset(plain[n : n + 2] for n in range(max(1, len(plain) - 1)))


@functools.lru_cache(maxsize=65536)
def same_word(a: str, b: str) -> bool:
    """Whether two normalised words may be one, misread or inflected; numbers are not."""
    if a.translate(_LOOKALIKES) == b.translate(_LOOKALIKES):
        return True
    if any(c.isdigit() for c in a) or any(c.isdigit() for c in b):
        return False
    return min(len(a), len(b)) > SAME_WORD * max(len(a), len(b)) and similar(a, b) > SAME_WORD
