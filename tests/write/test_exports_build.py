"""Builds with every export, as a user makes them."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipelines.audit import audit
from schemas.settings import ExportName
from tests.builds import frametrail_here, one_sample, told_samples
from tests.engines.vector_servers import counted, serving
from tests.trajectories import read_lines
from tests.write.golden import ALL

ENTRY = f"""\
    explore: {{rollouts: 2}}
    ask: {{per_video: 2}}
    write: {{exports: [{", ".join(ALL)}], loss: last_two_rounds}}
"""


def rows_of(release: Path, name: ExportName | str) -> list[dict[str, object]]:
    return [row for path in sorted((release / name).glob("*.jsonl")) for row in read_lines(path)]


def exported(release: Path) -> dict[str, bytes]:
    """Path → bytes of all that belongs to exports."""
    return {
        path.relative_to(release).as_posix(): path.read_bytes()
        for name in ALL
        for path in sorted((release / name).rglob("*"))
        if path.is_file()
    }


@pytest.mark.heavy
def test_a_build_with_every_export_passes_the_audit(tmp_path: Path) -> None:
    settings = told_samples(tmp_path, ENTRY)
    built = frametrail_here("build", "told", "-c", settings, "--out", tmp_path / "out", "--work", tmp_path / "work")
    assert built.returncode == 0, built.stderr
    release = tmp_path / "out" / "told" / "1.0.0"
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    rows = {name: rows_of(release, name) for name in ALL}
    chosen = rows_of(release, "sft")
    assert chosen and all(len(rows[name]) == len(chosen) for name in ("swift", "sharegpt", "trl", "crops", "clips"))
    assert len(rows["alpaca"]) == 2 * len(chosen)
    assert len(rows["rllm"]) == len(rows["qa"]) + len(rows["grounding"]) >= len(chosen)
    assert len(rows["artifacts"]) == 3

    # Done again from nothing, one at a time, it is the same to the last byte.
    again = ("--out", tmp_path / "again", "--work", tmp_path / "anew", "--workers", "1")
    assert frametrail_here("build", "told", "-c", settings, *again).returncode == 0
    assert exported(tmp_path / "again" / "told" / "1.0.0") == exported(release)


@pytest.mark.heavy
def test_clips_are_the_same_whoever_cuts_them(tmp_path: Path) -> None:
    settings = one_sample(tmp_path, "harbour.mp4", 25.0)
    more = "    explore: {tools: [caption_zoom], rollouts: 1}\n    write: {exports: [clips, direct, qa, grounding]}\n"
    settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
    releases = [tmp_path / name / "one" / "1.0.0" for name in ("two", "one")]
    for workers, release in zip((2, 1), releases, strict=True):
        out = release.parent.parent
        built = frametrail_here(
            *("build", "one", "-c", settings, "--out", out, "--work", out / "work", "--workers", str(workers))
        )
        assert built.returncode == 0, built.stderr
    assert [finding.detail for finding in audit(releases[0]) if not finding.ok] == []
    rows = rows_of(releases[0], "clips")
    clips = {path.relative_to(releases[0]).as_posix() for path in (releases[0] / "clips").rglob("*.mp4")}
    assert clips and clips == {video for row in rows for video in row["videos"]} - {"harbour.mp4"}  # type: ignore[attr-defined]
    assert exported(releases[0]) == exported(releases[1])


@pytest.mark.heavy
def test_vectors_are_those_of_the_engine(tmp_path: Path) -> None:
    settings = one_sample(tmp_path, "soup.mp4", 20.0)
    with serving() as server:
        retrieval = f"{{type: openai, model: letters, base_url: '{server.url}', api_key_env: ''}}"
        more = (
            f"    explore: {{retrieval: {retrieval}, rollouts: 1}}\n"
            "    perceive: {ocr: {type: none}, asr: {type: none}}\n"
            "    write: {exports: [artifacts]}\n    max_failures: 1.0\n"
        )
        settings.write_text(settings.read_text(encoding="utf-8") + more, encoding="utf-8")
        built = frametrail_here("build", "one", "-c", settings, "--out", tmp_path / "out", "--work", tmp_path / "work")
    assert built.returncode == 0, built.stderr
    release = tmp_path / "out" / "one" / "1.0.0"
    assert [finding.detail for finding in audit(release) if not finding.ok] == []
    (row,) = rows_of(release, "artifacts")
    folder = release / str(row["index"])
    captions = json.loads((folder / "semantic_captions.json").read_text())
    ids = (folder / "semantic_doc_ids.txt").read_text().split()
    assert row["model"] == "letters" and row["captions"] == len(ids) > 0
    due = np.array([counted(captions[id]["caption"]) for id in ids])
    due /= np.linalg.norm(due, axis=1, keepdims=True)
    assert np.load(folder / "semantic_vectors.npy") == pytest.approx(due, abs=1e-6)
