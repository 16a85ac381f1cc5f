"""The looks of a conversation, one for each turn that shows pictures: forms that know videos have one in its place."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from schemas.span import Span
from schemas.trajectory import Trajectory, Turn
from transforms.dialects.said import kept_turns
from transforms.dialects.strings import IMAGE

VIDEO = "<video>"

_LOOK = re.compile(f"(?:{IMAGE})+")
_TIME = r"\d[\d:.]*\d"
_FRAMES = re.compile(rf" ?\b\d+ frames? at {_TIME}(?:, {_TIME})*(?: s)?(?:, its region [a-z\d. ]+)?\.")
"""What our tools say of the frames that they show, on any clock."""


@dataclass(frozen=True, slots=True)
class Look:
    """`window` is None for the overview, which shows the whole video; `region` says that a part of the picture is
    shown; `detail` is how closely the call asked to look, empty where it did not say."""

    window: Span | None
    region: bool
    detail: str = ""


def looks(trajectory: Trajectory) -> Iterator[Look]:
    """In the order of their placeholders."""
    for before, turn in pairwise(kept_turns(trajectory.turns)):
        if turn.frame_refs:
            region = any(trajectory.frames[ref].box for ref in turn.frame_refs)
            whole = turn.role == "user" or not turn.spans
            yield Look(None if whole else _around(turn.spans), region, _detail(before))


def _detail(asking: Turn) -> str:
    return str(json.loads(asking.calls[0].arguments_json).get("detail", "")) if asking.calls else ""


def without_frames(turn: Turn) -> Turn:
    """A turn that says nothing of the frames it shows, for forms that do not have these very frames."""
    return replace(turn, look_text=without_times(turn.look_text)) if turn.frame_refs else turn


def without_times(look_text: str) -> str:
    return _FRAMES.sub("", look_text)


def of_videos(trajectory: Trajectory) -> Trajectory:
    """A conversation whose trainer samples the videos itself: what is said of frames would be true of others."""
    return replace(trajectory, turns=tuple(without_frames(turn) for turn in trajectory.turns))


def as_videos(text: str) -> str:
    """Rendered text with one `<video>` for every look."""
    return _LOOK.sub(VIDEO, text)


def _around(spans: tuple[Span, ...]) -> Span:
    return Span(min(span.start_s for span in spans), max(span.end_s for span in spans))
