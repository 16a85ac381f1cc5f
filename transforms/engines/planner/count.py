"""How many: occurrences of a word or a text, lines on a slide, things of a list; or a number that is shown or said."""

import re
from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.closer import been_through, dwell, look_for, watch
from transforms.engines.planner.fact import solve
from transforms.engines.planner.observation import Item
from transforms.engines.planner.order import sightings
from transforms.engines.planner.quotes import without_quotes
from transforms.engines.planner.search import FOUND, Hit, Wanted, heard_hits, seen_hits, sides, wanted_of
from transforms.engines.planner.spans import find_when, runs_of
from transforms.engines.planner.words import find, holds, likeness, plain, surface, value
from transforms.text import same_text

_TIMES = re.compile(r"\bhow (?:many times|often)\b|\bnumber of (?:times|occurrences)\b|\boccurrences\b", re.IGNORECASE)
_OF_THESE = re.compile(r"\bhow many of\b|^\W*of\b", re.IGNORECASE)
_LINES = re.compile(
    r"\b(?:how many|count)\b[^?]*?\b(?:bullets?|bullet points?|points?|items?|(?:on-screen )?lines?|entries|rows?"
    r"|steps?|topics?|options?|ingredients?|names?|texts?)\b",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"\b(?:with|contain(?:s|ing)?|includ(?:e|es|ing)|have|has|having|occurs?|mention(?:s|ing)?)\b", re.IGNORECASE
)
_LONG = re.compile(r"\bhow long\b|\bfor how many seconds\b|\bhow many seconds\b", re.IGNORECASE)
_STAYS = re.compile(r"\b(?:on screen|visible|shown|displayed|stays?|seen|lasts?|remains?)\b", re.IGNORECASE)

MOST_WINDOW_S = 60.0
"""Clips in a row that show a text are looked at together up to this length."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and what was counted; a number that was read or heard is not `counted`."""

    number: float
    items: tuple[Item, ...]
    counted: bool = True


def how_many(case: Case) -> Tally:
    """The number that the question asks for; 1 when nothing was found."""
    bare, quotes = without_quotes(case.ask.text), case.ask.all_quotes
    if _TIMES.search(bare):
        return _times(case)
    if len(quotes) >= 2 and _OF_THESE.search(bare):
        until_s = case.ask.when.at_s if case.ask.when.at_s is not None else float("inf")
        found = sightings(case, quotes, until_s + 0.5)
        there = [sighting.item for sighting in found if sighting.item is not None and sighting.start_s <= until_s + 0.5]
        return Tally(len(there), tuple(there))
    if _LONG.search(bare) and _STAYS.search(bare) and quotes:
        stay = find_when(case)
        return Tally(round(stay.span.length_s), (stay.item,) if stay.item else ())
    if _LINES.search(bare) and case.ask.side != "hear":
        if quotes and _WITH.search(bare):
            return _lines_with(case, quotes[0])
        counted = _lines_under(case)
        if counted is not None:
            return counted
    return _number(case)


def number_of(text: str) -> float | None:
    """The number that a choice consists of, with at most one word after it."""
    words = surface(text)
    return value(words[0][0]) if words and len(words) <= 2 else None


def asks_how_many(case: Case) -> bool:
    """Whether a question asks how many, and all its choices are numbers."""
    asks = re.search(r"\bhow (?:many|often|long)\b|\bnumber of\b", without_quotes(case.ask.text), re.IGNORECASE)
    return bool(asks) and all(number_of(choice) is not None for choice in case.ask.choices)


def nearest(case: Case, tally: Tally) -> int:
    """The choice whose number is nearest to the one that was counted."""
    values = [number_of(choice) or 0.0 for choice in case.ask.choices]
    return min(range(len(values)), key=lambda n: (abs(values[n] - tally.number), n))


def _times(case: Case) -> Tally:
    """How often a word is said or a text comes up."""
    phrase = (case.ask.all_quotes or (" ".join(case.ask.matter),))[0]
    tallies = [
        _said_times(case, phrase) if side == "hear" else _shown_times(case, phrase)
        for side in sides(case.ask.side, case.voice)
    ]
    return max(tallies, key=lambda tally: tally.number)


def _said_times(case: Case, phrase: str) -> Tally:
    heard_hits(case.desk, case.voice, Wanted((phrase,), ()), top_k=20)
    spoken = {i.span: i for i in case.desk.items() if i.sense == "hear" and _occurrences(phrase, i.text)}
    items = tuple(sorted(spoken.values(), key=lambda item: item.span))
    case.desk.known = wording.heard(case.voice, items[:2])
    return Tally(sum(_occurrences(phrase, item.text) for item in items), items)


