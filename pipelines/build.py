"""The main job: how the verbs are composed, from videos and given questions to a release.

videos ─▶ identify ─▶ perceive ─▶ ask ─▶ explore ─▶ ground ─▶ verify ─▶ curate ─▶ write
"""

from dataclasses import dataclass

import apache_beam as beam

from schemas.refs import Asked, Count, Kept, Opening, Posed
from schemas.release import ReleaseInfo
from schemas.settings import Dataset
from schemas.source import Question, Rejected, Video
from schemas.trajectory import Lineage
from transforms import progress
from transforms.ask.transform import AskQuestions
from transforms.curate.transform import CurateQuestions
from transforms.explore.transform import ExploreQuestions
from transforms.ground.transform import GroundTrajectories
from transforms.perceive.transform import PerceiveVideos
from transforms.read.transform import IdentifyVideos
from transforms.verify.transform import VerifyTrajectories
from transforms.write.transform import WriteRelease


@dataclass(frozen=True, slots=True)
class Job:
    """What one build works on and where. `folder` is where the release is written, `units` what the source held."""

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


def build(pipeline: beam.Pipeline, job: Job) -> None:
    """Adds the whole job to a pipeline."""
    settings, store, workers = job.settings, job.store, job.workers
    release = Lineage(job.info.dataset, job.info.version, job.info.fingerprint, "", (), 0, 0)

    videos = pipeline | "Videos" >> beam.Create(job.videos)
    given = pipeline | "GivenQuestions" >> beam.Create(job.questions)
    turned_away = pipeline | "TurnedAway" >> beam.Create(job.rejected)

    read = videos | "Read" >> IdentifyVideos(store, workers)
    perceived = read.done | "Perceive" >> PerceiveVideos(settings.perceive, store, workers)
    posed = (perceived.done, given) | "Ask" >> AskQuestions(settings.ask, store, workers)
    asked = posed.done | "PlanRollouts" >> beam.FlatMap(rollouts_of, settings.explore.rollouts)
    explored = asked | "Explore" >> ExploreQuestions(
        settings.explore, settings.verify, release, store, job.calls, settings.perceive.captions
    )
    answered = explored.done | "Answered" >> beam.Filter(lambda kept: kept.status == "open")
    grounded = (answered, perceived.done) | "Ground" >> GroundTrajectories(settings.ground, store, workers)
    shown = grounded.done | "Shown" >> beam.Filter(lambda one: isinstance(one, Kept))
    openings = grounded.done | "Openings" >> beam.Filter(lambda one: isinstance(one, Opening))
    verified = (shown, perceived.done) | "Verify" >> VerifyTrajectories(
        settings.verify, settings.perceive.ocr, store, workers
    )
    broken = [grounded.rejected, verified.rejected] | "Broken" >> beam.Flatten()
    curated = (posed.done, explored.done, verified.done, broken) | "Curate" >> CurateQuestions(
        settings.curate, store, workers
    )
    chosen = curated.done | "Chosen" >> beam.FlatMap(lambda one: [t for t in one.trajectories if t.status == "accept"])

    rejected = [
        turned_away,
        read.rejected,
        perceived.rejected,
        posed.rejected,
        explored.rejected,
        grounded.rejected,
        verified.rejected,
        curated.rejected,
    ] | "Rejected" >> beam.Flatten()
    accepted = verified.done | "Accepted" >> beam.Filter(lambda kept: kept.status == "accept")
    counts = [
        pipeline | "CountUnits" >> beam.Create([Count("read", "in", "", job.units)]),
        [read.done, given] | "AllRead" >> beam.Flatten() | "ReadOut" >> _count("read", "out"),
        read.done | "PerceiveIn" >> _count("perceive", "in"),
        perceived.done | "PerceiveOut" >> _count("perceive", "out"),
        given | "AskGiven" >> _count("ask", "in"),
        posed.done | "AskMade" >> beam.Filter(is_made) | "AskIn" >> _count("ask", "in"),
        posed.rejected | "AskBroken" >> beam.Filter(is_video) | "BrokenIn" >> _count("ask", "in"),
        posed.done | "AskOut" >> _count("ask", "out"),
        asked | "RolloutsMade" >> _count("ask", "made"),
        asked | "ExploreIn" >> _count("explore", "in"),
        answered | "ExploreOut" >> _count("explore", "out"),
        answered | "GroundIn" >> _count("ground", "in"),
        shown | "GroundOut" >> _count("ground", "out"),
        shown | "VerifyIn" >> _count("verify", "in"),
        accepted | "VerifyOut" >> _count("verify", "out"),
        accepted | "CurateIn" >> _count("curate", "in"),
        chosen | "CurateOut" >> _count("curate", "out"),
        rejected | "CountRejected" >> beam.Map(count_rejected),
    ] | "Counts" >> beam.Flatten()
    parts = (curated.done, openings, perceived.done, rejected, counts)
    parts | "Write" >> WriteRelease(job.info, settings, store, job.folder, workers)


def rollouts_of(posed: Posed, rollouts: int) -> list[Asked]:
    """The rollouts to be made of one question."""
    progress.expect("explore", rollouts)
    return [Asked(posed.perceived, posed.question, index) for index in range(rollouts)]


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
