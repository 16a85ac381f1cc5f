"""Real footage and twelve questions about it, written by hand before any teacher saw them."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.builds import frametrail
from tests.conftest import ROOT

QUESTIONS = ROOT / "tests" / "footage" / "questions.jsonl"
VIDEOS = {
    "lecture_gis": "lecture_gis_101s_720p_20fps.mp4",
    "lecture_crypto": "lecture_crypto_145s.mp4",
    "cc_wanna_work_together": "cc_wanna_work_together_180s.mp4",
    "nasa": "nasa_13s_2video_2audio.mp4",
    "short_jobs": "short_jobs_subs_17s.mp4",
}


@pytest.mark.heavy
def test_half_of_twelve_questions_in_plain_english_end_in_a_row(real_videos: Path, tmp_path: Path) -> None:
    lines = [json.dumps({"id": name, "uri": str(real_videos / file)}) for name, file in VIDEOS.items()]
    (tmp_path / "videos.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "questions.jsonl").write_bytes(QUESTIONS.read_bytes())
    settings = tmp_path / "datasets.yaml"
    settings.write_text(
        "datasets:\n"
        "  twelve:\n"
        "    version: 1.0.0\n"
        "    source: {type: manifest, videos: videos.jsonl, questions: questions.jsonl}\n"
        f"    allow: [{json.dumps(str(real_videos))}]\n"
        "    ask: {per_video: 0}\n",
        encoding="utf-8",
    )
    built = frametrail("build", "twelve", "-c", settings, "--out", tmp_path / "out", "--work", tmp_path / "work")
    assert built.returncode == 0, built.stderr
    release = tmp_path / "out" / "twelve" / "1.0.0"
    assert frametrail("audit", release).returncode == 0
    asked = pl.read_parquet(release / "rl" / "*.parquet")
    assert len(asked) == 12
    accepted = pl.read_parquet(release / "sft_parquet" / "*.parquet")["question_id"]
    rejects = pl.read_parquet(release / "rejects" / "*.parquet").filter(pl.col("code") != "not_best")
    assert accepted.n_unique() >= 6, rejects.select("question_id", "code", "detail").rows()
    assert set(accepted) | set(rejects["question_id"]) == set(QUESTION_IDS)


QUESTION_IDS = [json.loads(line)["id"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
