"""A build with a band: what lies outside it is told of, and no row is lost silently."""

import json
from pathlib import Path

import polars as pl

from pipelines.audit import audit
from tests.builds import frametrail_here, one_sample


def test_questions_that_are_too_easy_are_in_no_table_to_train_on(tmp_path: Path) -> None:
    config = one_sample(tmp_path, "lesson.mp4", 16.0)
    # The rules are right every time, so all of it is too easy.
    built = frametrail_here(
        *("build", "one", "-c", config, "--set", "curate.band={}", "--set", "ask.per_video=3"),
        *("--out", tmp_path / "out", "--work", tmp_path / "work"),
    )
    assert built.returncode == 0, built.stderr
    (release,) = (path.parent for path in (tmp_path / "out" / "one").glob("*/manifest.json"))
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    stages = json.loads((release / "report.json").read_text())["stages"]
    questions = stages["ask"]["out"]
    assert questions > 0
    assert stages["curate"]["filtered"] == {"out_of_band": stages["curate"]["in"]}
    assert stages["write"] == {**stages["write"], "in": questions, "out": 0, "filtered": {"out_of_band": questions}}
    for table in ("sft_parquet", "rl"):
        assert len(pl.read_parquet(release / table / "*.parquet")) == 0
    rejects = pl.read_parquet(release / "rejects" / "*.parquet")
    assert rejects.filter(stage="write")["code"].to_list() == ["out_of_band"] * questions
