"""clip_retrieval: which stretches of the video fit a query. Grounded, only the stretches remain."""

from collections.abc import Sequence

from pydantic import Field

from schemas.span import Span
from schemas.timeline import TextLine, Timeline
from transforms.text import tokens
from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View, clock
from transforms.tools.scene import Scene, captions_in, clip_of, lines_in

MOST_CLIPS = 10
MOST_LINES = 12


class ClipRetrieval(Arguments):
    query: str = Field(description="What to look for: words on screen, or how the picture looks.")
    top_k: int = Field(default=5, description=f"How many clips to return, 1 to {MOST_CLIPS}.")


async def read(scene: Scene, args: ClipRetrieval) -> Observation:
    check_query(args.query, args.top_k, MOST_CLIPS)
    found = [clip_of(scene, position) for position, _ in await scene.clip_index.search(args.query, args.top_k)]
    if not found:
        return Observation(_heading(0))
    rows: list[str] = []
    ids: list[str] = []
    for clip in found:
        told, of = told_of(scene.timeline, clip.span, args.query)
        rows += [clock(clip.span), *told]
        ids += of
    spans = tuple(clip.span for clip in found)
    return Observation("\n".join([_heading(len(spans)), *rows]), spans, tuple(dict.fromkeys(ids)))


def look(observation: Observation, args: ClipRetrieval, view: View) -> Look:
    return Look("\n".join([_heading(len(observation.spans)), *map(clock, observation.spans)]))


def told_of(timeline: Timeline, span: Span, query: str) -> tuple[list[str], tuple[str, ...]]:
    """What is seen and written in a stretch that was found, row by row, and the ids of these items.

    Of many lines those are told that share most words with the query: it may be for the last of them that the stretch
    was found.
    """
    captions, lines = captions_in(timeline, span), _fitting(lines_in(timeline, span), query)
    rows = [f"  seen: {c.text}" for c in captions] + [f'  text on screen: "{x.text}"' for x in lines]
    return rows, (*(c.id for c in captions), *(x.id for x in lines))


def _fitting(lines: Sequence[TextLine], query: str) -> list[TextLine]:
    """The lines that fit best, in order of appearance; of equal ones the first."""
    wanted = set(tokens(query))
    shared = [len(wanted.intersection(tokens(line.text))) for line in lines]
    best = sorted(range(len(lines)), key=lambda n: -shared[n])[:MOST_LINES]
    return [lines[n] for n in sorted(best)]


def check_query(query: str, top_k: int, most: int) -> None:
    if not query.strip():
        raise BadCall("The query is empty. Say what to look for.")
    if not 1 <= top_k <= most:
        raise BadCall(f"top_k must be from 1 to {most}.")


def _heading(count: int) -> str:
    if not count:
        return "No clip matches. Try other words; what is said is not searched here."
    return f"{count} matching clips, best first:" if count > 1 else "1 matching clip:"


TOOL = Tool(
    ClipRetrieval,
    Face(
        "clip_retrieval", "Finds the clips whose picture or text on screen fits a query. What is said is not searched."
    ),
    Face(
        "clip_retrieval", "Finds the clips whose picture or text on screen fits a query. What is said is not searched."
    ),
    read,
    look,
)
