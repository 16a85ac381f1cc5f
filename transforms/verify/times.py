"""Every claimed time lies in the video: in calls, in what is said, and in a span that is the answer."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.trajectory import Trajectory, Verdict
from transforms.verify.case import Case, accept, arguments_of, filtered

NAME = "times"

SLACK_S = 0.1
"""Times are written with one decimal, so that the very end of a video may be said a little late."""

_FAR_S = 1e12
"""No video lasts so long: whatever is beyond is beyond."""

_NUMBER = r"(?<![\w.:])(\d+(?:\.\d+)?)"
_UNIT = r"\s*(?:s|sec|secs|seconds?)\b"
# "the 1990s" is no time of a video.
_SECONDS = re.compile(rf"(?!\b\d{{4}}s\b){_NUMBER}{_UNIT}")
_RANGE = re.compile(rf"{_NUMBER}\s*(?:-|–|to)\s*(\d+(?:\.\d+)?){_UNIT}")
_MINUTES = re.compile(rf"{_NUMBER} ?(?:min|mins|minutes?)(?:,? (?:and )?(\d+(?:\.\d+)?){_UNIT})? (?:in|into)\b")
_CLOCK = re.compile(r"(?<![\w.:])(?:(\d+):)?(\d{1,2}):(\d{2})(?![\w:])")


def check(case: Case) -> Verdict:
    end_s = case.timeline.duration_s + SLACK_S
    for claimed in claimed_times(case):
        if not 0 <= claimed <= end_s:
            return filtered(
                NAME,
                "time_outside",
                f"{claimed:g} s is claimed, but the video lasts {case.timeline.duration_s:.1f} s",
                claimed,
            )
    return accept(NAME, case.timeline.duration_s)


def claimed_times(case: Case) -> list[float]:
    """Seconds named in calls (arguments that end in _s), in reasoning and words, and in a span given as the answer.

    What the video itself shows or says, or the question names, is left out: `09:30` on a sign is no claim about the
    video's own time.
    """
    times = [time for call in case.calls for time in _call_times(arguments_of(call))]
    times += [time for phrase, time in said_times(case.said) if not case.quotable(phrase)]
    return [min(time, _FAR_S) for time in times + answer_times(case.trajectory)]


def said_times(said: str) -> Iterator[tuple[str, float]]:
    """Phrases that name a time or a length of time, and its seconds."""
    for found in _RANGE.finditer(said):
        yield from ((found[0], float(bound)) for bound in found.groups())
    for found in _MINUTES.finditer(said) if "min" in said.lower() else ():
        yield found[0], float(found[1]) * 60 + float(found[2] or 0)
    for found in _SECONDS.finditer(said):
        yield found[0], float(found[1])
    yield from clock_times(said)


def clock_times(said: str) -> Iterator[tuple[str, float]]:
    """Phrases such as 1:05 and 0:01:05, and their seconds."""
    for found in _CLOCK.finditer(said) if ":" in said else ():
        yield found[0], _clock_s(*found.groups())


def answer_times(trajectory: Trajectory) -> list[float]:
    """Seconds that an answer names where a span is asked for."""
    if trajectory.question.kind != "span":
        return []
    if ":" in trajectory.answer:
        return [_clock_s(*found) for found in _CLOCK.findall(trajectory.answer)]
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", trajectory.answer)]


def _clock_s(hours: str | None, minutes: str, secs: str) -> float:
    return int(hours or 0) * 3600.0 + int(minutes) * 60 + int(secs)


def _call_times(arguments: Mapping[str, Any]) -> list[float]:
    return [
        value
        for name, value in arguments.items()
        if name.endswith("_s") and isinstance(value, int | float) and not isinstance(value, bool)
    ]
