"""Which videos of a source a benchmark has, by what they are called or by their bytes: known before any work."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.benchmark import Benchmark
from schemas.source import Question, Rejected, Video
from transforms.curate.benchmark_file import VIDEO, plain_field
from transforms.curate.video_names import video_keys


class Owner(NamedTuple):
    """The benchmark that has a video, and how that is known."""

    benchmark: str
    why: str


@dataclass(frozen=True, slots=True)
class Clean:
    """What goes on of a source; `dropped` are the videos that do not, `rejected` their rows and those of their
    questions."""

    videos: tuple[Video, ...]
    questions: tuple[Question, ...]
    dropped: tuple[Video, ...]
    rejected: tuple[Rejected, ...]


def by_name(videos: Iterable[Video], benchmarks: Sequence[Benchmark]) -> dict[str, Owner]:
    """Id of a video → the benchmark that has one of that name."""
    owner: dict[str, str] = {}
    for benchmark in benchmarks:
        for names in benchmark.videos:
            for key in video_keys(*names):
                owner.setdefault(key, benchmark.name)
    found: dict[str, Owner] = {}
    for video in videos if owner else ():
        shared = sorted(key for key in video_keys(*_names(video)) if key in owner)
        if shared:
            found[video.id] = Owner(owner[shared[0]], f"it has a video of the same name ({', '.join(shared)})")
    return found


def by_bytes(videos: Iterable[Video], dropped: Iterable[Video], owners: Mapping[str, Owner]) -> dict[str, Owner]:
    """Id of a video → the benchmark that has it, because it has another entry of the same bytes, one of the `dropped`.

    All videos have their sha256.
    """
    taken = {video.sha256: video.id for video in sorted(dropped, key=lambda video: video.id, reverse=True)}
    return {
        video.id: Owner(owners[same].benchmark, f"it has {same!r}, which is the same bytes")
        for video in videos
        if (same := taken.get(video.sha256)) is not None
    }


def without(videos: Sequence[Video], questions: Sequence[Question], owners: Mapping[str, Owner]) -> Clean:
    """The source without the videos that benchmarks have, and a row for each of them and of their questions."""
    dropped = tuple(video for video in videos if video.id in owners)
    rows = [_row("video", video.id, "", owners[video.id]) for video in dropped]
    rows += [
        _row("question", one.video_id, one.id, owners[one.video_id]) for one in questions if one.video_id in owners
    ]
    return Clean(
        tuple(video for video in videos if video.id not in owners),
        tuple(one for one in questions if one.video_id not in owners),
        dropped,
        tuple(rows),
    )


def _row(unit: str, video_id: str, question_id: str, owner: Owner) -> Rejected:
    detail = f"{owner.benchmark}: {owner.why}"
    return Rejected(
        "read", "contaminated_video", "filter", unit, question_id or video_id, detail, video_id, question_id
    )


def _names(video: Video) -> list[str]:
    """What a video is called, and what its manifest calls it besides, such as `meta: {url: …}`."""
    return [video.id, video.uri, *_other_names(json.loads(video.meta_json))]


def _other_names(meta: Any) -> list[str]:
    if not isinstance(meta, dict):
        return []
    own = [value for key, value in meta.items() if plain_field(key) in VIDEO and isinstance(value, str)]
    return own + [name for value in meta.values() for name in _other_names(value)]
