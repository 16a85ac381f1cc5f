"""From a question to its answer: which rules it takes, and the answer in the form that was asked for."""

import re
from dataclasses import dataclass, replace

from schemas.source import LETTERS
from transforms.engines.planner import conclude, count, wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.ends import see_ends
from transforms.engines.planner.exists import is_yes_no, missing_one, yes_or_no
from transforms.engines.planner.fact import solve
from transforms.engines.planner.frames import by_all_looks
from transforms.engines.planner.observation import Item
from transforms.engines.planner.order import pick_one, put_in_order
from transforms.engines.planner.pieces import MOST_WORDS
from transforms.engines.planner.spans import Stay, find_when
from transforms.engines.planner.times import time_of
from transforms.engines.planner.words import likeness, spelled, surface

SAME = 0.9
"""A line that is so much like a quote of the question is that."""

UNKNOWN = "unknown"
"""The answer to a question with nothing at all to go by."""

_ASKS_TIME = re.compile(r"\bwhen\b|\btime\b|\bmoment\b|\bseconds?\b", re.IGNORECASE)
_PICKS = re.compile(r"\b(?:first|last)\W*(?:$|[:,?])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` in the form that was asked for, `why` the last reasoning."""

    text: str
    why: str


def answer(case: Case) -> Answer:
    """Raises:
    NextCall: something has to be looked at first.
    """
    kinds = {"order": _order, "span": _span, "count": _count, "choice": _choice, "open": _open}
    return kinds[case.ask.kind](case)


def _open(case: Case) -> Answer:
    best = solve(case)
    text = _shorten(wording.clean(best.text)) or UNKNOWN
    return Answer(text, conclude.conclude(case, [*_gone_by(case), best.item], wording.quoted(text)))


def _span(case: Case) -> Answer:
    found = find_when(case)
    item, span = found.item, found.span
    if item is not None and item.sense == "see":
        see_ends(case, item)
        item = replace(item, span=by_all_looks(case.desk, item).span)
        span = item.span
    said = f"{span.start_s:.1f}-{max(span.end_s, span.start_s + 0.1):.1f}"
    return Answer(said, conclude.conclude(case, [item], f"{said} s"))


def _count(case: Case) -> Answer:
    tally = count.how_many(case)
    ending = conclude.conclude_count if tally.counted else conclude.conclude
    return Answer(spelled(tally.number), ending(case, tally.items, spelled(tally.number)))


def _order(case: Case) -> Answer:
    order, found = put_in_order(case)
    letters = ", ".join(LETTERS[n] for n in order)
    return Answer(letters, conclude.conclude_order(case, [found[n].item for n in order], letters))


def _choice(case: Case) -> Answer:
    ask = case.ask
    if is_yes_no(ask.choices):
        n, items = yes_or_no(case)
        return Answer(LETTERS[n], conclude.conclude(case, items, _chosen(case, n)))
    if count.asks_how_many(case):
        tally = count.how_many(case)
        n = count.nearest(case, tally)
        ending = conclude.conclude_count if tally.counted else conclude.conclude
        return Answer(LETTERS[n], ending(case, tally.items, _chosen(case, n)))
    if _ASKS_TIME.search(ask.text) and all(time_of(choice) is not None for choice in ask.choices):
        stay = find_when(case)
        n = max(range(len(ask.choices)), key=lambda n: (_agreement(stay, ask.choices[n]), -n))
        return Answer(LETTERS[n], conclude.conclude(case, [stay.item], _chosen(case, n)))
    if ask.negative:
        n, found = missing_one(case)
        others = [s.item for index, s in enumerate(found) if index != n]
        return Answer(LETTERS[n], conclude.conclude_missing(case, others, _chosen(case, n)))
    if _picks_among_choices(case):
        n, found = pick_one(case)
        seen = [s.item for s in sorted(found, key=lambda s: s.start_s)]
        return Answer(LETTERS[n], conclude.conclude_pick(case, seen, _chosen(case, n)))
    best = solve(case)
    n = ask.choices.index(best.text) if best.text in ask.choices else 0
    return Answer(LETTERS[n], conclude.conclude(case, [*_gone_by(case), best.item], _chosen(case, n)))


def _gone_by(case: Case) -> list[Item]:
    """The text by which the place was found, where the last look has shown it and so nothing has told of it yet."""
    anchor, looks = case.ask.anchor, case.desk.seen[-1:]
    if anchor is None:
        return []
    lines = [item for look in looks for item in look.items if item.sense == "see"]
    return [line for line in lines if any(likeness(quote, line.text) >= SAME for quote in anchor.quotes)][:1]


def _picks_among_choices(case: Case) -> bool:
    """`First` and `last` order the choices, unless they belong to a part of the video (the first slide)."""
    ask = case.ask
    if not ask.pick or ask.anchor is not None or ask.when.span is not None:
        return False
    return not ask.edge or bool(_PICKS.search(ask.main.strip()))


def _agreement(stay: Stay, choice: str) -> float:
    """How well a time or a stretch that a choice names agrees with the one that was found."""
    time = time_of(choice)
    if time is None:
        return float("-inf")
    if time.length_s == 0:
        return -abs(time.start_s - stay.span.start_s)
    return stay.span.overlap_s(time) - abs(time.middle_s - stay.span.middle_s) / 1000


def _chosen(case: Case, n: int) -> str:
    return f"{LETTERS[n]}, {wording.quoted(case.ask.choices[n])}"


def _shorten(text: str) -> str:
    """At most as many words as a short answer has."""
    words = surface(text)
    return text if len(words) <= MOST_WORDS else text[: words[MOST_WORDS - 1][2]]
