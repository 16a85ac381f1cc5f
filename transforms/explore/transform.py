"""Explore questions: one rollout per element, many conversations in flight."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import apache_beam as beam

from schemas.codec import from_json, to_json
from schemas.refs import Asked, Kept
from schemas.scan import FrameTimes
from schemas.settings import (
    Captions,
    ChatCaptions,
    Explore,
    Ground,
    Inspector,
    Published,
    Retrieval,
    SignalsSettings,
    Verify,
)
from schemas.source import Question, Rejected, Video
from schemas.span import Span
from schemas.timeline import Timeline
from schemas.trajectory import Frame, Lineage, Source
from transforms import progress
from transforms.answers import grade
from transforms.concurrent import FlatMapConcurrently
from transforms.engines import build
from transforms.engines.captions import ClipFacts
from transforms.engines.web import search_once
from transforms.explore.inspection import looked, requests_of
from transforms.explore.loop import explore
from transforms.explore.record import record, trajectory_id
from transforms.frame_store import fetch
from transforms.refuse import refuse
from transforms.same_answer import same_answer
from transforms.store import Store, note, noting
from transforms.tools.scene import Scene, open_scene


@dataclass
class ExploreQuestions(beam.PTransform):
    """PCollection of Asked → `.done` Kept trajectories in caption space, `.rejected` why a rollout does not go on.

    A rollout that finished without an answer is in both: its trajectory is kept, with the status `filter`. Where
    `published` may keep such a one, it goes on, and verifiers say that it has no answer.
    """

    settings: Explore
    verify: Verify
    release: Lineage
    store: str
    workers: int
    captions: Captions = SignalsSettings()
    ground: Ground = Ground()
    published: Published = Published()

    def expand(self, asked: beam.PCollection) -> beam.PCollection:
        work = RollOut(self.settings, self.verify, self.release, self.store, self.captions, self.ground, self.published)
        return asked | "RebalanceRollouts" >> beam.Reshuffle() | "RollOut" >> FlatMapConcurrently(work, self.workers)


@dataclass
class RollOut:
    settings: Explore
    verify: Verify
    release: Lineage
    store: str
    captions: Captions = SignalsSettings()
    ground: Ground = Ground()
    published: Published = Published()

    async def do(self, asked: Asked) -> Iterable[Kept | Rejected]:
        video, question = asked.perceived.video, asked.question
        name = trajectory_id(video.id, question.id, asked.rollout)
        try:
            kept = await self._roll_out(asked)
        except Exception as error:
            progress.advance("explore", rejected=1)
            ids = {"video_id": video.id, "question_id": question.id, "trajectory_id": name}
            return [refuse(error, "explore", "rollout", name, **ids)]
        progress.advance("explore", rejected=int(kept.status == "filter"))
        progress.expect("ground", int(kept.status == "open"))
        return [kept, *_unanswered(kept)]

    async def _roll_out(self, asked: Asked) -> Kept:
        video, question = asked.perceived.video, asked.question
        store, chat = build.store(self.store), build.chat(self.settings.teacher)
        scene = await self._scene(asked)
        rollout = await explore(scene, question, asked.rollout, self.settings, chat, store)
        source = Source(
            video.id, video.uri, video.sha256, scene.timeline.duration_s, video.license, video.group or video.id
        )
        right = grade(question, rollout.answer, self.verify).right
        right = right or await self._says_the_same(question, rollout.answer, store)
        trajectory = record(rollout, asked.rollout, right, question, source, self.settings, chat, self.release)
        if trajectory.code in self.published.keeps:
            trajectory = replace(trajectory, status="open")  # it may be trained on, so it is shown and verified first
        return Kept(
            id=trajectory.id,
            video_id=video.id,
            question_id=question.id,
            rollout=asked.rollout,
            record=await store.aside(store.put_blob, to_json(trajectory)),
            status=trajectory.status,
            code=trajectory.code,
            right=right,
            calls=sum(turn.role == "tool" for turn in trajectory.turns),
            frames=0,
            prompt_tokens=trajectory.prompt_tokens,
            completion_tokens=trajectory.completion_tokens,
        )

    async def _says_the_same(self, question: Question, said: str, store: Store) -> bool:
        """Whether the judge reads an open answer as right; none is asked where the entry names none for it."""
        settings = self.verify.judge
        if settings is None or not settings.answers or question.kind != "open" or not said:
            return False
        return await same_answer(question, said, settings, build.chat(settings.engine, "verify"), store)

    async def _scene(self, asked: Asked) -> Scene:
        """The video's scene; with who looks, searches the web or captions for it, where the entry names anybody."""
        timeline = asked.perceived.timeline
        scene = await scene_of(timeline, self.settings.retrieval, self.verify, self.ground, self.store)
        scene = self._inspected(scene, asked)
        if self.settings.web_search is not None:
            web, held = build.web(self.settings.web_search), build.store(self.store)
            scene = replace(scene, web=lambda query: search_once(web, query, held))
        if not isinstance(self.captions, ChatCaptions) or "question" not in self.captions.styles:
            return scene
        captioner, store = build.chat_captioner(self.captions), build.store(self.store)

        async def closer(position: int) -> str:
            facts = from_json(ClipFacts, await store.aside(store.blob, asked.perceived.clips[position]))
            return await captioner.caption_for(asked.question.text, facts, store)

        return replace(scene, closer=closer)

    def _inspected(self, scene: Scene, asked: Asked) -> Scene:
        """The scene with somebody who looks at windows, when the entry names a model for it."""
        settings = self.settings.inspector
        if settings is None:
            return scene
        chat, store = build.chat(settings.engine), build.store(self.store)

        async def inspector(span: Span, question: str) -> str:
            # Decoding keeps a processor busy, so it never runs on the event loop.
            frames = await asyncio.to_thread(self._frames, asked.perceived.video, scene.timeline, span, settings)
            return await looked(chat, scene.timeline, span, frames, question, settings, store)

        return replace(scene, inspector=inspector)

    def _frames(self, video: Video, timeline: Timeline, span: Span, settings: Inspector) -> list[Frame]:
        """The frames that an inspector of a window looks at, decoded where the store does not hold them yet."""
        store = build.store(self.store)
        times = from_json(FrameTimes, store.blob(timeline.times))
        requests = requests_of(times, span, settings)
        found = fetch(video, requests, store, times if self.ground.decoder == "decord" else None)
        return [found[request] for request in requests]


