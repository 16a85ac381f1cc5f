"""The check of the timelines: whole, and holding all that was read from them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pipelines.checks.records import ROUNDING_S
from pipelines.checks.release import Release, Row

_PARTS = ("shots", "clips", "lines", "speech", "captions", "entities")

Video = tuple[str, float]
"""The sha256 and the length in seconds of a video, as rows tell of it."""


def timelines(release: Release) -> Iterator[str]:
    """Every video of a row has its timeline: no gap, a caption for each clip, and every item that a record quotes."""
    videos, quoted = _told(release)
    for where, row in release.rows("timelines"):
        id = row["id"]
        yield from (f"{where}: {wrong}" for wrong in _not_whole(row))
        if videos.pop(id, (row["sha256"], row["duration_s"])) != (row["sha256"], row["duration_s"]):
            yield f"{where}: rows about {id!r} give another sha256 or length"
        items = {item["id"] for part in _PARTS for item in row[part]}
        for item in sorted(quoted[id] - items):
            yield f"{where}: it lacks {item}, which a record quotes"
    for id in sorted(videos):
        yield f"the video {id!r} has no timeline"


def _told(release: Release) -> tuple[dict[str, Video], dict[str, set[str]]]:
    """What rows tell of each video, and the ids of the items that records quote of it."""
    videos: dict[str, Video] = {}
    quoted: dict[str, set[str]] = defaultdict(set)
    for _, row in release.rows("rl", ["video_id", "extra_info.video_sha256", "extra_info.duration_s"]):
        videos[row["video_id"]] = row["extra_info"]["video_sha256"], row["extra_info"]["duration_s"]
    columns = ["video.id", "video.sha256", "video.duration_s", "turns.list.element.item_ids.list.element"]
    for _, row in release.rows("trajectories", columns):
        video = row["video"]
        videos[video["id"]] = video["sha256"], video["duration_s"]
        quoted[video["id"]].update(item for turn in row["turns"] for item in turn["item_ids"])
    return videos, quoted


def _not_whole(row: Row) -> Iterator[str]:
    for part in ("shots", "clips"):
        ends = [0.0, *(item["span"]["end_s"] for item in row[part])]
        starts = [*(item["span"]["start_s"] for item in row[part]), row["duration_s"]]
        if any(abs(start - end) > ROUNDING_S for end, start in zip(ends, starts, strict=True)):
            yield f"its {part} do not follow one another from 0 to {row['duration_s']} s"
    captions = [_span(item) for item in row["captions"] if item["level"] == "clip" and item["text"]]
    if captions != [_span(item) for item in row["clips"]]:
        yield "its captions are not one for each clip"


def _span(item: Any) -> tuple[float, float]:
    return item["span"]["start_s"], item["span"]["end_s"]
