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
from transforms.curate.choose import Tried, against, choose, pass_rate, split_of
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
        rate = pass_rate(tried)
        unwanted = against(rate, (one.code for one in verified.values()), self.settings.band)
        chosen = frozenset() if unwanted else choose(tried, best)
        video = posed.perceived.video
        split = split_of(video.group or video.id, self.settings.splits)
        code = unwanted or "not_best"
        final = tuple(self._finish(one, verified, broken, chosen, split, code) for one in explored)
        progress.advance("curate")
        curated = Curated(posed.perceived, posed.question, rate, len(tried), split, final, unwanted)
        passed = [one for one in final if _accepted(verified, one) and one.id not in broken and one.id not in chosen]
        return [curated, *(_left_out(one, rate) for one in passed)]

    def _finish(
        self,
        explored: Kept,
        verified: dict[str, Kept],
        broken: dict[str, Rejected],
        chosen: frozenset[str],
        split: str,
        left_out: str,
    ) -> Kept:
        """The last word on a trajectory, written into its record; `left_out` is the code of good ones not chosen."""
        kept = verified.get(explored.id, explored)
        status: Status = kept.status
        code = kept.code
        if explored.id in broken:
            status, code = "fail", broken[explored.id].code
        elif status == "accept" and explored.id not in chosen:
            status, code = "filter", left_out
        store = build.store(self.store)
        trajectory = from_json(Trajectory, store.blob(kept.record))
        record = to_json(replace(trajectory, status=status, code=code, split=split))
        return replace(kept, status=status, code=code, record=store.put_blob(record), record_bytes=len(record))


def _accepted(verified: dict[str, Kept], one: Kept) -> bool:
    return one.id in verified and verified[one.id].status == "accept"


def _left_out(one: Kept, rate: float | None) -> Rejected:
    """The row of a trajectory that nothing is wrong with, and that is not kept."""
    why = {
        "not_best": "another accepted rollout of the question needed fewer calls or frames",
        "out_of_band": f"the question's pass rate, {rate}, lies outside curate.band",
    }
    return Rejected(
        "curate",
        one.code,
        "filter",
        "trajectory",
        one.id,
        why.get(one.code, "another rollout showed that the question can be answered without looking"),
        video_id=one.video_id,
        question_id=one.question_id,
        trajectory_id=one.id,
    )
