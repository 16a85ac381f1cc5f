"""Which questions are nearly the same: found by MinHash, decided by the n-grams themselves.

What tells questions of one template apart is never forgiven: digits, quoted strings, and most of the choices.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rensa import RMinHash, RMinHashLSH

from transforms.text import digits, normalise, tokens

NGRAM = 3
"""Words in a piece. Documents are compared by 5 (BigCode) to 13 (GPT-3), but half of the questions of NExT-QA have no
more than 12 words. Ends count as words, so that a change there weighs as much as one in the middle."""

SHORTEST = 8
"""Words from which on a question says by itself where it is from, as the 8-grams of PaLM and Tulu 3 do. Of 4,996
questions of NExT-QA 378 are asked of another video in the same words ("why is the baby crying"); of longer ones 46."""

SHARED_CHOICES = 0.5
"""Lists that derive from others keep the question and put other wrong answers beside the right one."""

_PERMUTATIONS, _BANDS = 128, 32
"""Finds 98.8 % of the pairs of likeness 0.6, 99.98 % of those of 0.7."""

_SEED = 1
_QUOTED = re.compile(r'"([^"]+)"')


@dataclass(frozen=True, slots=True)
class Gist:
    """What of a question is compared. `fixed` are its digits and quoted strings, in order."""

    grams: frozenset[str]
    words: int
    fixed: tuple[tuple[str, ...], ...]
    choices: frozenset[str]


def gist(text: str, choices: Sequence[str] = ()) -> Gist:
    words = tokens(text)
    ends = ("",) * (NGRAM - 1)
    padded = (*ends, *words, *ends)
    grams = frozenset("\n".join(padded[n : n + NGRAM]) for n in range(len(words) + NGRAM - 1)) if words else frozenset()
    quoted = tuple(" ".join(tokens(quote)) for quote in _QUOTED.findall(normalise(text)))
    return Gist(grams, len(words), (digits(text), quoted), frozenset(map(normalise, choices)))


def likeness(a: Gist, b: Gist) -> float:
    """Share of all their n-grams that both have (Jaccard), 0 to 1; 0 where digits, quotes or choices differ."""
    if a.fixed != b.fixed or not a.grams or not b.grams:
        return 0.0
    if a.choices and b.choices and _jaccard(a.choices, b.choices) < SHARED_CHOICES:
        return 0.0
    return _jaccard(a.grams, b.grams)


def _jaccard(a: frozenset, b: frozenset) -> float:
    return len(a & b) / len(a | b)


class QuestionIndex:
    """Questions by name; finds the one that is likest to another without comparing it to all."""

    def __init__(self) -> None:
        self._held: list[tuple[str, Gist]] = []
        self._lsh = RMinHashLSH(threshold=0.5, num_perm=_PERMUTATIONS, num_bands=_BANDS)

    def add(self, name: str, asked: Gist) -> None:
        if asked.grams:
            self._lsh.insert(len(self._held), _minhash(asked.grams))
            self._held.append((name, asked))

    def likest(self, asked: Gist, least: float) -> str | None:
        """The name of the likest question whose likeness is `least` or more, the first added of equals."""
        if not asked.grams:
            return None
        found = [(-likeness(asked, self._held[n][1]), n) for n in self._lsh.query(_minhash(asked.grams))]
        best = min(found, default=(0.0, -1))
        return self._held[best[1]][0] if best[0] <= -least else None


@functools.lru_cache(maxsize=1024)
def _minhash(grams: frozenset[str]) -> RMinHash:
    made = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    made.update(sorted(grams))
    return made
