"""The check of the timelines: whole, and holding all that was read from them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pipelines.checks.records import ROUNDING_S
from pipelines.checks.release import Release, Row

_PARTS = ("shots", "clips", "lines", "speech", "captions", "entities")

Video = tuple[str, float, str]
"""The sha256, the length in seconds and the licence of a video, as rows tell of it."""


def timelines(release: Release) -> Iterator[str]:
    """Every video of a row has its timeline: no gap, a caption for each clip, and every item that a record quotes."""
    videos, quoted = _told(release)
    for where, row in release.rows("timelines"):
        id = row["id"]
        yield from (f"{where}: {wrong}" for wrong in _not_whole(row))
        told = row["sha256"], row["duration_s"], row["license"]
        if videos.pop(id, told) != told:
            yield f"{where}: rows about {id!r} give another sha256, length or licence"
        items = {item["id"] for part in _PARTS for item in row[part]}
        for item in sorted(quoted[id] - items):
            yield f"{where}: it lacks {item}, which a record quotes"
    for id in sorted(videos):
        yield f"the video {id!r} has no timeline"


def _told(release: Release) -> tuple[dict[str, Video], dict[str, set[str]]]:
    """What rows tell of each video, and the ids of the items that records quote of it."""
    videos: dict[str, Video] = {}
    quoted: dict[str, set[str]] = defaultdict(set)
    asked = ["video_id", *(f"extra_info.{name}" for name in ("video_sha256", "duration_s", "license"))]
    for _, row in release.rows("rl", asked):
        extra = row["extra_info"]
        videos[row["video_id"]] = extra["video_sha256"], extra["duration_s"], extra["license"]
    tried = [f"video.{name}" for name in ("id", "sha256", "duration_s", "license")]
    for _, row in release.rows("trajectories", [*tried, "turns.list.element.item_ids.list.element"]):
        video = row["video"]
        videos[video["id"]] = video["sha256"], video["duration_s"], video["license"]
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
