"""What a round towards a target runs: the same verbs as the main job, over a part of it, and only as far as is needed.

Nothing of a release is written. What a round came to goes to a file, as a Round.
"""

from collections.abc import Sequence
from pathlib import Path

import apache_beam as beam

from pipelines.build import Job, perceive_and_ask, try_questions
from schemas.codec import to_json
from schemas.refs import Curated, Posed, Round, Yielded
from schemas.source import Question, Rejected, Video
from transforms.refuse import PASSING


def pose(
    pipeline: beam.Pipeline,
    job: Job,
    videos: Sequence[Video],
    earlier: Sequence[Video],
    questions: Sequence[Question],
    path: str,
) -> None:
    """Perceives some videos and poses their questions, of which those in `questions` are given.

    `earlier` are the videos of earlier rounds: what shows the same as one of them is turned away.
    """
    asked = perceive_and_ask(
        pipeline | "Videos" >> beam.Create([*earlier, *videos]),
        pipeline | "GivenQuestions" >> beam.Create(list(questions)),
        job,
        frozenset(video.id for video in videos),
    )
    rejected = [asked.read.rejected, asked.perceived.rejected, asked.posed.rejected] | "Rejected" >> beam.Flatten()
    found = asked.posed.done | "AsRound" >> beam.Map(lambda one: Round(posed=(one,)))
    _keep(found, rejected, path)


def explore(pipeline: beam.Pipeline, job: Job, posed: Sequence[Posed], path: str) -> None:
    """Explores some questions and tells how many rows each brings."""
    perceived = {one.perceived.video.id: one.perceived for one in posed}
    tried = try_questions(
        pipeline | "Posed" >> beam.Create(list(posed)),
        pipeline | "Perceived" >> beam.Create(list(perceived.values())),
        job,
    )
    found = tried.curated.done | "AsRound" >> beam.Map(lambda one: Round(yielded=(_yielded(one),)))
    _keep(found, tried.rejected | "Rejected" >> beam.Flatten(), path)


def _yielded(one: Curated) -> Yielded:
    rows = sum(kept.status == "accept" for kept in one.trajectories)
    return Yielded(one.perceived.video.id, one.question.id, rows)


def _keep(found: beam.PCollection, rejected: beam.PCollection, path: str) -> None:
    passing = (
        rejected | "Passing" >> beam.Filter(may_pass) | "PassingAsRound" >> beam.Map(lambda row: Round(passing=(row,)))
    )
    parts = [found, passing] | "Parts" >> beam.Flatten()
    parts.pipeline | "File" >> beam.Create([path]) | "Keep" >> beam.Map(_write, beam.pvalue.AsList(parts))


def may_pass(row: Rejected) -> bool:
    return row.outcome == "fail" and row.code in PASSING


def _write(path: str, parts: list[Round]) -> None:
    whole = Round(
        tuple(one for part in parts for one in part.posed),
        tuple(one for part in parts for one in part.yielded),
        tuple(one for part in parts for one in part.passing),
    )
    Path(path).write_bytes(to_json(whole))
