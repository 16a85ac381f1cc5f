"""Verify trajectories: every verdict goes into the record, and the record says what it became."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import apache_beam as beam

from schemas.codec import from_json, to_json
from schemas.refs import Kept
from schemas.scan import FrameTimes
from schemas.settings import Ocr, Verify
from schemas.source import Rejected
from schemas.timeline import Timeline
from schemas.trajectory import Trajectory
from transforms import progress
from transforms.concurrent import FlatMapConcurrently
from transforms.engines import build
from transforms.refuse import refuse
from transforms.verify.case import Case
from transforms.verify.registry import verify


@dataclass
class VerifyTrajectories(beam.PTransform):
    """(kept, perceived) → `.done` all Kept, with verdicts and a status; `.rejected` why some do not go on."""

    settings: Verify
    ocr: Ocr
    store: str
    workers: int

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        kept, perceived = inputs
        timelines = perceived | "TimelineByVideo" >> beam.Map(lambda one: (one.video.id, one.timeline))
        by_video = beam.pvalue.AsDict(timelines)
        return (
            kept
            | "FindTimeline" >> beam.Map(lambda one, timelines: (one, timelines[one.video_id]), by_video)
            | "RebalanceTrajectories" >> beam.Reshuffle()
            | "Verify" >> FlatMapConcurrently(VerifyOne(self.settings, self.ocr, self.store), self.workers)
        )


@dataclass
class VerifyOne:
    settings: Verify
    ocr: Ocr
    store: str

    def do(self, element: tuple[Kept, str]) -> Iterable[Kept | Rejected]:
        kept, timeline = element
        try:
            done, against = self._verify(kept, timeline)
        except Exception as error:
            progress.advance("verify", rejected=1)
            ids = {"video_id": kept.video_id, "question_id": kept.question_id, "trajectory_id": kept.id}
            return [refuse(error, "verify", "trajectory", kept.id, **ids)]
        progress.advance("verify", rejected=len(against))
        return [done, *against]

    def _verify(self, kept: Kept, timeline: str) -> tuple[Kept, list[Rejected]]:
        store = build.store(self.store)
        line = build.cached(("timeline", self.store, timeline), lambda: from_json(Timeline, store.blob(timeline)))
        times = build.cached(("times", self.store, line.times), lambda: from_json(FrameTimes, store.blob(line.times)))
        trajectory = from_json(Trajectory, store.blob(kept.record))
        verified = verify(Case(trajectory, line, times, self.settings, store, build.ocr(self.ocr)))
        judged = replace(kept, record=store.put_blob(to_json(verified)), status=verified.status, code=verified.code)
        against = next((verdict for verdict in verified.verdicts if verdict.outcome != "accept"), None)
        if against is None or against.outcome == "accept":
            return judged, []
        return judged, [
            Rejected(
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
        ]
