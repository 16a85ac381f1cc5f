"""An answer in words or numbers, cut out of what was seen and heard."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from transforms.engines.planner.choices import Support
from transforms.engines.planner.desk import Desk
from transforms.engines.planner.numbers import asks_number, numbers_in
from transforms.engines.planner.pieces import Piece, beside_quote, called, fills, names, rests
from transforms.engines.planner.place import placed
from transforms.engines.planner.question import Ask
from transforms.engines.planner.quotes import blank
from transforms.engines.planner.traces import Focus, Trace, aboutness, nearness, side_weight, topic_words, traces
from transforms.engines.planner.words import holds, plain, rarity, stems, weights

_WHO = re.compile(
    r"\bwho(?:se|m)?\b|\bwhat (?:is|was) (?:\S+ ){0,4}name\b|\bwhich (?:person|company|city|country|place)\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_CALLED = re.compile(r"\bcall(?:ed|s)?\b|\bname[ds]?\b|\bknown as\b|\bstand(?:s)? for\b|\brefer\b", re.IGNORECASE)


def answers(ask: Ask, desk: Desk, focuses: Sequence[Focus]) -> list[Support]:
    """Candidate answers, best first."""
    known = [trace for trace in traces(desk) if trace.item.sense != "picture"]
    about = topic_words(ask)
    seen = weights(trace.item.text for trace in known)
    found: dict[str, Support] = {}
    for trace in known:
        on_topic, near = aboutness(about, trace, seen, len(known)), nearness(focuses, trace.item.span)
        context = 0.1 + 0.5 * near + 0.4 * on_topic if focuses else 0.2 + 0.8 * on_topic
        context *= side_weight(ask, trace.item) * (1.0 if trace.single else 0.9) * placed(ask, desk, trace.item)
        for text, quality in _pieces(ask, trace, seen, len(known)):
            key = " ".join(plain(text)) or text
            if key not in found or context * quality > found[key].score:
                found[key] = Support(text, context * quality, trace.item)
    return sorted(found.values(), key=lambda s: (-s.score, s.item.span if s.item else None, s.text))


def _pieces(ask: Ask, trace: Trace, seen: Counter[str], count: int) -> Iterator[Piece]:
    """Parts of a text that may be the answer, with how well they fit the form of the question (0 to 1)."""
    text, topic, asked = trace.item.text, topic_words(ask), stems(ask.text)
    gap = next((gap for part in (*ask.quotes, ask.main) if (gap := blank(part)) is not None), None)
    if gap is not None:
        yield from fills(text, *gap)
        return
    if asks_number(ask):
        yield from numbers_in(ask, text, frozenset(word for word, weight in topic.items() if weight == 1.0))
        return
    yield from beside_quote(ask, text)
    who = bool(_WHO.search(ask.bare))
    if _CALLED.search(ask.bare):
        yield from (piece for piece in called(text) if not stems(piece[0]) <= asked)
    if who or _WHERE.search(ask.bare):
        yield from names(text, asked, trace.item.sense == "hear")
    known = bool(stems(text) & set(topic))
    for rest, quality in rests(text, asked):
        quality = min(1.0, quality + 0.2 * max((rarity(word, seen, count) for word in stems(rest)), default=0.0))
        yield rest, quality * (1.0 if known else 0.6) * (0.7 if who else 1.0)
    if trace.item.sense == "see" and not any(holds(quote, text) for quote in ask.all_quotes):
        more_than_a_mark = 1.0 if len("".join(plain(text))) > 1 else 0.5
        yield text, (0.55 if known else 0.75) * more_than_a_mark
