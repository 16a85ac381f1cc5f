"""Ways to the place where an answer stands. After every look or hearing the evidence may be weighed."""

from collections.abc import Callable, Iterator, Sequence

from schemas.span import Span
from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.clauses import Relation
from transforms.engines.planner.closer import been_through, examine, look_for, watch
from transforms.engines.planner.descent import by_tree
from transforms.engines.planner.frames import next_look
from transforms.engines.planner.search import FOUND, Hit, Wanted, opposite, search, wanted_of
from transforms.engines.planner.traces import Focus

Way = Callable[[Case], Iterator[None]]

EDGE_S = 9.0
"""Seconds at the end or the start of the video that a look at its end or start takes."""

MOST_PROMISED = 4
"""Looks at clips that are said to show what is asked for."""

MAY_SHOW = "since a clip there may show it"


def by_time(case: Case) -> Iterator[None]:
    """The question names a time."""
    at_s, span = case.ask.when.at_s, case.ask.when.span
    if span is not None:
        point = span if at_s is None else Span(max(0.0, at_s - 0.5), at_s + 0.5)
        begins = at_s is not None and case.ask.comes_up
        case.focuses.append(Focus(point, "begins" if begins else "while", 1.0))
        yield from examine(case, span, "as the question names this time")


def by_anchor(case: Case) -> Iterator[None]:
    """The question tells of something else by which the place is found."""
    anchor = case.ask.anchor
    if anchor is None:
        return
    wanted = wanted_of(anchor.text, anchor.quotes)
    hits = search(case.desk, case.voice, wanted, anchor.side, case.ask.side)
    for hit in _in_turn([hit for hit in hits if hit.fit >= FOUND], anchor.relation)[:2]:
        span = _pin_down(case, hit, wanted, anchor.relation)
        case.focuses.append(Focus(span, anchor.relation, hit.fit))
        yield
        yield from examine(case, *_region(span, anchor.relation))
        if hit.fit > 0.9:
            return


def by_edge(case: Case) -> Iterator[None]:
    """The question is about the start or the end of the video."""
    end_s, edge = case.desk.duration_s, case.ask.edge
    if not edge or end_s is None:
        return
    for n in range(2):
        near_s, far_s = n * EDGE_S, min((n + 1) * EDGE_S, end_s)
        if far_s - near_s < 1.0:
            return
        span = Span(near_s, far_s) if edge == "start" else Span(end_s - far_s, end_s - near_s)
        if n == 0:
            very = Span(0.0, 0.1) if edge == "start" else Span(end_s, end_s)
            case.focuses += [Focus(span, "while", 0.6), Focus(very, "while", 0.9)]
        yield from examine(case, span, "a step further" if n else f"because it is the {edge} of the video")


def by_matter(case: Case) -> Iterator[None]:
    """The question's own quotes and words; words of asking alone find little, so that they wait for their turn."""
    wanted = wanted_of(case.ask.main, case.ask.quotes)
    if wanted.quotes or wanted.words:
        yield from _visit(case, search(case.desk, case.voice, wanted, case.ask.side)[:2])


def by_choices(case: Case) -> Iterator[None]:
    """The choices themselves are looked for, all at once."""
    if case.ask.choices:
        hits = search(case.desk, case.voice, Wanted(case.ask.choices, ()), case.ask.side)
        yield from _visit(case, [hit for hit in hits if hit.fit >= FOUND][:2])


def by_loose_words(case: Case) -> Iterator[None]:
    """The words of asking: a credit may be headed `narrator`, a page `list`."""
    wanted = wanted_of(case.ask.main, case.ask.quotes)
    if wanted.loose and not (wanted.quotes or wanted.words or case.focuses):
        yield from _visit(case, search(case.desk, case.voice, wanted, case.ask.side)[:2])


def by_promises(case: Case) -> Iterator[None]:
    """Clips that searches brought up, where an answer may stand that no look has shown yet."""
    may = "tell" if case.ask.side == "hear" else "show"
    for _ in range(MOST_PROMISED):
        leading = [support.item for support in case.weigh()[:3] if support.item is not None]
        promised = [item for item in leading if item.sense == "see" and item.window is None]
        if not promised:
            return
        span, reason = promised[0].span, f"because it may {may} what I am after"
        part = next_look(case.desk, span)
        if part is not None and case.ask.side != "hear" and been_through(case.desk, "caption_zoom", part):
            # What a wide look has not shown, a closer one may.
            watch(case, part, reason)
            yield
        else:
            yield from examine(case, span, reason)


