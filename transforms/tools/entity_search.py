"""entity_search: when a person, an object or a place is seen. Grounded, the names and the times remain."""

import re

from pydantic import Field

from schemas.timeline import Entity
from transforms.text import tokens
from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View, clock
from transforms.tools.scene import Scene

MOST_ENTITIES = 10
MOST_SPANS = 12
"""Stretches that are told of one entity; who is in every clip of an hour is told by the first ones."""

_KIND = re.compile(r"^(.*) \((?:person|object|place)\)(: \[.*)$")
"""A row of what was found, with the kind that a captioner gave it."""

_ARTICLES = frozenset({"a", "an", "the"})


class EntitySearch(Arguments):
    name: str = Field(description="Who or what to look for, such as the woman in the red coat.")
    top_k: int = Field(default=3, description=f"How many to return, 1 to {MOST_ENTITIES}.")


async def read(scene: Scene, args: EntitySearch) -> Observation:
    if not args.name.strip():
        raise BadCall("The name is empty. Say who or what to look for.")
    if not 1 <= args.top_k <= MOST_ENTITIES:
        raise BadCall(f"top_k must be from 1 to {MOST_ENTITIES}.")
    entities = scene.timeline.entities
    fits = [(likeness(args.name, entity), -n) for n, entity in enumerate(entities)]
    found = [entities[-n] for fit, n in sorted(fits, reverse=True)[: args.top_k] if fit > 0]
    if not found:
        known = "Try other words for it." if entities else "No names are known in this video."
        return Observation(f"Nobody and nothing of that name is known. {known}")
    rows = [f"{entity.name} ({entity.kind}): {_when(entity)}" for entity in found]
    return Observation("\n".join([_heading(len(found)), *rows]), item_ids=tuple(entity.id for entity in found))


def look(observation: Observation, args: EntitySearch, view: View) -> Look:
    return Look("\n".join(_KIND.sub(r"\1\2", row) for row in observation.text.split("\n")))


def likeness(name: str, entity: Entity) -> float:
    """Share (0 to 1) of words that a name has in common with the entity's name, or with what clips called it."""
    wanted = set(tokens(name)) - _ARTICLES
    called = (set(tokens(text)) - _ARTICLES for text in (entity.name, *entity.mentions))
    return max((len(wanted & words) / len(wanted | words) for words in called if wanted | words), default=0.0)


def _when(entity: Entity) -> str:
    more = len(entity.spans) - MOST_SPANS
    told = " ".join(map(clock, entity.spans[:MOST_SPANS]))
    return f"{told} and {more} more" if more > 0 else told


def _heading(count: int) -> str:
    return f"{count} matches, best first:" if count > 1 else "1 match:"


_WHAT = "Finds when a person, an object or a place that has a name in this video is seen, by its name or how it looks."

TOOL = Tool(EntitySearch, Face("entity_search", _WHAT), Face("entity_search", _WHAT), read, look)
