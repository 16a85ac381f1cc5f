"""Times that are said are times that were looked at, or that a tool has named, or that are looked at next.

A time from nowhere is one the model could not know: the teacher had it from a caption, or made it up.
"""

import re
from collections.abc import Iterable, Iterator

from schemas.span import Span
from schemas.trajectory import Turn, Verdict
from transforms.tools.windows import moment_of, window_of
from transforms.verify.case import Case, accept, filtered
from transforms.verify.moments import in_ascii_digits

NAME = "said_times"

SLACK_S = 1.0
"""Whole seconds are said of times that are known to a tenth, and `around` is a fair word."""

_ANY = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def check(case: Case) -> Verdict:
    known, named, said = _Known(case), iter(case.moments), 0
    for turn in case.turns:
        if turn.role == "assistant":
            known.intends(turn)
            for phrase, time_s in _said(case, turn, next(named)):
                said += 1
                if 0 <= time_s <= case.timeline.duration_s and not known.holds(time_s) and not case.quotable(phrase):
                    detail = f"{phrase!r} is said, but {time_s:g} s was neither looked at nor named by a tool"
                    return filtered(NAME, "time_not_looked_at", detail, time_s)
        known.learns(turn)
    return accept(NAME, float(said))


class _Known:
    """The stretches and moments that the conversation has told of so far, in seconds."""

    def __init__(self, case: Case) -> None:
        question = case.trajectory.question
        self._spans: list[Span] = []
        self._told = [question.text, *question.choices]
        self._moments: list[float] = []

    def learns(self, turn: Turn) -> None:
        if turn.role == "tool":
            self._spans += turn.spans
        self._told.append(turn.look_text)

    def intends(self, turn: Turn) -> None:
        self._spans += [span for call in turn.calls if (span := window_of(call) or moment_of(call)) is not None]

    def holds(self, time_s: float) -> bool:
        for span in self._spans:
            if span.start_s - SLACK_S <= time_s <= span.end_s + SLACK_S:
                return True
        # Numbers in what was told are only read when they are needed, and once.
        self._moments += [float(found) for text in self._told for found in _ANY.findall(in_ascii_digits(text))]
        self._told.clear()
        return any(abs(moment - time_s) <= SLACK_S for moment in self._moments)


def _said(case: Case, turn: Turn, named: Iterable[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Phrases of a turn that name a moment, and its seconds; those of an answer that is a span too."""
    yield from named
    if turn is case.turns[-1]:
        yield from ((case.trajectory.answer, time_s) for time_s in case.answer_times)
