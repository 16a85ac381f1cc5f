"""An answer in words or numbers, cut out of what was seen and heard."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from transforms.engines.planner.choices import Focus, Scene, Support, aboutness, scenes, side_weight, timely, topic_words
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.place import placed
from transforms.engines.planner.question import Ask, blank, without_quotes
from transforms.engines.planner.words import (
    ASKING,
    HEARD,
    SEEN,
    STOP,
    find,
    holds,
    plain,
    rarity,
    stem,
    stems,
    surface,
    value,
    weights,
)

_NUMBER = re.compile(
    r"\b(?:which|what|one|a) (?:\w+ )?number\b|\bhow (?:many|much|old|far|tall|high|long|fast|often|big|deep|heavy|large)\b|\bcosts?\b|\bat what time\b|\bwhen\b"
    r"|\b(?:what|which) (?:\w+ )?(?:number|year|price|percentage|percent|page|score|amount|temperature|date|time|size|speed|room|gate)\b",
    re.IGNORECASE,
)
_MEASURES = re.compile(r"\bhow (?:much|old|far|tall|high|long|fast|big|deep|heavy|large)\b|\bwhat (?:length|size|distance)\b", re.IGNORECASE)
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
MOST_WORDS = 12
"""A short answer has no more words; longer lines are cut to the part that the question leaves open."""


def asks_number(ask: Ask) -> bool:
    return ask.kind == "count" or bool(_NUMBER.search(without_quotes(ask.main)))


def answers(ask: Ask, desk: Desk, focuses: Sequence[Focus]) -> list[Support]:
    """Candidate answers, best first."""
    around = [scene for scene in scenes(desk) if scene.item.sense != "picture"]
    about = topic_words(ask)
    seen = weights(scene.item.text for scene in around)
    found: dict[str, Support] = {}
    for scene in around:
        near = max((focus.fit * timely(focus, scene.item.span) for focus in focuses), default=0.0)
        on_topic = aboutness(about, scene, seen, len(around))
        context = 0.1 + 0.5 * near + 0.4 * on_topic if focuses else 0.2 + 0.8 * on_topic
        for text, quality in pieces(ask, scene, placed(ask, desk, scene.item), seen, len(around)):
            score = context * quality * side_weight(ask, scene.item) * (1.0 if scene.single else 0.9)
            key = " ".join(plain(text)) or text
            if key not in found or score > found[key].score:
                found[key] = Support(text, score, scene.item)
    return sorted(found.values(), key=lambda s: (-s.score, s.item.span if s.item else None, s.text))


def pieces(ask: Ask, scene: Scene, place: float, seen: Counter[str], count: int) -> Iterator[tuple[str, float]]:
    """Parts of a text that may be the answer, with how well they fit the form of the question (0 to 1)."""
    text, bare = scene.item.text, without_quotes(ask.main)
    gap = _gap(ask)
    if gap is not None:
        yield from _fills(text, *gap)
        return
    if asks_number(ask):
        yield from _numbers(ask, text)
        return
    asked = stems(ask.text)
    yield from _beside(ask, text)
    if _ASKS_NAME.search(bare):
        for found in _NAMED.finditer(text):
            name = _trim(found[1])
            if name and not stems(name) <= asked:
                yield name, 0.9
    if _WHO.search(bare) or _WHERE.search(bare):
        whole = " ".join(word for word, _, _ in surface(text))
        for name in _names(text):
            if not stems(name) <= asked:
                yield name, (0.95 if name == whole else 0.85) * (1.0 if " " in name or scene.item.sense == "hear" else 0.85)
    known = stems(text) & set(topic_words(ask))
    named = 0.7 if _WHO.search(bare) else 1.0
    for rest, quality in _rests(text, asked):
        quality += 0.2 * max(rarity(word, seen, count) for word in stems(rest))
        yield rest, min(1.0, quality) * (1.0 if known else 0.6) * named
    if scene.item.sense == "see" and not any(holds(quote, text) for quote in ask.all_quotes):
        yield text, (0.55 if known else 0.75) * place * (1.0 if len("".join(plain(text))) > 1 else 0.5)


def _beside(ask: Ask, text: str) -> Iterator[tuple[str, float]]:
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
    if part:
        rest = _trim(text[part[0][1] : part[-1][2]])
        if re.search(r"\bword\b", ask.main, re.IGNORECASE) and surface(rest):
            rest = surface(rest)[0 if after else -1][0]
        if rest:
            yield rest, 1.0


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
            stop = find(right[:more], folded[start:]) if more else min(len(folded) - start, 1)
            if stop > 0 and (size or more):
                part = text[words[start][1] : words[start + stop - 1][2]]
                known = (size + more) / max(1, min(5, len(left)) + min(5, len(right)))
                yield part, known if stop <= 4 else 0.5 * known
                return


def _numbers(ask: Ask, text: str) -> Iterator[tuple[str, float]]:
    """Numbers, better the nearer they stand to the question's words, with their unit when a length is asked for."""
    bare = without_quotes(ask.main)
    asked, words = {stem for stem, weight in topic_words(ask).items() if weight == 1.0}, surface(text)
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
        quality = 0.55 + (0.4 / (1 + 0.4 * min(_gap_to(ask, n, place) for place in places)) if places else 0.0)
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
        if _MEASURES.search(bare) and ask.kind == "open" and follows.casefold() in _UNITS and follows.casefold() not in bare.casefold():
            end = words[n + 1][2]
        sign = re.search(r"[$€£¥]\s*$", text[:start])
        yield text[start - len(sign[0]) if sign else start : end], quality


