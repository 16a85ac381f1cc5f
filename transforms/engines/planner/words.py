"""Words as the planner compares them: content words by their stems, phrases inside texts."""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from transforms.engines.planner.vocabulary import ASKING, HEARD, SEEN, STOP
from transforms.numbers import in_figures
from transforms.text import contains, digits, similar, tokens

SLIP = 0.85
"""From this edit similarity on, two phrases differ by a slip of reading or hearing."""

_WORD = re.compile(r"[^\W_]+(?:[.,:'’/@-][^\W_]+)*%?")
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))


def surface(text: str) -> list[tuple[str, int, int]]:
    """The words as they are written, with where they start and end."""
    return [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]


@functools.lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A word without its usual English endings: enough to let `bullets` meet `bullet`."""
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word[: len(word) - len(ending)] + put
            break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def other_number(word: str) -> str:
    """The singular of a plural and the plural of what may be a noun: a search knows words by their letters alone."""
    if word.endswith(("ing", "ed")) or not word.isalpha():
        return word
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-3] + "y" if word.endswith("ies") else word[:-1]
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"


@functools.lru_cache(maxsize=16384)
def plain(text: str) -> tuple[str, ...]:
    """Tokens with number words as digits: `two` and `2` are one."""
    return tuple(map(in_figures, tokens(text)))


@functools.lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in plain(text))


def content(text: str) -> list[str]:
    """All words that are not stop words, in their order."""
    return [word for word in dict.fromkeys(tokens(text)) if word not in STOP]


def matter(text: str) -> list[str]:
    """The words that a question is about: neither stop words nor words of asking, seeing and hearing."""
    return [word for word in content(text) if word not in HEARD | SEEN | ASKING]


def find(phrase: Sequence[str], text: Sequence[str]) -> int:
    """Where the words stand in a row in the text's words; -1 when they don't."""
    size = len(phrase)
    if size:
        for start in range(len(text) - size + 1):
            if text[start] == phrase[0] and list(text[start : start + size]) == list(phrase):
                return start
    return -1


def holds(text: str, phrase: str) -> bool:
    """Whether the text has the phrase, word by word, number words and digits alike."""
    return contains(text, phrase) or find(plain(phrase), plain(text)) >= 0


def coverage(wanted: Iterable[str], text: str) -> float:
    """Share of the wanted words (by stem) that the text has."""
    need = {stem(word) for word in wanted}
    return len(need & stems(text)) / len(need) if need else 0.0


@functools.lru_cache(maxsize=65536)
def likeness(phrase: str, text: str) -> float:
    """How far the text says the phrase, 0 to 1: 1 word by word, less for slips of a letter or for some of its words.

    Digits have to agree: one price is not nearly another.
    """
    if holds(text, phrase):
        return 1.0
    wanted, words = plain(phrase), plain(text)
    numbers = {word for word in wanted if digits(word)}
    if not wanted or not numbers <= set(words):
        return 0.0
    near = max(_near(wanted, words), similar(phrase, text))
    if near >= SLIP:
        return 0.9 * near
    share = coverage([word for word in wanted if word not in STOP] or wanted, text)
    almost_all = coverage([word for word in wanted if word not in ("a", "an", "the")], text)
    return (0.5 + 0.35 * almost_all) * share if share >= 0.5 else 0.4 * share


def weights(texts: Iterable[str]) -> Counter[str]:
    """In how many of the texts each stem stands."""
    return Counter(word for text in texts for word in stems(text))


def rarity(word: str, seen: Counter[str], count: int) -> float:
    """1 for a word that one text has, less for words that many have (inverse document frequency, scaled)."""
    return math.log(1 + count / max(1, seen[word])) / math.log(1 + max(2, count))


def value(word: str) -> float | None:
    """The number that a word is, in digits or as an English number word up to ninety; None for other words.

    Digits beyond what a float holds are no number either.
    """
    lowered = in_figures(word.casefold().strip("%."))
    grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", lowered)
    bare = lowered.replace(",", "") if grouped else lowered
    number = float(bare) if re.fullmatch(r"\d+(?:\.\d+)?", bare, re.ASCII) else None
    return None if number == float("inf") else number


def spelled(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{number:g}"


def _near(wanted: Sequence[str], words: Sequence[str]) -> float:
    """The best likeness of letters over all runs of as many words."""
    goal, size = " ".join(wanted), len(wanted)
    runs = [" ".join(words[n : n + size]) for n in range(max(1, len(words) - size + 1))]
    slack = len(goal) // 5 + 1
    return max((similar(goal, run) for run in runs if abs(len(run) - len(goal)) <= slack), default=0.0)
