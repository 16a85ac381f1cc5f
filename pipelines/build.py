"""The main job: how the verbs are composed, from videos and given questions to a release.

videos ─▶ identify ─▶ scan ─▶ sift ─▶ perceive ─▶ ask ─▶ sift ─▶ explore ─▶ ground ─▶ verify ─▶ curate ─▶ write
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import apache_beam as beam

from pipelines.elsewhere import divided, same_ground
from pipelines.promises import kept_from
from pipelines.target import beyond, not_needed, video_place
from schemas.refs import Asked, Count, Cut, Kept, Opening, Posed, Scanned
from schemas.release import ReleaseInfo
from schemas.settings import Dataset
from schemas.source import Question, Rejected, Video
from schemas.trajectory import Lineage
from transforms import progress
from transforms.ask.transform import AskQuestions
from transforms.concurrent import Outcome
from transforms.curate.transform import CurateQuestions, SiftQuestions, SiftVideos
from transforms.explore.transform import ExploreQuestions
from transforms.ground.transform import GroundTrajectories
from transforms.perceive.transform import PerceiveVideos, ScanVideos
from transforms.read.transform import IdentifyVideos
from transforms.verify.transform import VerifyTrajectories
from transforms.write.transform import WriteRelease


@dataclass(frozen=True, slots=True)
class Job:
    """What one build works on and where. `folder` is where the release is written, `units` what the source held.

    `cut` is where its target is met, once that is known: later questions are turned away. `benchmarks` is the blob of
    what the release must not touch, empty for nothing. `elsewhere` is how many other processes do the work, at most;
    0 when this one does it all, and else `mark` is the blob that all of them must find in the store. `in_place` says
    that nobody moves the release into its place afterwards, so that the job itself has to judge it; `whole_units` are
    then the units of all that the source holds.
    """

    settings: Dataset
    info: ReleaseInfo
    videos: tuple[Video, ...]
    questions: tuple[Question, ...]
    rejected: tuple[Rejected, ...]
    units: int
    store: str
    folder: str
    workers: int
    calls: int
    cut: Cut | None = None
    benchmarks: str = ""
    elsewhere: int = 0
    mark: str = ""
    in_place: bool = False
    whole_units: int = 0

    @property
    def shares(self) -> Dataset:
        """The settings as one process has to keep to them."""
        return divided(self.settings, self.elsewhere) if self.elsewhere else self.settings


def build(pipeline: beam.Pipeline, job: Job) -> None:
    """Adds the whole job to a pipeline."""
    videos = pipeline | "Videos" >> beam.Create(job.videos)
    given = pipeline | "GivenQuestions" >> beam.Create(job.questions)
    turned_away = pipeline | "TurnedAway" >> beam.Create(job.rejected)

    read, perceived, asked, posed = perceive_and_ask(videos, given, job)
    needed = posed.done | "Needed" >> beam.Filter(is_needed, job.cut)
    tried = try_questions(needed, perceived.done, job)
    openings = tried.grounded.done | "Openings" >> beam.Filter(lambda one: isinstance(one, Opening))
    chosen = tried.curated.done | "Chosen" >> beam.FlatMap(
        lambda one: [t for t in one.trajectories if t.status == "accept"]
    )

    also = tried.curated.done | "AlsoKept" >> beam.FlatMap(lambda one: [t for t in one.trajectories if t.although])

    rejected = [
        turned_away,
        read.rejected,
        perceived.rejected,
        posed.rejected,
        posed.done | "NotNeeded" >> beam.FlatMap(rows_beyond, job.cut),
        *tried.rejected,
    ] | "Rejected" >> beam.Flatten()
    called = [read.called, perceived.called, posed.called, *tried.called] | "Called" >> beam.Flatten()
    accepted = tried.verified.done | "Accepted" >> beam.Filter(lambda kept: kept.status == "accept")
    counts = [
        pipeline | "CountUnits" >> beam.Create([Count("read", "in", "", job.units)]),
        [read.done, given] | "AllRead" >> beam.Flatten() | "ReadOut" >> _count("read", "out"),
        read.done | "PerceiveIn" >> _count("perceive", "in"),
        perceived.done | "PerceiveOut" >> _count("perceive", "out"),
        given | "AskGiven" >> _count("ask", "in"),
        asked | "AskMade" >> beam.Filter(is_made) | "AskIn" >> _count("ask", "in"),
        posed.rejected | "AskBroken" >> beam.Filter(is_video) | "BrokenIn" >> _count("ask", "in"),
        needed | "AskOut" >> _count("ask", "out"),
        tried.asked | "RolloutsMade" >> _count("ask", "made"),
        tried.asked | "ExploreIn" >> _count("explore", "in"),
        tried.answered | "ExploreOut" >> _count("explore", "out"),
        tried.answered | "GroundIn" >> _count("ground", "in"),
        tried.shown | "GroundOut" >> _count("ground", "out"),
        tried.shown | "VerifyIn" >> _count("verify", "in"),
        accepted | "VerifyOut" >> _count("verify", "out"),
        accepted | "CurateIn" >> _count("curate", "in"),
        chosen | "CurateOut" >> _count("curate", "out"),
        also | "CurateKept" >> beam.Map(lambda one: Count("curate", "kept", one.although)),
        rejected | "CountRejected" >> beam.Map(count_rejected),
    ] | "Counts" >> beam.Flatten()
    parts = (tried.curated.done, openings, perceived.done, rejected, called, counts)
    judge = partial(kept_from, settings=job.settings, units=job.whole_units) if job.in_place else None
    parts | "Write" >> WriteRelease(
        job.info, job.settings, job.store, job.folder, job.workers, measured=not job.elsewhere, judge=judge
    )


class Asking(NamedTuple):
    """What comes of videos until their questions are posed. `asked` are those that were sifted out as well."""

    read: Outcome
    perceived: Outcome
    asked: beam.PCollection
    posed: Outcome


def perceive_and_ask(
    videos: beam.PCollection, given: beam.PCollection, job: Job, new: frozenset[str] | None = None
) -> Asking:
    """From videos and the questions that are given about them to posed questions.

    Of videos that are not `new` (ids; None for all) it is only looked up whether a new one shows the same.
    """
    settings, store, workers = job.shares, job.store, job.workers
    if job.elsewhere:
        ground = (job.info, job.settings, store, job.mark, job.folder, job.in_place)
        videos = videos | "SameGround" >> beam.Map(same_ground, *ground)
    read = videos | "Read" >> IdentifyVideos(store, workers)
    scanned = read.done | "Scan" >> ScanVideos(settings.perceive, store, workers)
    sifted = scanned.done | "SiftVideos" >> SiftVideos(
        settings.curate, store, workers, settings.perceive.sample_fps, job.benchmarks, video_place
    )
    fresh = sifted.done | "New" >> beam.Filter(_is_new, new)
    perceived = fresh | "Perceive" >> PerceiveVideos(settings.perceive, store, workers)
    doubled = sifted.rejected | "Doubled" >> beam.Filter(lambda row: row.outcome == "filter")
    asked = (perceived.done, given, doubled, read.done) | "Ask" >> AskQuestions(settings.ask, store, workers)
    posed = asked.done | "SiftQuestions" >> SiftQuestions(settings.curate, store, workers, job.benchmarks)
    lost = [scanned.rejected, sifted.rejected, perceived.rejected] | "VideosLost" >> beam.Flatten()
    turned_away = [asked.rejected, posed.rejected] | "QuestionsLost" >> beam.Flatten()
    return Asking(
        read,
        perceived._replace(rejected=lost),
        asked.done,
        asked._replace(done=posed.done, rejected=turned_away),
    )


def _is_new(scanned: Scanned, new: frozenset[str] | None) -> bool:
    if new is None or scanned.video.id in new:
        return True
    progress.expect("perceive", -1)
    return False


class Tried(NamedTuple):
    """What comes of posed questions until rows are chosen. `rejected` and `called` are of all stages."""

    asked: beam.PCollection
    answered: beam.PCollection
    grounded: Outcome
    shown: beam.PCollection
    verified: Outcome
    curated: Outcome
    rejected: tuple[beam.PCollection, ...]
    called: tuple[beam.PCollection, ...]


def try_questions(posed: beam.PCollection, perceived: beam.PCollection, job: Job) -> Tried:
    """From posed questions and the videos they are about to the choice of rollouts."""
    settings, store, workers = job.shares, job.store, job.workers
    release = Lineage(job.info.dataset, job.info.version, job.info.fingerprint, "", (), 0, 0)
    asked = posed | "PlanRollouts" >> beam.FlatMap(rollouts_of, settings.explore.rollouts)
    explored = asked | "Explore" >> ExploreQuestions(
        settings.explore,
        settings.verify,
        release,
        store,
        job.calls,
        settings.perceive.captions,
        settings.ground,
        settings.published,
    )
    answered = explored.done | "Answered" >> beam.Filter(lambda kept: kept.status == "open")
    grounded = (answered, perceived) | "Ground" >> GroundTrajectories(settings.ground, store, workers)
    shown = grounded.done | "Shown" >> beam.Filter(lambda one: isinstance(one, Kept))
    verified = (shown, perceived) | "Verify" >> VerifyTrajectories(
        settings.verify,
        settings.ground,
        settings.perceive.ocr,
        settings.write.dialect,
        store,
        workers,
        settings.published,
    )
    broken = [grounded.rejected, verified.rejected] | "Broken" >> beam.Flatten()
    curated = (posed, explored.done, verified.done, broken) | "Curate" >> CurateQuestions(
        settings.curate, settings.verify.need is not None, store, workers, job.cut, settings.published
    )
    stages = (explored, grounded, verified, curated)
    return Tried(
        asked,
        answered,
        grounded,
        shown,
        verified,
        curated,
        tuple(stage.rejected for stage in stages),
        tuple(stage.called for stage in stages),
    )


def rollouts_of(posed: Posed, rollouts: int) -> list[Asked]:
    """The rollouts to be made of one question."""
    progress.expect("explore", rollouts)
    return [Asked(posed.perceived, posed.question, index) for index in range(rollouts)]


def is_needed(posed: Posed, cut: Cut | None) -> bool:
    """Whether the question does not come after the one where the target is met."""
    return not beyond(cut, posed.perceived.video.id, posed.question.id)


def rows_beyond(posed: Posed, cut: Cut | None) -> list[Rejected]:
    """The row of a question that comes after it."""
    if is_needed(posed, cut):
        return []
    progress.expect("curate", -1)
    return [not_needed("ask", "question", posed.perceived.video.id, posed.question.id)]


def is_made(posed: Posed) -> bool:
    """Whether the question was made from the timeline, not given."""
    return posed.question.origin != "given"


def is_video(row: Rejected) -> bool:
    """Whether a whole video was lost while its questions were made."""
    return row.unit == "video"


def count_rejected(row: Rejected) -> Count:
    return Count(row.stage, "filtered" if row.outcome == "filter" else "failed", row.code)


def _count(stage: str, *fields: str) -> beam.PTransform:
    """One Count per element and field."""
    return beam.FlatMap(_counts, stage, fields)


def _counts(element: object, stage: str, fields: tuple[str, ...]) -> list[Count]:
    return [Count(stage, field, "") for field in fields]
