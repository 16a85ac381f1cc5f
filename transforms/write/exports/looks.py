"""The looks of a conversation, one for each turn that shows pictures: forms that know videos have one in its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.span import Span
from schemas.trajectory import Trajectory
from transforms.dialects.said import kept_turns
from transforms.dialects.strings import IMAGE

VIDEO = "<video>"

_LOOK = re.compile(f"(?:{IMAGE})+")


@dataclass(frozen=True, slots=True)
class Look:
    """`window` is None for the overview, which shows the whole video; `region` says that a part of the picture is
    shown."""

    window: Span | None
    region: bool


def looks(trajectory: Trajectory) -> Iterator[Look]:
    """In the order of their placeholders."""
    for turn in kept_turns(trajectory.turns):
        if turn.frame_refs:
            region = any(trajectory.frames[ref].box for ref in turn.frame_refs)
            whole = turn.role == "user" or not turn.spans
            yield Look(None if whole else _around(turn.spans), region)


def as_videos(text: str) -> str:
    """Rendered text with one `<video>` for every look."""
    return _LOOK.sub(VIDEO, text)


def _around(spans: tuple[Span, ...]) -> Span:
    return Span(min(span.start_s for span in spans), max(span.end_s for span in spans))
