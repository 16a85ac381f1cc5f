"""All that can be known of a source before a build: every video, its questions, and what the store holds of both."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.plan.aids import aids
from pipelines.plan.look import Seen, look, sample
from pipelines.plan.replay import Replayed, replay
from schemas.benchmark import Benchmark
from schemas.codec import digest
from schemas.errors import EngineError
from schemas.settings import Dataset
from schemas.source import Question, Rejected, Video
from transforms.ask.ask import questions_about
from transforms.curate.same_question import QuestionIndex
from transforms.curate.sift import index_of, sift_questions
from transforms.engines import build
from transforms.engines.embed import Bm25
from transforms.perceive.perceive import Senses
from transforms.read.gather import Gathered
from transforms.read.identify import identify, merge_same
from transforms.store import Absent, Held
from transforms.tools.scene import open_scene


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a video whose timeline is known: its questions, how many of them are made, and the rollouts."""

    questions: int
    made: int
    rollouts: tuple[Replayed, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """`asked` are the videos of known timelines, `given` counts given questions, both by id of the video. `rejected`
    is what the source turned away, doubles included; `no_teacher` why the teacher cannot be made."""

    seen: tuple[Seen, ...]
    asked: Mapping[str, Asked]
    given: Mapping[str, int]
    rejected: tuple[Rejected, ...]
    no_teacher: str = ""


def survey(
    settings: Dataset,
    source: Gathered,
    store: str,
    samples: int = 0,
    tell: Callable[[str], None] = lambda text: None,
    benchmarks: Sequence[Benchmark] = (),
) -> Survey:
    """Looks at every video. No engine is asked and nothing is written.

    `samples` videos that the store does not know are scanned, which takes a while: `tell` hears of it. The source is
    without what `benchmarks` have by name; of what they ask, or show, only questions are looked for.

    Raises:
        EngineError: an engine that a build needs first is missing (weights, a package).
    """
    held, chosen = Held(store), settings.perceive
    senses, captioner = Senses(build.ocr(chosen.ocr), build.asr(chosen.asr)), build.captioner(chosen.captions)
    identity, no_teacher = None, ""
    try:
        identity = build.chat(settings.explore.teacher).identity
    except EngineError as error:
        no_teacher = error.detail
    taken = [(one.name, index_of(one)) for one in benchmarks]
    videos, doubled = _merged(source.videos, held)
    given = _by_video(source.questions, videos)
    seen: list[Seen] = []
    asked: dict[str, Asked] = {}
    for video in videos:
        one = look(video, chosen, senses, captioner, held)
        if one.timeline is not None:
            asked[video.id] = _ask(one, given.get(video.id, []), taken, settings, identity, held)
        seen.append(replace(one, timeline=None, facts=()))  # timelines of all videos at once would fill the memory
    seen = _sampled(seen, settings, samples, tell)
    counts = {id: len(questions) for id, questions in given.items()}
    return Survey(tuple(seen), asked, counts, (*source.rejected, *doubled), no_teacher)


def _merged(videos: Sequence[Video], store: Held) -> tuple[list[Video], tuple[Rejected, ...]]:
    """Videos without doubles, as far as the store knows their bytes."""
    known: list[Video] = []
    others: list[Video] = []
    for video in videos:
        try:
            found = identify(video, store)
        except Absent:
            found = video
        if isinstance(found, Video) and found.sha256:
            known.append(found)
        else:
            others.append(video)
    kept, doubled = merge_same(known)
    return [*kept, *others], doubled


def _by_video(questions: Sequence[Question], videos: Sequence[Video]) -> dict[str, list[Question]]:
    """Given questions by the id of the video they are asked about, in order of id."""
    kept_as = {alias: video.id for video in videos for alias in video.aliases}
    found: dict[str, list[Question]] = {}
    for question in sorted(questions, key=lambda question: question.id):
        id = kept_as.get(question.video_id, question.video_id)
        found.setdefault(id, []).append(replace(question, video_id=id))
    return found


def _ask(
    seen: Seen,
    given: Sequence[Question],
    taken: Sequence[tuple[str, QuestionIndex]],
    settings: Dataset,
    identity: dict[str, Any] | None,
    store: Held,
) -> Asked:
    """The questions of a video whose timeline is known, and what the store holds of their rollouts."""
    assert seen.timeline is not None, "it is asked of videos with a timeline alone"
    asked = [one for one in questions_about(seen.timeline, given, settings.ask) if isinstance(one, Question)]
    questions = [one for one in sift_questions(asked, taken, settings.curate) if isinstance(one, Question)]
    timeline, explore = seen.timeline, settings.explore

    async def all_of_them() -> list[Replayed]:
        try:
            scene = await open_scene(timeline, build.embed(explore.retrieval), store, settings.verify, settings.ground)
        except Absent:
            # Vectors are not there yet; where a conversation begins does not hang on them.
            scene = await open_scene(timeline, Bm25(), store, settings.verify, settings.ground)
        # Without a teacher there is no key to look for, and no request has this one.
        teacher = identity or {}
        numbers = range(explore.rollouts)
        return [
            await replay(scene, one, number, explore, teacher, store, aids(seen, one, settings))
            for one in questions
            for number in numbers
        ]

    made = sum(question.origin != "given" for question in questions)
    return Asked(len(questions), made, tuple(asyncio.run(all_of_them())))


def _sampled(seen: list[Seen], settings: Dataset, samples: int, tell: Callable[[str], None]) -> list[Seen]:
    """The first of the videos that nothing is known of, in the order that --limit takes them, are scanned."""
    unknown = [one for one in seen if not one.refused and one.clips.count is None]
    chosen = sorted(unknown, key=lambda one: digest("limit", one.video.id))[:samples]
    found: dict[str, Seen] = {}
    for number, one in enumerate(chosen, 1):
        tell(f"sample {number} of {len(chosen)}: {one.video.id}, {one.length_s:.0f} s")
        found[one.video.id] = sample(one, settings.perceive)
    return [found.get(one.video.id, one) for one in seen]
