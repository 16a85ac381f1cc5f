"""verl 0.9.1: `MultiTurnSFTDataset` and `RLHFDataset`, set up by the card's own lines on top of verl's settings."""

from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.trainers.conftest import Load, Release, Told, as_written

pytestmark = pytest.mark.trainers


def test_sft_rows_arrive_word_for_word(release: Release, rows: Told, load: Load) -> None:
    (line,) = release.lines("data.train_files=RELEASE/sft_parquet/")
    assert load("verl", "verl_sft", *line.split()) == rows


@pytest.fixture(scope="module")
def rl(release: Release, load: Load) -> Told:
    (line,) = release.lines("data.train_files=RELEASE/rl/")
    return load("verl", "verl_rl", *line.split())


@pytest.fixture(scope="module")
def questions(release: Release) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(release.shard("rl")).to_pylist()
    assert found
    return found


def test_every_question_is_kept(rl: Told, questions: list[dict[str, Any]]) -> None:
    assert [one["id"] for one in rl] == [row["id"] for row in questions]


def test_prompts_arrive_word_for_word(rl: Told, questions: list[dict[str, Any]]) -> None:
    assert [one["text"] for one in rl] == [as_written(row["prompt"], ask=True) for row in questions]


def test_every_picture_has_its_place(rl: Told, questions: list[dict[str, Any]]) -> None:
    assert [(one["pictures"], one["fits"]) for one in rl] == [(len(row["images"]), True) for row in questions]
    assert [row["prompt"][1]["content"].count("<image>") for row in questions] == [one["pictures"] for one in rl]


def test_what_rewards_and_tools_are_given(rl: Told, questions: list[dict[str, Any]]) -> None:
    """As it was written, and without a null: verl hands `create_kwargs` to the tools as they are."""
    for one, row in zip(rl, questions, strict=True):
        assert {name: one[name] for name in ("data_source", "agent_name", "reward_model", "extra_info")} == {
            name: row[name] for name in ("data_source", "agent_name", "reward_model", "extra_info")
        }
        assert set(row["extra_info"]["tool_selection"]) <= set(one["tools_kwargs"])
        assert one["tools_kwargs"] == row["extra_info"]["tools_kwargs"]
        video = {name: row["extra_info"][name] for name in ("video_id", "video_uri", "video_sha256")}
        assert all(video.values())
        assert list(one["tools_kwargs"].values()) == [{"create_kwargs": video}] * len(one["tools_kwargs"])
