"""The ends of a stretch on screen are seen: each lies between two frames that are close together.

A model with a frame every two seconds cannot know when something comes to a tenth of one: it would learn to make up
decimals. What is heard is told with its times, by tools whose text stays.
"""

from bisect import bisect_left
from math import inf

from schemas.trajectory import Verdict
from transforms.media.frames import displayed_at
from transforms.verify.case import Case, accept, filtered
from transforms.verify.moments import moments

NAME = "ends"

SLACK_S = 0.15
"""Times are written with one decimal, so that two equal ones may differ by this much."""

HAIR_S = 0.05
"""Frames that are shown every second come up to one frame late: of 29.97 a second they lie 1.001 s apart."""

Displayed = tuple[float, float]
"""From when until when a frame is on screen, in seconds."""


def check(case: Case) -> Verdict:
    question, most_s = case.trajectory.question, case.settings.span_gap_s
    if question.kind != "span":
        return accept(NAME, None, "no span is asked for")
    if most_s is None:
        return accept(NAME, None, "verify.span_gap_s is null")
    if question.evidence and all(piece.modality == "speech" for piece in question.evidence):
        return accept(NAME, None, "what is asked for is heard")
    shown = list(case.whole_pictures)
    beside = {end_s: _beside(case, shown, end_s) for end_s in case.answer_times}
    if not beside:
        return accept(NAME, None, "the answer names no stretch of time")
    gaps = {end_s: _gap_s(*frames) for end_s, frames in beside.items()}
    for end_s in sorted(gaps, key=gaps.__getitem__, reverse=True):
        if gaps[end_s] > most_s + HAIR_S and not _told(case, end_s):
            detail = f"the answer names {end_s:g} s, but {_fault(*beside[end_s], most_s)}"
            detail += f"; a window shorter than {case.ground.frames_per_call * most_s:g} s around it would show it"
            return filtered(NAME, "ends_not_seen", detail, gaps[end_s] if gaps[end_s] < inf else None)
    return accept(NAME, max((gap_s for gap_s in gaps.values() if gap_s <= most_s + HAIR_S), default=0.0))


def _beside(case: Case, shown: list[Displayed], end_s: float) -> tuple[Displayed | None, Displayed | None]:
    """The last frame before an end and the first from it on. What comes or goes on screen does so with a frame, so the
    end is taken for the nearest moment at which one appears; before and after the video there is nothing to see."""
    last_s = case.times.duration_s
    begins_s, until_s = displayed_at(case.times, end_s)
    appears_s = begins_s if end_s - begins_s <= until_s - end_s else until_s
    if end_s <= SLACK_S or appears_s <= case.times.pts_s[0]:
        return (0.0, 0.0), next(iter(shown), None)
    if end_s >= last_s - SLACK_S or appears_s >= last_s:
        return next(reversed(shown), None), (last_s, last_s)
    after = bisect_left(shown, (appears_s,))
    return shown[after - 1] if after else None, shown[after] if after < len(shown) else None


def _gap_s(before: Displayed | None, after: Displayed | None) -> float:
    """How far apart two frames are; 0 where the video has none between them, and without end where one is missing."""
    if before is None or after is None:
        return inf
    return round(after[0] - before[0], 3) if before[1] < after[0] else 0.0


def _fault(before: Displayed | None, after: Displayed | None, most_s: float) -> str:
    if before is None or after is None:
        return f"no frame {'before' if before is None else 'after'} it is shown"
    apart = f"{_gap_s(before, after):.2f} s apart, at {before[0]:.2f} and {after[0]:.2f} s"
    return f"the frames beside it are {apart}, more than verify.span_gap_s: {most_s:g}"


def _told(case: Case, end_s: float) -> bool:
    """Whether words that the row keeps name an end: of somebody who looked, below the window that he was asked about,
    or of the speech, where it may be that which is asked for."""
    evidence = case.trajectory.question.evidence
    may_be_heard = not evidence or any(piece.modality != "screen" and piece.box is None for piece in evidence)
    named: list[float] = []
    for turn in case.looks:
        if turn.call_id in case.inspections:
            named += [time_s for _, time_s in moments(turn.look_text.partition("\n")[2])]
        elif may_be_heard:
            spans = [case.known.speech[id].span for id in turn.item_ids if id in case.known.speech]
            named += [bound_s for span in spans for bound_s in (span.start_s, span.end_s)]
    return any(abs(time_s - end_s) <= SLACK_S for time_s in named)
