"""Whether what was accepted is right, by the truth of its video and the numbers in its pixels: no reading, no time and
no verdict of ours is believed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from schemas.source import Evidence
from schemas.span import Span
from schemas.trajectory import Trajectory, Turn
from tests.truth import Truth, is_true, line_spans, sentence_spans
from transforms.dialects.said import kept_turns
from transforms.text import contains

CLOSE_S = 1.0
"""Frames that show one thing come, or go, are at most so far apart."""

FrameNumber = Callable[[str], int | None]
"""sha256 of a frame → the number in its strip; None when that cannot be read."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to hold: the answer, a piece of evidence with a text, on screen or in speech, or that both
    ends of a stretch on screen are to be seen.

    `misheard`: it holds, but not word for word.
    """

    of: Literal["answer", "screen", "ends", "speech"]
    detail: str
    holds: bool
    misheard: bool = False


def judge(one: Trajectory, truth: Truth, number: FrameNumber) -> list[Check]:
    """The answer is right, and each text is in the frames that the conversation shows, or in what its tools tell."""
    looks = [turn for turn in kept_turns(one.turns) if turn.role == "tool"]
    numbers = {number(one.frames[ref].sha256) for turn in looks for ref in turn.frame_refs}
    displayed = [_displayed(truth, n) for n in numbers if n is not None]
    said = f"{one.question.text!r}: answered {one.answer!r}, held for right {one.question.answer!r}"
    checks = [Check("answer", said, is_true(one.question, one.answer, truth))]
    for piece in one.question.evidence:
        detail = f"{one.question.text!r}: {piece.text!r} at {piece.span.start_s:g}-{piece.span.end_s:g} s"
        if piece.text and piece.modality == "screen":
            checks.append(Check("screen", detail, _readable(piece, displayed, truth)))
            if one.question.kind == "span":
                checks.append(Check("ends", detail, _comes_and_goes(piece, displayed, truth)))
        elif piece.text and piece.modality == "speech":
            misheard = not contains(" ".join(one.text for one in truth.sentences), piece.text)
            checks.append(Check("speech", detail, _told(piece, looks, truth), misheard))
    return checks


def _displayed(truth: Truth, number: int) -> Span:
    """From when to when a frame is on screen; the last one counts as a moment."""
    return Span(truth.pts_s[number], truth.pts_s[min(number + 1, len(truth.pts_s) - 1)])


def _readable(piece: Evidence, displayed: list[Span], truth: Truth) -> bool:
    """Whether a frame comes up while its card is there, and is displayed during the stretch that is claimed."""
    shown = line_spans(truth, piece.text)
    return any(
        any(card.contains(frame.start_s) for card in shown) and frame.overlap_s(piece.span) > 0 for frame in displayed
    )


def _comes_and_goes(piece: Evidence, displayed: list[Span], truth: Truth) -> bool:
    """Whether its card comes between two frames that are close together, and goes between two; what is there from the
    first frame on, or until the last, does not have to."""
    card = max(line_spans(truth, piece.text), key=piece.span.overlap_s, default=None)
    if card is None:
        return False
    shown = sorted(frame.start_s for frame in displayed)
    moments = [moment for moment in (card.start_s, card.end_s) if truth.pts_s[0] < moment <= truth.pts_s[-1]]
    pairs = list(zip(shown, shown[1:], strict=False))
    return all(any(a < moment <= b and b - a <= CLOSE_S for a, b in pairs) for moment in moments)


def _told(piece: Evidence, looks: list[Turn], truth: Truth) -> bool:
    """Whether the words were told, and a sentence that has them is spoken during the stretch that is claimed."""
    spoken = [span for span in sentence_spans(truth, piece.text) if span.overlap_s(piece.span) > 0]
    return bool(spoken) and any(contains(turn.look_text, piece.text) for turn in looks)
