"""Every recipe builds: on the samples as it stands, and by `like:` on a manifest of somebody else's, with no key."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipelines.audit import audit
from runners.settings_file import load_dataset_entry
from tests.builds import ROOT, frametrail_here
from tests.recipes import recipes
from transforms.dialects.registry import DIALECTS
from transforms.write.exports.registry import EXPORTS

NAMES = [name for name, _, _ in recipes()]
LIKE = """\
datasets:
  mine:
    like: {name}
    version: 1.0.0
    source: {{type: manifest, videos: videos.jsonl, questions: questions.jsonl}}
    ask: {{per_video: 0}}
"""
QUESTION = {
    "id": "q1",
    "video_id": "v1",
    "text": "Which planet has two moons, Phobos and Deimos?",
    "kind": "open",
    "answer": "Mars",
    "evidence": [{"start_s": 15.0, "end_s": 20.0}],
}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all: a video is perceived once."""
    return tmp_path_factory.mktemp("work")


def release_of(out: Path) -> Path:
    (manifest,) = out.rglob("manifest.json")
    return manifest.parent


@pytest.mark.heavy
@pytest.mark.parametrize("name", NAMES)
def test_on_the_samples(name: str, work: Path, tmp_path: Path) -> None:
    config = ROOT / "datasets.yaml"
    checked = frametrail_here("check", name, "-c", config)
    assert checked.returncode == 0, checked.stderr
    built = frametrail_here("build", name, "-c", config, "--limit", "1", "--out", tmp_path, "--work", work)
    assert built.returncode == 0, built.stderr
    release, settings = release_of(tmp_path), load_dataset_entry(name, config).settings
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    rows = pl.read_parquet(release / "sft_parquet" / "*.parquet").to_dicts()
    assert rows
    dialect = DIALECTS[settings.write.dialect.spelling]
    for row in rows:
        said = [message["content"] for message in row["messages"] if message["role"] == "assistant"]
        assert said[-1].endswith(dialect.answer.after)
        assert all(text.startswith(dialect.thoughts.before) for text in said)
    for export in (name for name in settings.write.exports if EXPORTS[name].source != "rollouts"):
        lines = [line for path in (release / export).glob("*.jsonl") for line in path.read_text().splitlines()]
        assert lines and all(json.loads(line) for line in lines)


@pytest.mark.heavy
@pytest.mark.parametrize("name", NAMES)
def test_by_like_on_a_foreign_manifest(name: str, work: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "samples" / "lesson.mp4", tmp_path / "clip.mp4")
    (tmp_path / "videos.jsonl").write_text(json.dumps({"id": "v1", "uri": "clip.mp4", "license": "CC0-1.0"}))
    (tmp_path / "questions.jsonl").write_text(json.dumps(QUESTION))
    config = tmp_path / "datasets.yaml"
    config.write_text(LIKE.format(name=name))
    built = frametrail_here("build", "mine", "-c", config, "--out", tmp_path / "out", "--work", work)
    assert built.returncode == 0, built.stderr
    release = release_of(tmp_path / "out")
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    (row,) = pl.read_parquet(release / "rl" / "*.parquet").to_dicts()
    assert (row["video_id"], row["solution"]) == ("v1", "Mars")
