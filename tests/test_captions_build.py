"""A whole build of a sample with captions by a chat model on loopback: what it is asked, and what becomes of it."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import polars as pl
import pytest

from pipelines.audit import audit
from pipelines.build import Job, build
from pipelines.plan.survey import survey
from schemas.scan import FrameTimes
from schemas.settings import Dataset
from schemas.source import Question, Video
from tests.eager import run
from tests.engines.chat_server import Server, completion, serving
from tests.engines.vision import fields, numbers_of, seen, text_of
from tests.media.clips import track, write
from tests.trajectories import INFO
from tests.truth import SAMPLES, load_truth
from transforms.media.frames import frame_at
from transforms.perceive.transform import PerceiveVideos, ScanVideos
from transforms.read.gather import Gathered

NAME = "soup"
QUESTION = Question("q", NAME, "How many spoons lie beside the pot?", "count", 2.0)
LEAKS = {
    "clip": "She stirs a pot of thick orange liquid number 0 there.",
    "summary": "So a woman prepares soup in 2 steps without any hurry.",
    "question": "I see that two wooden spoons lie beside the pot.",
}
"""What a teacher that repeats a caption says, by what it repeats."""
QUESTIONS = (QUESTION, *(replace(QUESTION, id=name, text=f"{QUESTION.text} ({name})") for name in LEAKS))
SEEN_ONLY = "thick orange liquid"


def model(url: str, name: str) -> dict[str, Any]:
    return {"type": "openai", "model": name, "base_url": url, "api_key_env": "", "limits": {"in_flight": 4}}


def settings(url: str, **captions: Any) -> Dataset:
    return Dataset.model_validate(
        {
            "version": "1.0.0",
            "source": {"type": "manifest", "videos": "v.jsonl", "questions": "q.jsonl"},
            "perceive": {
                "ocr": {"type": "none"},
                "asr": {"type": "none"},
                "captions": {"type": "chat", "engine": model(url, "eyes"), "frames": 3, **captions},
            },
            "ask": {"per_video": 0},
            "explore": {"rollouts": 1, "teacher": model(url, "teacher")},
            # The teacher is a man of few words.
            "verify": {"think_chars": 0},
            "max_failures": 1.0,
        }
    )


def both(body: dict[str, Any]) -> dict[str, Any]:
    """The captioner and a teacher behind one server; the teacher looks once, says its piece and answers."""
    if body["model"] == "eyes":
        return completion({"content": json.dumps(seen(body))})
    if body["messages"][-1]["role"] == "tool":
        leaks = [said for name, said in LEAKS.items() if f"({name})" in body["messages"][1]["content"]]
        return completion({"content": f"{(leaks or ['Two spoons are there.'])[0]} <answer>2</answer>"})
    arguments = '{"start_s": 0, "end_s": 8}'
    call = {"id": "x", "type": "function", "function": {"name": "caption_zoom", "arguments": arguments}}
    return completion({"content": "I look at the start first.", "tool_calls": [call]}, "tool_calls")


def built(folder: Path, entry: Dataset, store: Path) -> Path:
    folder.mkdir()
    job = Job(
        entry,
        replace(INFO, dataset="soup"),
        (Video(NAME, f"{NAME}.mp4", str(SAMPLES / f"{NAME}.mp4")),),
        QUESTIONS,
        (),
        1 + len(QUESTIONS),
        str(store),
        str(folder),
        2,
        4,
    )

    def whole(_: beam.PCollection) -> tuple[()]:
        build(_.pipeline, job)
        return ()

    run(whole, [0])
    return folder


def table(release: Path, name: str) -> list[dict[str, Any]]:
    return pl.read_parquet(release / name / "*.parquet").to_dicts()


def of_question(release: Path) -> dict[str, Any]:
    (trajectory,) = (one for one in table(release, "trajectories") if one["question"]["id"] == QUESTION.id)
    return trajectory


def asked(server: Server, *wanted: str) -> list[dict[str, Any]]:
    return [sent for sent in server.requests if sent["model"] == "eyes" and fields(sent) == set(wanted)]


def frames_of(sent: dict[str, Any]) -> list[int]:
    numbers = numbers_of(sent)
    assert None not in numbers
    return [number for number in numbers if number is not None]


DENSE = ("caption", "people", "objects", "places")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Server]:
    """The release, the store it left, and what the server was asked."""
    folder = tmp_path_factory.mktemp("soup")
    with serving((200, both)) as server:
        entry = settings(server.url, styles=["dense", "shot", "question"])
        return built(folder / "release", entry, folder / "store"), folder / "store", server


def test_captions_of_all_levels_are_on_the_timeline(first: tuple[Path, Path, Server]) -> None:
    release, _, server = first
    (row,) = table(release, "timelines")
    levels = Counter(caption["level"] for caption in row["captions"])
    assert levels == {"clip": len(row["clips"]), "scene": 2, "video": 1}
    assert len(asked(server, "summary")) == 3
    assert {caption["engine"] for caption in row["captions"]} == {"eyes"}
    clips = [caption["text"] for caption in row["captions"] if caption["level"] == "clip"]
    assert all(SEEN_ONLY in text for text in clips)
    assert all(text.startswith("Close-up, the camera pans. A woman in a striped apron stirs") for text in clips)
    (cook, stove) = row["entities"]
    assert (cook["name"], cook["mentions"]) == ("woman in a striped apron", ["woman in a striped apron", "cook"])
    whole = [{"start_s": 0.0, "end_s": row["duration_s"]}]
    assert (cook["spans"], stove["kind"], stove["spans"]) == (whole, "object", whole)


def test_the_model_was_shown_the_frames_of_each_clip(first: tuple[Path, Path, Server]) -> None:
    release, _, server = first
    (row,) = table(release, "timelines")
    pts_s = load_truth()[NAME].pts_s
    times = FrameTimes(tuple(pts_s), row["duration_s"])
    shown = {text_of(sent).split(". Describe")[0]: frames_of(sent) for sent in asked(server, *DENSE)}
    assert len(shown) == len(row["clips"])
    spans = sorted((clip["span"]["start_s"], clip["span"]["end_s"]) for clip in row["clips"])
    for (start_s, end_s), numbers in zip(spans, sorted(shown.values()), strict=True):
        assert 1 <= len(numbers) <= 3
        assert all(start_s <= pts_s[number] < end_s for number in numbers)
        told = ", ".join(f"{frame_at(times, pts_s[number]):.2f}" for number in numbers)
        assert any(f"{len(numbers)} frames at {told} s of a clip from {start_s:.1f}" in text for text in shown)


def test_nothing_is_asked_twice(first: tuple[Path, Path, Server], tmp_path: Path) -> None:
    release, store, server = first
    spelled = [json.dumps(sent, sort_keys=True) for sent in server.requests]
    assert len(set(spelled)) == len(spelled)
    # The server is gone by now: one more call would end in a reject.
    again = settings(server.url, styles=["dense", "shot", "question"])
    rebuilt = built(tmp_path / "again", again, store)
    for name in ("timelines", "trajectories"):
        assert table(rebuilt, name) == table(release, name)


def test_a_plan_finds_all_of_it_paid(first: tuple[Path, Path, Server]) -> None:
    _, store, server = first
    entry = settings(server.url, styles=["dense", "shot", "question"])
    video = Video(NAME, f"{NAME}.mp4", str(SAMPLES / f"{NAME}.mp4"))
    found = survey(entry, Gathered((video,), QUESTIONS, (), 1 + len(QUESTIONS)), str(store))
    rollouts = found.asked[NAME].rollouts
    assert [(one.calls, one.next_bytes) for one in rollouts] == [(2, 0)] * len(QUESTIONS)


def test_the_question_is_put_to_the_clips_that_are_looked_at(first: tuple[Path, Path, Server]) -> None:
    release, _, server = first
    questions = asked(server, "caption")
    (row,) = table(release, "timelines")
    looked = [clip for clip in row["clips"] if clip["span"]["start_s"] < 7.95]
    asked_of = Counter(text_of(sent).split('whole video: "')[1].split('"')[0] for sent in questions)
    assert asked_of == {question.text: len(looked) for question in QUESTIONS}
    trajectory = of_question(release)
    read = "\n".join(turn["read_text"] for turn in trajectory["turns"])
    assert read.count("seen for the question: In frame") == len(looked)


def test_the_row_is_accepted_and_holds_nothing_of_the_captions(first: tuple[Path, Path, Server]) -> None:
    release, _, _ = first
    assert [finding for finding in audit(release) if not finding.ok] == []
    trajectory = of_question(release)
    assert (trajectory["status"], trajectory["answer"]) == ("accept", "2")
    assert any(SEEN_ONLY in turn["read_text"] for turn in trajectory["turns"])
    rows = "\n".join(path.read_text(encoding="utf-8") for path in sorted((release / "sft").glob("*.jsonl")))
    assert "Two spoons are there." in rows
    for words in (SEEN_ONLY, "striped apron", "wooden spoons", "without any hurry", "seen for the question"):
        assert words not in rows


def test_a_teacher_that_repeats_a_caption_makes_no_row(first: tuple[Path, Path, Server]) -> None:
    release, _, _ = first
    codes = {one["question"]["id"]: (one["status"], one["code"]) for one in table(release, "trajectories")}
    assert codes == {"q": ("accept", ""), **dict.fromkeys(LEAKS, ("filter", "caption_leak"))}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ({"content": "Sorry, no image was received."}, "bad_caption"),
        ({"content": None, "refusal": "I will not."}, "refused_caption"),
    ],
    ids=["garbage", "refusal"],
)
def test_a_video_that_cannot_be_captioned_is_rejected(reply: dict[str, Any], code: str, tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    write(path, track(50))
    video = Video("v", "v.mp4", str(path), "ab" * 32)
    with serving((200, completion(reply))) as server:
        words = (settings(server.url).perceive, str(tmp_path / "store"), 2)
        done, rejected = run(lambda videos: (videos | ScanVideos(*words)).done | PerceiveVideos(*words), [video])
    assert done == []
    (row,) = rejected
    assert (row.stage, row.code, row.outcome, row.unit, row.id) == ("perceive", code, "fail", "video", "v")
    assert "(1 pieces of this video could not be done)" in row.detail
