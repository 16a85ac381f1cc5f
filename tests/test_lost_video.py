"""A video, or what the store holds of it, is gone after it was scanned: its rows are rejected with the reason, all
others are written."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import polars as pl
import pytest

from pipelines.audit import audit
from pipelines.build import Job, build
from schemas.codec import from_json
from schemas.release import ReleaseInfo
from schemas.scan import FrameTimes
from schemas.settings import Dataset
from schemas.source import Question, Video
from schemas.timeline import Timeline
from tests.eager import run
from tests.media.clips import track, write
from tests.trajectories import INFO
from transforms.frame_store import fetch
from transforms.ground import transform as ground_transform
from transforms.store import Store
from transforms.tools.looks import opening_look

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
    for name, frames, first in (("stays", 50, 0), ("goes", 60, 100)):
        path = tmp_path / f"{name}.mp4"
        write(path, track(frames, first_number=first))
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
    told = json.loads((release / "report.json").read_text())["without_rows"]
    assert told == {"goes": "2 x ground/missing", "stays": "2 x verify/wrong_answer"}


@pytest.mark.parametrize("part", ["frame", "times"])
def test_what_the_store_has_lost_of_a_video_is_told_of_its_rows(
    tmp_path: Path, videos: tuple[Video, ...], monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    work = job(tmp_path, videos)
    store = Store(work.store)
    do = ground_transform.GroundVideo.do

    def lose(self: ground_transform.GroundVideo, element: tuple[str, Any]) -> object:
        if element[0] == "goes":
            perceived = element[1]["perceived"] = list(element[1]["perceived"])
            timeline = from_json(Timeline, store.blob(perceived[0].timeline))
            name = timeline.times
            if part == "frame":
                times = from_json(FrameTimes, store.blob(timeline.times))
                (request, *_) = opening_look(times, timeline, SETTINGS.ground).requests
                (frame,) = fetch(perceived[0].video, [request], store).values()
                name = frame.sha256
            Path(store.root, "blob", name[:2], name).unlink()
        return do(self, element)

    monkeypatch.setattr(ground_transform.GroundVideo, "do", lose)

    def whole(_: beam.PCollection) -> tuple[()]:
        build(_.pipeline, work)
        return ()

    run(whole, [0])
    release = tmp_path / "release"
    rejects = pl.read_parquet(release / "rejects" / "*.parquet").filter(pl.col("video_id") == "goes")
    assert sorted(rejects.select("stage", "code", "unit").unique().rows()) == [
        ("ground", "store_lost", "trajectory"),
        ("write", "store_lost", "row"),
    ]
    assert pl.read_parquet(release / "rl" / "*.parquet")["video_id"].to_list() == ["stays"]
