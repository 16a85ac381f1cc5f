"""All that is asked about one video: the pure twin of `AskQuestions`."""

from collections.abc import Sequence

from schemas.settings import Ask
from schemas.source import Question, Rejected
from schemas.timeline import Timeline
from transforms.ask.given import fit_question
from transforms.ask.make import make_questions


def questions_about(timeline: Timeline, given: Sequence[Question], settings: Ask) -> list[Question | Rejected]:
    """The given questions, or why one does not fit the video, then those that the timeline makes.

    A made question whose id is given is left out: a manifest may give back questions of an earlier release.
    """
    fitted = [fit_question(question, timeline.duration_s) for question in given]
    ids = {question.id for question in given}
    return [*fitted, *(question for question in make_questions(timeline, settings) if question.id not in ids)]
