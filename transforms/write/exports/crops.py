"""Looks as crops of the video itself, named and not written, as Video-o3 takes them: `<video>` for every look."""

import re
from collections.abc import Iterator

from schemas.settings import Write
from schemas.trajectory import Trajectory, Turn
from transforms.dialects.said import kept_turns
from transforms.dialects.strings import IMAGE
from transforms.write.exports.base import Export, Row, rendered
from transforms.write.rows import marks

VIDEO = "<video>"

WHOLE = [-1.0, -1.0]
"""The crop of a whole video. All bounds are floats: loaders infer one type from the first lines."""

_LOOK = re.compile(f"(?:{IMAGE})+")


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    (_, system), *spoken = ((role, _LOOK.sub(VIDEO, text)) for role, text in rendered(trajectory, settings).messages)
    return [
        {
            "id": trajectory.id,
            "system": system,
            "messages": [{"role": role, "content": content} for role, content in spoken],
            "videos": list(_looks(trajectory)),
            **marks(trajectory),
        }
    ]


def _looks(trajectory: Trajectory) -> Iterator[Row]:
    for turn in kept_turns(trajectory.turns):
        if turn.frame_refs:
            yield {"url": trajectory.video.uri, "crop": _crop(turn), "sample": _sample(turn, trajectory)}


def _crop(turn: Turn) -> list[float]:
    """Start and end of the look in seconds; a look without a window is the overview."""
    if turn.role == "user" or not turn.spans:
        return WHOLE
    return [min(span.start_s for span in turn.spans), max(span.end_s for span in turn.spans)]


def _sample(turn: Turn, trajectory: Trajectory) -> str:
    """How closely the video is to be sampled: coarse for all of it, fine for a region, which a crop in time cannot
    name, and medium for a window."""
    if _crop(turn) == WHOLE:
        return "coarse"
    return "fine" if any(trajectory.frames[ref].box for ref in turn.frame_refs) else "medium"


EXPORT = Export("trajectory", rows, "Video-o3's LLaMA-Factory")
