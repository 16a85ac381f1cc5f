"""Given questions meet the video they are about."""

from dataclasses import replace

from schemas.source import Evidence, Question, Rejected
from schemas.span import Span, seconds

OVERRUN_S = 0.5
"""Times of annotations are often rounded up to the next half second; more than that is another video, or a mistake."""


def fit_question(question: Question, duration_s: float) -> Question | Rejected:
    """The question with its spans held to the video, or rejected with `beyond_end`.

    A span that ends up to `OVERRUN_S` past the end is cut at the end; nothing may start there.
    """
    fitted: list[Evidence] = []
    for number, piece in enumerate(question.evidence, start=1):
        span = _fit(piece.span, duration_s)
        if span is None:
            return _beyond(question, f"evidence {number}", piece.span, duration_s)
        fitted.append(replace(piece, span=span))
    answer = question.answer
    if isinstance(answer, Span):
        span = _fit(answer, duration_s)
        if span is None:
            return _beyond(question, "the answer", answer, duration_s)
        answer = span
    return replace(question, evidence=tuple(fitted), answer=answer)


def _fit(span: Span, duration_s: float) -> Span | None:
    if span.start_s >= duration_s or span.end_s > duration_s + OVERRUN_S:
        return None
    cut = Span(span.start_s, seconds(min(span.end_s, duration_s)))
    return cut if cut.length_s > 0 else None


def _beyond(question: Question, what: str, span: Span, duration_s: float) -> Rejected:
    return Rejected(
        stage="ask",
        code="beyond_end",
        outcome="fail",
        unit="question",
        id=question.id,
        detail=(
            f"{what} is at {span.start_s:g}-{span.end_s:g} s, but the video ends at {duration_s:.3f} s;"
            " correct the times, or check that it is the right video"
        ),
        video_id=question.video_id,
        question_id=question.id,
    )


def without_video(question: Question, sifted: Rejected | None = None) -> Rejected:
    """The row of a question whose video does not go on: filtered, for the same reason, when the video was."""
    code, outcome = (sifted.code, sifted.outcome) if sifted else ("video_rejected", "fail")
    about = f"its video {question.video_id!r} was turned away; see that video's own row"
    return Rejected(
        "ask",
        code,
        outcome,
        "question",
        question.id,
        f"{sifted.detail}: {about}" if sifted else about,
        video_id=question.video_id,
        question_id=question.id,
    )
