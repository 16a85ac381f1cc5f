"""A build whose teacher looks with the zoom at a rate, and could look at regions."""

import json
from pathlib import Path

import polars as pl
import pytest

from pipelines.audit import audit
from tests.builds import frametrail_here, one_sample

TOOLS = ("clip_retrieval", "subtitle_retrieval", "subtitle_zoom", "caption_zoom_fps", "caption_region", "frame_number")


@pytest.mark.heavy
def test_a_build_with_other_zooms(tmp_path: Path) -> None:
    config = one_sample(tmp_path, "lesson.mp4", 22.0)
    chosen = ("--set", f"explore.tools=[{', '.join(TOOLS)}]", "--set", "ask.templates=[screen_text]")
    built = frametrail_here(
        "build", "one", "-c", config, "--out", tmp_path / "out", "--work", tmp_path / "work", *chosen
    )
    assert built.returncode == 0, built.stderr
    (release,) = (path.parent for path in (tmp_path / "out" / "one").glob("*/manifest.json"))
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    rows = pl.read_parquet(release / "trajectories" / "*.parquet").to_dicts()
    accepted = [row for row in rows if row["status"] == "accept"]
    assert accepted
    zooms = [
        (turns[n], turns[n + 1])
        for row in accepted
        if (turns := row["turns"])
        for n in range(len(turns) - 1)
        if turns[n]["calls"] and turns[n]["calls"][0]["name"] == "temporal_zoom_fps"
    ]
    assert len(zooms) >= len(accepted)
    for asked, shown in zooms:
        given = json.loads(asked["calls"][0]["arguments_json"])
        length_s = shown["spans"][0]["end_s"] - given["start_s"]
        assert len(shown["frame_refs"]) == int(length_s * given["fps"] + 0.5) <= 8
    offered = [tool["name"] for tool in json.loads(accepted[0]["tools_json"])]
    assert offered == [
        "temporal_zoom_fps" if name == "caption_zoom_fps" else "spatial_zoom" if name == "caption_region" else name
        for name in TOOLS
    ]
