"""Given and made questions of one video side by side."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam

from schemas.codec import to_json
from schemas.refs import Perceived, Posed
from schemas.settings import Ask
from schemas.source import Question, Rejected, Video
from schemas.span import Span
from tests.eager import run
from tests.timelines import random_timeline
from transforms.ask.make import make_questions
from transforms.ask.transform import AskQuestions
from transforms.store import Store

SETTINGS = Ask(per_video=12)
TIMELINE = random_timeline("film 3")
MADE = make_questions(TIMELINE, SETTINGS)


def posed(folder: Path, given: list[Question], aliases: tuple[str, ...] = ()) -> tuple[list[Posed], list[Rejected]]:
    blob = Store(folder).put_blob(to_json(TIMELINE))
    video = Video(TIMELINE.video_id, "film.mp4", "film.mp4", aliases=aliases)

    def asking(*inputs: beam.PCollection) -> Any:
        out = inputs | AskQuestions(SETTINGS, str(folder), 2)
        return out.done, out.rejected

    done, rejected = run(asking, [Perceived(video, blob, TIMELINE.duration_s)], given, [], [video])
    return done, rejected


def test_a_made_question_that_is_given_back_is_asked_once(tmp_path: Path) -> None:
    given = [replace(MADE[0], origin="given"), replace(MADE[5], origin="given")]
    done, rejected = posed(tmp_path, given)
    asked = {one.question.id: one.question.origin for one in done}
    assert len(asked) == len(done) == len(MADE)
    assert {id for id, origin in asked.items() if origin == "given"} == {MADE[0].id, MADE[5].id}
    assert rejected == []


def test_so_it_is_when_it_is_given_about_an_alias_or_does_not_fit(tmp_path: Path) -> None:
    late = Span(TIMELINE.duration_s + 10, TIMELINE.duration_s + 20)
    beyond = replace(MADE[0], origin="given", kind="span", answer=late, choices=(), evidence=())
    other = replace(MADE[1], origin="given", video_id="alias")
    done, rejected = posed(tmp_path, [beyond, other], ("alias",))
    origins = {one.question.id: one.question.origin for one in done}
    assert len(origins) == len(done) == len(MADE) - 1
    assert MADE[0].id not in origins
    assert origins[MADE[1].id] == "given"
    assert [row.question_id for row in rejected] == [MADE[0].id]
