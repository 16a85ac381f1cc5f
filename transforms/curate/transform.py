"""Curate: sift out videos and questions that a benchmark or the dataset itself has already; later, per question, the
pass rate, the choice among accepted rollouts, and the split."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam

from schemas.benchmark import Benchmarks
from schemas.codec import from_json, to_json
from schemas.refs import Curated, Cut, Kept, Posed, Scanned
from schemas.scan import Scan
from schemas.settings import Curate, Published
from schemas.source import Rejected
from schemas.trajectory import Status, Trajectory, kept_although
from transforms import progress
from transforms.concurrent import FlatMapConcurrently, Outcome
from transforms.curate.choose import Tried, against, choose, pass_rate, split_of, why_unwanted
from transforms.curate.keep import kept as kept_with_a_reason
from transforms.curate.keep import to_keep
from transforms.curate.same_question import QuestionIndex
from transforms.curate.same_video import at_a_steady_rate
from transforms.curate.sift import Film, index_of, sift_questions, sift_videos
from transforms.engines import build
from transforms.refuse import refuse


@dataclass
class SiftVideos(beam.PTransform):
    """PCollection of Scanned → `.done` those that show nothing a benchmark or another video shows, `.rejected` others.

    A video is looked at `fps` times a second; `benchmarks` is the blob of the Benchmarks, empty for none; `place` gives
    the order in which videos are taken.
    """

    settings: Curate
    store: str
    workers: int
    fps: float
    benchmarks: str
    place: Callable[[str], str]

    def expand(self, scanned: beam.PCollection) -> Outcome:
        looked = scanned | "Looks" >> FlatMapConcurrently(LookAt(self.store, self.fps), self.workers)
        sifted = (
            looked.done
            | "Together" >> beam.Map(lambda one: (None, one))
            | "AllVideos" >> beam.GroupByKey()
            | "Sift" >> FlatMapConcurrently(SiftAll(self.settings, self.store, self.benchmarks, self.place), 1)
        )
        rejected = [looked.rejected, sifted.rejected] | "AllRejected" >> beam.Flatten()
        return Outcome(sifted.done, rejected, sifted.called)


@dataclass
class LookAt:
    """A video with the perceptual hashes of what it shows: 32 bytes each, `fps` a second."""

    store: str
    fps: float

    def do(self, scanned: Scanned) -> Iterable[tuple[Scanned, bytes] | Rejected]:
        store = build.store(self.store)
        try:
            scan = from_json(Scan, store.blob(scanned.scan))
            return [(scanned, at_a_steady_rate(scan, store.blob(scan.looks), self.fps))]
        except Exception as error:
            progress.advance("perceive", rejected=1)
            return [refuse(error, "perceive", "video", scanned.video.id, video_id=scanned.video.id)]


@dataclass
class SiftAll:
    settings: Curate
    store: str
    benchmarks: str
    place: Callable[[str], str]

    def do(self, element: tuple[None, Iterable[tuple[Scanned, bytes]]]) -> Iterable[Scanned | Rejected]:
        videos = list(element[1])
        looks = {scanned.video.id: held for scanned, held in videos}
        dropped = sift_videos(looks, _films(self.benchmarks, self.store), self.settings, self.place)
        progress.advance("perceive", len(dropped), rejected=len(dropped))
        return [dropped.get(scanned.video.id, scanned) for scanned, _ in videos]


def _films(benchmarks: str, root: str) -> list[Film]:
    if not benchmarks:
        return []
    store = build.store(root)
    held = from_json(Benchmarks, store.blob(benchmarks))
    return [Film(one.name, video.name, store.blob(video.looks)) for one in held.all for video in one.seen]


@dataclass
class SiftQuestions(beam.PTransform):
    """PCollection of Posed → `.done` those that ask what no benchmark asks and nobody asks of the same video,
    `.rejected` the others."""

    settings: Curate
    store: str
    workers: int
    benchmarks: str

    def expand(self, posed: beam.PCollection) -> Outcome:
        return (
            posed
            | "ByVideo" >> beam.Map(lambda one: (one.perceived.video.id, one))
            | "OfOneVideo" >> beam.GroupByKey()
            | "Sift" >> FlatMapConcurrently(SiftVideo(self.settings, self.store, self.benchmarks), self.workers)
        )


@dataclass
class SiftVideo:
    """The questions of one video."""

    settings: Curate
    store: str
    benchmarks: str

    def do(self, element: tuple[str, Iterable[Posed]]) -> Iterable[Posed | Rejected]:
        posed = {one.question.id: one for one in element[1]}
        asked = [one.question for one in posed.values()]
        try:
            sifted = sift_questions(asked, _indexes(self.benchmarks, self.store), self.settings)
        except Exception as error:
            ids = {"video_id": element[0]}
            sifted = [refuse(error, "ask", "question", one.id, question_id=one.id, **ids) for one in asked]
        progress.expect("curate", -sum(isinstance(one, Rejected) for one in sifted))
        return [one if isinstance(one, Rejected) else posed[one.id] for one in sifted]


def _indexes(benchmarks: str, root: str) -> list[tuple[str, QuestionIndex]]:
    """The questions of all benchmarks, made ready once per process."""

    def make() -> list[tuple[str, QuestionIndex]]:
        held = from_json(Benchmarks, build.store(root).blob(benchmarks))
        return [(one.name, index_of(one)) for one in held.all]

    made: list[tuple[str, QuestionIndex]] = build.cached(("benchmarks", root, benchmarks), make) if benchmarks else []
    return made


@dataclass
class CurateQuestions(beam.PTransform):
    """(posed, explored, verified, rejected) → `.done` one Curated per question, `.rejected` accepted but not chosen.

    `explored` are all finished rollouts, `verified` those of them that came through grounding and verification, and
    `rejected` the rows of trajectories that broke on the way.

    `blind` says that the entry wants blind runs. With a `cut`, the question where a target is met keeps no more
    rollouts than are wanted of it. `published` says which rollouts are kept of a question without an accepted one.
    """

    settings: Curate
    blind: bool
    store: str
    workers: int
    cut: Cut | None = None
    published: Published = Published()

    def expand(self, inputs: tuple[beam.PCollection, ...]) -> beam.PCollection:
        posed, explored, verified, rejected = inputs
        key = beam.Map(_by_question)
        work = CurateQuestion(self.settings, self.blind, self.store, self.cut, self.published)
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
            | "Curate" >> FlatMapConcurrently(work, self.workers)
        )


def _by_question(one: Kept | Rejected) -> tuple[tuple[str, str], Kept | Rejected]:
    return (one.video_id, one.question_id), one


@dataclass
class CurateQuestion:
    settings: Curate
    blind: bool
    store: str
    cut: Cut | None = None
    published: Published = Published()

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
        # They are made of the question, so those of one trajectory are enough.
        blind = any(one.tried_blind for one in verified.values()) if self.blind else None
        unwanted = against(rate, (one.code for one in verified.values()), self.settings.band, blind)
        chosen = frozenset() if unwanted else choose(tried, best)
        video = posed.perceived.video
        split = split_of(video.group or video.id, self.settings.splits)
        code = unwanted or "not_best"
        solved = any(_accepted(verified, one) and one.id not in broken for one in explored)
        also = "" if unwanted or solved else self._also_kept([one for one in verified.values() if one.id not in broken])
        final = tuple(self._finish(one, verified, broken, chosen, split, code, also) for one in explored)
        progress.advance("curate")
        why = why_unwanted(unwanted, rate, len(tried)) if unwanted else ""
        curated = Curated(posed.perceived, posed.question, rate, len(tried), split, final, unwanted, why)
        passed = [one for one in final if _accepted(verified, one) and one.id not in broken and one.id not in chosen]
        return [curated, *(_left_out(one, why) for one in passed)]

    def _finish(
        self,
        explored: Kept,
        verified: dict[str, Kept],
        broken: dict[str, Rejected],
        chosen: frozenset[str],
        split: str,
        left_out: str,
        also: str,
    ) -> Kept:
        """The last word on a trajectory, written into its record; `left_out` is the code of good ones not chosen,
        `also` the id of the one that is kept although it is not accepted."""
        kept = verified.get(explored.id, explored)
        status: Status = kept.status
        code = kept.code
        if explored.id in broken:
            status, code = "fail", broken[explored.id].code
        elif status == "accept" and explored.id not in chosen:
            status, code = "filter", left_out
        store = build.store(self.store)
        trajectory = replace(from_json(Trajectory, store.blob(kept.record)), status=status, code=code, split=split)
        if kept.id == also:
            trajectory = kept_with_a_reason(trajectory)
        record = to_json(trajectory)
        return replace(
            kept,
            status=status,
            code=code,
            record=store.put_blob(record),
            record_bytes=len(record),
            although=kept_although(trajectory),
        )

    def _also_kept(self, lost: Iterable[Kept]) -> str:
        """Id of a rollout that is trained on although it is not accepted; empty for none."""
        if not self.published.keeps:
            return ""
        store = build.store(self.store)
        return to_keep([from_json(Trajectory, store.blob(one.record)) for one in lost], self.published)


def _accepted(verified: dict[str, Kept], one: Kept) -> bool:
    return one.id in verified and verified[one.id].status == "accept"


NOT_BEST = "another accepted rollout is kept before it: fewest calls first, then fewest frames, then the earlier one"
"""See `choose`."""


def _left_out(one: Kept, why: str) -> Rejected:
    """The row of a trajectory that nothing is wrong with, and that is not kept; `why` tells of its question."""
    return Rejected(
        "curate",
        one.code,
        "filter",
        "trajectory",
        one.id,
        why or NOT_BEST,
        video_id=one.video_id,
        question_id=one.question_id,
        trajectory_id=one.id,
    )
