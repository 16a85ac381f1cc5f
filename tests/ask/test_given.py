from typing import Any

import pytest

from schemas.source import Evidence, Question, Rejected
from schemas.span import Span
from transforms.ask.given import fit_question


def question(answer: Any = "x", *spans: Span) -> Question:
    kind: Any = "span" if isinstance(answer, Span) else "open"
    return Question("q", "v", "?", kind, answer, evidence=tuple(Evidence(span) for span in spans))


def test_spans_inside_the_video_stay_as_they_are() -> None:
    given = question(Span(1.0, 2.0), Span(0.0, 10.0))
    assert fit_question(given, 10.0) == given


def test_a_little_past_the_end_is_cut() -> None:
    fitted = fit_question(question(Span(8.0, 10.5), Span(9.0, 10.2)), 10.0)
    assert isinstance(fitted, Question)
    assert fitted.answer == Span(8.0, 10.0)
    assert fitted.evidence[0].span == Span(9.0, 10.0)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (question("x", Span(1.0, 2.0), Span(9.0, 10.6)), "evidence 2"),
        (question("x", Span(10.0, 10.2)), "evidence 1"),
        (question(Span(11.0, 12.0)), "the answer"),
    ],
    ids=["ends too late", "starts at the end", "answer"],
)
def test_what_lies_beyond_the_end_is_rejected(given: Question, says: str) -> None:
    rejected = fit_question(given, 10.0)
    assert isinstance(rejected, Rejected)
    assert (rejected.stage, rejected.code, rejected.unit, rejected.question_id) == (
        "ask",
        "beyond_end",
        "question",
        "q",
    )
    assert says in rejected.detail and "10.000 s" in rejected.detail
