"""Looks as small videos of their own, as VideoTemp-o3 takes them: the video, then a file for every window.

A clip shows the whole picture, also where the look was at a part of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from schemas.codec import digest
from schemas.settings import Write
from schemas.span import Span
from schemas.trajectory import Trajectory
from transforms.write.exports.base import Blob, Export, Row, rendered
from transforms.write.exports.looks import as_videos, looks, of_videos
from transforms.write.rows import marks

FOLDER = "clips/cropped_video"


@dataclass(frozen=True, slots=True)
class Shown:
    """A chosen trajectory and, by window, the digest of each clip and its number of frames."""

    trajectory: Trajectory
    clips: Mapping[Span, tuple[str, int]]


def windows(trajectory: Trajectory) -> list[Span]:
    """The windows that are to be cut, in the order of the looks; one may come twice."""
    return [look.window for look in looks(trajectory) if look.window is not None]


def path_of(video_sha256: str, window: Span) -> str:
    """Where a clip lies in a release, all of whose clips have one size and one encoder."""
    name = digest("clip", video_sha256, window.start_s, window.end_s)[:32]
    return f"{FOLDER}/{name[:2]}/{name}.mp4"


def rows(shown: Shown, settings: Write) -> list[Row]:
    trajectory = shown.trajectory
    messages = [(role, as_videos(text)) for role, text in rendered(of_videos(trajectory), settings).messages]
    opened = windows(trajectory)
    return [
        {
            "id": trajectory.id,
            "messages": [{"role": role, "content": content} for role, content in messages],
            "videos": [
                path_of(trajectory.video.sha256, look.window) if look.window else trajectory.video.uri
                for look in looks(trajectory)
            ],
            "timestamp": [[one.span.start_s, one.span.end_s] for one in trajectory.question.evidence],
            "tool_params": [[window.start_s, window.end_s] for window in opened],
            "frames": [shown.clips[window][1] for window in opened],
            **marks(trajectory),
        }
    ]


def files(shown: Shown, blob: Blob) -> Iterator[tuple[str, bytes]]:
    for window, (sha256, _) in sorted(shown.clips.items()):
        yield path_of(shown.trajectory.video.sha256, window), blob(sha256)


EXPORT = Export("cut", rows, "VideoTemp-o3: windows as files", files=files)
