"""Questions whose answer stands somewhere in the video: find the place, look or listen there, answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from schemas.span import Span, covered_s
from transforms.engines.planner import closer, wording
from transforms.engines.planner.choices import Focus, Support, supports
from transforms.engines.planner.desk import LONGEST_S, Desk
from transforms.engines.planner.extract import answers
from transforms.engines.planner.observation import Item
from transforms.engines.planner.question import Ask, Relation, Side, without_times
from transforms.engines.planner.search import FOUND, Hit, Wanted, search
from transforms.engines.planner.wording import Voice
from transforms.engines.planner.words import content, coverage, holds, likeness, matter

SURE = {"choice": (0.5, 0.12)}
SURE_ELSE = (0.42, 0.04)
"""An answer stands when its evidence has the first score and lies by the second before the next one's."""

EDGE_S = 9.0
"""Seconds at the end or the start of the video that a look at its end or start takes."""


@dataclass(slots=True)
class Case:
    """One question under way."""

    ask: Ask
    desk: Desk
    voice: Voice
    focuses: list[Focus] = field(default_factory=list)
    _best: tuple[int, Item | None] = (-1, None)

    def worth(self, item: Item) -> float:
        """What an item has to do with the question: with its choices first, then with its words."""
        of_choices = max((likeness(choice, item.text) for choice in self.ask.choices), default=0.0)
        quotes = (*self.ask.quotes, *(self.ask.anchor.quotes if self.ask.anchor else ()))
        of_quotes = max((likeness(quote, item.text) for quote in quotes), default=0.0)
        if self._told(item):
            return 1.0
        of_words = coverage(self.ask.matter, item.text)
        near = max((0.4 for focus in self.focuses if focus.span.overlap_s(item.span) > 0), default=0.0)
        return max(0.9 * of_choices, 0.9 * of_quotes, 0.8 * of_words, near, 0.35 if self.ask.kind == "open" else 0.0)

    def _told(self, item: Item) -> bool:
        """Whether it is the evidence for the answer that leads now."""
        looks = len(self.desk.seen)
        if self._best[0] != looks:
            self._best = (looks, next((s.item for s in self.weigh()[:1] if s.item is not None), None))
        best = self._best[1]
        return best is not None and item.sense == best.sense and holds(best.text, item.text) and item.span.overlap_s(best.span) > 0

    def weigh(self) -> list[Support]:
        """What speaks for each answer, best first."""
        if self.ask.choices:
            return sorted(supports(self.ask, self.desk, self.focuses), key=lambda s: -s.score)
        return answers(self.ask, self.desk, self.focuses)

    def sure(self, found: Sequence[Support]) -> bool:
        least, margin = SURE.get(self.ask.kind, SURE_ELSE)
        if not found or found[0].score < least or found[0].item is None:
            return False
        if found[0].item.sense == "see" and found[0].item.window is None:
            return False
        return len(found) == 1 or found[0].score - found[1].score >= margin


def solve(case: Case) -> Support:
    """Looks at one place after the other until an answer stands, or ways run out."""
    ways: tuple[Callable[[Case], Iterator[None]], ...] = (
        by_time,
        by_anchor,
        by_edge,
        by_matter,
        by_choices,
        by_loose_words,
        by_promises,
        by_other_side,
        by_skimming,
    )
    for way in ways:
        for _ in way(case):
            found = case.weigh()
            if case.sure(found):
                return settle(case, found[0])
    found = case.weigh()
    return settle(case, found[0]) if found else Support("", 0.0, None)


def settle(case: Case, best: Support) -> Support:
    """Makes sure that the evidence on screen was looked at closely enough to be seen there."""
    if best.item is None or not dwell(case, best.item, "to make sure of it"):
        return best
    again = [s for s in case.weigh() if s.text == best.text]
    return again[0] if again else best


def dwell(case: Case, item: Item, reason: str) -> bool:
    """Looks at a text until it was seen for some seconds, or as long as it stays. Whether a look was needed."""
    if item.sense != "see":
        return False
    looked = False
    if not closer.shown(case.desk, item):
        closer.watch(case.desk, case.voice, around(item.span), reason, case.worth)
        looked = True
    known = next((i for i in case.desk.items() if closer.part_of(i, item)), item)
    window = next((o.window for o in reversed(case.desk.seen) if o.window is not None and o.tool == "caption_zoom"
                   and o.window.overlap_s(known.span) > 0), None)  # fmt: skip
    if window is not None and not closer.dwelt(case.desk, known):
        at_start, at_end = closer.cut_off(known, window, case.desk.duration_s)
        if at_end or at_start:
            edge = Span(window.end_s - 0.5, window.end_s + 6.0) if at_end else Span(max(0.0, window.start_s - 6.0), window.start_s + 0.5)
            closer.watch(case.desk, case.voice, edge, "to see whether it stays", case.worth)
            looked = True
    return looked


