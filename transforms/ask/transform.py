"""Ask questions of each perceived video: the given ones that fit it, and those its timeline makes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import apache_beam as beam

from schemas.codec import from_json
from schemas.refs import Perceived, Posed
from schemas.settings import Ask
from schemas.source import Question, Rejected
from schemas.timeline import Timeline
from transforms import progress
from transforms.ask.ask import questions_about
from transforms.ask.given import without_video
from transforms.concurrent import FlatMapConcurrently, Outcome
from transforms.engines import build
from transforms.refuse import refuse


@dataclass
class AskQuestions(beam.PTransform):
    """(perceived, given questions, sifted, videos) → `.done` Posed questions, `.rejected` given ones that do not fit
    their video, or whose video does not go on.

    `sifted` are the rows of videos that were turned away though nothing is wrong with them; so are their questions.
    `videos` are all that were read: a question about an entry that was merged into another one is about that one.
    """

    settings: Ask
    store: str
    workers: int

    def expand(self, inputs: tuple[beam.PCollection, ...]) -> Outcome:
        perceived, given, sifted, videos = inputs
        kept_as = beam.pvalue.AsDict(
            videos | "Aliases" >> beam.FlatMap(lambda video: [(alias, video.id) for alias in video.aliases])
        )
        about = given | "AboutKept" >> beam.Map(_about_kept, kept_as)
        return (
            {
                "perceived": perceived | "PerceivedById" >> beam.Map(lambda one: (one.video.id, one)),
                "given": about | "GivenByVideo" >> beam.Map(lambda question: (question.video_id, question)),
                "sifted": sifted | "SiftedByVideo" >> beam.Map(lambda row: (row.video_id, row)),
            }
            | "JoinVideo" >> beam.CoGroupByKey()
            | "Ask" >> FlatMapConcurrently(AskVideo(self.settings, self.store), self.workers)
        )


def _about_kept(question: Question, kept_as: dict[str, str]) -> Question:
    return replace(question, video_id=kept_as.get(question.video_id, question.video_id))


@dataclass
class AskVideo:
    settings: Ask
    store: str

    def do(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterable[Posed | Rejected]:
        video_id, groups = element
        given: list[Question] = sorted(groups["given"], key=lambda question: question.id)
        perceived: list[Perceived] = list(groups["perceived"])
        if not perceived:
            return [without_video(question, *groups["sifted"]) for question in given]
        try:
            store = build.store(self.store)
            timeline = from_json(Timeline, store.blob(perceived[0].timeline))
            asked = questions_about(timeline, given, self.settings)
        except Exception as error:
            ids = {"video_id": video_id}
            lost = [refuse(error, "ask", "question", one.id, question_id=one.id, **ids) for one in given]
            return [refuse(error, "ask", "video", video_id, **ids), *lost]
        progress.advance("ask", video_s=timeline.duration_s)
        rows = [one if isinstance(one, Rejected) else Posed(perceived[0], one) for one in asked]
        progress.expect("curate", sum(isinstance(row, Posed) for row in rows))
        return rows
