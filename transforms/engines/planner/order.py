"""Which comes first: each thing is looked for, and the earliest time it was seen or heard counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.engines.planner import wording
from transforms.engines.planner.case import Case
from transforms.engines.planner.clauses import Side, side_of
from transforms.engines.planner.closer import dwell, watch
from transforms.engines.planner.frames import next_look, shown
from transforms.engines.planner.observation import Item
from transforms.engines.planner.quotes import quotes, without_quotes
from transforms.engines.planner.search import FOUND, Wanted, heard_hits, run_on, seen_hits, sides
from transforms.engines.planner.traces import cards, unseen
from transforms.engines.planner.words import likeness, matter, plain

MEANT = 0.7
"""An item that says this much of a thing is taken for it."""

ALIKE = 0.08
"""Matches that differ by less are equally good: the earliest of them counts."""

CROWDED = 10
MOST_CROWDED = 2
"""A clip with so many lines may have more than a search tells; so many of them are looked at for one thing."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is to be found: its words, and whether they are to be seen or heard."""

    text: str
    side: Side


@dataclass(frozen=True, slots=True)
class Sighting:
    """When one of the things was first seen or heard; `fit` is how well, `item` None when it was not found."""

    thing: Thing
    item: Item | None
    fit: float

    @property
    def start_s(self) -> float:
        return self.item.span.start_s if self.item is not None else float("inf")


def put_in_order(case: Case) -> tuple[list[int], list[Sighting]]:
    """The choices' indices by time; what was not found goes to the end, in the order of the choices."""
    found = sightings(case, case.ask.choices)
    return sorted(range(len(found)), key=lambda n: (found[n].start_s, n)), found


def pick_one(case: Case) -> tuple[int, list[Sighting]]:
    """The index of the choice that comes first or last."""
    order, found = put_in_order(case)
    known = [n for n in order if found[n].item is not None] or order
    return known[-1] if case.ask.pick == "last" else known[0], found


def sightings(case: Case, texts: Sequence[str], until_s: float = float("inf")) -> list[Sighting]:
    """Looks for all things at once, then for each that is missing, then closely at each that was found on screen.

    What comes up after `until_s` is of no interest.
    """
    things = _things_of(case, texts)
    for side in sides("any", case.voice):
        missing = [t for t in things if t.side in (side, "any") and _first(case, t).item is None]
        if missing:
            _look_up(case, missing, side)
        for thing in missing:
            if len(missing) > 1 and _first(case, thing).item is None and case.desk.left > 1:
                _look_up(case, (thing,), side)
            if side == "see" and _first(case, thing).item is None:
                _look_in_the_crowd(case, thing)
    _look_at_promises(case, things, until_s)
    for sighting in [_first(case, thing) for thing in things]:
        if sighting.item is not None and sighting.start_s <= until_s and case.desk.left > 0:
            dwell(case, sighting.item, f"for {wording.quoted(sighting.thing.text)}")
    return [_first(case, thing) for thing in things]


def _things_of(case: Case, texts: Sequence[str]) -> list[Thing]:
    """Texts as they are, or what is quoted in them where they tell of an event: `"X" appears on screen`."""
    things: list[Thing] = []
    for text in texts:
        inner = quotes(text)
        side = side_of(text) if len(inner) == 1 and not matter(without_quotes(text)) else "any"
        things.append(Thing(inner[0], side) if side != "any" else Thing(text, case.ask.side))
    return things


def _look_up(case: Case, things: Sequence[Thing], side: Side) -> None:
    wanted = Wanted(tuple(thing.text for thing in things), ())
    if side == "see":
        seen_hits(case.desk, case.voice, wanted, top_k=min(10, 3 + 2 * len(things)))
        return
    hits = heard_hits(case.desk, case.voice, wanted, top_k=min(20, 4 + 3 * len(things)))
    case.desk.known = wording.heard(case.voice, [hit.item for hit in hits[:2] if hit.item and hit.fit >= FOUND])


def _look_in_the_crowd(case: Case, thing: Thing) -> None:
    """A search tells only some lines of a clip with many: the thing may be among the others."""
    searches = [o for o in case.desk.seen if o.tool == "clip_retrieval"]
    crowded = [clip for clip in searches[-1].clips if len(clip.lines) >= CROWDED] if searches else []
    left = {clip.span for clip in unseen(case.desk)}
    crowded = [clip for clip in crowded if clip.span in left]
    for clip in crowded[:MOST_CROWDED]:
        if case.desk.left > 1 and _first(case, thing).item is None:
            watch(case, clip.span, f"for {wording.quoted(thing.text)}")


def _look_at_promises(case: Case, things: Sequence[Thing], until_s: float) -> None:
    """Clips that are said to show one of the things, in order of time, until all were looked at."""
    for _ in range(2 * len(things)):
        found = [_first(case, thing) for thing in things]
        promised = [s.item for s in found if s.item and s.item.sense == "see" and s.item.window is None]
        promised = [item for item in promised if item.span.start_s <= until_s]
        if not promised or case.desk.left == 0:
            return
        # Rows do not tell which clip was found for which thing, nor for which none was: any may be what comes to sight.
        unseen_yet = [
            s.thing for s in found if s.item is None or (s.item.sense == "see" and not shown(case.desk, s.item))
        ]
        sought = {plain(thing.text): wording.quoted(thing.text) for thing in unseen_yet if thing.side != "hear"}
        looks = len(case.desk.seen)
        first = min(item.span for item in promised)
        watch(case, next_look(case.desk, first) or first, f"for {wording.listing(tuple(sought.values()), 'or')}")
        if len(case.desk.seen) == looks:
            return


def _first(case: Case, thing: Thing) -> Sighting:
    """The earliest of the best matches: something less alike counts only where nothing better is known."""
    single, several = _candidates(case)
    for items, more in ((single, 0.0), (several, 0.1)):
        found = [(likeness(thing.text, item.text), item) for item in items if thing.side in ("any", item.sense)]
        top = max((fit for fit, _ in found), default=0.0)
        if top >= MEANT + more:
            fit, item = min(((f, i) for f, i in found if f >= top - ALIKE), key=lambda pair: pair[1].span)
            return Sighting(thing, item, fit)
    return Sighting(thing, None, 0.0)


def _candidates(case: Case) -> tuple[list[Item], list[Item]]:
    """Everything seen, heard or promised; and the same joined: texts that stand together, speech that runs on."""
    items = [item for item in case.desk.items() if item.sense != "picture"]
    promised = unseen(case.desk)
    lines = [Item(clip.span, line, "see") for clip in promised for line in clip.lines]
    whole = [Item(clip.span, " ".join(clip.lines), "see") for clip in promised]
    return [*items, *lines], [*cards([item for item in items if item.sense == "see"]), *whole, *run_on(items)]
