"""Times that are said are times that were looked at, or that a tool has named, or that are looked at next.

A time from nowhere is one the model could not know: the teacher had it from a caption, or made it up.
"""

import re
from collections.abc import Iterator

from schemas.span import Span
from schemas.trajectory import Turn, Verdict
from transforms.verify.case import Case, accept, filtered, window_of
from transforms.verify.times import NUMBER, answer_times, clock_times

NAME = "said_times"

SLACK_S = 1.0
"""Whole seconds are said of times that are known to a tenth, and `around` is a fair word."""

_ANY = re.compile(r"\d+(?:\.\d+)?")
_UNIT = r"\s*(?:s|secs?|seconds?)\b(?!\s+(?:later|earlier|before|after|long|apart))"
# A number of seconds may be how long something lasts; with one of these words before it, it is a moment.
_MOMENT = re.compile(rf"{NUMBER}{_UNIT}", re.IGNORECASE)
_AT = re.compile(
    r"\b(?:at|from|to|until|till|between|and|around|near|about|by|past|since|before|after)\s+(?:about\s+)?$",
    re.IGNORECASE,
)
_REACH = 20
"""Characters before a number in which such a word stands."""
_RANGE = re.compile(rf"{NUMBER}\s*(?:s|secs?|seconds?)?\s*(?:-|–|to|and|until)\s*(\d+(?:\.\d+)?){_UNIT}", re.IGNORECASE)


def check(case: Case) -> Verdict:
    known = _Known(case)
    said = 0
    for turn in case.turns:
        if turn.role == "assistant":
            known.intends(turn)
            for phrase, time_s in _moments(case, turn):
                said += 1
                if 0 <= time_s <= case.timeline.duration_s and not known.holds(time_s) and not case.quotable(phrase):
                    detail = f"{phrase.strip()!r} is said, but {time_s:g} s was neither looked at nor named by a tool"
                    return filtered(NAME, "time_not_looked_at", detail, time_s)
        known.learns(turn)
    return accept(NAME, float(said))


class _Known:
    """The stretches and moments that the conversation has told of so far, in seconds."""

    def __init__(self, case: Case) -> None:
        self._spans: list[Span] = []
        self._told = [case.trajectory.question.text]

    def learns(self, turn: Turn) -> None:
        if turn.role == "tool":
            self._spans += turn.spans
        self._told.append(turn.look_text)

    def intends(self, turn: Turn) -> None:
        self._spans += [span for call in turn.calls if (span := window_of(call)) is not None]

    def holds(self, time_s: float) -> bool:
        if any(span.start_s - SLACK_S <= time_s <= span.end_s + SLACK_S for span in self._spans):
            return True
        return any(abs(float(moment) - time_s) <= SLACK_S for text in self._told for moment in _ANY.findall(text))


def _moments(case: Case, turn: Turn) -> Iterator[tuple[str, float]]:
    """Phrases of a turn that name a moment, and its seconds; those of an answer that is a span too."""
    said = f"{turn.reasoning}\n{turn.text}"
    for found in _RANGE.finditer(said):
        yield from ((found[0], float(bound)) for bound in found.groups())
    for found in _MOMENT.finditer(said):
        if _AT.search(said[max(0, found.start() - _REACH) : found.start()]):
            yield found[0], float(found[1])
    yield from clock_times(said)
    if turn is case.turns[-1]:
        yield from ((case.trajectory.answer, time_s) for time_s in answer_times(case.trajectory))
