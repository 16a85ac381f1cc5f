"""An answer in words or numbers, cut out of what was seen and heard."""

import re
from collections.abc import Iterator, Sequence

from transforms.engines.planner.choices import Focus, Scene, Support, about_words, aboutness, scenes, side_weight, timely
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import Item
from transforms.engines.planner.question import Ask, blank, without_quotes
from transforms.engines.planner.words import (
    ASKING,
    HEARD,
    SEEN,
    STOP,
    coverage,
    find,
    holds,
    plain,
    stem,
    stems,
    surface,
    value,
    weights,
)

_NUMBER = re.compile(
    r"\bhow (?:many|much|old|far|tall|high|long|fast|often|big|deep|heavy|large)\b|\bcosts?\b|\bat what time\b|\bwhen\b"
    r"|\b(?:what|which) (?:\w+ )?(?:number|year|price|percentage|percent|page|score|amount|temperature|date|time|size|speed|room|gate)\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bwho(?:se|m)?\b|\bwhat (?:is|was) (?:\S+ ){0,4}name\b|\bwhich (?:person|company|city|country|place)\b", re.IGNORECASE)
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_NAMED = re.compile(
    r"\b(?:call(?:ed|s)?(?: (?:it|this|that|them|these))?|named?|known as|name is|stands for|refer(?:red)? to (?:it |this )?as)\s+"
    r"(?:(?:a|an|the|my|our|is|it)\s+)*((?:[\w'’+-]+\s?){1,4})",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(r"\bcall(?:ed|s)?\b|\bname[ds]?\b|\bknown as\b|\bstand(?:s)? for\b|\brefer\b", re.IGNORECASE)
_UNITS = frozenset(
    "second seconds minute minutes hour hours day days week weeks month months year years percent meter meters metre"
    " metres kilometer kilometers kilometre kilometres km cm mm miles mile feet foot inches kg grams gram litre litres"
    " degrees dollars euros pounds people times".split()
)
_BELOW = re.compile(r"\b(?:below|under|underneath|beneath|next line|following line)\b", re.IGNORECASE)
_ABOVE = re.compile(r"\b(?:above|over|on top of)\b", re.IGNORECASE)
_NTH = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|last|1st|2nd|3rd|4th|5th|6th)\s+(?:main\s+)?(?:bullet|item|point|line|entry|step|row|option|topic)",
    re.IGNORECASE,
)
_ORDINALS = {w: n for n, pair in enumerate(
    (("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"), ("fifth", "5th"), ("sixth", "6th"))
) for w in pair} | {"last": -1}

MOST_WORDS = 12
"""A short answer has no more words; longer lines are cut to the part that the question leaves open."""


def asks_number(ask: Ask) -> bool:
    return ask.kind == "count" or bool(_NUMBER.search(without_quotes(ask.main)))


def answers(ask: Ask, desk: Desk, focuses: Sequence[Focus]) -> list[Support]:
    """Candidate answers, best first."""
    around = [scene for scene in scenes(desk) if scene.item.sense != "picture"]
    about = about_words(ask)
    seen = weights(scene.item.text for scene in around)
    found: dict[str, Support] = {}
    for scene in around:
        near = max((focus.fit * timely(focus, scene.item.span) for focus in focuses), default=0.0)
        on_topic = aboutness(about, scene, seen, len(around))
        context = 0.1 + 0.6 * near + 0.3 * on_topic if focuses else 0.2 + 0.8 * on_topic
        for text, quality in pieces(ask, scene, placed(ask, desk, scene.item)):
            score = context * quality * side_weight(ask, scene.item)
            key = " ".join(plain(text)) or text
            if key not in found or score > found[key].score:
                found[key] = Support(text, score, scene.item)
    return sorted(found.values(), key=lambda s: (-s.score, s.item.span if s.item else None, s.text))


def pieces(ask: Ask, scene: Scene, place: float) -> Iterator[tuple[str, float]]:
    """Parts of a text that may be the answer, with how well they fit the form of the question (0 to 1)."""
    text = scene.item.text
    gap = _gap(ask)
    if gap is not None:
        yield from _fills(text, *gap)
        return
    if asks_number(ask):
        yield from _numbers(ask, text)
        return
    bare = without_quotes(ask.main)
    asked = stems(ask.text)
    if _ASKS_NAME.search(bare):
        for found in _NAMED.finditer(text):
            name = _trim(found[1])
            if name and not stems(name) <= asked:
                yield name, 0.9
    if _WHO.search(bare) or _WHERE.search(bare):
        for name in _names(text):
            if not stems(name) <= asked:
                yield name, 0.85
    if scene.item.sense == "see":
        if not any(holds(quote, text) for quote in (*ask.quotes, *(ask.anchor.quotes if ask.anchor else ()))):
            yield text, 0.75 * place
        if coverage(about_words(ask), text) > 0:
            yield from ((rest, 0.7) for rest in _rests(text, asked))
    else:
        yield from ((rest, 0.6) for rest in _rests(text, asked))
        if len(surface(text)) <= MOST_WORDS:
            yield text, 0.5


