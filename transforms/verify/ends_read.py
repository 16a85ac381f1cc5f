"""The ends of a text's stretch on screen agree with the frames that are kept: OCR finds the text within the stretch
that is answered, and not outside of it.

An overlap that is good enough for an answer lets an end be seconds off, and so may a timeline be; the frames of the row
would then show a model that what it is taught to answer is not so.
"""

from collections.abc import Sequence

from schemas.source import Question
from schemas.trajectory import Frame, Verdict
from transforms.engines.ocr import OcrLine
from transforms.text import contains, digits, same_text, similar
from transforms.verify.case import Case, accept, filtered
from transforms.verify.reread import read_frame

NAME = "ends_read"

_NEAR_S = 2.0
"""Frames further outside of the stretch say nothing of its ends: the text may be back there."""
_LIKE = 0.6
"""Edit similarity from which a line may be the text where it fades in, or is being typed: neither there nor gone. In
real footage such readings had 0.67 to 0.95."""

Shown = tuple[tuple[float, float], Frame]
"""From when until when a frame is on screen, in seconds, and the frame."""


def check(case: Case) -> Verdict:
    question, off_s = case.trajectory.question, case.settings.span_off_s
    if question.kind != "span":
        return accept(NAME, None, "no span is asked for")
    if off_s is None:
        return accept(NAME, None, "verify.span_off_s is null")
    text = _text(question)
    if text is None:
        return accept(NAME, None, "what is asked for is not when one text is on screen")
    if case.ocr is None:
        return accept(NAME, None, "the OCR engine is off")
    if not case.answer_times:
        return accept(NAME, None, "the answer names no stretch of time")
    start_s, end_s = sorted(case.answer_times)
    beside = _beside(list(case.whole_pictures.items()), start_s, end_s, off_s)
    others = [line.text for line in case.timeline.lines if line.sure and not same_text(line.text, text)]
    for named_s, ((begins_s, _), frame), within in beside:
        lines = read_frame(frame, case.ocr, case.store)
        if any(_may_be(line, text, others) if within else same_text(line.text, text) for line in lines) != within:
            what = "does not show" if within else "shows"
            detail = f"the answer names {named_s:g} s, but the frame at {begins_s:.2f} s {what} {text!r}"
            return filtered(NAME, "ends_elsewhere", detail, round(abs(begins_s - named_s), 3))
    return accept(NAME, float(len(beside)))


def _beside(shown: list[Shown], start_s: float, end_s: float, off_s: float) -> list[tuple[float, Shown, bool]]:
    """Of each end: the frame nearest to it on either side that is not too near, and whether that lies within."""
    within = [one for one in shown if one[0][0] >= start_s + off_s and one[0][1] <= end_s - off_s]
    before = [one for one in shown if start_s - _NEAR_S <= one[0][1] <= start_s - off_s]
    after = [one for one in shown if end_s + off_s <= one[0][0] <= end_s + _NEAR_S]
    return [
        *((start_s, one, True) for one in within[:1]),
        *((end_s, one, True) for one in within[-1:]),
        *((start_s, one, False) for one in before[-1:]),
        *((end_s, one, False) for one in after[:1]),
    ]


def _text(question: Question) -> str | None:
    """The text whose stretch is asked for."""
    if len(question.evidence) != 1:
        return None
    (piece,) = question.evidence
    return piece.text if piece.modality == "screen" and piece.text and piece.span == question.answer else None


def _may_be(line: OcrLine, text: str, others: Sequence[str]) -> bool:
    """Whether a line is the text, or the beginning of its digits with most of its letters: none of the others that the
    video surely shows."""
    if contains(line.text, text):
        return True
    read, right = "".join(digits(line.text)), "".join(digits(text))
    alike = similar(line.text, text) >= _LIKE and right.startswith(read)
    return alike and not any(same_text(line.text, other) for other in others)
