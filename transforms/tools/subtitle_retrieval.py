"""subtitle_retrieval: which phrases of the speech fit a query. The text is what the deployed tool returns too."""

from pydantic import Field

from transforms.tools.base import Arguments, Face, Look, Observation, Tool, View, clock
from transforms.tools.clip_retrieval import check_query
from transforms.tools.scene import Scene

MOST_PHRASES = 20


class SubtitleRetrieval(Arguments):
    query: str = Field(description="Words that are said in the video.")
    top_k: int = Field(default=5, description=f"How many phrases to return, 1 to {MOST_PHRASES}.")


async def read(scene: Scene, args: SubtitleRetrieval) -> Observation:
    check_query(args.query, args.top_k, MOST_PHRASES)
    found = [scene.speech[position] for position, _ in await scene.speech_index.search(args.query, args.top_k)]
    if not found:
        none = "No speech matches. Try other words; text on screen is not searched here."
        return Observation(none if scene.speech else "The video has no speech.")
    rows = [f'{clock(item.span)} "{item.text}"' for item in found]
    heading = f"{len(found)} matching phrases of speech, best first:" if len(found) > 1 else "1 matching phrase:"
    text = "\n".join([heading, *rows])
    return Observation(text, tuple(item.span for item in found), tuple(item.id for item in found))


def look(observation: Observation, args: SubtitleRetrieval, view: View) -> Look:
    return Look(observation.text, observation.spans)


TOOL = Tool(
    SubtitleRetrieval,
    Face("subtitle_retrieval", "Finds phrases of the speech that fit a query. Text on screen is not searched."),
    Face("subtitle_retrieval", "Finds phrases of the speech that fit a query. Text on screen is not searched."),
    read,
    look,
)
