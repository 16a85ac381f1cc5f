"""Numbers as people write them, in figures and in English words, and numbers as rows spell them.

A number that something in its text changes is not read at all: a comparison, a doubt, an alternative, a part, a sign.
"""

import math
import re
import unicodedata
from decimal import Decimal

from transforms.denial import denies

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
)
_ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: value for value, word in enumerate(_SMALL.split())}
_TENS = {word: 10 * value for value, word in enumerate(_ROUND.split(), start=2)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_TIMES = {"once": 1, "twice": 2, "none": 0, "never": 0}
_COLLECTIVE = "dozen dozens hundreds thousands millions billions trillions lakh lakhs crore crores"

NUMBER_WORDS = frozenset({*_UNITS, *_TENS, *_SCALES, "hundred", *_COLLECTIVE.split()})
"""Every English word that names a number of its own."""

MOST_DIGITS = 30
"""Characters. A longer figure counts nothing that can be seen or heard."""

_CHANGING = (
    "more less fewer least most greater larger higher lower smaller exceeds exceeding minimum maximum upwards"
    " approximately approx roughly circa nearly almost ish or either plus minus percent pct half halves quarter"
    " quarters"
)
_BLURRING = frozenset({*_COLLECTIVE.split(), *_CHANGING.split()})
"""Words that change a number, wherever they stand."""

_CHANGING_NEXT = "about around over under above below beyond past near no point some max min negative"
_BEFORE = frozenset(_CHANGING_NEXT.split())
"""Words that change the number right after them, and are common words elsewhere."""

_ORDINALS = (
    "first third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth thirtieth hundredth thousandth millionth"
)
_SHORT_SCALES = "k m b bn mn mln mio mia tn grand odd"
_AFTER = frozenset({*_ORDINALS.split(), *(f"{word}s" for word in _ORDINALS.split()), *_SHORT_SCALES.split()})
"""Words that change the number right before them: scales, and what makes it a part or a place."""

_IDEOGRAPHIC_SCALES = frozenset("十百千万萬亿億兆")
_COMBINING = frozenset({"and", "times", "x", "by"})
"""Words that make one number of the two that they stand between."""

_PHRASES = re.compile(r"\bup to\b|\bper cent\b|\band up\b")
_MARKUP = re.compile(r"</?[a-z_]+>|[-=]>")
_PLAIN_MARKS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2212", "-") | {"\u2019": "'"})
_HARMLESS_SIGNS = "=|"
_FIGURE = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_TOKEN = re.compile(
    r"(?:(?<![^\s(])-(?=[.0-9]))?(?:(?<![^\s(-])[.,](?=[0-9]))?"
    r"[^\W_]+(?:(?:(?<=[0-9])[.,:/^*×⁄–—](?=[0-9])|[-'])[^\W_]+)*|\S"
)
"""A word or figure with what is glued to it (`GPT-4`, `isn't`, `12:30`, `1,234.5`, `.5`), or a mark by itself."""


def parse_number(text: str) -> float | None:
    """The one number that a text holds, as figures or as English words; None for none, several, or an unclear one.

    `5 million` is 5000000. `more than 5`, `not 5`, `5 or 6`, `about 5`, `5%`, `5½` and `5 dozen` are unclear. Figures
    inside a name (`GPT-4`, `14th`) are no numbers.
    """
    plain = _MARKUP.sub(" ", _in_ascii(text).casefold())
    words = _words(plain)
    if words is None or denies(plain) or _PHRASES.search(plain) or any(map(_is_arithmetic, plain)):
        return None
    if not _BLURRING.isdisjoint(words):
        return None
    words = ["", *words, ""]
    found: set[float] = set()
    at = last = 0
    while at < len(words):
        value, end = _read(words, at)
        if value is None:
            if words[at] in _SCALES or words[at] == "hundred":
                return None
            at += 1
            continue
        before, after = words[at - 1], words[end]
        if before in _BEFORE or after in _AFTER or after[:1] in _IDEOGRAPHIC_SCALES:
            return None
        if found and last == at - 1 and before in _COMBINING:
            return None
        found.add(value)
        at = last = end
    return found.pop() if len(found) == 1 else None


def spell_number(value: float) -> str:
    """A number in figures, without an exponent and with no more digits than it needs: 3, 2.5, 0.0000001.

    Raises:
        ValueError: the number is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} cannot be spelled in figures")
    return str(int(value)) if float(value).is_integer() else format(Decimal(repr(float(value))), "f")


def in_figures(word: str) -> str:
    """A number word up to nineteen or a ten in figures (`fourteen` is `14`); any other word as it is."""
    return str(_UNITS.get(word, _TENS.get(word, word)))


def _in_ascii(text: str) -> str:
    """Digits of other scripts, hyphens and minus signs as ASCII has them."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text.translate(_PLAIN_MARKS))


def _is_arithmetic(c: str) -> bool:
    """Signs such as `+`, `<`, `≥`, `~` and `%`; arrows point at an answer and change nothing."""
    return c in "%‰" or unicodedata.category(c) == "Sm" and c not in _HARMLESS_SIGNS and not "\u2190" <= c <= "\u21ff"


def _words(plain: str) -> list[str] | None:
    """Words, figures and marks in order; None where figures are a date, a range, a fraction or the like."""
    words: list[str] = []
    for token in _TOKEN.findall(plain):
        if _FIGURE.fullmatch(token):
            if len(token) > MOST_DIGITS:
                return None
            words.append(token)
        elif not any(c.isalpha() for c in token):
            if any(c.isnumeric() for c in token):
                return None
            words.append(token)
        elif any(c.isnumeric() for c in token):
            words.append(token)
        else:
            words += [part for part in token.split("-") if part]
    return words


def _read(words: list[str], at: int) -> tuple[float | None, int]:
    """(Value, index after it) of the number that begins at a word; the value is None where none does."""
    if words[at] in _TIMES:
        return float(_TIMES[words[at]]), at + 1
    value, end = _below_thousand(words, at)
    if value is None:
        return None, at
    total, last = 0.0, math.inf
    while value is not None:
        scale = _SCALES.get(words[end] if end < len(words) else "", 0)
        if not value or not 0 < scale < last:
            return total + value, end
        # 2.3 * 10**6 is not 2300000 in floats.
        total, last, end = total + round(value * scale, 6), scale, end + 1
        value, after = _below_thousand(words, end + (words[end : end + 1] == ["and"]), figures=False)
        end = after if value is not None else end
    return total, end


def _below_thousand(words: list[str], at: int, figures: bool = True) -> tuple[float | None, int]:
    """(Value, index after it) of what may stand before a scale: `twenty three`, `two hundred and five`, `2.5`, `a`."""
    value, end = _below_hundred(words, at, figures)
    if value is None or not 0 < value < 100 or words[end : end + 1] != ["hundred"]:
        return value, end
    value, end = round(value * 100, 6), end + 1
    rest, after = _below_hundred(words, end + (words[end : end + 1] == ["and"]), figures=False)
    return (value, end) if rest is None else (value + rest, after)


def _below_hundred(words: list[str], at: int, figures: bool) -> tuple[float | None, int]:
    word, following = [*words[at : at + 2], "", ""][:2]
    if word in _TENS:
        unit = _UNITS.get(following, 0)
        return (float(_TENS[word] + unit), at + 2) if 0 < unit < 10 else (float(_TENS[word]), at + 1)
    if word in _UNITS:
        return float(_UNITS[word]), at + 1
    if figures and word in ("a", "an") and (following in _SCALES or following == "hundred"):
        return 1.0, at + 1
    if figures and _FIGURE.fullmatch(word):
        return float(word.replace(",", "")), at + 1
    return None, at
