"""The main job on the sample videos: what it yields, whether that is true, and whether it loads.

Held for one sample by default; for all three, as a user builds them, among the heavy tests.
"""

import io
import json
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from schemas.trajectory import Trajectory
from tests.builds import ROOT, frametrail, frametrail_here
from tests.strip import read_strip
from tests.truth import SLACK_S, is_true, line_spans, load_truth, sentence_spans
from transforms.text import contains
from transforms.write.rows import trajectory_from_row

TRUTH = load_truth()


@dataclass(frozen=True)
class Built:
    release: Path
    command: tuple[str | Path, ...]
    videos: int


@pytest.fixture(scope="module", params=[1, pytest.param(3, marks=pytest.mark.heavy)])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, warm_work: Path) -> Built:
    videos = request.param
    out = tmp_path_factory.mktemp("demo") / "releases"
    words = ("build", "demo", "-c", ROOT / "datasets.yaml", "--out", out, "--work", warm_work, "--workers", "2")
    command = words if videos == 3 else (*words, "--limit", str(videos))
    done = frametrail_here(*command)
    assert done.returncode == 0, done.stderr
    (manifest,) = (out / "demo").glob("1.0.0*/manifest.json")
    return Built(manifest.parent, command, videos)


@pytest.fixture(scope="module")
def release(built: Built) -> Path:
    return built.release


@pytest.fixture(scope="module")
def accepted(release: Path) -> list[Trajectory]:
    rows = [row for path in sorted((release / "trajectories").glob("*")) for row in pq.read_table(path).to_pylist()]
    return [one for one in map(trajectory_from_row, rows) if one.status == "accept"]


def test_yield(accepted: list[Trajectory], built: Built) -> None:
    per_video = Counter(one.video.id for one in accepted)
    assert set(per_video) == set(sorted(TRUTH)[: built.videos])
    assert min(per_video.values()) >= 4
    assert len({one.question.origin for one in accepted}) >= 4
    assert len({one.question.kind for one in accepted}) >= 4


def test_every_accepted_answer_is_true(accepted: list[Trajectory]) -> None:
    wrong = [
        (one.question.text, one.answer, one.question.answer)
        for one in accepted
        if not is_true(one.question, one.answer, TRUTH[one.video.id])
    ]
    assert wrong == []


def test_text_evidence_is_in_the_frames(accepted: list[Trajectory], release: Path) -> None:
    """By the frame numbers in the pixels and the committed truth, not by any reading of ours."""
    checked = 0
    for one in accepted:
        truth = TRUTH[one.video.id]
        for piece in one.question.evidence:
            if piece.modality == "screen" and piece.text:
                shown = line_spans(truth, piece.text)
                numbers = [read_strip(picture(release, frame.sha256)) for frame in one.frames]
                times = [truth.pts_s[number] for number in numbers if number is not None]
                assert any(span.contains(t) for span in shown for t in times), (one.question.text, piece.text)
                checked += 1
    assert checked >= 4


def test_every_frame_is_the_one_its_time_says(accepted: list[Trajectory], release: Path) -> None:
    for one in accepted:
        truth = TRUTH[one.video.id]
        for frame in one.frames:
            number = read_strip(picture(release, frame.sha256))
            assert number is not None
            assert truth.pts_s[number] == frame.pts_s


def test_spoken_evidence_is_in_what_was_told(accepted: list[Trajectory]) -> None:
    checked = 0
    for one in accepted:
        told = "\n".join(turn.look_text for turn in one.turns if turn.role == "tool")
        for piece in one.question.evidence:
            if piece.modality == "speech":
                assert contains(told, piece.text), one.question.text
                near = [s for s in sentence_spans(TRUTH[one.video.id], piece.text) if s.overlap_s(piece.span) > 0]
                assert near, (one.question.text, piece.text, piece.span, SLACK_S)
                checked += 1
    assert checked >= 4


def test_audit_passes(release: Path) -> None:
    done = frametrail_here("audit", release)
    assert (done.returncode, "FAIL" in done.stdout) == (0, False), done.stdout


