"""Records become rows that fit their schemas, and come back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from schemas.names import SPELLINGS
from schemas.settings import GROUNDED_TOOLS, Dialect
from schemas.source import Question, Rejected
from schemas.span import Span
from schemas.timeline import Entity
from schemas.trajectory import Verdict
from tests.dialects.spoken import render
from tests.trajectories import INFO, PLANNER, question, rl_question, timeline, trajectory, video
from transforms.store import Store
from transforms.tools.registry import TOOLS, deployed
from transforms.write.arrow import SCHEMAS, check_row, leaf_columns
from transforms.write.rows import (
    agent_name,
    answer_from_json,
    answer_json,
    for_training,
    reject_row,
    rl_id,
    rl_row,
    sft_row,
    timeline_from_row,
    timeline_row,
    trajectory_from_row,
    trajectory_row,
)

KINDS = ("choice", "count", "span", "order", "open")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_trajectory_comes_back_through_arrow(store: Store, kind: str) -> None:
    made = trajectory(store, video(1, "g"), question(0, video(1), kind), 2, "filter", "not_best")
    made = replace(made, frames=(replace(made.frames[0], box=(0.0, 0.25, 0.5, 1.0)), *made.frames[1:]))
    made = replace(made, verdicts=(*made.verdicts, Verdict("times", "fail", "broke", "why", 0.25)))
    row = trajectory_row(made)
    check_row(row, SCHEMAS["trajectories"])
    (read,) = pa.Table.from_pylist([row], schema=SCHEMAS["trajectories"]).to_pylist()
    assert trajectory_from_row(read) == made


def test_an_sft_row_is_the_rendering_and_flat_columns(store: Store) -> None:
    made = trajectory(store, video(1), question(0, video(1)))
    row = sft_row(made, 0.5)
    rendered = render(made)
    assert row["messages"] == [{"role": role, "content": content} for role, content in rendered.messages]
    assert row["images"] == list(rendered.images)
    assert {key: row[key] for key in row if key not in ("messages", "images", "teacher")} == {
        "id": "v1-q0-00",
        "question_id": "q0",
        "kind": "choice",
        "origin": "given",
        "answer": "B",
        "video_id": "v1",
        "video_uri": "clips/v1.mp4",
        "video_sha256": f"{1:064x}",
        "duration_s": 60.0,
        "license": "CC-BY-4.0",
        "for_training": True,
        "kept_although": "",
        "rollout": 0,
        "pass_rate": 0.5,
        "split": "train",
        "fingerprint": "f" * 64,
        "schema_version": "2",
    }


def test_rows_of_the_planner_are_not_for_training(store: Store) -> None:
    made = trajectory(store, video(1), question(0, video(1)))
    row = sft_row(replace(made, lineage=replace(made.lineage, teacher=PLANNER)), 1.0)
    assert row["for_training"] is False
    assert [for_training(teacher) for teacher in ("planner", '"planner"', "gpt", '{"engine":"openai"}')] == [
        False,
        False,
        True,
        True,
    ]


def test_one_rl_row_has_every_trainers_columns(store: Store) -> None:
    asked = rl_question(trajectory(store, video(1), question(0, video(1), "open")), 2)
    row = rl_row(asked, 4, INFO)
    images = [frame.sha256 for frame in asked.frames]
    check_row({**row, "images": [{"bytes": b"", "path": sha} for sha in images]}, SCHEMAS["rl"])
    problem = (
        "<image><image>The video lasts 60.0 s. 2 frames at 10.00, 11.00 s.\n\n"
        "What does the <\\image> tag on the slide say?\nAnswer with a word or a short phrase."
    )
    assert row["id"] == rl_id("v1", "q0") and len(row["id"]) == 16
    assert row["images"] == images
    assert row["problem"] == problem
    assert row["prompt"] == row["messages"]
    assert row["prompt"][1] == {"role": "user", "content": problem}
    assert row["prompt"][0]["content"].count('{"type": "function"') == 2
    assert row["answer"] == row["solution"] == row["reward_model"]["ground_truth"] == "<\\|im_end|> Gate"
    assert row["data_source"] == "frametrail/tiny"
    extra = row["extra_info"]
    assert extra["index"] == 4
    assert extra["tool_selection"] == ["temporal_zoom", "subtitle_retrieval"]
    assert list(extra["tools_kwargs"]) == list(GROUNDED_TOOLS)
    assert extra["tools_kwargs"]["overview"]["create_kwargs"] == {
        "video_id": "v1",
        "video_uri": "clips/v1.mp4",
        "video_sha256": f"{1:064x}",
    }
    assert json.loads(extra["evidence_json"]) == [
        {"span": {"start_s": 10.0, "end_s": 14.5}, "box": [0.1, 0.1, 0.5, 0.4], "modality": "screen", "text": "Gate 14"}
    ]
    assert extra["pass_rate"] == 0.5


@pytest.mark.parametrize(("kind", "said"), [("choice", "B"), ("count", "3"), ("span", "10.0-14.5"), ("order", "B, A")])
def test_the_rewarded_answer_has_the_form_that_is_asked_for(store: Store, kind: str, said: str) -> None:
    row = rl_row(rl_question(trajectory(store, video(1), question(0, video(1), kind)), 1), 0, INFO)
    assert row["answer"] == said


def test_every_deployed_tool_has_its_tools_kwargs() -> None:
    assert {tool.grounded.name for tool in deployed(tuple(TOOLS))} <= set(GROUNDED_TOOLS)


def test_a_tool_without_tools_kwargs_is_refused(store: Store) -> None:
    asked = replace(
        rl_question(trajectory(store, video(1), question(0, video(1))), 1),
        tools_json='[{"name":"guess","description":"","parameters":{}}]',
    )
    with pytest.raises(ValueError, match="no tools_kwargs for guess"):
        rl_row(asked, 0, INFO)


def test_a_timeline_comes_back_from_its_row() -> None:
    man = Entity("e-1", "person", "guard", ("man", "he"), (Span(0.0, 10.0), Span(20.0, 30.0)), "chat")
    one = replace(timeline(video(1)), entities=(man,))
    assert timeline_from_row(timeline_row(one, "CC-BY-4.0", INFO)) == replace(one, times="")


def test_timelines_and_rejects_fit_their_schemas() -> None:
    row = timeline_row(timeline(video(1)), "CC-BY-4.0", INFO)
    check_row(row, SCHEMAS["timelines"])
    assert row["license"] == "CC-BY-4.0"
    assert row["lines"][0]["box"] == {"x0": 0.1, "y0": 0.1, "x1": 0.5, "y1": 0.4}
    rejected = Rejected("read", "bad_line", "fail", "line", "videos.jsonl", "line 3 is no JSON", line=3)
    row = reject_row(rejected, INFO)
    check_row(row, SCHEMAS["rejects"])
    assert row["key"].startswith("read/line/videos.jsonl/00000003/")
    assert row["key"] != reject_row(replace(rejected, detail="other"), INFO)["key"]


@pytest.mark.parametrize(
    ("kind", "answer", "text"),
    [
        ("open", 'a "b"', '"a \\"b\\""'),
        ("choice", "Exit", '"Exit"'),
        ("count", 3.0, "3.0"),
        ("order", ("b", "a"), '["b","a"]'),
        ("span", Span(1.0, 2.5), "[1.0,2.5]"),
    ],
)
def test_answers_as_json(kind: Any, answer: Any, text: str) -> None:
    assert answer_json(answer) == text
    assert answer_from_json(kind, text) == answer
    assert Question("q", "v", "?", kind, answer_from_json(kind, text)).answer == answer


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda row: row.pop("kind"), "differ at the top: kind"),
        (lambda row: row.update(extra=1), "differ at the top: extra"),
        (lambda row: row.update(answer=None), "answer is None"),
        (lambda row: row.update(images=None), "images is None"),
        (lambda row: row["images"].append(None), "images is None"),
        (lambda row: row["images"].append({"bytes": None, "path": "a"}), "images.bytes is None"),
        (lambda row: row["messages"].append({"role": "user"}), "differ at messages: content"),
    ],
)
def test_rows_are_held_to_their_schema(store: Store, change: Any, why: str) -> None:
    row = {**sft_row(trajectory(store, video(1), question(0, video(1))), 1.0), "images": []}
    check_row(row, SCHEMAS["sft_parquet"])
    change(row)
    with pytest.raises(ValueError, match=why):
        check_row(row, SCHEMAS["sft_parquet"])


def test_leaf_columns_are_parquets_own_paths(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    for name, schema in SCHEMAS.items():
        path = tmp_path / f"{name}.parquet"
        pq.write_table(schema.empty_table(), path)
        found = pq.ParquetFile(path).schema
        assert leaf_columns(schema) == [found.column(at).path for at in range(len(found))]


def test_actions_name_an_agent_loop_of_their_own() -> None:
    """verl's `tool_agent` would run on without ever finding a call."""
    for spelling, known in SPELLINGS.items():
        wanted = f"{spelling}_agent" if known else "tool_agent"
        assert agent_name(Dialect.model_validate({"spelling": spelling})) == wanted
    assert agent_name(Dialect(spelling="hermes")) == "tool_agent"
    assert agent_name(Dialect(spelling="video_zoom")) == "video_zoom_agent"
