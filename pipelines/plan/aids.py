"""Those whom a teacher's tools ask, as far as the store holds what they said."""

from collections.abc import Callable
from dataclasses import replace

from pipelines.plan.look import Seen
from schemas.codec import from_json
from schemas.errors import EngineError
from schemas.scan import FrameTimes
from schemas.settings import Captions, ChatCaptions, Dataset, Explore, Ground
from schemas.source import Question
from schemas.span import Span
from transforms.engines import build
from transforms.engines.web import search_once
from transforms.explore.inspection import looked, requests_of
from transforms.frame_store import recall
from transforms.store import Absent, Held
from transforms.tools.scene import Scene


def aids(seen: Seen, question: Question, settings: Dataset) -> Callable[[Scene, Held], Scene]:
    """Gives the scene of a video its closer for the question, its inspector and its web, by the replies of a store;
    what the store lacks raises Absent there.

    Where one of them cannot be made, nothing of what it said can be looked up, and the scene is without it.
    """
    explore = settings.explore

    def aided(scene: Scene, store: Held) -> Scene:
        try:
            scene = _closer(scene, seen, question, settings.perceive.captions, store)
            return _searched(_inspected(scene, seen.video.sha256, explore, settings.ground, store), explore, store)
        except EngineError:
            return scene

    return aided


def _closer(scene: Scene, seen: Seen, question: Question, captions: Captions, store: Held) -> Scene:
    if not isinstance(captions, ChatCaptions) or "question" not in captions.styles:
        return scene
    captioner = build.chat_captioner(captions)
    return replace(scene, closer=lambda clip: captioner.caption_for(question.text, seen.facts[clip], store))


def _inspected(scene: Scene, video_sha256: str, explore: Explore, ground: Ground, store: Held) -> Scene:
    settings, timeline = explore.inspector, scene.timeline
    if settings is None:
        return scene
    chat = build.chat(settings.engine)

    async def inspector(span: Span, question: str) -> str:
        requests = requests_of(from_json(FrameTimes, store.blob(timeline.times)), span, settings)
        found = recall(video_sha256, requests, store, ground.decoder == "decord")
        lost = [request for request in requests if request not in found]
        if lost:
            raise Absent(f"the frame at {lost[0].pts_s} s")
        frames = [found[request] for request in requests]
        return await looked(chat, timeline, span, frames, question, settings, store)

    return replace(scene, inspector=inspector)


def _searched(scene: Scene, explore: Explore, store: Held) -> Scene:
    if explore.web_search is None:
        return scene
    web = build.web(explore.web_search)
    return replace(scene, web=lambda query: search_once(web, query, store))