def test_building_again_is_nothing_to_do(built: Built) -> None:
    began = time.monotonic()
    done = frametrail(*built.command)
    assert (done.returncode, "nothing to do" in done.stdout) == (0, True), done.stderr
    assert time.monotonic() - began < 10


@pytest.mark.heavy
def test_another_setting_under_the_same_version_is_a_trial(built: Built) -> None:
    done = frametrail_here(*built.command, "--set", "curate.best=2", "--limit", "1")
    assert done.returncode == 0, done.stderr
    (trial,) = {path.parent for path in built.release.parent.glob("1.0.0+*/manifest.json")} - {built.release}
    assert json.loads((trial / "manifest.json").read_text())["version"] == trial.name


def test_datasets_loads_it(release: Path, tmp_path: Path) -> None:
    for table in ("sft_parquet", "rl"):
        loaded = datasets.load_dataset("parquet", data_dir=str(release / table), cache_dir=str(tmp_path))
        rows = [row for split in loaded.values() for row in split]
        assert rows
        for row in rows:
            text = "".join(message["content"] for message in row.get("messages", row.get("prompt")))
            assert text.count("<image>") == len(row["images"])
            assert all(image.size[0] > 0 for image in row["images"])


def test_the_planner_is_marked(release: Path) -> None:
    assert "not for training" in (release / "README.md").read_text(encoding="utf-8")


def test_a_rollout_that_is_not_best_is_told_why(release: Path) -> None:
    """Some need as many calls and frames as the one that is kept: no reason may say fewer."""
    records = pq.read_table(release / "trajectories").to_pylist()
    rejects = [row for row in pq.read_table(release / "rejects").to_pylist() if row["code"] == "not_best"]
    of = {row["id"]: row for row in records}
    kept = {row["question"]["id"]: row for row in records if row["status"] == "accept"}
    pairs = [(costs(kept[row["question_id"]]), costs(of[row["trajectory_id"]])) for row in rejects]
    assert all(best < other for best, other in pairs)
    assert any(best[:2] == other[:2] for best, other in pairs)
    assert {row["detail"] for row in rejects} == {
        "another accepted rollout is kept before it: fewest calls first, then fewest frames, then the earlier one"
    }


def costs(row: dict[str, Any]) -> tuple[int, int, int]:
    """Calls, frames, and the number of the rollout."""
    calls = sum(turn["role"] == "tool" for turn in row["turns"])
    return calls, len(row["frames"]), int(row["id"].rpartition("-")[2])


def test_the_readme_shows_what_comes_out(release: Path) -> None:
    """Its row, word for word but for line breaks, pictures that are counted, and seconds, of which recognised speech
    has others on another processor; and its reject."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    shown, reject, _ = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (id,) = re.findall(r"`frametrail view releases/demo/1\.0\.0 --id (\S+)`", page)
    lines = [line for path in (release / "sft").glob("*.jsonl") for line in path.read_text().splitlines()]
    (row,) = [row for row in map(json.loads, lines) if row["id"] == id]
    said = [f"{one['role']} {counted(one['content'])}" for one in row["messages"] if one["role"] != "system"]
    assert words(shown) == words(" ".join(said))
    rejects = [row for path in (release / "rejects").glob("*") for row in pq.read_table(path).to_pylist()]
    assert words(reject) in [
        words(f"stage {row['stage']} code {row['code']} trajectory {row['trajectory_id']} {row['detail']}")
        for row in rejects
    ]


def counted(text: str) -> str:
    """Pictures in a row as the page has them."""
    return re.sub(r"(?:<image>)+", lambda found: f" <image> × {len(found[0]) // len('<image>')} ", text)


def words(text: str) -> str:
    """Without seconds, and without space, where a page may break its lines."""
    return re.sub(r"\s+", "", re.sub(r"\d+\.\d+|\d+(?= to | s\b|-|, |\]|\})", "#", text))


def picture(release: Path, sha256: str) -> np.ndarray:
    data = (release / "sft" / "frames" / sha256[:2] / f"{sha256}.jpg").read_bytes()
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