def around(span: Span) -> Span:
    """A window for one text: all of it with a little before and after, or the middle of a long one."""
    if span.length_s > 8.0:
        return Span(span.middle_s - 4.0, span.middle_s + 4.0)
    return Span(max(0.0, span.start_s - 0.5), span.end_s + 0.5)


def by_time(case: Case) -> Iterator[None]:
    """The question names a time."""
    if case.ask.when is not None:
        at_s = case.ask.at_s
        point = case.ask.when if at_s is None else Span(max(0.0, at_s - 0.5), at_s + 0.5)
        case.focuses.append(Focus(point, "begins" if at_s is not None and case.ask.comes_up else "while", 1.0))
        yield from examine(case, case.ask.when, "as the question names this time")


def by_edge(case: Case) -> Iterator[None]:
    """The question names the start or the end of the video."""
    end_s, edge = case.desk.duration_s, case.ask.edge
    if not edge or (edge == "end" and end_s is None) or (case.ask.pick and case.ask.choices and not case.ask.edge):
        return
    for n in range(2):
        near, far = n * EDGE_S, (n + 1) * EDGE_S
        if edge == "start":
            span = Span(near, far if end_s is None else min(far, end_s))
        else:
            assert end_s is not None
            span = Span(max(0.0, end_s - far), max(0.0, end_s - near))
        if span.length_s < 1.0:
            return
        if n == 0:
            case.focuses.append(Focus(span, "while", 0.6))
            case.focuses.append(Focus(Span(0.0, 0.1) if edge == "start" else Span(span.end_s, span.end_s), "while", 0.9))
        yield from examine(case, span, f"because it is the {edge} of the video" if n == 0 else "a step further")


def by_anchor(case: Case) -> Iterator[None]:
    """The question tells of something else by which the place is found."""
    anchor = case.ask.anchor
    if anchor is None:
        return
    wanted = wanted_of(anchor.text, anchor.quotes)
    hits = search(case.desk, case.voice, wanted, anchor.side, case.ask.side)
    for hit in [hit for hit in hits if hit.fit >= FOUND][:2]:
        span = pin_down(case, hit, wanted, anchor.relation)
        if span is None:
            continue
        case.focuses.append(Focus(span, anchor.relation, hit.fit))
        yield
        yield from examine(case, region(span, anchor.relation), reason_of(anchor.relation))
        if hit.fit > 0.9:
            return


def by_matter(case: Case) -> Iterator[None]:
    """The question's own quotes and words; words of asking alone find little, so that they wait for their turn."""
    wanted = wanted_of(case.ask.main, case.ask.quotes)
    if wanted.quotes or wanted.words:
        yield from visit(case, search(case.desk, case.voice, wanted, case.ask.side)[:2])


def by_choices(case: Case) -> Iterator[None]:
    """The choices themselves are looked for, all at once."""
    if case.ask.choices:
        hits = search(case.desk, case.voice, Wanted(case.ask.choices, ()), case.ask.side)
        yield from visit(case, [hit for hit in hits if hit.fit >= FOUND][:2])


def by_loose_words(case: Case) -> Iterator[None]:
    """The words of asking: a credit may be headed `narrator`, a page `list`."""
    wanted = wanted_of(case.ask.main, case.ask.quotes)
    if wanted.loose and not (wanted.quotes or wanted.words or case.focuses):
        yield from visit(case, search(case.desk, case.voice, wanted, case.ask.side)[:2])


def by_promises(case: Case) -> Iterator[None]:
    """Clips that searches brought up and nobody has looked at, where an answer may stand."""
    for _ in range(2):
        promised = [s for s in case.weigh()[:3] if s.item is not None and s.item.window is None and s.item.sense == "see"]
        if not promised:
            return
        item = promised[0].item
        assert item is not None
        yield from examine(case, item.span, "because it may show what I am after")


def by_other_side(case: Case) -> Iterator[None]:
    """What is asked to be seen may be heard, and the other way about."""
    if case.ask.side == "any":
        return
    wanted = wanted_of(case.ask.text, (*case.ask.quotes, *(case.ask.anchor.quotes if case.ask.anchor else ())))
    if not wanted.quotes and not wanted.words:
        wanted = Wanted(case.ask.choices, ())
    if wanted.empty:
        return
    for hit in search(case.desk, case.voice, wanted, opposite(case.ask.side))[:1]:
        yield
        yield from examine(case, hit.span, "as this may belong to it", case.ask.side)