def placed(ask: Ask, desk: Desk, item: Item) -> float:
    """1 for the line that stands where the question says (below a line, the third bullet), less elsewhere."""
    bare = without_quotes(ask.main)
    quotes = (*ask.quotes, *(ask.anchor.quotes if ask.anchor else ()))
    nth, below, above = _NTH.search(bare), _BELOW.search(bare), _ABOVE.search(bare)
    if not (nth or below or above) or not quotes or item.sense != "see":
        return 1.0
    for look in desk.seen:
        lines = [i for i in look.items if i.sense == "see"]
        at = next((n for n, i in enumerate(lines) if any(holds(i.text, quote) for quote in quotes)), -1)
        own = next((n for n, i in enumerate(lines) if i.text == item.text), -1)
        if at < 0 or own < 0 or at == own:
            continue
        if nth:
            wanted = _ORDINALS[nth[1].lower()]
            return 1.0 if own == (len(lines) - 1 if wanted < 0 else at + 1 + wanted) else 0.5
        return 1.0 if own == at + (1 if below else -1) else 0.5
    return 0.6


def _gap(ask: Ask) -> tuple[str, str] | None:
    return next((gap for text in (*ask.quotes, ask.main) if (gap := blank(text)) is not None), None)


def _fills(text: str, before: str, after: str) -> Iterator[tuple[str, float]]:
    """What stands between the words before a gap and those after it; few of them are enough."""
    words = surface(text)
    folded = [" ".join(plain(word)) for word, _, _ in words]
    left, right = plain(before), plain(after)
    for size in range(min(5, len(left)), -1, -1):
        start = find(left[len(left) - size :], folded) + size if size else 0
        if size and start < size:
            continue
        for more in range(min(5, len(right)), -1, -1):
            stop = find(right[:more], folded[start:]) if more else min(len(folded) - start, 1 if right else MOST_WORDS)
            if stop > 0 and (size or more):
                part = text[words[start][1] : words[start + stop - 1][2]]
                known = (size + more) / max(1, min(5, len(left)) + min(5, len(right)))
                yield part, known if stop <= 4 else 0.5 * known
                return


def _numbers(ask: Ask, text: str) -> Iterator[tuple[str, float]]:
    """Numbers, better the nearer they stand to the question's words, with their unit when a length is asked for."""
    bare = without_quotes(ask.main)
    asked, words = {stem(w) for w in about_words(ask)}, surface(text)
    places = [n for n, (word, _, _) in enumerate(words) if set(map(stem, plain(word))) & asked]
    in_question = {value(word) for word, _, _ in surface(ask.text)}
    for n, (word, start, end) in enumerate(words):
        number = value(word)
        clock = re.fullmatch(r"\d+[:.]\d+", word)
        if number is None and not any(c.isdigit() for c in word):
            continue
        if ask.kind == "count" and number is None:
            continue
        if number is not None and number in in_question:
            continue
        quality = 0.55 + (0.4 / (1 + 0.4 * min(abs(n - place) for place in places)) if places else 0.0)
        if not any(c.isdigit() for c in word):
            quality *= 0.6 if word.casefold() == "one" else 0.95
        if re.search(r"\bat what time\b|\bwhen\b|\bwhat time\b", bare, re.IGNORECASE) and not (clock and ":" in word):
            quality *= 0.8
        if re.search(r"\byear\b", bare, re.IGNORECASE) and not re.fullmatch(r"\d{4}", word):
            quality *= 0.7
        if re.search(r"\bcosts?\b|\bprice\b|\bhow much\b", bare, re.IGNORECASE) and not (
            re.search(r"[$€£¥]\s*$", text[:start]) or "." in word
        ):
            quality *= 0.8
        follows = words[n + 1][0] if n + 1 < len(words) else ""
        if ask.kind == "open" and follows.casefold() in _UNITS and follows.casefold() not in bare.casefold():
            end = words[n + 1][2]
        sign = re.search(r"[$€£¥]\s*$", text[:start])
        yield text[start - len(sign[0]) if sign else start : end], quality


def _names(text: str) -> Iterator[str]:
    """Runs of words with capitals; the first word of a sentence alone is none."""
    run: list[tuple[str, int, int]] = []
    words = surface(text)
    for n, word in enumerate([*words, ("", 0, 0)]):
        capital = word[0][:1].isupper() and word[0].casefold() not in STOP
        if capital:
            run.append(word)
            continue
        if run and not (len(run) == 1 and run[0][1] == 0 and n > 1):
            yield text[run[0][1] : run[-1][2]]
        run = []


def _rests(text: str, asked: set[str]) -> Iterator[str]:
    """Runs of words that the question does not have."""
    run: list[tuple[str, int, int]] = []
    for word in [*surface(text), ("", 0, 0)]:
        known = not word[0] or bool(set(map(stem, plain(word[0]))) & asked)
        if not known and len(run) < MOST_WORDS:
            run.append(word)
            continue
        rest = _trim(text[run[0][1] : run[-1][2]]) if run else ""
        if rest:
            yield rest
        run = [] if known else [word]


def _trim(text: str) -> str:
    """Without stop words at either end."""
    words = surface(text)
    loose = STOP | ASKING | HEARD | SEEN
    while words and words[0][0].casefold() in loose:
        words = words[1:]
    while words and words[-1][0].casefold() in loose:
        words = words[:-1]
    return text[words[0][1] : words[-1][2]] if words else ""
