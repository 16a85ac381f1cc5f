"""Whether something is there: statements that are true or not, and the one thing of a list that is missing."""

from collections.abc import Sequence

from transforms.engines.planner.case import Case
from transforms.engines.planner.closer import dwell
from transforms.engines.planner.observation import Item
from transforms.engines.planner.order import Sighting, sightings
from transforms.engines.planner.ways import by_anchor, by_edge, by_matter, by_other_side, by_time
from transforms.engines.planner.words import coverage, likeness
from transforms.text import tokens

HOLDS = 0.8
"""A statement is taken for true when something seen or heard says this much of it."""


def is_yes_no(choices: Sequence[str]) -> bool:
    heads = {tokens(choice)[0] for choice in choices if tokens(choice)}
    return len(choices) == 2 and heads in ({"yes", "no"}, {"true", "false"})


def yes_or_no(case: Case) -> tuple[int, list[Item]]:
    """The index of the choice, by whether the statement is borne out by anything seen or heard, and the evidence."""
    found = _borne_out(case)
    if found is not None:
        dwell(case, found, "to make sure of it")
    yes = (found is not None) != case.ask.negative
    wanted = {"yes", "true"} if yes else {"no", "false"}
    index = next((n for n, choice in enumerate(case.ask.choices) if wanted & set(tokens(choice)[:1])), 0)
    return index, [found] if found is not None else []


def missing_one(case: Case) -> tuple[int, list[Sighting]]:
    """The choice with the least trace, and what was found of all of them."""
    found = sightings(case, case.ask.choices)
    return min(range(len(found)), key=lambda n: (found[n].fit, n)), found


def _borne_out(case: Case) -> Item | None:
    for way in (by_time, by_anchor, by_edge, by_matter, by_other_side):
        for _ in way(case):
            for item in case.desk.items():
                if case.ask.side in ("any", item.sense) and _says(case, item.text) >= HOLDS:
                    return item
    return None


def _says(case: Case, text: str) -> float:
    if case.ask.quotes:
        return max(likeness(quote, text) for quote in case.ask.quotes)
    return coverage(case.ask.matter, text)
