"""Looks as crops of the video itself, named and not written, as Video-o3 takes them: `<video>` for every look."""

from collections.abc import Iterator

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.write.exports.base import Export, Row, rendered
from transforms.write.exports.looks import Look, as_videos, looks, of_videos
from transforms.write.rows import marks

WHOLE = [-1.0, -1.0]
"""The crop of a whole video. All bounds are floats: loaders infer one type from the first lines."""


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    spelled = rendered(of_videos(trajectory), settings).messages
    (_, system), *spoken = ((role, as_videos(text)) for role, text in spelled)
    return [
        {
            "id": trajectory.id,
            "system": system,
            "messages": [{"role": role, "content": content} for role, content in spoken],
            "videos": list(_crops(trajectory)),
            **marks(trajectory),
        }
    ]


def _crops(trajectory: Trajectory) -> Iterator[Row]:
    for look in looks(trajectory):
        crop = [look.window.start_s, look.window.end_s] if look.window else WHOLE
        yield {"url": trajectory.video.uri, "crop": crop, "sample": _sample(look)}


def _sample(look: Look) -> str:
    """How closely the video is to be sampled: as the call says. Where it does not, coarse for all of the video, fine
    for a region, which a crop in time cannot name, and medium for a window."""
    if look.detail:
        return look.detail
    if look.window is None:
        return "coarse"
    return "fine" if look.region else "medium"


EXPORT = Export("trajectory", rows, "Video-o3's LLaMA-Factory")
