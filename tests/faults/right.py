"""Right trajectories to plant faults into: those that a build of the samples has accepted, as they were before."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from schemas.codec import from_json
from schemas.scan import FrameTimes
from schemas.settings import Verify
from schemas.timeline import Timeline
from tests.builds import frametrail
from transforms.engines.ocr import Ocr
from transforms.store import Store
from transforms.verify.case import Case
from transforms.write.rows import trajectory_from_row


def build_samples(folder: Path) -> None:
    """Builds the demo into a folder."""
    built = frametrail("build", "demo", "--out", folder / "out", "--work", folder / "work")
    assert built.returncode == 0, built.stderr


def accepted(folder: Path, ocr: Ocr) -> Iterator[Case]:
    """Every trajectory of the built samples that no verifier was against, in order of id."""
    release, store = folder / "out" / "demo" / "1.0.0", Store(folder / "work" / "store")
    timelines = {one.video_id: one for one in _timelines(folder / "work" / "store" / "blob")}
    times = {name: from_json(FrameTimes, store.blob(one.times)) for name, one in timelines.items()}
    good = pl.col("status").eq("accept") | pl.col("code").eq("not_best")
    for row in pl.read_parquet(release / "trajectories" / "*.parquet").filter(good).sort("id").to_dicts():
        trajectory = replace(trajectory_from_row(row), status="open", code="", verdicts=(), split="")
        name = trajectory.video.id
        yield Case(trajectory, timelines[name], times[name], Verify(), store, ocr)


def _timelines(blobs: Path) -> Iterator[Timeline]:
    """The finished timelines of a store: the tables of a release tell nothing of the times of frames."""
    for path in sorted(blobs.rglob("*")):
        if path.is_file() and (data := path.read_bytes()).startswith(b'{"video_id":') and b'"shots":' in data:
            timeline = from_json(Timeline, data)
            if timeline.captions:
                yield timeline
