"""A release that is written where it stays, as a job on Dataflow does: the job itself says whether it is one."""

import json
from pathlib import Path

import fsspec
import pytest

from pipelines import elsewhere
from pipelines.build import Job, build
from runners.benchmarks import NOTHING, without_named
from runners.building import read_inputs, release_info
from runners.dataflow import job_of
from runners.settings_file import gather, load_dataset_entry
from runners.where import run_here
from schemas.clusters import DataflowSettings
from schemas.settings import RunSettings
from tests.media.clips import track, write
from tests.planner_down import planner_down
from transforms.store import Store

SETTINGS = DataflowSettings(
    project="my-project", region="europe-west4", temp_location="gs://bucket/temp", image="r/worker:1", max_workers=2
)


def job(folder: Path, release: str) -> Job:
    """One video without text or speech, and a question about it."""
    write(folder / "a.mp4", track(50))
    (folder / "videos.jsonl").write_text('{"id": "a", "uri": "a.mp4"}\n')
    asked = {"id": "q", "video_id": "a", "text": "How many ships?", "kind": "count", "answer": 2}
    (folder / "questions.jsonl").write_text(json.dumps(asked) + "\n")
    (folder / "datasets.yaml").write_text(
        "datasets:\n  t:\n    version: 1.0.0\n    max_failures: 1.0\n"
        "    source: {type: manifest, videos: videos.jsonl, questions: questions.jsonl}\n"
        "    perceive: {ocr: {type: none}, asr: {type: none}}\n"
        "    ask: {per_video: 0}\n    explore: {rollouts: 1}\n"
    )
    entry, store = load_dataset_entry("t", folder / "datasets.yaml"), str(folder / "store")
    inputs = read_inputs(entry, RunSettings(workers=2), Store(store), without_named(gather(entry), NOTHING), NOTHING)
    info = release_info(entry.settings, "t", "1.0.0", inputs.made_from)
    return job_of(entry, inputs, info, store, release, SETTINGS)


def test_what_failed_for_a_time_is_no_release_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """Nobody has to wait for the job, and a shard of the first run must not be loaded with those of the second."""
    fs, folder = fsspec.filesystem("memory"), f"/{tmp_path.name}/t/1.0.0"
    work = job(tmp_path, f"memory:/{folder}")
    fs.pipe(f"{folder}/rl/train-00000-of-00009.parquet", b"of an earlier run with other shards")
    with planner_down():
        run_here(lambda pipeline: build(pipeline, work))
    assert fs.exists(f"{folder}/manifest.failed.json")
    assert not fs.exists(f"{folder}/manifest.json")

    run_here(lambda pipeline: build(pipeline, work))
    manifest = json.loads(fs.cat_file(f"{folder}/manifest.json"))
    there = {path.removeprefix(f"{folder}/") for path in fs.find(folder)}
    assert there == {"manifest.json", *(file["path"] for file in manifest["files"])}

    # A template that is started again has processes of its own.
    elsewhere._met.clear()
    with pytest.raises(Exception, match="already_built"):
        run_here(lambda pipeline: build(pipeline, job(tmp_path, f"memory:/{folder}")))
