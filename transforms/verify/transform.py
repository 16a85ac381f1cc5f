"""Verify trajectories: every verdict goes into the record, and the record says what it became."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import apache_beam as beam

from schemas.codec import from_json, to_json
from schemas.refs import Kept, Perceived
from schemas.scan import FrameTimes
from schemas.settings import DEFAULT_DIALECT, Dialect, Ground, Ocr, Published, Verify
from schemas.source import Rejected
from schemas.timeline import Timeline
from schemas.trajectory import PARDONED, Trajectory
from transforms import progress
from transforms.concurrent import FlatMapConcurrently, Outcome
from transforms.engines import build
from transforms.engines.captions import ClipFacts
from transforms.engines.ocr import Ocr as OcrEngine
from transforms.refuse import refuse
from transforms.verify import need
from transforms.verify.case import Case
from transforms.verify.exam import Examiners
from transforms.verify.registry import examine, verify


@dataclass
class VerifyTrajectories(beam.PTransform):
    """(kept, perceived) → `.done` all Kept, with verdicts and a status; `.rejected` why some do not go on.

    What asks models comes in a second step, with as many calls in flight as they may have, and only for trajectories
    that are alive.
    """

    settings: Verify
    ground: Ground
    ocr: Ocr
    dialect: Dialect
    store: str
    workers: int
    published: Published = Published()

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> Outcome:
        kept, perceived = inputs
        by_video = beam.pvalue.AsDict(perceived | "ByVideo" >> beam.Map(lambda one: (one.video.id, one)))
        checked = (
            kept
            | "FindTimeline" >> beam.Map(_with_video, by_video)
            | "RebalanceTrajectories" >> beam.Reshuffle()
            | "Verify"
            >> FlatMapConcurrently(
                VerifyOne(self.settings, self.ground, self.ocr, self.dialect, self.store, self.published), self.workers
            )
        )
        models = self.settings.models()
        if not models:
            return checked
        alive = checked.done | "Alive" >> beam.Filter(lambda one: one.status == "accept")
        examined = (
            alive
            | "FindVideo" >> beam.Map(_with_video, by_video)
            | "RebalanceAlive" >> beam.Reshuffle()
            | "Examine"
            >> FlatMapConcurrently(
                ExamineOne(self.settings, self.ground, self.store), max(one.limits.in_flight for one in models.values())
            )
        )
        lost = checked.done | "Lost" >> beam.Filter(lambda one: one.status != "accept")
        return Outcome(
            [examined.done, lost] | "Done" >> beam.Flatten(),
            [checked.rejected, examined.rejected] | "Rejected" >> beam.Flatten(),
            [checked.called, examined.called] | "Called" >> beam.Flatten(),
        )


def _with_video(kept: Kept, perceived: Mapping[str, Perceived]) -> tuple[Kept, Perceived]:
    return kept, perceived[kept.video_id]


@dataclass
class VerifyOne:
    """All that asks no model."""

    settings: Verify
    ground: Ground
    ocr: Ocr
    dialect: Dialect
    store: str
    published: Published = Published()

    def do(self, element: tuple[Kept, Perceived]) -> Iterable[Kept | Rejected]:
        kept, perceived = element
        try:
            case = case_of(kept, perceived, self.settings, self.ground, self.store, build.ocr(self.ocr), self.dialect)
            if self.published.keeps:
                case = replace(case, pardoned=PARDONED)
            done = _judged(kept, verify(case), self.store)
        except Exception as error:
            return [_broken(kept, error)]
        alive = len(done) == 1
        if alive and self.settings.models():
            return done  # it is counted when it was examined
        progress.advance("verify", rejected=len(done) - 1)
        return done


@dataclass
class ExamineOne:
    """All that asks models, of a trajectory that is alive."""

    settings: Verify
    ground: Ground
    store: str

    async def do(self, element: tuple[Kept, Perceived]) -> Iterable[Kept | Rejected]:
        kept, perceived = element
        try:
            # Timelines and pictures of clips are read off the event loop that all calls share.
            case = await asyncio.to_thread(case_of, kept, perceived, self.settings, self.ground, self.store, None)
            examiners = await asyncio.to_thread(self._examiners, perceived)
            verified = await examine(case, examiners)
            done = await asyncio.to_thread(_judged, kept, verified, self.store)
        except Exception as error:
            return [_broken(kept, error)]
        progress.advance("verify", rejected=len(done) - 1)
        return done

    def _examiners(self, perceived: Perceived) -> Examiners:
        need, answerer, judge = self.settings.need, self.settings.answerer, self.settings.judge
        return Examiners(
            need=build.chat(need.engine, "verify") if need else None,
            answerer=build.chat(answerer.engine, "verify") if answerer else None,
            judge=build.chat(judge.engine, "verify") if judge else None,
            thumbnails=self._thumbnails(perceived, need.thumbnails) if need else (),
        )

    def _thumbnails(self, perceived: Perceived, count: int) -> tuple[str, ...]:
        """Digests of up to `count` of the pictures that the scan kept of the clips, spread over the video."""
        store = build.store(self.store)

        def pictures() -> list[str]:
            facts = (from_json(ClipFacts, store.blob(clip)) for clip in perceived.clips)
            return [picture for one in facts for picture in one.pictures]

        kept = build.cached(("clip pictures", self.store, perceived.timeline), pictures)
        count = min(count, len(kept))
        return tuple(kept[int((n + 0.5) * len(kept) / count)] for n in range(count))


def case_of(
    kept: Kept,
    perceived: Perceived,
    settings: Verify,
    ground: Ground,
    store: str,
    ocr: OcrEngine | None,
    dialect: Dialect = DEFAULT_DIALECT,
) -> Case:
    """What a trajectory is held against; timelines are kept for the next trajectories of the video."""
    held = build.store(store)
    name = perceived.timeline
    line = build.cached(("timeline", store, name), lambda: from_json(Timeline, held.blob(name)))
    times = build.cached(("times", store, line.times), lambda: from_json(FrameTimes, held.blob(line.times)))
    trajectory = from_json(Trajectory, held.blob(kept.record))
    return Case(trajectory, line, times, settings, held, ocr, ground, dialect)


def _judged(kept: Kept, verified: Trajectory, store: str) -> list[Kept | Rejected]:
    """The trajectory with its verdicts, and the row that says why it does not go on, if it does not."""
    record = build.store(store).put_blob(to_json(verified))
    blind = any(verdict.verifier == need.NAME and verdict.outcome != "fail" for verdict in verified.verdicts)
    judged = replace(kept, record=record, status=verified.status, code=verified.code, tried_blind=blind)
    against = next((verdict for verdict in verified.verdicts if verdict.outcome != "accept"), None)
    if against is None or against.outcome == "accept":  # for the type checker: `against` never accepts
        return [judged]
    row = Rejected(
        "verify",
        against.code,
        against.outcome,
        "trajectory",
        kept.id,
        against.detail,
        video_id=kept.video_id,
        question_id=kept.question_id,
        trajectory_id=kept.id,
    )
    return [judged, row]


def _broken(kept: Kept, error: Exception) -> Rejected:
    progress.advance("verify", rejected=1)
    ids = {"video_id": kept.video_id, "question_id": kept.question_id, "trajectory_id": kept.id}
    return refuse(error, "verify", "trajectory", kept.id, **ids)
