"""event_grounding: the one stretch that fits a description best. Grounded, only the stretch remains."""

from collections import defaultdict

from pydantic import Field

from schemas.span import Span
from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View, clock
from transforms.tools.clip_retrieval import told_of
from transforms.tools.scene import Scene, clip_of, meets

MOST_FOUND = 20
"""Clips, and phrases of speech, that are held against one another."""

FITS_TOO = 0.5
"""A clip beside the best one belongs to the event when it fits at least half as well."""


class EventGrounding(Arguments):
    event: str = Field(description="What happens: what is seen, written or said then.")


async def read(scene: Scene, args: EventGrounding) -> Observation:
    if not args.event.strip():
        raise BadCall("The event is empty. Say what happens.")
    fits = await _fits(scene, args.event)
    if not fits:
        return Observation("Nothing fits. Describe the event in other words.")
    span = _grown(scene, fits)
    rows, ids = told_of(scene.timeline, span, args.event)
    return Observation("\n".join([clock(span), *rows]), (span,), ids)


def look(observation: Observation, args: EventGrounding, view: View) -> Look:
    return Look("\n".join(map(clock, observation.spans)) or observation.text)


async def _fits(scene: Scene, event: str) -> dict[int, float]:
    """Position of a clip → how well it fits: the score of its picture, and that of the best phrase said in it (scores
    of one engine are added; CombSUM, Fox and Shaw 1994)."""
    fits: dict[int, float] = defaultdict(float, await scene.clip_index.search(event, MOST_FOUND))
    heard: dict[int, float] = {}
    for phrase, score in await scene.speech_index.search(event, MOST_FOUND):
        for position, clip in enumerate(scene.timeline.clips):
            if meets(clip.span, scene.speech[phrase].span):
                heard[position] = max(score, heard.get(position, 0.0))
    for position, score in heard.items():
        fits[position] += score
    return dict(fits)


def _grown(scene: Scene, fits: dict[int, float]) -> Span:
    """The best clip, the first of equals, with those beside it that fit too and are of the same shot."""
    best = min(fits, key=lambda position: (-fits[position], position))
    shot = max((one.span for one in scene.timeline.shots), key=clip_of(scene, best).span.overlap_s)

    def belongs(position: int) -> bool:
        fits_too = position in fits and fits[position] >= FITS_TOO * fits[best]
        return fits_too and meets(clip_of(scene, position).span, shot)

    first = last = best
    while belongs(first - 1):
        first -= 1
    while belongs(last + 1):
        last += 1
    return Span(clip_of(scene, first).span.start_s, clip_of(scene, last).span.end_s)


_WHAT = "Finds the one stretch of the video that fits a description of an event best."

TOOL = Tool(EventGrounding, Face("event_grounding", _WHAT), Face("event_grounding", _WHAT), read, look)
