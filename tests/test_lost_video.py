"""A video that is gone after it was scanned: its rows are rejected with the reason, all others are written."""

from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import polars as pl
import pytest

from pipelines.audit import audit
from pipelines.build import Job, build
from schemas.release import ReleaseInfo
from schemas.settings import Dataset
from schemas.source import Question, Video
from tests.eager import run
from tests.media.clips import track, write
from tests.trajectories import INFO
from transforms.ground import transform as ground_transform

SETTINGS = Dataset.model_validate(
    {
        "version": "1.0.0",
        "source": {"type": "manifest", "videos": "v.jsonl", "questions": "q.jsonl"},
        "perceive": {"ocr": {"type": "none"}, "asr": {"type": "none"}},
        "ask": {"per_video": 0},
        "explore": {"rollouts": 2},
        "max_failures": 1.0,
    }
)
"""Nothing is read or heard: the planner has nothing to go by, but it answers."""


def job(folder: Path, videos: tuple[Video, ...]) -> Job:
    questions = tuple(
        Question(f"q{n}", video.id, "How many ships are there?", "count", 2.0) for n, video in enumerate(videos)
    )
    (folder / "release").mkdir()
    info: ReleaseInfo = replace(INFO, dataset="lost")
    store = str(folder / "store")
    return Job(SETTINGS, info, videos, questions, (), 4, store, str(folder / "release"), 2, 4)


@pytest.fixture
def videos(tmp_path: Path) -> tuple[Video, ...]:
    made = []
    for name, first in (("stays", 0), ("goes", 100)):
        path = tmp_path / f"{name}.mp4"
        write(path, track(50, first_number=first))
        made.append(Video(name, f"{name}.mp4", str(path)))
    return tuple(made)


def test_its_rows_are_rejected_and_the_others_written(
    tmp_path: Path, videos: tuple[Video, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = Path(videos[1].location)
    plan = ground_transform.GroundVideo._plan

    def vanish(self: object, *args: object) -> object:
        gone.unlink(missing_ok=True)
        return plan(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(ground_transform.GroundVideo, "_plan", vanish)
    work = job(tmp_path, videos)

    def whole(_: beam.PCollection) -> tuple[()]:
        build(_.pipeline, work)
        return ()

    run(whole, [0])
    release = tmp_path / "release"
    assert [finding for finding in audit(release) if not finding.ok] == []
    rejects = pl.read_parquet(release / "rejects" / "*.parquet").filter(pl.col("video_id") == "goes")
    assert sorted(rejects.select("stage", "code", "unit").unique().rows()) == [
        ("ground", "missing", "trajectory"),
        ("write", "missing", "row"),
    ]
    assert pl.read_parquet(release / "rl" / "*.parquet")["video_id"].to_list() == ["stays"]
