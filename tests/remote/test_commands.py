"""What the commands that look ahead say of remote files, without fetching any."""

from pathlib import Path

import pytest

from pipelines.plan.look import look
from schemas.settings import Perceive
from schemas.source import Terms, Video
from tests.builds import frametrail_here
from transforms.engines import build
from transforms.perceive.perceive import Senses
from transforms.store import Held


def test_a_plan_fetches_nothing(tmp_path: Path) -> None:
    terms = Terms(("https://videos.example/",), 1_000)
    video = Video("v", "a.mp4", "https://videos.example/a.mp4", terms=terms)
    chosen = Perceive()
    seen = look(video, chosen, Senses(None, None), build.captioner(chosen.captions), Held(tmp_path / "store"))
    assert (seen.refused, seen.path) == ("not_fetched", "")
    assert list(tmp_path.iterdir()) == []


ENTRY = """\
datasets:
  far:
    version: 1.0.0
    source: {{type: manifest, videos: {videos}}}
    allow: ["{root}"]
"""


@pytest.mark.parametrize(
    ("videos", "root", "said", "code"),
    [
        ("videos.jsonl", "https://videos.example/", "1 video, 0.0 MB, 1 remote (not opened), 0 with subtitles", 0),
        ("videos.jsonl", "gs://x", "bad_root|allow: gs://x: the uri names no bucket", 2),
        ("videos.jsonl", "https://10.0.0.1/", "allow: https://10.0.0.1/: 10.0.0.1 is, or leads to, an address", 2),
        ("http://videos.example/videos.jsonl", "gs://bucket", "http:// can be changed on its way; use https://", 2),
        ("https://192.168.0.1/videos.jsonl", "gs://bucket", "not of the public internet", 2),
    ],
)
def test_check_tells_of_roots_and_remote_videos(tmp_path: Path, videos: str, root: str, said: str, code: int) -> None:
    (tmp_path / "videos.jsonl").write_text('{"id": "a", "uri": "https://videos.example/a.mp4"}\n')
    (tmp_path / "datasets.yaml").write_text(ENTRY.format(videos=videos, root=root))
    done = frametrail_here("check", "far", "-c", tmp_path / "datasets.yaml", cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert any(part in done.stdout for part in said.split("|")), done.stdout


@pytest.mark.parametrize("name", ["audit", "view"])
def test_a_release_in_a_bucket_is_looked_at_in_a_copy(tmp_path: Path, name: str) -> None:
    done = frametrail_here(name, "gs://bucket/one/1.0.0", cwd=tmp_path)
    assert done.returncode == 2
    assert "gcloud storage cp -r gs://bucket/one/1.0.0 COPY" in done.stderr


@pytest.mark.parametrize("option", ["--work", "--out"])
def test_a_build_into_https_is_refused_at_once(tmp_path: Path, option: str) -> None:
    (tmp_path / "videos.jsonl").write_text('{"id": "a", "uri": "https://videos.example/a.mp4"}\n')
    (tmp_path / "datasets.yaml").write_text(ENTRY.format(videos="videos.jsonl", root="https://videos.example"))
    done = frametrail_here("build", "far", option, "https://videos.example/x", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"give {option} a folder" in done.stderr
