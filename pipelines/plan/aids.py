"""Those whom a teacher's tools ask, as far as the store holds what they said."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.errors import EngineError
from schemas.settings import Explore
from schemas.span import Span
from schemas.timeline import Timeline
from transforms.engines import build
from transforms.engines.captions import ClipFacts
from transforms.engines.inspector import inspect
from transforms.engines.web import search_once
from transforms.explore.inspection import sight_of, told
from transforms.store import Held
from transforms.tools.scene import Scene, meets


def aids(timeline: Timeline, facts: Sequence[ClipFacts], settings: Explore) -> Callable[[Scene, Held], Scene]:
    """Gives a scene its inspector and its web, by the replies of a store; what the store lacks raises Absent there.

    Where one of them cannot be made, nothing of what it said can be looked up, and the scene is without it.
    """

    def aided(scene: Scene, store: Held) -> Scene:
        try:
            return _searched(_inspected(scene, timeline, facts, settings, store), settings, store)
        except EngineError:
            return scene

    return aided


def _inspected(scene: Scene, timeline: Timeline, facts: Sequence[ClipFacts], explore: Explore, store: Held) -> Scene:
    settings = explore.inspector
    if settings is None:
        return scene
    chat = build.chat(settings.engine)

    async def inspector(span: Span, question: str) -> str:
        clips = [fact for fact, clip in zip(facts, timeline.clips, strict=True) if meets(clip.span, span)]
        sight = sight_of(timeline, clips, span, settings.frames)
        return told(await inspect(chat, sight, question, settings, store), settings.sure)

    return replace(scene, inspector=inspector)


def _searched(scene: Scene, explore: Explore, store: Held) -> Scene:
    if explore.web_search is None:
        return scene
    web = build.web(explore.web_search)
    return replace(scene, web=lambda query: search_once(web, query, store))
