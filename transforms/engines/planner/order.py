"""Which comes first: each thing is looked for, and the earliest time it was seen or heard counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.engines.planner import closer, wording
from transforms.engines.planner.choices import cards, unseen
from transforms.engines.planner.fact import Case, dwell
from transforms.engines.planner.observation import Item
from transforms.engines.planner.question import Side, quotes, side_of, without_quotes
from transforms.engines.planner.search import FOUND, Wanted, heard_hits, run_on, seen_hits
from transforms.engines.planner.words import coverage, likeness, matter

MEANT = 0.65
"""An item that says this much of a thing is taken for it."""


CROWDED = 10
"""A clip with so many lines may have more than a search tells."""


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


def things_of(case: Case, texts: Sequence[str]) -> list[Thing]:
    """Texts as they are, or what is quoted in them where they tell of an event: `"X" appears on screen`."""
    things: list[Thing] = []
    for text in texts:
        inner = quotes(text)
        side = side_of(text) if len(inner) == 1 and not matter(without_quotes(text)) else "any"
        things.append(Thing(inner[0], side) if side != "any" else Thing(text, case.ask.side))
    return things


def sightings(case: Case, texts: Sequence[str]) -> list[Sighting]:
    """Looks for all things at once, then for each that is missing, then closely at each that is only promised."""
    things = things_of(case, texts)
    for one in ("see", "hear") if case.voice.number("see_first", 4) else ("hear", "see"):
        side: Side = "see" if one == "see" else "hear"
        missing = [t for t in things if t.side in (side, "any") and first(case, t).item is None]
        if missing:
            look_up(case, missing, side)
        for thing in missing:
            if len(missing) > 1 and first(case, thing).item is None and case.desk.left > 1:
                look_up(case, (thing,), side)
            if side == "see" and first(case, thing).item is None:
                look_in_the_crowd(case, thing)
    for _ in range(2 * len(things)):
        found = [first(case, thing) for thing in things]
        promised = [(s.item, s.thing) for s in found if s.item is not None and not looked_at(s.item)]
        if not promised or case.desk.left == 0:
            break
        item, thing = min(promised, key=lambda pair: pair[0].span)
        before = len(case.desk.seen)
        closer.watch(case.desk, case.voice, item.span, f"for {wording.quoted(thing.text)}", case.worth)
        if len(case.desk.seen) == before:
            break
    return [first(case, thing) for thing in things]


def look_up(case: Case, things: Sequence[Thing], side: Side) -> None:
    wanted = Wanted(tuple(thing.text for thing in things), ())
    if side == "see":
        seen_hits(case.desk, case.voice, wanted, top_k=min(10, 3 + 2 * len(things)))
        return
    hits = heard_hits(case.desk, case.voice, wanted, top_k=min(20, 4 + 3 * len(things)))
    case.desk.known = wording.heard(case.voice, [hit.item for hit in hits[:2] if hit.item and hit.fit >= FOUND])


def look_in_the_crowd(case: Case, thing: Thing) -> None:
    """A search tells only some lines of a clip with many: the thing may be among the others."""
    crowded = [clip for clip in unseen(case.desk) if len(clip.lines) >= CROWDED]
    if crowded and case.desk.left > 1:
        clip = max(crowded, key=lambda clip: coverage(matter(thing.text), clip.text))
        closer.watch(case.desk, case.voice, clip.span, f"for {wording.quoted(thing.text)}", case.worth)


def first(case: Case, thing: Thing) -> Sighting:
    """The earliest of the best matches: something less alike counts only where nothing better is known."""
    single, several = candidates(case)
    for items, bonus in ((single, 0.0), (several, 0.1)):
        found = [(likeness(thing.text, item.text), item) for item in items if fits_side(thing.side, item)]
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
    promised = unseen(case.desk)
    lines = [Item(clip.span, line, "see") for clip in promised for line in clip.lines]
    whole = [Item(clip.span, " ".join(clip.lines), "see") for clip in promised]
    return [*items, *lines], [*cards(see), *whole, *run_on(items)]


def looked_at(item: Item) -> bool:
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
        if sighting.item is not None and case.desk.left > 0:
            dwell(case, sighting.item, f"for {wording.quoted(sighting.thing.text)}")
