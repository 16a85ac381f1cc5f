"""How many: occurrences of a word or a text, lines on a slide, things of a list; or a number that is shown or said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner import closer, wording
from transforms.engines.planner.fact import Case, dwell, sides, solve, wanted_of
from transforms.engines.planner.observation import Item
from transforms.engines.planner.order import close_up, sightings
from transforms.engines.planner.question import Ask, without_quotes
from transforms.engines.planner.search import FOUND, Wanted, heard_hits, seen_hits
from transforms.engines.planner.spans import SAME_S, chain, find_when
from transforms.engines.planner.words import find, holds, likeness, plain, surface, value
from transforms.text import same_text

_TIMES = re.compile(r"\bhow (?:many times|often)\b|\bnumber of (?:times|occurrences)\b|\bhow many occurrences\b", re.IGNORECASE)
_OF_THESE = re.compile(r"\bhow many of (?:the following|these|those|them)\b|\bhow many of\b", re.IGNORECASE)
_LINES = re.compile(
    r"\b(?:how many|count)\b[^?]*?\b(?:bullets?|bullet points?|points?|items?|(?:on-screen )?lines?|entries|rows?|steps?|topics?|options?|ingredients?|names?|texts?)\b",
    re.IGNORECASE,
)
_WITH = re.compile(r"\b(?:with|contain(?:s|ing)?|includ(?:e|es|ing)|have|has|having|occurs?|mention(?:s|ing)?)\b", re.IGNORECASE)
_LONG = re.compile(r"\bhow long\b|\bfor how many seconds\b|\bhow many seconds\b", re.IGNORECASE)
_STAYS = re.compile(r"\b(?:on screen|visible|shown|displayed|stay|stays|seen|last|lasts|remain|remains)\b", re.IGNORECASE)

MOST_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and what was counted; a number that was read or heard is not `counted`."""

    number: float
    items: tuple[Item, ...]
    counted: bool = True


def how_many(case: Case) -> Tally:
    bare = without_quotes(case.ask.text)
    quotes = case.ask.all_quotes
    if _TIMES.search(bare):
        return times(case)
    if len(quotes) >= 2 and (_OF_THESE.search(bare) or re.match(r"\W*of\b", bare, re.IGNORECASE)):
        found = sightings(case, quotes)
        close_up(case, found)
        if case.ask.at_s is not None:
            found = [s for s in found if s.start_s <= case.ask.at_s + 0.5]
        return Tally(sum(s.item is not None for s in found), tuple(s.item for s in found if s.item is not None))
    if _LONG.search(bare) and _STAYS.search(bare) and quotes:
        when = find_when(case)
        return Tally(round(when.span.length_s), (when.item,) if when.item else ())
    if quotes and _LINES.search(bare) and _WITH.search(bare) and case.ask.side != "hear":
        return lines_with(case, quotes[0])
    if _LINES.search(bare) and case.ask.side != "hear":
        counted = lines(case)
        if counted is not None:
            return counted
    return number(case)


def times(case: Case) -> Tally:
    """How often a word is said or a text comes up."""
    ask = case.ask
    phrase = (ask.all_quotes or (" ".join(ask.matter),))[0]
    best = Tally(0, ())
    for side in sides(ask.side, case.voice):
        tally = said_times(case, phrase) if side == "hear" else shown_times(case, phrase)
        if tally.number > best.number:
            best = tally
        if best.number and ask.side != "any":
            break
    return best


def said_times(case: Case, phrase: str) -> Tally:
    heard_hits(case.desk, case.voice, Wanted((phrase,), ()), top_k=20)
    spoken = {i.span: i for i in case.desk.items() if i.sense == "hear" and occurrences(phrase, i.text)}
    items = tuple(sorted(spoken.values(), key=lambda item: item.span))
    case.desk.known = wording.heard(case.voice, items[:2])
    return Tally(sum(occurrences(phrase, item.text) for item in items), items)


def occurrences(phrase: str, text: str) -> int:
    """How often the phrase stands in the text, word by word, not overlapping."""
    wanted, words = plain(phrase), plain(text)
    count, at = 0, find(wanted, words)
    while at >= 0:
        count += 1
        words = words[at + len(wanted) :]
        at = find(wanted, words)
    return count


