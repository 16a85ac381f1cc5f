"""The report adds up, the manifest and the card say what is there."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from schemas.refs import Count
from schemas.release import FileEntry
from schemas.settings import Dataset
from tests.trajectories import DATASET, INFO, PLANNER, tiny, without_chosen, write_release
from transforms.store import Store
from transforms.write.manifest import build_config, build_dataset_info, build_manifest
from transforms.write.report import build_report
from transforms.write.without_rows import without_rows


def test_counts_are_summed_per_stage() -> None:
    counts = [
        Count("ask", "in", "", 2),
        Count("ask", "out", ""),
        Count("ask", "failed", "bug"),
        Count("ask", "made", "", 7),
        Count("explore", "in", "", 7),
        Count("explore", "out", "", 4),
        Count("explore", "filtered", "refusal"),
        Count("explore", "filtered", "no_answer", 2),
    ]
    report = build_report(counts, {"ask": "video", "explore": "rollout"}, INFO, {"explore": {"seconds": 2.5}})
    assert list(report) == ["schema_version", "dataset", "version", "fingerprint", "stages"]
    assert report["stages"] == {
        "ask": {"unit": "video", "in": 2, "out": 1, "filtered": {}, "failed": {"bug": 1}, "made": 7},
        "explore": {
            "unit": "rollout",
            "in": 7,
            "out": 4,
            "filtered": {"no_answer": 2, "refusal": 1},
            "failed": {},
            "seconds": 2.5,
        },
    }


def test_a_stage_that_loses_units_is_an_error() -> None:
    with pytest.raises(ValueError, match="ask does not add up: 2 video in, but 1 out"):
        build_report([Count("ask", "in", "", 2), Count("ask", "out", "")], {"ask": "video"}, INFO)


@pytest.mark.parametrize("count", [Count("nap", "in", ""), Count("ask", "lost", "")], ids=["stage", "field"])
def test_unknown_counts_are_an_error(count: Count) -> None:
    with pytest.raises(ValueError, match="to count"):
        build_report([count], {"ask": "video"}, INFO)


def test_the_manifest_holds_each_file_once() -> None:
    one, two = FileEntry("b", 1, "x", 0), FileEntry("a", 2, "y", 3)
    manifest = json.loads(build_manifest(INFO, [one, two, one]))
    assert [entry["path"] for entry in manifest["files"]] == ["a", "b"]
    with pytest.raises(ValueError, match="b was written twice"):
        build_manifest(INFO, [one, replace(one, sha256="z")])


def test_the_settings_come_back() -> None:
    held = YAML(typ="safe").load(build_config("tiny", DATASET))
    assert Dataset.model_validate(held["datasets"]["tiny"]) == DATASET


def test_llama_factory_gets_an_entry_per_file() -> None:
    entries = json.loads(build_dataset_info(INFO, ["sft/train-00000-of-00001.jsonl", "README.md"]))
    assert list(entries) == ["tiny_train"]
    assert entries["tiny_train"]["columns"] == {"messages": "messages", "images": "images"}


def test_the_card_counts_the_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    records = tiny(store)
    chosen = tuple(replace(one, lineage=replace(one.lineage, teacher=PLANNER)) for one in records.chosen)
    write_release(tmp_path / "out", store, replace(records, chosen=chosen))
    card = (tmp_path / "out" / "README.md").read_text()
    header = YAML(typ="safe").load(card.split("---\n")[1])
    assert header["license"] == "cc-by-4.0"
    assert header["size_categories"] == ["n<1K"]
    assert [one["config_name"] for one in header["configs"]] == ["sft", "rl", "trajectories", "timelines", "rejects"]
    assert header["configs"][0] == {
        "config_name": "sft",
        "data_files": [
            {"split": "train", "path": "sft_parquet/train-*.parquet"},
            {"split": "validation", "path": "sft_parquet/validation-*.parquet"},
        ],
        "default": True,
    }
    assert not any("jsonl" in part["path"] for one in header["configs"] for part in one["data_files"])
    for said in (
        "**6 of 6 SFT rows are not for training**",
        "| `sft` | 6 | chosen conversations with 30 frames |",
        "| `timelines` | 4 | the text timelines of the videos, 0.07 h in all |",
        "| validation | count | 0 | 1 |",
        "| verify | trajectory | 8 | 7 | 1 | 0 |  |",
        "| read | fail | bad_line | 1 |",
        "| CC-BY-4.0 | 4 |",
        "relative to the folder `sft/`",
        "dataset: tiny_train",
        "cd RELEASE/sft && swift sft --dataset train-00000-of-00001.jsonl",
    ):
        assert said in card


def test_a_card_says_how_to_load_what_is_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    write_release(tmp_path / "rl", store, without_chosen(tiny(store)))
    load = (tmp_path / "rl" / "README.md").read_text().split("## How to load it")[1]
    assert "data.train_files=RELEASE/rl/" in load and "EasyR1" in load
    for gone in ("sft", "LLaMA-Factory", "ms-swift", "TRL", "messages_key"):
        assert gone not in load
    write_release(tmp_path / "none", store, replace(without_chosen(tiny(store)), questions=()))
    load = (tmp_path / "none" / "README.md").read_text().split("## How to load it")[1]
    assert 'load_dataset("RELEASE", "trajectories"' in load
    for gone in ("verl", "ms-swift", "EasyR1", "RELEASE/rl"):
        assert gone not in load


@pytest.mark.parametrize(
    ("license", "header"),
    [
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("House terms", {"license": "other", "license_name": "House terms"}),
    ],
)
def test_the_licence_is_one_the_hub_knows(tmp_path: Path, license: str, header: dict[str, str]) -> None:
    store = Store(tmp_path / "store")
    dataset = DATASET.model_copy(update={"write": DATASET.write.model_copy(update={"license": license})})
    write_release(tmp_path / "out", store, tiny(store), dataset=dataset)
    held = YAML(typ="safe").load((tmp_path / "out" / "README.md").read_text().split("---\n")[1])
    assert {key: held[key] for key in header} == header


def test_videos_without_a_row_to_train_on_are_told_with_the_reasons(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    write_release(tmp_path / "some", store, tiny(store))
    assert without_rows(str(tmp_path / "some")) == {}
    nothing = without_chosen(tiny(store))
    rejects = tuple(row for row in nothing.rejects if row.video_id != nothing.timelines[1].video_id)
    write_release(tmp_path / "none", store, replace(nothing, rejects=rejects))
    told = without_rows(str(tmp_path / "none"))
    assert list(told) == sorted(one.video_id for one in nothing.timelines)
    assert told[nothing.timelines[0].video_id] == "3 x verify/wrong_answer, 1 x explore/unreachable"
    assert told[nothing.timelines[1].video_id] == "no question is asked about it"
