"""A whole build whose videos, subtitles, manifests, store and release lie in a bucket, against a local one."""

import json
from pathlib import Path

import fsspec
import pytest

from tests.builds import ROOT, TABLES, beginning, contents, frametrail
from tests.remote.bucket_server import BUCKET, serve

SECONDS = 6.0

VIDEOS = [
    {"id": "soup", "uri": "clips/soup.mp4", "license": "CC0-1.0"},
    {"id": "told", "uri": "clips/told.mp4", "subtitles": "clips/words.srt", "license": "CC0-1.0"},
    {"id": "nowhere"},
]
QUESTIONS = [{"id": "q1", "video_id": "told", "text": "Which harbour is it?", "kind": "open", "answer": "The old one"}]
WORDS = (
    "1\n00:00:01,000 --> 00:00:03,000\nThis is the old harbour.\n\n2\n00:00:03,500 --> 00:00:05,500\nGate 14 is open.\n"
)


def source(folder: Path) -> None:
    (folder / "data" / "clips").mkdir(parents=True)
    for name, sample in (("soup", "soup"), ("told", "harbour")):
        beginning(ROOT / "samples" / f"{sample}.mp4", folder / "data" / "clips" / f"{name}.mp4", SECONDS)
    (folder / "data" / "clips" / "words.srt").write_text(WORDS)
    for name, rows in (("videos", VIDEOS), ("questions", QUESTIONS)):
        (folder / "data" / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def settings(folder: Path, data: str) -> Path:
    path = folder / "datasets.yaml"
    path.write_text(
        "datasets:\n"
        "  one:\n"
        "    version: 1.0.0\n"
        f"    source: {{type: manifest, videos: '{data}/videos.jsonl', questions: '{data}/questions.jsonl'}}\n"
        "    ask: {per_video: 2}\n"
    )
    return path


@pytest.mark.heavy
def test_a_build_in_a_bucket_gives_the_bytes_of_a_local_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source(tmp_path)
    local = settings(tmp_path, "data")
    done = frametrail("build", "one", "-c", local, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    away = tmp_path / "away"
    away.mkdir()
    work, out = f"gs://{BUCKET}/work", f"gs://{BUCKET}/releases"
    with serve():
        bucket = fsspec.filesystem("gs")
        bucket.put(str(tmp_path / "data"), f"{BUCKET}/data", recursive=True)
        arguments = ("build", "one", "-c", settings(away, f"gs://{BUCKET}/data"), "--work", work, "--out", out)
        done = frametrail(*arguments, cwd=away)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"built {out}/one/1.0.0 in" in done.stdout
        again = frametrail(*arguments, cwd=away)
        assert again.returncode == 0, again.stdout + again.stderr
        assert f"nothing to do: {out}/one/1.0.0" in again.stdout
        bucket.invalidate_cache()
        assert bucket.find(f"{BUCKET}/work/store/scan")
        bucket.get(f"{BUCKET}/releases/one/1.0.0", str(tmp_path / "copy"), recursive=True)
    here, there = tmp_path / "releases" / "one" / "1.0.0", tmp_path / "copy"
    assert [path.name for path in away.iterdir()] == ["datasets.yaml"]
    assert contents(there) == contents(here)
    assert {path.split("/")[0] for path in contents(there)} == set(TABLES) - {"calls"}
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (here, there)]
    assert manifests[0]["fingerprint"] == manifests[1]["fingerprint"]
    cached = [path for path in (tmp_path / "cache" / "frametrail" / "videos").glob("??/*") if path.parent.name != "at"]
    assert len(cached) == 3
    audit = frametrail("audit", there, cwd=tmp_path)
    assert audit.returncode == 0, audit.stdout