def shown_times(case: Case, phrase: str) -> Tally:
    """Every stretch that may show the text is looked at; appearances with a gap between them count each."""
    wanted = Wanted((phrase,), ())
    hits = [hit for hit in seen_hits(case.desk, case.voice, wanted, top_k=10) if hit.fit >= 0.8]
    stretches: list[Span] = []
    for hit in sorted(hits, key=lambda hit: hit.span):
        if stretches and hit.span.start_s - stretches[-1].end_s <= 0.5 and hit.span.end_s - stretches[-1].start_s <= MOST_WINDOW_S:
            stretches[-1] = Span(stretches[-1].start_s, max(stretches[-1].end_s, hit.span.end_s))
        else:
            stretches.append(hit.span)
    unlooked: list[Item] = []
    for span in stretches:
        found = closer.watch_all(case.desk, case.voice, span, f"for {wording.quoted(phrase)}", case.worth)
        if not found.understood:
            unlooked.append(Item(span, phrase, "see"))
    lines = [i for i in case.desk.items() if i.sense == "see" and likeness(phrase, i.text) >= 0.9] + unlooked
    runs: list[Item] = []
    for line in sorted(lines, key=lambda i: i.span):
        if runs and line.span.start_s - runs[-1].span.end_s <= SAME_S:
            last = runs[-1]
            runs[-1] = Item(Span(last.span.start_s, max(last.span.end_s, line.span.end_s)), last.text, "see", last.window)
        else:
            runs.append(line)
    return Tally(len(runs), tuple(runs))


def lines_with(case: Case, phrase: str) -> Tally:
    """Different lines that have a word or phrase, whatever clips they stand in."""
    hits = [h for h in seen_hits(case.desk, case.voice, Wanted((phrase,), ()), top_k=10) if h.clip is not None]
    for hit in sorted(hits, key=lambda hit: hit.span):
        new = [line for line in hit.clip.lines if holds(line, phrase)] if hit.clip else []
        old = [i.text for i in case.desk.items() if i.sense == "see"]
        if any(not any(same_text(line, text) for text in old) for line in new):
            closer.watch(case.desk, case.voice, hit.span, f"for {wording.quoted(phrase)}", case.worth)
    found: list[Item] = []
    for item in [i for i in case.desk.items() if i.sense == "see" and holds(i.text, phrase)]:
        if not any(same_text(item.text, other.text) for other in found):
            found.append(item)
    for item in found:
        dwell(case, item, f"for {wording.quoted(phrase)}")
    for hit in hits:
        for line in hit.clip.lines if hit.clip else ():
            if holds(line, phrase) and not any(same_text(line, other.text) for other in found):
                found.append(Item(hit.span, line, "see"))
    return Tally(len(found), tuple(found))


def lines(case: Case) -> Tally | None:
    """Lines under a heading, when all of them stand there."""
    wanted = wanted_of(case.ask.text, case.ask.all_quotes)
    good = [hit for hit in seen_hits(case.desk, case.voice, wanted, top_k=10) if hit.fit >= FOUND and hit.clip is not None]
    if not good:
        return None
    fullest = max(good, key=lambda hit: (len(hit.clip.lines) if hit.clip else 0, hit.span.end_s))
    closer.watch(case.desk, case.voice, fullest.span, "where all of it should stand there", case.worth)
    items = [i for i in case.desk.items() if i.sense == "see"]
    heads = [i for i in items if wanted.fit(i.text) >= FOUND]
    if not heads:
        return None
    head = max(heads, key=lambda i: (wanted.fit(i.text), i.span.end_s))
    last = head.span.end_s
    if last < fullest.span.end_s - 0.5:
        closer.watch(case.desk, case.voice, Span(max(0.0, last - 8.0), max(1.0, last - 0.2)), "before it goes", case.worth)
        items = [i for i in case.desk.items() if i.sense == "see"]
    under = [
        i
        for i in items
        if i is not head and i.span.overlap_s(Span(max(0.0, last - 1.5), last)) > 0 and starts_line(i.text) and not any(holds(q, i.text) for q in wanted.quotes)
    ]
    return Tally(len(under), tuple(under))


def starts_line(text: str) -> bool:
    """Whether a line is one of its own rather than the rest of the line above: it starts with a capital, digit or mark."""
    bare = text.strip()
    return bool(surface(bare)) and not bare[0].islower()


def number(case: Case) -> Tally:
    """A number that is shown or said."""
    best = solve(case)
    found = [n for word, _, _ in surface(best.text) if (n := value(word)) is not None and n.is_integer()]
    if found and best.item is not None:
        return Tally(found[0], (best.item,), counted=False)
    return Tally(1, (), counted=False)


def counts_things(ask: Ask) -> bool:
    """Whether a question asks how many, and all its choices are numbers."""
    asks = re.search(r"\bhow (?:many|often|long)\b|\bnumber of\b", without_quotes(ask.text), re.IGNORECASE)
    return bool(asks) and bool(ask.choices) and all(value_of(choice) is not None for choice in ask.choices)


def value_of(text: str) -> float | None:
    words = surface(text)
    return value(words[0][0]) if words and len(words) <= 2 else None


def nearest(case: Case, tally: Tally) -> int:
    """The choice whose number is nearest to the one that was counted."""
    values = [value_of(choice) for choice in case.ask.choices]
    return min(range(len(values)), key=lambda n: (abs((values[n] or 0.0) - tally.number), n))

