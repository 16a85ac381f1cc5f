"""Every claimed time lies in the video: in calls, in what is said, and in a span that is the answer."""

from collections.abc import Mapping
from itertools import chain
from typing import Any

from schemas.trajectory import Verdict
from transforms.tools.windows import FAR_S, arguments_of
from transforms.verify.case import Case, accept, filtered

NAME = "times"

SLACK_S = 0.1
"""Times are written with one decimal, so that the very end of a video may be said a little late."""


def check(case: Case) -> Verdict:
    end_s = case.timeline.duration_s + SLACK_S
    for phrase, claimed in claimed_times(case):
        if not 0 <= claimed <= end_s and not (phrase and case.quotable(phrase)):
            claimed = min(claimed, FAR_S)
            detail = f"{claimed:g} s is claimed, but the video lasts {case.timeline.duration_s:.1f} s"
            return filtered(NAME, "time_outside", detail, claimed)
    return accept(NAME, case.timeline.duration_s)


def claimed_times(case: Case) -> list[tuple[str, float]]:
    """Seconds named in calls (arguments that end in _s), in reasoning and words, and in a span given as the answer.

    With them comes the phrase that was said: what the video itself shows or says, or the question names, is no claim
    about the video's own time, as `09:30` on a sign.
    """
    times = [("", time_s) for call in case.calls for time_s in _call_times(arguments_of(call))]
    times += [("", time_s) for time_s in case.answer_times]
    return [*times, *chain.from_iterable(case.moments)]


def _call_times(arguments: Mapping[str, Any]) -> list[float]:
    return [
        value
        for name, value in arguments.items()
        if name.endswith("_s") and isinstance(value, int | float) and not isinstance(value, bool)
    ]
