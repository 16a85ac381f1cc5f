"""subtitle_summary: what is said about something, in short. The text is what the deployed tool returns too.

VideoThinker's SubtitleSummary asks a model; this one quotes, so that nothing is said in the video's name.
"""

from pydantic import Field

from transforms.tools.base import Arguments, Face, Look, Observation, Tool, View, clock
from transforms.tools.clip_retrieval import check_query
from transforms.tools.scene import Scene

MOST_CHARS = 1000
"""Characters of all phrases that are quoted, their times included."""

MOST_FOUND = 50
"""Phrases that are looked through; more than this do not fit anyway."""


class SubtitleSummary(Arguments):
    query: str = Field(description="What the speech is to be summed up for.")


async def read(scene: Scene, args: SubtitleSummary) -> Observation:
    check_query(args.query, 1, 1)
    if not scene.speech:
        return Observation("The video has no speech.")
    found = [scene.speech[position] for position, _ in await scene.speech_index.search(args.query, MOST_FOUND)]
    if not found:
        return Observation("No speech matches. Try other words; text on screen is not searched here.")
    kept, left = [], MOST_CHARS
    for item in found:
        row = f'{clock(item.span)} "{item.text}"'
        if len(row) < left:
            kept.append((item, row))
            left -= len(row) + 1
    if not kept:
        return Observation(f"What fits is too long to sum up. Read it with subtitle_zoom: {clock(found[0].span)}")
    best = "those that fit best"
    if [item for item, _ in kept] != found[: len(kept)]:
        best += " and are short enough"
    kept.sort(key=lambda pair: pair[0].span)
    heading = f"{len(kept)} of {len(scene.speech)} phrases of the speech, {best}, in order of time:"
    items = [item for item, _ in kept]
    text = "\n".join([heading, *(row for _, row in kept)])
    return Observation(text, tuple(item.span for item in items), tuple(item.id for item in items))


def look(observation: Observation, args: SubtitleSummary, view: View) -> Look:
    return Look(observation.text, observation.spans)


_WHAT = (
    f"Sums up what is said about something: the phrases that fit a query best, in order of time, at most {MOST_CHARS}"
    " characters."
)

TOOL = Tool(SubtitleSummary, Face("subtitle_summary", _WHAT), Face("subtitle_summary", _WHAT), read, look)
