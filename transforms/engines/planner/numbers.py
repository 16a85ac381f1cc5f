"""Numbers in a text that may answer a question."""

import re
from collections.abc import Iterator

from transforms.engines.planner.pieces import Piece
from transforms.engines.planner.question import Ask
from transforms.engines.planner.vocabulary import UNITS
from transforms.engines.planner.words import plain, stem, surface, value

_HOW = r"\bhow (?:much|old|far|tall|high|long|fast|big|deep|heavy|large)\b"
_NUMBER = re.compile(
    rf"\b(?:which|what|one|a) (?:\w+ )?number\b|{_HOW}|\bhow (?:many|often)\b|\bcosts?\b|\bat what time\b|\bwhen\b"
    r"|\b(?:what|which) (?:\w+ )?(?:number|year|price|percentage|percent|page|score|amount|temperature|date|time|size"
    r"|speed|room|gate)\b",
    re.IGNORECASE,
)
_MEASURE = re.compile(rf"{_HOW}|\bwhat (?:length|size|distance)\b", re.IGNORECASE)
_TIME = re.compile(r"\bat what time\b|\bwhen\b|\bwhat time\b", re.IGNORECASE)
_PRICE = re.compile(r"\bcosts?\b|\bprice\b|\bhow much\b", re.IGNORECASE)
_YEAR = re.compile(r"\byear\b", re.IGNORECASE)
_THING = re.compile(r"\bhow many (\w+)", re.IGNORECASE)
_CURRENCY = re.compile(r"[$€£¥]\s*$")


def asks_number(ask: Ask) -> bool:
    return ask.kind == "count" or bool(_NUMBER.search(ask.bare))


def numbers_in(ask: Ask, text: str, matter: frozenset[str]) -> Iterator[Piece]:
    """Numbers that the question does not name itself, better the nearer they stand to its matter (stems).

    They come with their currency, and with their unit where a length or an amount is asked for in words.
    """
    words = surface(text)
    places = [n for n, (word, _, _) in enumerate(words) if matter.intersection(map(stem, plain(word)))]
    named = {value(word) for word, _, _ in surface(ask.text)} - {None}
    for n, (word, start, end) in enumerate(words):
        number = value(word)
        if number in named or (number is None and (ask.kind == "count" or not any(c.isdigit() for c in word))):
            continue
        sign = _CURRENCY.search(text[:start])
        follows = words[n + 1][0].casefold() if n + 1 < len(words) else ""
        measured = ask.kind == "open" and _MEASURE.search(ask.bare) and follows not in ask.bare.casefold()
        if measured and follows in UNITS:
            end = words[n + 1][2]
        after = {stem(token) for other, _, _ in words[n + 1 : n + 3] for token in plain(other)}
        near = min((_gap(ask, n, place) for place in places), default=None)
        quality = (0.55 if near is None else 0.55 + 0.4 / (1 + 0.4 * near)) * _form(ask, word, bool(sign))
        thing = _THING.search(ask.bare)
        if thing is not None and stem(thing[1].casefold()) in after:
            quality = min(1.0, quality + 0.3)
        yield text[start - len(sign[0]) if sign else start : end], quality


def _form(ask: Ask, word: str, currency: bool) -> float:
    """How well a number is spelled for what is asked: a time, a price, a year; `one` is seldom a number."""
    fit = 0.6 if word.casefold() == "one" else 1.0 if any(c.isdigit() for c in word) else 0.95
    if _TIME.search(ask.bare) and not re.fullmatch(r"\d+:\d+", word):
        fit *= 0.8
    if _YEAR.search(ask.bare) and not re.fullmatch(r"\d{4}", word):
        fit *= 0.7
    if _PRICE.search(ask.bare) and not currency and "." not in word:
        fit *= 0.8
    return fit


def _gap(ask: Ask, number: int, word: int) -> float:
    """Words between a number and a word; how many there are of a thing is told before the thing (`2 onions`)."""
    return abs(number - word) + (1.5 if ask.kind == "count" and number > word else 0.0)
