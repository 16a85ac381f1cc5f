"""Parts of a text that may be an answer: names, what follows a quote, what fills a gap, what is left of a line."""

import re
from collections.abc import Iterator

from transforms.engines.planner.question import Ask
from transforms.engines.planner.vocabulary import ASKING, HEARD, SEEN, STOP
from transforms.engines.planner.words import find, plain, stem, surface

MOST_WORDS = 12
"""A short answer has no more words; longer lines are cut to the part that the question leaves open."""

CONTEXT = 5
"""Words on either side of a gap that are compared."""

Piece = tuple[str, float]
"""A part of a text, and how well it fits the form of the question (0 to 1)."""

_NAMED = re.compile(
    r"\b(?:call(?:ed|s)?(?: (?:it|this|that|them|these))?|named?|known as|name is|stands for"
    r"|refer(?:red)? to (?:it |this )?as)\s+(?:(?:a|an|the|my|our|is|it)\s+)*((?:[\w'’+-]+\s?){1,4})",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][^\W\d_'’.-]+")


def fills(text: str, before: str, after: str) -> Iterator[Piece]:
    """What stands between the words before a gap and those after it; few of them are enough."""
    words = surface(text)
    folded = [" ".join(plain(word)) for word, _, _ in words]
    left, right = plain(before)[-CONTEXT:], plain(after)[:CONTEXT]
    for size in range(len(left), -1, -1):
        start = find(left[len(left) - size :], folded) + size if size else 0
        if start < size:
            continue
        for more in range(len(right), -1, -1):
            stop = find(right[:more], folded[start:]) if more else min(len(folded) - start, 1)
            if stop > 0 and (size or more):
                known = (size + more) / (len(left) + len(right))
                yield text[words[start][1] : words[start + stop - 1][2]], known if stop <= 4 else 0.5 * known
                return


def beside_quote(ask: Ask, text: str) -> Iterator[Piece]:
    """What follows or goes before a quote in the same text, when that is what the question hangs on."""
    if ask.anchor is None or ask.anchor.relation == "while" or not ask.anchor.quotes:
        return
    words = surface(text)
    folded = [" ".join(plain(word)) for word, _, _ in words]
    after = ask.anchor.relation == "after"
    places = [(find(plain(quote), folded), len(plain(quote))) for quote in ask.anchor.quotes]
    if any(at < 0 for at, _ in places) or max(places)[0] - min(places)[0] > MOST_WORDS // 2:
        return
    at, size = max(places) if after else min(places)
    part = words[at + size :] if after else words[:at]
    rest = trim(text[part[0][1] : part[-1][2]]) if part else ""
    if rest and re.search(r"\bword\b", ask.main, re.IGNORECASE):
        rest = surface(rest)[0 if after else -1][0]
    if rest:
        yield rest, 1.0


def called(text: str) -> Iterator[Piece]:
    """What something is called, named or known as."""
    for found in _NAMED.finditer(text):
        name = trim(found[1])
        if name:
            yield name, 0.9


def names(text: str, asked: frozenset[str], heard: bool) -> Iterator[Piece]:
    """Runs of words with capitals, as names have them, without words that the question has (stems).

    Better when the text is nothing else, worse when it is one word of a sign, where all words may have capitals. The
    first word of a sentence alone is none.
    """
    words = surface(text)
    run: list[tuple[str, int, int]] = []
    for n, word in enumerate([*words, ("", 0, 0)]):
        known = word[0].casefold() in STOP or bool(asked.intersection(map(stem, plain(word[0]))))
        if _NAME.fullmatch(word[0]) and word[0][0].isupper() and not known:
            run.append(word)
            continue
        if run and not (len(run) == 1 and run[0][1] == 0 and n > 1):
            quality = 0.95 if len(run) == len(words) else 0.85
            yield text[run[0][1] : run[-1][2]], quality if len(run) > 1 or heard else 0.85 * quality
        run = []


def rests(text: str, asked: frozenset[str]) -> Iterator[Piece]:
    """Runs of words of content that the question does not have; better with a capital inside a sentence, and near to
    words that the question has. `asked` are the stems of the question."""
    words = surface(text)
    folded = [word.casefold().replace("'", "").replace("’", "") for word, _, _ in words]
    known = [n for n, word in enumerate(folded) if word not in STOP and set(map(stem, plain(word))) & asked]
    run: list[int] = []
    for n in range(len(words) + 1):
        unknown = n < len(words) and folded[n] not in STOP and n not in known
        if unknown and len(run) < MOST_WORDS:
            run.append(n)
            continue
        part = trim(text[words[run[0]][1] : words[run[-1]][2]]) if run else ""
        if part:
            capital = any(i > 0 and words[i][0][0].isupper() for i in run)
            gap = min((min(abs(i - k) for i in run) for k in known), default=9)
            yield part, 0.35 + (0.2 if capital else 0.0) + 0.25 / (1 + 0.5 * (gap - 1))
        run = [n] if unknown else []


def trim(text: str) -> str:
    """Without words at either end that cannot be what is asked for."""
    words = surface(text)
    loose = STOP | ASKING | HEARD | SEEN
    while words and words[0][0].casefold() in loose:
        words = words[1:]
    while words and words[-1][0].casefold() in loose:
        words = words[:-1]
    return text[words[0][1] : words[-1][2]] if words else ""
