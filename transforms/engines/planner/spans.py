"""When something is on screen or said: from when to when."""

from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner import closer, wording
from transforms.engines.planner.fact import Case, opposite, sides, wanted_of
from transforms.engines.planner.observation import Item
from transforms.engines.planner.search import FOUND, Hit, Wanted, search
from transforms.engines.planner.words import plain

PAD_S = 2.0
"""A window starts so much before the clip that was found and ends so much after it."""

STEP_S = 10.0
"""How much further to look when a text touches the edge of the window."""

SAME_S = 1.5
"""Two appearances with a shorter gap between them are one."""


@dataclass(frozen=True, slots=True)
class When:
    """The stretch that was found and the evidence; `item` is None for a guess."""

    span: Span
    item: Item | None


def find_when(case: Case) -> When:
    """The stretch that shows or says what the question is about."""
    ask = case.ask
    quotes = ask.quotes or (ask.anchor.quotes if ask.anchor else ())
    wanted = wanted_of(ask.main if ask.quotes or ask.anchor is None else ask.text, quotes)
    guess: When | None = None
    tried = [*sides(ask.side, case.voice), *((opposite(ask.side),) if ask.side != "any" else ())]
    for side in tried:
        hits = search(case.desk, case.voice, wanted, side)
        for hit in hits[:2]:
            if hit.fit < FOUND and guess is not None:
                break
            when = spoken(case, hit) if hit.item is not None else on_screen(case, hit, hits, wanted)
            if when is not None and (hit.fit >= FOUND or guess is None):
                guess = when
            if guess is not None and hit.fit >= FOUND:
                return guess
    return guess or by_edge(case)


def spoken(case: Case, hit: Hit) -> When:
    item = hit.item
    assert item is not None
    case.desk.known = wording.heard(case.voice, [item])
    return When(hit.span, item)


def on_screen(case: Case, hit: Hit, hits: list[Hit], wanted: Wanted) -> When | None:
    """The text's whole stay: the clips that have it in a row at first, then on while it touches the window's edge."""
    span = chain(hit, hits)
    end_s = case.desk.duration_s if case.desk.duration_s is not None else span.end_s + PAD_S
    window = Span(max(0.0, span.start_s - PAD_S), min(end_s, span.end_s + PAD_S))
    seen = closer.watch_all(case.desk, case.voice, window, "since a clip there may show it", case.worth)
    item = best_line(case, wanted, hit)
    if item is None:
        return None
    for _ in range(4):
        at_start, at_end = closer.cut_off(item, seen.window or window, case.desk.duration_s)
        if not (at_start or at_end) or case.desk.left == 0:
            break
        edge = seen.window or window
        if at_start:
            further = Span(max(0.0, edge.start_s - STEP_S), edge.start_s + 0.5)
        else:
            further = Span(max(0.0, edge.end_s - 0.5), min(end_s, edge.end_s + STEP_S))
        before = item
        closer.watch_all(case.desk, case.voice, further, "to see how far it goes", case.worth)
        item = best_line(case, wanted, hit) or item
        window = Span(min(edge.start_s, further.start_s), max(edge.end_s, further.end_s))
        seen = type(seen)(seen.tool, seen.text, seen.understood, window, seen.clips, seen.items)
        if item == before:
            break
    return When(item.span, item)


def chain(hit: Hit, hits: list[Hit]) -> Span:
    """The clip with those next to it that fit as well."""
    span = hit.span
    for _ in hits:
        for other in hits:
            touches = other.span.start_s <= span.end_s + 0.2 and other.span.end_s >= span.start_s - 0.2
            if touches and other.fit >= max(FOUND, hit.fit - 0.1):
                span = Span(min(span.start_s, other.span.start_s), max(span.end_s, other.span.end_s))
    return span


def best_line(case: Case, wanted: Wanted, hit: Hit) -> Item | None:
    """The line that fits best; one card's lines that come and go together count as one text."""
    lines = [i for i in case.desk.items() if i.sense == "see" and i.window is not None]
    fits = [(wanted.fit(line.text), line) for line in lines]
    good = [(fit, line) for fit, line in fits if fit >= min(FOUND, 0.7 * hit.fit) and fit > 0]
    if not good:
        return None
    top = max(fit for fit, _ in good)
    same = sorted((line for fit, line in good if fit >= top - 0.05), key=lambda line: line.span)
    runs: list[Item] = []
    for line in same:
        if runs and line.span.start_s - runs[-1].span.end_s <= SAME_S:
            last = runs[-1]
            runs[-1] = Item(Span(last.span.start_s, max(last.span.end_s, line.span.end_s)), last.text, "see", last.window)
        else:
            runs.append(line)
    return runs[-1] if case.ask.pick == "last" else runs[0] if case.ask.pick == "first" else max(runs, key=lambda r: r.span.length_s)


def by_edge(case: Case) -> When:
    """A guess: the start or the end of the video, or its middle."""
    end_s = case.desk.duration_s if case.desk.duration_s is not None else 10.0
    if case.ask.when is not None:
        return When(case.ask.when, None)
    if case.ask.edge == "end":
        return When(Span(max(0.0, end_s - 5.0), end_s), None)
    if case.ask.edge == "start" or plain(case.ask.text)[:1] == ["title"]:
        return When(Span(0.0, min(5.0, end_s)), None)
    return When(Span(round(0.4 * end_s, 1), round(0.6 * end_s, 1)), None)