def by_skimming(case: Case) -> Iterator[None]:
    """Nothing else is left: stretches that nobody has looked at."""
    end_s = case.desk.duration_s
    if end_s is None or case.ask.side == "hear" or case.weigh():
        return
    for part in (0.5, 0.9, 0.1):
        yield from examine(case, Span(max(0.0, part * end_s - 5.0), min(end_s, part * end_s + 5.0)), "as nothing was found yet")


def visit(case: Case, hits: Sequence[Hit]) -> Iterator[None]:
    """Looks and listens at search results, the better ones first."""
    for hit in hits:
        if hit.fit <= 0.0:
            continue
        if hit.clip is not None:
            yield from examine(case, hit.span, "since a clip there may show it", "see")
            if case.ask.side == "hear":
                yield from examine(case, hit.span, "since it belongs to what is shown there", "hear")
        else:
            items = [hit.item] if hit.item is not None else []
            case.desk.known = case.desk.known or wording.heard(case.voice, items)
            yield
            wide = Span(max(0.0, hit.span.start_s - 5.0), hit.span.end_s + 7.0)
            yield from examine(case, hit.span if case.ask.side == "see" else wide, "to hear the whole of it" if case.ask.side != "see" else "")


def examine(case: Case, span: Span, reason: str, side: Side | None = None) -> Iterator[None]:
    """Looks at the span, listens to it, or both, as the question wants; what was looked at before is not looked at
    again."""
    side = case.ask.side if side is None else side
    span = case.desk.fit(span)
    if side in ("see", "any") and not covered(case.desk, "caption_zoom", span):
        closer.watch(case.desk, case.voice, span, reason, case.worth)
        yield
    if (side == "hear" or (side == "any" and case.desk.left > 1)) and not covered(case.desk, "subtitle_zoom", span):
        closer.listen(case.desk, case.voice, span, reason, case.worth)
        yield


def covered(desk: Desk, tool: str, span: Span) -> bool:
    """Whether close looks, or listening, have been through nearly all of the span."""
    windows = [o.window for o in desk.seen if o.tool == tool and o.window is not None]
    close = [w for w in windows if tool == "subtitle_zoom" or w.length_s <= LONGEST_S + 1.0]
    return covered_s([span], close) >= 0.9 * span.length_s


def pin_down(case: Case, hit: Hit, wanted: Wanted, relation: Relation) -> Span | None:
    """The exact stretch of what a search found: of a phrase at once, of a text on screen after a look."""
    if hit.item is not None:
        case.desk.known = wording.heard(case.voice, [hit.item])
        return hit.span
    found = closer.watch(case.desk, case.voice, hit.span, "since a clip there may show it", case.worth)
    lines = [i for i in found.items if i.sense == "see" and wanted.fit(i.text) >= min(FOUND, 0.8 * hit.fit)]
    if lines:
        if relation == "after":
            return max(lines, key=lambda item: item.span.end_s).span
        if relation == "before":
            return min(lines, key=lambda item: item.span.start_s).span
        return max(lines, key=lambda item: (wanted.fit(item.text), item.span.length_s)).span
    return hit.span if found.items else None


def region(span: Span, relation: str) -> Span:
    """The stretch to look at for something while, after or before another stretch."""
    if relation == "after":
        return Span(max(0.0, span.end_s - 0.3), span.end_s + 9.0)
    if relation == "before":
        return Span(max(0.0, span.start_s - 9.0), span.start_s + 0.3)
    return span


def reason_of(relation: str) -> str:
    return {"after": "for what comes after it", "before": "for what comes before it"}.get(relation, "for what goes with it")


def sides(side: Side, voice: Voice) -> tuple[Side, ...]:
    if side != "any":
        return (side,)
    return ("see", "hear") if voice.number("see_first", 4) else ("hear", "see")


def opposite(side: Side) -> Side:
    return "hear" if side == "see" else "see" if side == "hear" else "any"


def wanted_of(text: str, quotes: Sequence[str]) -> Wanted:
    """What a question's text, or a clause of it, asks to look for."""
    for quote in quotes:
        text = text.replace(quote, " ")
    text = without_times(text)
    words = matter(text)
    return Wanted(tuple(quotes), tuple(words), tuple(word for word in content(text) if word not in words))
