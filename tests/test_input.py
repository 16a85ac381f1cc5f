"""Bad input: a true reason for every one, and nothing that was fine is lost."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from runners.cli import main
from tests.builds import ROOT, frametrail_here

QUESTIONS = [
    {"id": "q1", "video_id": "soup", "text": "How many tomatoes are needed?", "kind": "count", "answer": 6},
    {"id": "q2", "video_id": "soup", "text": "When?", "kind": "span", "answer": [500, 510]},
    {"id": "q3", "video_id": "torn", "text": "What is it?", "kind": "open", "answer": "nothing"},
    {"id": "q4", "video_id": "twin", "text": "How many onions are needed?", "kind": "count", "answer": 2},
    {"id": "q5", "video_id": "nobody", "text": "Who?", "kind": "open", "answer": "nobody"},
]


def test_everything_that_came_in_is_accounted_for(tmp_path: Path) -> None:
    shutil.copy(ROOT / "samples" / "soup.mp4", tmp_path / "soup.mp4")
    shutil.copy(ROOT / "samples" / "soup.mp4", tmp_path / "twin.mp4")
    (tmp_path / "torn.mp4").write_text("<html>404</html>")
    (tmp_path / "empty.mp4").touch()
    videos = [{"id": name, "uri": f"{name}.mp4"} for name in ("soup", "twin", "torn", "empty", "gone")]
    lines = [json.dumps(video) for video in videos] + ["not json", '{"id": "away", "uri": "../away.mp4"}']
    (tmp_path / "videos.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, QUESTIONS)) + "\n")
    settings = tmp_path / "datasets.yaml"
    settings.write_text(
        "datasets:\n  mixed:\n    version: 1.0.0\n"
        "    source: {type: manifest, videos: videos.jsonl, questions: questions.jsonl}\n"
        "    perceive: {ocr: {type: none}, asr: {type: none}}\n"
        "    ask: {per_video: 0}\n"
        "    max_failures: 0.9\n"
    )
    done = frametrail_here("build", "mixed", "-c", settings, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    release = tmp_path / "releases" / "mixed" / "1.0.0"
    rejects = [row for path in (release / "rejects").glob("*") for row in pq.read_table(path).to_pylist()]
    early = {(row["stage"], row["code"], row["id"]) for row in rejects if row["stage"] in ("read", "perceive", "ask")}
    assert early == {
        ("read", "missing_file", "videos.jsonl:5"),
        ("read", "bad_json", "videos.jsonl:6"),
        ("read", "outside_root", "videos.jsonl:7"),
        ("read", "empty_file", "empty"),
        ("read", "duplicate_video", "twin"),
        ("read", "unknown_video", "questions.jsonl:5"),
        ("perceive", "unreadable", "torn"),
        ("ask", "beyond_end", "q2"),
        ("ask", "video_rejected", "q3"),
    }
    assert all(row["detail"] for row in rejects)
    rl = [row for path in (release / "rl").glob("*") for row in pq.read_table(path).to_pylist()]
    assert sorted((row["extra_info"]["question_id"], row["extra_info"]["video_id"]) for row in rl) == [
        ("q1", "soup"),
        ("q4", "soup"),
    ]
    assert frametrail_here("audit", release).returncode == 0


def test_another_build_of_the_same_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "datasets.yaml"
    entry = "datasets:\n  d:\n    version: 1.0.0\n    source: {type: folder, path: videos}\n    ask: {per_video: %d}\n"
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "torn.mp4").write_text("text")
    settings.write_text(entry % 1 + "    max_failures: 1.0\n")
    assert main(["build", "d", "--set", "perceive.asr.type=none"]) == 0
    settings.write_text(entry % 1 + "    perceive: {asr: {type: none}}\n    max_failures: 1.0\n")
    assert main(["build", "d"]) == 0
    settings.write_text(entry % 2 + "    perceive: {asr: {type: none}}\n    max_failures: 1.0\n")
    assert main(["build", "d"]) == 2
    assert "raise `version`" in capsys.readouterr().err


def test_too_many_failures_are_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "torn.mp4").write_text("text")
    settings = tmp_path / "datasets.yaml"
    settings.write_text(
        "datasets:\n  d:\n    version: 1.0.0\n    source: {type: folder, path: videos}\n"
        "    perceive: {asr: {type: none}}\n"
    )
    assert main(["build", "d"]) == 1
    assert "max_failures" in capsys.readouterr().out
