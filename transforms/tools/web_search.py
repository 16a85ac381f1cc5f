"""web_search: what the web says. Both faces give the same text, which says that it is not from the video.

It is there only where an entry names an engine for it (`explore.web_search`).
"""

from pydantic import Field

from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View
from transforms.tools.clip_retrieval import check_query
from transforms.tools.scene import Scene


class WebSearch(Arguments):
    query: str = Field(description="What to look for on the web.")


async def read(scene: Scene, args: WebSearch) -> Observation:
    check_query(args.query, 1, 1)
    if scene.web is None:
        raise BadCall("The web cannot be searched here. Use another tool.")
    pages = await scene.web(args.query.strip())
    if not pages:
        return Observation("The web has nothing on this. Try other words.")
    rows = [f"{n}. {page.title} ({page.url})\n{page.text}" for n, page in enumerate(pages, 1)]
    return Observation("\n".join(["From the web, not from the video:", *rows]))


def look(observation: Observation, args: WebSearch, view: View) -> Look:
    return Look(observation.text)


_WHAT = "Searches the web for what the video itself cannot tell."

TOOL = Tool(WebSearch, Face("web_search", _WHAT), Face("web_search", _WHAT), read, look)