def _gap_to(ask: Ask, number: int, word: int) -> float:
    """Words between a number and a word; how many there are of a thing is told before the thing (`2 onions`)."""
    return abs(number - word) + (1.5 if ask.kind == "count" and number > word else 0.0)


def _names(text: str) -> Iterator[str]:
    """Runs of words with capitals, as names have them; the first word of a sentence alone is none."""
    run: list[tuple[str, int, int]] = []
    words = surface(text)
    for n, word in enumerate([*words, ("", 0, 0)]):
        if re.fullmatch(r"[^\W\d_][^\W\d_'’.-]+", word[0]) and word[0][0].isupper() and word[0].casefold() not in STOP:
            run.append(word)
            continue
        if run and not (len(run) == 1 and run[0][1] == 0 and n > 1):
            yield text[run[0][1] : run[-1][2]]
        run = []


def _rests(text: str, asked: set[str]) -> Iterator[tuple[str, float]]:
    """Runs of words of content that the question does not have; better with a capital inside a sentence, and near to
    words that the question has."""
    words = surface(text)
    known = [n for n, (word, _, _) in enumerate(words) if set(map(stem, plain(word))) & asked and word.casefold() not in STOP]
    run: list[int] = []
    for n in range(len(words) + 1):
        word = words[n][0] if n < len(words) else ""
        open_ = bool(word) and word.casefold().replace("'", "").replace("’", "") not in STOP and n not in known
        if open_ and len(run) < MOST_WORDS:
            run.append(n)
            continue
        if run:
            part = text[words[run[0]][1] : words[run[-1]][2]]
            capital = any(words[i][0][:1].isupper() and i > 0 for i in run)
            gap = min((min(abs(i - k) for i in run) for k in known), default=9)
            if _trim(part):
                yield _trim(part), 0.35 + (0.2 if capital else 0.0) + 0.25 / (1 + 0.5 * (gap - 1))
        run = [n] if open_ else []


def _trim(text: str) -> str:
    """Without words at either end that cannot be what is asked for."""
    words = surface(text)
    loose = STOP | ASKING | HEARD | SEEN
    while words and words[0][0].casefold() in loose:
        words = words[1:]
    while words and words[-1][0].casefold() in loose:
        words = words[:-1]
    return text[words[0][1] : words[-1][2]] if words else ""