def _occurrences(phrase: str, text: str) -> int:
    """How often the phrase stands in the text, word by word, not overlapping."""
    wanted, words = plain(phrase), plain(text)
    count, at = 0, find(wanted, words)
    while at >= 0:
        count += 1
        words = words[at + len(wanted) :]
        at = find(wanted, words)
    return count


def _shown_times(case: Case, phrase: str) -> Tally:
    """Every stretch that may show the text is looked at; appearances with a gap between them count each."""
    hits = [hit for hit in seen_hits(case.desk, case.voice, Wanted((phrase,), ()), top_k=10) if hit.fit >= 0.8]
    missed: list[Item] = []
    for span in _stretches(hits):
        found = look_for(case, span, f"for {wording.quoted(phrase)}", lambda line: likeness(phrase, line.text) >= 0.9)
        if not found and not been_through(case.desk, "caption_zoom", span):
            missed.append(Item(span, phrase, "see"))
    lines = [i for i in case.desk.items() if i.sense == "see" and likeness(phrase, i.text) >= 0.9]
    runs = runs_of([*lines, *missed])
    return Tally(len(runs), tuple(runs))


def _stretches(hits: list[Hit]) -> list[Span]:
    """The hits' spans; those that touch as one, up to a length that can be looked at."""
    joined: list[Span] = []
    for span in sorted(hit.span for hit in hits):
        last = joined[-1] if joined else span
        if joined and span.start_s - last.end_s <= 0.5 and span.end_s - last.start_s <= MOST_WINDOW_S:
            joined[-1] = Span(last.start_s, max(last.end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _lines_with(case: Case, phrase: str) -> Tally:
    """Different lines that have a word or phrase, whatever clips they stand in."""
    hits = [h for h in seen_hits(case.desk, case.voice, Wanted((phrase,), ()), top_k=10) if h.clip is not None]
    for hit in sorted(hits, key=lambda hit: hit.span):
        promised = [line for line in hit.clip.lines if holds(line, phrase)] if hit.clip else []
        known = [i.text for i in case.desk.items() if i.sense == "see"]
        if any(not any(same_text(line, text) for text in known) for line in promised):
            watch(case, hit.span, f"for {wording.quoted(phrase)}")
    found: list[Item] = []
    promised_items = [Item(hit.span, line, "see") for hit in hits if hit.clip for line in hit.clip.lines]
    for item in [*(i for i in case.desk.items() if i.sense == "see"), *promised_items]:
        if holds(item.text, phrase) and not any(same_text(item.text, other.text) for other in found):
            found.append(item)
    for item in found:
        dwell(case, item, f"for {wording.quoted(phrase)}")
    return Tally(len(found), tuple(found))


def _lines_under(case: Case) -> Tally | None:
    """Lines under a heading, when all of them stand there; None when the heading was not found."""
    wanted = wanted_of(case.ask.text, case.ask.all_quotes)
    hits = [hit for hit in seen_hits(case.desk, case.voice, wanted, top_k=10) if hit.fit >= FOUND]
    if not hits:
        return None
    fullest = max(hits, key=lambda hit: (len(hit.clip.lines) if hit.clip else 0, hit.span.end_s))
    watch(case, fullest.span, "where all of it should stand there")
    heads = [i for i in case.desk.items() if i.sense == "see" and wanted.fit(i.text) >= FOUND]
    if not heads:
        return None
    head = max(heads, key=lambda i: (wanted.fit(i.text), i.span.end_s))
    last_s = head.span.end_s
    if last_s < fullest.span.end_s - 0.5:
        watch(case, Span(max(0.0, last_s - 8.0), max(1.0, last_s - 0.2)), "before it goes")
    end = Span(max(0.0, last_s - 1.5), last_s)
    under = [
        item
        for item in case.desk.items()
        if item.sense == "see" and item.text != head.text and item.span.overlap_s(end) > 0 and _own_line(item.text)
    ]
    return Tally(len(under), tuple(under))


def _own_line(text: str) -> bool:
    """Whether a line is one of its own, and no rest of the line above: it starts with a capital, a digit or a mark."""
    bare = text.strip()
    return bool(surface(bare)) and not bare[0].islower()


def _number(case: Case) -> Tally:
    """A number that is shown or said."""
    best = solve(case)
    found = [n for word, _, _ in surface(best.text) if (n := value(word)) is not None and n.is_integer()]
    if found and best.item is not None:
        return Tally(found[0], (best.item,), counted=False)
    return Tally(1, (), counted=False)
