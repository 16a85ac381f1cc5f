"""Curate: per question, the pass rate, the choice among accepted rollouts, and the split."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam

from schemas.codec import from_json, to_json
from schemas.refs import Curated, Cut, Kept
from schemas.settings import Curate
from schemas.source import Rejected
from schemas.trajectory import Status, Trajectory
from transforms import progress
from transforms.concurrent import FlatMapConcurrently
from transforms.curate.choose import Tried, choose, pass_rate, split_of
from transforms.engines import build


@dataclass
class CurateQuestions(beam.PTransform):
    """(posed, explored, verified, rejected) → `.done` one Curated per question, `.rejected` accepted but not chosen.

    `explored` are all finished rollouts, `verified` those of them that came through grounding and verification, and
    `rejected` the rows of trajectories that broke on the way.

    With a `cut`, the question where a target is met keeps no more rollouts than are wanted of it.
    """

    settings: Curate
    store: str
    workers: int
    cut: Cut | None = None

    def expand(self, inputs: tuple[beam.PCollection, ...]) -> beam.PCollection:
        posed, explored, verified, rejected = inputs
        key = beam.Map(_by_question)
        return (
            {
                "posed": posed
                | "PosedByQuestion" >> beam.Map(lambda one: ((one.perceived.video.id, one.question.id), one)),
                "explored": explored | "ExploredByQuestion" >> key,
                "verified": verified | "VerifiedByQuestion" >> key,
                "rejected": rejected
                | "OfTrajectories" >> beam.Filter(lambda row: bool(row.trajectory_id))
                | "RejectedByQuestion" >> key,
            }
            | "JoinQuestion" >> beam.CoGroupByKey()
            | "Curate" >> FlatMapConcurrently(CurateQuestion(self.settings, self.store, self.cut), self.workers)
        )


def _by_question(one: Kept | Rejected) -> tuple[tuple[str, str], Kept | Rejected]:
    return (one.video_id, one.question_id), one


@dataclass
class CurateQuestion:
    settings: Curate
    store: str
    cut: Cut | None = None

    def do(self, element: tuple[tuple[str, str], dict[str, Iterable[Any]]]) -> Iterable[Curated | Rejected]:
        question, groups = element
        (posed,) = groups["posed"]
        explored = sorted(groups["explored"], key=lambda one: one.rollout)
        verified = {one.id: one for one in groups["verified"]}
        broken = {row.trajectory_id: row for row in groups["rejected"] if row.outcome == "fail"}
        tried = [
            Tried(one.id, one.rollout, _accepted(verified, one), one.right, one.calls, verified.get(one.id, one).frames)
            for one in explored
        ]
        best = self.settings.best
        if self.cut is not None and question == (self.cut.video_id, self.cut.question_id):
            best = min(best, self.cut.rows)
        chosen = choose(tried, best)
        video = posed.perceived.video
        split = split_of(video.group or video.id, self.settings.splits)
        final = tuple(self._finish(one, verified, broken, chosen, split) for one in explored)
        progress.advance("curate")
        curated = Curated(posed.perceived, posed.question, pass_rate(tried), len(tried), split, final)
        return [curated, *(_not_best(one) for one in final if one.code == "not_best")]

    def _finish(
        self,
        explored: Kept,
        verified: dict[str, Kept],
        broken: dict[str, Rejected],
        chosen: frozenset[str],
        split: str,
    ) -> Kept:
        """The last word on a trajectory, written into its record."""
        kept = verified.get(explored.id, explored)
        status: Status = kept.status
        code = kept.code
        if explored.id in broken:
            status, code = "fail", broken[explored.id].code
        elif status == "accept" and explored.id not in chosen:
            status, code = "filter", "not_best"
        store = build.store(self.store)
        trajectory = from_json(Trajectory, store.blob(kept.record))
        record = to_json(replace(trajectory, status=status, code=code, split=split))
        return replace(kept, status=status, code=code, record=store.put_blob(record), record_bytes=len(record))


def _accepted(verified: dict[str, Kept], one: Kept) -> bool:
    return one.id in verified and verified[one.id].status == "accept"


def _not_best(one: Kept) -> Rejected:
    return Rejected(
        "curate",
        "not_best",
        "filter",
        "trajectory",
        one.id,
        "another accepted rollout of the question needed fewer calls or frames",
        video_id=one.video_id,
        question_id=one.question_id,
        trajectory_id=one.id,
    )
