"""Which comes first: each thing is looked for, and the earliest time it was seen or heard counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.span import Span
from transforms.engines.planner import closer, wording
from transforms.engines.planner.choices import TOGETHER_S, unseen
from transforms.engines.planner.fact import Case, around, sides
from transforms.engines.planner.observation import Item
from transforms.engines.planner.question import Side
from transforms.engines.planner.search import FOUND, Wanted, heard_hits, run_on, seen_hits
from transforms.engines.planner.words import likeness

MEANT = 0.6
"""An item that says this much of a thing is taken for it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """When one of the things was first seen or heard; `fit` is how well, `item` None when it was not found."""

    thing: str
    item: Item | None
    fit: float

    @property
    def start_s(self) -> float:
        return self.item.span.start_s if self.item is not None else float("inf")


def sightings(case: Case, things: Sequence[str]) -> list[Sighting]:
    """Looks for all things at once, then for each that is missing, then closely at each that is only promised."""
    for side in sides(case.ask.side, case.voice):
        if all(first(case, thing).item is not None for thing in things):
            break
        look_up(case, things, side)
        for thing in things:
            if first(case, thing).item is None and case.desk.left > 1:
                look_up(case, (thing,), side)
    for _ in range(2 * len(things)):
        promised = [s for s in (first(case, thing) for thing in things) if s.item is not None and not looked_at(case, s.item)]
        if not promised or case.desk.left == 0:
            break
        promised.sort(key=lambda s: s.start_s)
        span = promised[0].item.span if promised[0].item else Span(0.0, 1.0)
        before = len(case.desk.seen)
        closer.watch(case.desk, case.voice, span, f"for {wording.quoted(promised[0].thing)}", case.worth)
        if len(case.desk.seen) == before:
            break
    return [first(case, thing) for thing in things]


def look_up(case: Case, things: Sequence[str], side: Side) -> None:
    wanted = Wanted(tuple(things), ())
    if side == "see":
        seen_hits(case.desk, case.voice, wanted, top_k=min(10, 3 + 2 * len(things)))
        return
    hits = heard_hits(case.desk, case.voice, wanted, top_k=min(20, 4 + 3 * len(things)))
    case.desk.known = wording.heard(case.voice, [hit.item for hit in hits[:2] if hit.item and hit.fit >= FOUND])


def first(case: Case, thing: str) -> Sighting:
    """The earliest of the best matches: something less alike counts only where nothing better is known."""
    single, several = candidates(case)
    for items, bonus in ((single, 0.0), (several, 0.1)):
        found = [(likeness(thing, item.text), item) for item in items if fits_side(case.ask.side, item)]
        top = max((fit for fit, _ in found), default=0.0)
        if top >= MEANT + bonus:
            fit, item = min(((f, i) for f, i in found if f >= top - 0.08), key=lambda pair: pair[1].span)
            return Sighting(thing, item, fit)
    return Sighting(thing, None, 0.0)


def fits_side(side: Side, item: Item) -> bool:
    return side == "any" or item.sense == side


def candidates(case: Case) -> tuple[list[Item], list[Item]]:
    """Everything seen, heard or promised; and the same joined: texts that stand together, speech that runs on."""
    items = [item for item in case.desk.items() if item.sense != "picture"]
    see = [item for item in items if item.sense == "see"]
    groups = [
        Item(item.span, " ".join(i.text for i in see if i.span.overlap_s(item.span) >= TOGETHER_S), "see", item.window)
        for item in see
    ]
    promised = unseen(case.desk)
    lines = [Item(clip.span, line, "see") for clip in promised for line in clip.lines]
    cards = [Item(clip.span, " ".join(clip.lines), "see") for clip in promised]
    return [*items, *lines], [*groups, *cards, *run_on(items)]


def looked_at(case: Case, item: Item) -> bool:
    return item.sense == "hear" or item.window is not None


def put_in_order(case: Case) -> tuple[list[int], list[Sighting]]:
    """The choices' indices by time; what was not found goes to the end, in the order of the choices."""
    found = sightings(case, case.ask.choices)
    order = sorted(range(len(found)), key=lambda n: (found[n].start_s, n))
    return order, found


def pick_one(case: Case) -> tuple[int, list[Sighting]]:
    """The choice that comes first or last."""
    order, found = put_in_order(case)
    known = [n for n in order if found[n].item is not None] or order
    return known[-1] if case.ask.pick == "last" else known[0], found


def close_up(case: Case, found: Sequence[Sighting]) -> None:
    """Makes sure that what was found on screen stands in frames."""
    for sighting in found:
        item = sighting.item
        if item is not None and item.sense == "see" and not closer.shown(case.desk, item) and case.desk.left > 0:
            closer.watch(case.desk, case.voice, around(item.span), f"for {wording.quoted(sighting.thing)}", case.worth)
