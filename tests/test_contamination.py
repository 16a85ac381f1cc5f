"""A build that is held against two benchmarks, and against itself: what is turned away where, and that all adds up."""

import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
import pytest

import pipelines.target as order
from pipelines import rounds
from pipelines.audit import audit
from pipelines.build import Job
from runners.building import build_release
from runners.cli import main
from runners.outcome import BuildResult
from runners.settings_file import load_dataset_entry
from schemas.errors import SettingsError
from schemas.refs import Posed
from schemas.settings import RunSettings
from tests.builds import ROOT, beginning, contents, frametrail_here, start, write_subtitles
from tests.media.recode import recode
from tests.truth import load_truth

SECONDS = 14.0
ID = "dQw4w9WgXcQ"
ASKED = "How many different people are seen in the kitchen while the soup is cooked?"

ENTRY = """\
datasets:
  held:
    version: 1.0.0
    source: {type: manifest, videos: videos.jsonl, questions: questions.jsonl}
    perceive: {ocr: {type: none}, asr: {type: none}}
    ask: {per_video: 8}
    explore: {rollouts: 1}
    max_failures: 0.0
    curate:
      splits: {train: 1.0}
      benchmarks:
        - {name: by-name, questions: lists/by_name.jsonl}
        - {name: by-picture, questions: lists/by_picture.csv, videos: lists/films}
"""
"""`max_failures`: nothing that is turned away here is a failure."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples: soup twice (once as a worse copy), lesson twice (its second entry is the same bytes), harbour.

    One benchmark has lesson by its YouTube id, the other a copy of a part of harbour, and each a question.
    """
    here = tmp_path_factory.mktemp("held")
    for name, truth in load_truth().items():
        beginning(ROOT / "samples" / f"{name}.mp4", here / f"{name}.mp4", SECONDS)
        write_subtitles(here / f"{name}.srt", truth)
    (here / "lists" / "films").mkdir(parents=True)
    recode(here / "soup.mp4", here / "broth.mp4", 320, 12, 1.3, quality=36)
    recode(here / "harbour.mp4", here / "lists" / "films" / "f7.mp4", 320, 15, 2, 12, quality=36)
    shutil.copy(here / "soup.srt", here / "broth.srt")
    shutil.copy(here / "lesson.mp4", here / "twin.mp4")
    videos: list[dict[str, Any]] = [
        {"id": name, "uri": f"{name}.mp4"} for name in ("soup", "broth", "lesson", "twin", "harbour")
    ]
    videos[2] |= {"meta": {"url": f"https://youtu.be/{ID}"}}
    questions = [
        {"id": f"{video['id']}-{n}", "video_id": video["id"], "text": text, "kind": "count", "answer": 2}
        for video in videos
        for n, text in enumerate(("How many pots are there?", "how many pots are there", "How many pots are red?"))
    ]
    questions.append({"id": "asked", "video_id": "soup", "text": ASKED, "kind": "count", "answer": 3})
    _lines(here / "videos.jsonl", videos)
    _lines(here / "questions.jsonl", questions)
    _lines(here / "lists" / "by_name.jsonl", [{"key": ID, "qa": [{"question": "Who is it?"}]}])
    (here / "lists" / "by_picture.csv").write_text(f'video,question\n001,"{ASKED.lower()}"\n', encoding="utf-8")
    (here / "datasets.yaml").write_text(ENTRY, encoding="utf-8")
    return here


def _lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def built(folder: Path, work: Path, out: Path, *changes: str, workers: int = 1, limit: int = 0) -> BuildResult:
    entry = load_dataset_entry("held", folder / "datasets.yaml", list(changes))
    return build_release(entry, RunSettings(workers=workers, work=str(work), out=str(out), limit=limit), "held")