async def scene_of(timeline: str, retrieval: Retrieval, verify: Verify, ground: Ground, store: str) -> Scene:
    """The scene of a timeline blob; indexing it costs more than reading it, so it is kept for the next rollouts."""

    async def make() -> tuple[Scene, set[str]]:
        held = build.store(store)
        with noting() as keys:
            data = await held.aside(held.blob, timeline)
            return await open_scene(from_json(Timeline, data), build.embed(retrieval), held, verify, ground), keys

    key = ("scene", store, timeline, *(one.model_dump_json() for one in (retrieval, verify, ground)))
    made: tuple[Scene, set[str]] = await build.acached(key, make)
    scene, keys = made
    # What the index was made of belongs to each rollout that searches it.
    note(keys)
    return scene


WHY = {
    "no_answer": "the teacher gave no answer, not even when it was asked to",
    "refusal": "the teacher refused to answer",
    "cut_off": "a turn was longer than explore.max_tokens and was cut off",
}


def _unanswered(kept: Kept) -> list[Rejected]:
    """The row of a rollout that finished without an answer to judge; its trajectory is kept all the same."""
    if kept.status == "open":
        return []
    return [
        Rejected(
            "explore",
            kept.code,
            "filter",
            "rollout",
            kept.id,
            WHY[kept.code],
            video_id=kept.video_id,
            question_id=kept.question_id,
            trajectory_id=kept.id,
        )
    ]