def by_other_side(case: Case) -> Iterator[None]:
    """What is asked to be seen may be heard, and the other way about."""
    if case.ask.side == "any":
        return
    wanted = wanted_of(case.ask.text, case.ask.all_quotes)
    if not wanted.quotes and not wanted.words:
        wanted = Wanted(case.ask.choices, ())
    if wanted.quotes or wanted.words:
        for hit in search(case.desk, case.voice, wanted, opposite(case.ask.side))[:1]:
            yield
            yield from examine(case, hit.span, "as this may belong to it", case.ask.side)


def by_skimming(case: Case) -> Iterator[None]:
    """Nothing else is left: stretches that nobody has looked at."""
    end_s = case.desk.duration_s
    # Pictures do not tell what is said; who looks for one listens, too.
    if end_s is None or (case.ask.side == "hear" and case.desk.shows) or case.weigh():
        return
    for part in (0.5, 0.9, 0.1):
        span = Span(max(0.0, part * end_s - 5.0), min(end_s, part * end_s + 5.0))
        yield from examine(case, span, "as nothing was found yet")


WAYS: tuple[Way, ...] = (
    by_time,
    by_anchor,
    by_edge,
    by_matter,
    by_choices,
    by_loose_words,
    by_promises,
    by_other_side,
    by_tree,
    by_skimming,
)
"""The most telling ones first."""


def _visit(case: Case, hits: Sequence[Hit]) -> Iterator[None]:
    """Looks and listens at search results."""
    for hit in hits:
        if hit.fit <= 0.0:
            continue
        if hit.item is None:
            yield from examine(case, hit.span, MAY_SHOW, "see")
            if case.ask.side == "hear":
                yield from examine(case, hit.span, "since it belongs to what is shown there", "hear")
            continue
        case.desk.known = case.desk.known or wording.heard(case.voice, [hit.item])
        yield
        if case.ask.side == "see":
            yield from examine(case, hit.span, "to see what is shown with it")
        else:
            wide = Span(max(0.0, hit.span.start_s - 5.0), hit.span.end_s + 7.0)
            yield from examine(case, wide, "to hear the whole of it")


def _in_turn(hits: list[Hit], relation: Relation) -> list[Hit]:
    """Clips that fit alike, with the last one first for what comes after a text that stays, the first for before."""
    best = [hit for hit in hits if hit.item is None and hit.fit >= hits[0].fit - 0.1]
    if relation == "after":
        best.sort(key=lambda hit: -hit.span.end_s)
    elif relation == "before":
        best.sort(key=lambda hit: hit.span.start_s)
    else:
        return hits
    return [*best, *(hit for hit in hits if hit not in best)]


def _pin_down(case: Case, hit: Hit, wanted: Wanted, relation: Relation) -> Span:
    """The stretch of what a search found: of a phrase at once, of a text on screen after a look."""
    if hit.item is not None:
        case.desk.known = wording.heard(case.voice, [hit.item])
        return hit.span
    least = min(FOUND, 0.8 * hit.fit)
    lines = look_for(case, hit.span, MAY_SHOW, lambda line: wanted.fit(line.text) >= least)
    if not lines:
        return hit.span
    if relation == "after":
        return max(lines, key=lambda item: item.span.end_s).span
    if relation == "before":
        return min(lines, key=lambda item: item.span.start_s).span
    return max(lines, key=lambda item: (wanted.fit(item.text), item.span.length_s)).span


def _region(span: Span, relation: Relation) -> tuple[Span, str]:
    """The stretch to look at for something while, after or before another stretch, and why."""
    if relation == "after":
        return Span(max(0.0, span.end_s - 0.3), span.end_s + EDGE_S), "for what comes after it"
    if relation == "before":
        return Span(max(0.0, span.start_s - EDGE_S), span.start_s + 0.3), "for what comes before it"
    return span, "for what goes with it"
