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

# It begins with its digit, by which expressions are searched for quickly; nothing of a word or number before it.
NUMBER = r"(\d(?<![\w.:].)\d*(?:\.\d+)?)"
_UNIT = r"\s*(?:s|sec|secs|seconds?)\b"
# "the 1990s" is no time of a video.
_SECONDS = re.compile(rf"{NUMBER}(?<!\b\d{{4}}(?=s\b)){_UNIT}")
_RANGE = re.compile(rf"{NUMBER}\s*(?:-|–|to)\s*(\d+(?:\.\d+)?){_UNIT}")
_MINUTES = re.compile(rf"{NUMBER} ?(?:min|mins|minutes?)(?:,? (?:and )?(\d+(?:\.\d+)?){_UNIT})? (?:in|into)\b")
_CLOCK = re.compile(r"(\d(?<![\w.:].)\d*):(\d{2})(?::(\d{2}))?(?![\w:])")


def check(case: Case) -> Verdict:
    end_s = case.timeline.duration_s + SLACK_S
    for phrase, claimed in claimed_times(case):
        if not 0 <= claimed <= end_s and not (phrase and case.quotable(phrase)):
            return filtered(
                NAME,
                "time_outside",
                f"{claimed:g} s is claimed, but the video lasts {case.timeline.duration_s:.1f} s",
                claimed,
            )
    return accept(NAME, case.timeline.duration_s)


def claimed_times(case: Case) -> Iterator[tuple[str, float]]:
    """Seconds named in calls (arguments that end in _s), in reasoning and words, and in a span given as the answer.

    With them comes the phrase that was said: what the video itself shows or says, or the question names, is no claim
    about the video's own time, as `09:30` on a sign.
    """
    times = [("", time) for call in case.calls for time in _call_times(arguments_of(call))]
    times += [("", time) for time in answer_times(case.trajectory)]
    yield from ((phrase, min(time, _FAR_S)) for phrase, time in (*times, *said_times(case.said)))


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
        first, second, third = found.groups()
        yield found[0], int(first) * 60.0 + int(second) if third is None else _clock_s(first, second, third)


def answer_times(trajectory: Trajectory) -> list[float]:
    """Seconds that an answer names where a span is asked for."""
    if trajectory.question.kind != "span":
        return []
    if ":" in trajectory.answer:
        return [time_s for _, time_s in clock_times(trajectory.answer)]
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", trajectory.answer)]


def _clock_s(hours: str, minutes: str, secs: str) -> float:
    return int(hours) * 3600.0 + int(minutes) * 60 + int(secs)


def _call_times(arguments: Mapping[str, Any]) -> list[float]:
    return [
        value
        for name, value in arguments.items()
        if name.endswith("_s") and isinstance(value, int | float) and not isinstance(value, bool)
    ]
