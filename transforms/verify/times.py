"""Every claimed time lies in the video: in calls, in what is said, and in a span that is the answer."""

import json
import re

from schemas.trajectory import Trajectory, Verdict
from transforms.verify.case import Case, accept, filtered, said_by_teacher

NAME = "times"

SLACK_S = 0.1
"""Times are written with one decimal, so that the very end of a video may be said a little late."""

_SECONDS = re.compile(r"(?<![\w.:])(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds?)\b")
_RANGE = re.compile(r"(?<![\w.:])(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds?)\b")
_CLOCK = re.compile(r"(?<![\w.:])(?:(\d+):)?(\d{1,2}):(\d{2})(?![\w:])")


def check(case: Case) -> Verdict:
    end_s = case.timeline.duration_s + SLACK_S
    for claimed in claimed_times(case.trajectory):
        if not 0 <= claimed <= end_s:
            return filtered(
                NAME,
                "time_outside",
                f"{claimed:g} s is claimed, but the video lasts {case.timeline.duration_s:.1f} s",
                claimed,
            )
    return accept(NAME, case.timeline.duration_s)


def claimed_times(trajectory: Trajectory) -> list[float]:
    """Seconds named in calls (arguments that end in _s), in reasoning and words, and in a span given as the answer.

    Quoted text is left out: a clock that the video shows or somebody names is no claim about the video's own time.
    """
    times: list[float] = []
    for turn in trajectory.turns:
        for call in turn.calls:
            times += _call_times(call.arguments_json)
    said = re.sub(r'"[^"]*"', '""', said_by_teacher(trajectory))
    times += [float(found) for pair in _RANGE.findall(said) for found in pair]
    times += [float(found) for found in _SECONDS.findall(said)]
    if trajectory.question.kind == "span":
        times += [
            float(found) for found in re.findall(r"\d+(?:\.\d+)?", trajectory.answer) if ":" not in trajectory.answer
        ]
        times += [
            int(hours or 0) * 3600.0 + int(minutes) * 60 + int(secs)
            for hours, minutes, secs in _CLOCK.findall(trajectory.answer)
        ]
    return times


def _call_times(arguments_json: str) -> list[float]:
    try:
        arguments = json.loads(arguments_json)
    except ValueError:
        return []
    if not isinstance(arguments, dict):
        return []
    return [
        float(value)
        for name, value in arguments.items()
        if name.endswith("_s") and isinstance(value, int | float) and not isinstance(value, bool)
    ]