def stages(release: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((release / "report.json").read_text(encoding="utf-8"))["stages"]
    return found


def rejects(release: Path) -> list[dict[str, Any]]:
    (file,) = (release / "rejects").iterdir()
    return [row for row in pq.read_table(file).to_pylist() if row["stage"] in ("read", "perceive", "ask")]


def wrong(release: Path) -> list[str]:
    return [finding.detail for finding in audit(release) if not finding.ok]


@pytest.fixture(scope="module")
def plain(folder: Path, work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Held against nothing."""
    result = built(folder, work, tmp_path_factory.mktemp("plain"), "curate.benchmarks=[]", "curate.deduplicate=false")
    assert result.failures_over == []
    return result.release


@pytest.fixture(scope="module")
def held(folder: Path, work: Path, plain: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    """Of the questions that are made of soup the first benchmark has one too."""
    (rows,) = (pq.read_table(file).to_pylist() for file in (plain / "rl").iterdir())
    texts = [row["problem"].split("\n\n")[1].split("\n")[0] for row in rows if row["video_id"] == "soup"]
    made = next(text for text in texts if "pots" not in text and text != ASKED and len(text.split()) >= 9)
    with (folder / "lists" / "by_name.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"question": made.upper()}) + "\n")
    return built(folder, work, tmp_path_factory.mktemp("held"))


def test_without_benchmarks_and_deduplication_nothing_is_turned_away(plain: Path) -> None:
    assert {row["code"] for row in rejects(plain)} == {"duplicate_video"}
    assert wrong(plain) == []


def test_what_is_turned_away_where(held: BuildResult) -> None:
    told = stages(held.release)
    assert held.failures_over == []
    assert told["read"]["filtered"] == {"contaminated_video": 8}  # lesson, its twin, and six questions about them
    assert told["perceive"]["filtered"] == {"contaminated_video": 1, "near_duplicate_video": 1}
    assert told["ask"]["filtered"] == {
        "contaminated_question": 2,
        "contaminated_video": 3,
        "duplicate_question": 1,
        "near_duplicate_video": 3,
    }
    assert sum(sum(row["failed"].values()) for row in told.values()) == 0
    assert (told["read"]["in"], told["read"]["out"], told["perceive"]["in"], told["perceive"]["out"]) == (21, 13, 3, 1)
    assert told["ask"]["out"] == held.questions > 3
    assert held.accepted > 0


def test_every_row_says_why_with_the_name_of_the_benchmark(held: BuildResult) -> None:
    found = {row["id"]: (row["stage"], row["code"], row["detail"]) for row in rejects(held.release)}
    assert found["lesson"][2] == f"by-name: it has a video of the same name (name:{ID.lower()}, youtube:{ID})"
    assert found["lesson-0"] == ("read", "contaminated_video", found["lesson"][2])
    assert found["twin"][2] == "by-name: it has 'lesson', which is the same bytes"
    assert found["harbour"][:2] == ("perceive", "contaminated_video")
    assert found["harbour"][2].startswith("by-picture: its pictures are those of 'f7' (")
    about = "its video 'harbour' was turned away; see that video's own row"
    assert found["harbour-1"] == ("ask", "contaminated_video", f"{found['harbour'][2]}: {about}")
    assert found["broth"][2].startswith("it shows the same as 'soup', which is kept (")
    assert found["broth-1"][:2] == ("ask", "near_duplicate_video")
    assert found["asked"][2] == f"by-picture: it asks nearly the same: {ASKED.lower()!r}"
    assert found["soup-1"][2] == "it asks nearly the same as 'soup-0' about the same video"
    (made,) = (row for row in found.values() if row[1] == "contaminated_question" and row[2].startswith("by-name"))
    assert made[0] == "ask"


def test_audit_card_and_manifest(held: BuildResult) -> None:
    assert wrong(held.release) == []
    card = (held.release / "README.md").read_text(encoding="utf-8")
    inputs = json.loads((held.release / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    assert f"| by-name | `{inputs['benchmark by-name']}` | 2 | 7 |" in card
    assert f"| by-picture | `{inputs['benchmark by-picture']}` | 1 | 4 |" in card


def test_the_same_bytes_with_two_workers(held: BuildResult, folder: Path, work: Path, tmp_path: Path) -> None:
    mine = tmp_path / "work"
    shutil.copytree(work, mine, ignore=shutil.ignore_patterns("chat"))
    assert contents(built(folder, mine, tmp_path, workers=2).release) == contents(held.release)


@pytest.mark.heavy
def test_the_same_bytes_after_a_kill(held: BuildResult, folder: Path, tmp_path: Path) -> None:
    """Killed while videos are scanned, the benchmark's among them."""
    words = ("build", "held", "-c", folder / "datasets.yaml", "--work", tmp_path / "work", "--out", tmp_path)
    running = start(*words, "--workers", "2")
    deadline = time.monotonic() + 300
    while len(list((tmp_path / "work" / "store" / "scan").glob("*/*"))) < 2:
        assert running.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    done = frametrail_here(*words, "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "held" / "1.0.0") == contents(held.release)


def test_another_list_is_another_release(held: BuildResult, folder: Path, work: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    out = held.release.parent.parent
    assert built(other, work, out).nothing_to_do, "where files lie makes no other release"
    with (other / "lists" / "by_picture.csv").open("a", encoding="utf-8") as file:
        file.write("002,Who?\n")
    with pytest.raises(SettingsError, match="was built from other inputs"):
        built(other, work, out)


@pytest.mark.heavy
def test_a_part_of_it_turns_away_the_same(held: BuildResult, folder: Path, work: Path, tmp_path: Path) -> None:
    """--limit counts videos that no benchmark has by name: harbour and soup come first."""
    whole = Counter((row["stage"], row["code"], row["id"]) for row in rejects(held.release))
    part = built(folder, work, tmp_path, limit=2)
    found = Counter((row["stage"], row["code"], row["id"]) for row in rejects(part.release))
    assert whole - found == {key: 1 for key in whole if key[2].startswith(("broth", "twin"))}
    assert found - whole == {}
    assert wrong(part.release) == []


@pytest.mark.heavy
def test_rounds_towards_a_target_turn_away_the_same(
    held: BuildResult, folder: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Video by video: broth comes in a later round than soup, and nothing is asked of it."""
    monkeypatch.setattr(order, "how_many", lambda missing, given, tried, most: 9 if most == 1 else 1)
    explored: set[str] = set()
    explore = rounds.explore

    def watched(pipeline: beam.Pipeline, job: Job, posed: Sequence[Posed], path: str) -> None:
        explored.update(one.perceived.video.id for one in posed)
        explore(pipeline, job, posed, path)

    monkeypatch.setattr(rounds, "explore", watched)
    enough = built(folder, work, tmp_path, f"target.accepted={held.accepted}")
    assert (enough.accepted, enough.failures_over) == (held.accepted, [])
    assert wrong(enough.release) == []
    more = built(folder, work, tmp_path, f"target.accepted={held.accepted + 1}")
    (short,) = more.failures_over
    assert f"of all {held.questions} questions that the source has" in short
    everything = {(row["code"], row["id"]) for row in rejects(held.release)}
    assert {(row["code"], row["id"]) for row in rejects(more.release)} == everything
    assert explored == {"soup"}


def test_the_plan_counts_what_names_tell(
    held: BuildResult, folder: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "held", "-c", str(folder / "datasets.yaml"), "--work", str(work), "--json"]) == 0
    planned = json.loads(capsys.readouterr().out)
    assert (planned["videos"], planned["refused"]) == (3, {"contaminated_video": 8})


def test_check_tells_of_the_lists(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "held", "-c", str(folder / "datasets.yaml")]) == 1
    told = capsys.readouterr().out
    assert "against    by-name: " in told
    assert (
        "against    by-picture: 1 question, 1 video by name, 1 here; not compared, as mere numbers: 1 of the names"
        in told
    )
    assert f"lesson: by-name: it has a video of the same name (name:{ID.lower()}, youtube:{ID})" in told


BAD = {
    "no such list": ("curate.benchmarks=[{name: b, questions: gone.csv}]", "b: .*gone.csv cannot be read"),
    "no such folder": (
        "curate.benchmarks=[{name: b, questions: LISTS/by_name.jsonl, videos: gone}]",
        "b: .*gone is not a folder; correct `videos`",
    ),
    "a video that is none": (
        "curate.benchmarks=[{name: b, questions: LISTS/by_name.jsonl, videos: BROKEN}]",
        "b: its video 'torn' cannot be used: ",
    ),
}


@pytest.mark.parametrize(("change", "says"), BAD.values(), ids=BAD.keys())
def test_a_benchmark_that_cannot_be_used_ends_the_build_at_once(
    change: str, says: str, folder: Path, work: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "torn.mp4").write_bytes(b"no video")
    change = change.replace("LISTS", str(folder / "lists")).replace("BROKEN", str(tmp_path / "broken"))
    with pytest.raises(SettingsError, match=says) as raised:
        built(folder, work, tmp_path, change)
    assert raised.value.code == "bad_benchmark"
    assert list(tmp_path.rglob("report.json")) == []


def test_names_of_benchmarks_stand_once(folder: Path) -> None:
    twice = "curate.benchmarks=[{name: b, questions: x}, {name: b, questions: y}]"
    with pytest.raises(SettingsError, match="b stands here more than once"):
        load_dataset_entry("held", folder / "datasets.yaml", [twice])
    with pytest.raises(SettingsError, match=r"curate\.benchmarks\.0\.question: unknown key"):
        load_dataset_entry("held", folder / "datasets.yaml", ["curate.benchmarks=[{name: b, question: x}]"])


def test_a_source_of_which_nothing_is_left_is_an_empty_release(folder: Path, work: Path, tmp_path: Path) -> None:
    names = [{"video": name} for name in ("soup", "broth", "harbour", "lesson")]
    _lines(tmp_path / "all.jsonl", names)
    result = built(folder, work, tmp_path, f"curate.benchmarks=[{{name: all, questions: {tmp_path}/all.jsonl}}]")
    assert (result.questions, result.accepted, result.failures_over) == (0, 0, [])
    assert stages(result.release)["read"]["filtered"] == {"contaminated_video": 21}
    assert wrong(result.release) == []
