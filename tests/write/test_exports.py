"""Every export: what it makes of the tiny release, that loaders open it, and what the audit finds wrong with it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipelines.audit import audit
from schemas.codec import to_json
from schemas.refs import Curated, Kept, Perceived
from schemas.settings import SAY_LOSS, Write
from schemas.source import Video
from schemas.trajectory import Trajectory, Verdict
from tests.trajectories import INFO, WRONG, Tiny, question, read_lines, tiny, trajectory, video, write_release
from tests.write.golden import ALL, FOLDER, SHARD, exporting, made
from transforms.store import Store
from transforms.write.exports import alpaca, crops, pairs, sharegpt, swift
from transforms.write.exports.base import first_trained, rendered
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import holds_none, write_export
from transforms.write.gather import comparable, curated_rows, load_export


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def records(store: Store) -> Tiny:
    return tiny(store)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    out = tmp_path_factory.mktemp("release")
    write_release(out, store, records, dataset=exporting(*ALL))
    return out


def test_the_golden_files_are_what_is_made(tmp_path: Path) -> None:
    """After a change that is meant: python -m tests.write.golden."""
    assert made(tmp_path) == {name: (FOLDER / f"{name}.json").read_text(encoding="utf-8") for name in ALL}


def test_every_name_has_its_export() -> None:
    assert tuple(EXPORTS) == ALL
    assert tuple(name for name, export in EXPORTS.items() if export.says_loss) == SAY_LOSS


def test_without_exports_nothing_is_different(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "with", store, records, dataset=exporting())
    write_release(tmp_path / "without", store, records)
    with_none, without = (
        {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        for root in (tmp_path / "with", tmp_path / "without")
    )
    assert with_none == without
    assert b"exports" not in without["config.yaml"] and b"loss" not in without["config.yaml"]
    assert {name.split("/")[0] for name in without}.isdisjoint(ALL)


def test_a_release_with_all_exports_passes_the_audit(good: Path) -> None:
    assert [finding for finding in audit(good) if not finding.ok] == []
    listed = [entry["path"] for entry in json.loads((good / "manifest.json").read_text())["files"]]
    for name in ALL:
        assert f"{name}/{SHARD}" in listed
    assert {"sharegpt/dataset_info.json", "alpaca/dataset_info.json"} < set(listed)


def test_datasets_opens_each(good: Path, tmp_path: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    rows = {}
    for name in ALL:
        files = {"train": str(good / name / "train-*.jsonl"), "validation": str(good / name / "validation-*.jsonl")}
        if name == "pairs":
            files.pop("train")  # only one question has a wrong rollout beside the chosen one
        held = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path))
        rows[name] = {split: len(part) for split, part in held.items()}
        lines = read_lines(good / name / SHARD)
        # Arrow fills in what a part without text lacks.
        if name not in ("trl", "pairs"):
            assert list(held["validation"]) == lines
    counts = {
        **dict.fromkeys(("swift", "sharegpt", "trl", "crops"), {"train": 4, "validation": 2}),
        "alpaca": {"train": 12, "validation": 6},
        "rllm": {"train": 4, "validation": 3},
        "pairs": {"validation": 1},
    }
    assert {name: rows[name] for name in counts} == counts


def test_lines_are_in_order_with_every_key_and_no_null(good: Path) -> None:
    for name in ALL:
        for path in (good / name).glob("*.jsonl"):
            lines = read_lines(path)
            assert [line["id"] for line in lines] == sorted(str(line["id"]) for line in lines)
            assert {tuple(line) for line in lines} == {tuple(lines[0])}
            assert not any(holds_none(line) for line in lines)


def test_pictures_are_named_from_the_root(good: Path) -> None:
    for name in ("swift", "sharegpt", "trl", "rllm", "pairs"):
        for line in read_lines(good / name / SHARD):
            images: Any = line["images"]
            assert images and all(image.startswith("sft/frames/") and (good / image).is_file() for image in images)


def test_smaller_shards_hold_the_same_rows(good: Path, tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path, store, records, dataset=exporting(*ALL), target_bytes=2_000, order=-1)
    for name in ALL:
        lines = [line for path in sorted((tmp_path / name).glob("validation*")) for line in read_lines(path)]
        assert lines == read_lines(good / name / SHARD)
    assert [finding for finding in audit(tmp_path) if not finding.ok] == []


# What each form says.


def test_a_trainer_that_spells_calls_gets_what_the_rendered_row_says(store: Store) -> None:
    """ms-swift and LLaMA-Factory put tags around calls and results; what is between them is word for word in sft/."""
    one = trajectory(store, video(1), question(0, video(1), "open"))
    (row,) = swift.rows(one, Write())
    spelled = ""
    for message in row["messages"][1:]:
        if message["role"] == "tool_call":
            spelled += f"<tool_call>\n{message['content']}\n</tool_call>"
        elif message["role"] == "tool_response":
            words, _, more = message["content"].partition("\n\n")
            spelled += f"<tool_response>\n{words}\n</tool_response>" + (f"\n\n{more}" if more else "")
        else:
            spelled += message["content"]
    assert spelled == "".join(content for _, content in rendered(one, Write()).messages[1:])
    assert row["messages"][1]["content"].count("<image>") == 2, "what the question says of a tag is escaped"
    assert row["solution"] == "<\\|im_end|> Gate"


def test_an_empty_line_before_a_call_is_left_to_swift(store: Store) -> None:
    """Its template for Qwen3.5 (4.6.0) puts one between words and call, whatever the words end with."""
    one = trajectory(store, video(1), question(0, video(1)))
    settings = Write.model_validate({"dialect": {"spelling": "qwen_xml"}})
    said = [
        message["content"] for message in swift.rows(one, settings)[0]["messages"] if message["role"] == "assistant"
    ]
    assert said == [
        "<think>\nThe sign may be in the middle.\n</think>\n\nI look at the middle.",
        "<think>\nSomebody may say it.\n</think>\n\n",
        "<think>\nBoth agree.\n</think>\n\nThe sign is clear.\n<answer>B</answer>",
    ]


def test_tools_have_the_models_names(store: Store) -> None:
    zoom = {"name": "crop_video", "arguments": {"start_s": "start_time", "end_s": "end_time"}}
    settings = Write.model_validate({"dialect": {"tools": {"temporal_zoom": zoom}}})
    one = trajectory(store, video(1), question(0, video(1)))
    (row,) = swift.rows(one, settings)
    call = json.loads(row["messages"][3]["content"])
    assert call == {"name": "crop_video", "arguments": {"start_time": 10.0, "end_time": 14.5}}
    assert json.loads(row["tools"])[0]["function"]["name"] == "crop_video"
    (row,) = sharegpt.rows(one, settings)
    assert (
        '{"name": "crop_video", "arguments": {"end_time": 14.5, "start_time": 10.0}}'
        in row["conversations"][1]["value"]
    )
    assert "temporal_zoom" not in json.dumps(row)


def test_sharegpt_alternates(good: Path) -> None:
    for line in read_lines(good / "sharegpt" / SHARD):
        turns: Any = line["conversations"]
        assert {turn["from"] for turn in turns[::2]} == {"human", "observation"}
        assert {turn["from"] for turn in turns[1::2]} == {"gpt", "function_call"}
        assert turns[-1]["from"] == "gpt"


@pytest.mark.parametrize(
    ("loss", "trained", "steps"), [("last_round", [6], [2]), ("last_two_rounds", [4, 5, 6], [1, 2])]
)
def test_the_rounds_that_are_trained(store: Store, loss: str, trained: list[int], steps: list[int]) -> None:
    settings = Write.model_validate({"exports": SAY_LOSS, "loss": loss})
    one = trajectory(store, video(1), question(0, video(1)))
    (row,) = swift.rows(one, settings)
    said = [message for message in row["messages"] if message["role"] not in ("user", "tool_response")]
    assert [message["role"] for message in said] == ["system", *("assistant", "tool_call") * 2, "assistant"]
    assert [n for n, message in enumerate(said, 1) if message["loss"]] == trained
    assert all(isinstance(message["loss"], bool) for message in row["messages"])
    assert [row["step"] for row in alpaca.rows(one, settings)] == steps


def test_all_rounds_need_no_key(store: Store) -> None:
    (row,) = swift.rows(trajectory(store, video(1), question(0, video(1))), Write())
    assert {tuple(message) for message in row["messages"]} == {("role", "content")}
    assert [first_trained("last_two_rounds", rounds) for rounds in (1, 2, 3)] == [0, 0, 1]


def test_a_loss_that_nobody_can_say_is_refused() -> None:
    with pytest.raises(ValidationError, match="last_round can be said by none .* add swift or alpaca to write.exports"):
        Write.model_validate({"exports": ["trl"], "loss": "last_round"})
    with pytest.raises(ValidationError, match="add swift or alpaca"):
        Write.model_validate({"loss": "last_two_rounds"})
    with pytest.raises(ValidationError, match="swift stands here more than once"):
        Write.model_validate({"exports": ["swift", "swift"]})


def test_crops_say_what_is_looked_at(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    boxed = replace(one, frames=tuple(replace(frame, box=(0.0, 0.0, 0.5, 0.5)) for frame in one.frames))
    assert [look["sample"] for look in crops.rows(boxed, Write())[0]["videos"]] == ["coarse", "fine"]
    (row,) = crops.rows(one, Write())
    assert [look["crop"] for look in row["videos"]] == [[-1.0, -1.0], [10.0, 14.5]]
    assert "".join(message["content"] for message in row["messages"]).count("<video>") == 2
    assert "<image>" not in json.dumps(row)


def test_pairs_need_an_accepted_and_a_wrong_rollout(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer=WRONG["choice"])
    (row,) = pairs.rows((one, wrong), Write())
    assert (row["id"], row["rejected_id"]) == (one.id, wrong.id)
    assert row["chosen"][0]["content"][0]["text"].endswith("<answer>B</answer>")
    assert row["rejected"][0]["content"][0]["text"].endswith("<answer>A</answer>")
    assert pairs.rows((one,), Write()) == pairs.rows((wrong,), Write()) == []
    assert pairs.rows((one, replace(wrong, code="too_long")), Write()) == []


def test_a_pair_parts_at_the_first_turn_that_differs(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    turns = list(one.turns)
    turns[4] = replace(turns[4], reasoning="It may be at the end.")
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer="A", turns=tuple(turns))
    (row,) = pairs.rows((wrong, one), Write())
    assert [message["role"] for message in row["prompt"]] == ["system", "user"]
    assert row["images"] == [frame.sha256 for frame in one.frames[:2]]
    assert "It may be at the end." in row["rejected"][0]["content"][0]["text"]


def test_words_of_caption_space_are_not_rejected_ones(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    against = Verdict("words", "filter", "caption_words", "it says caption")
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer="A", verdicts=(against,))
    assert pairs.rows((one, wrong), Write()) == []
    assert len(pairs.rows((one, replace(wrong, verdicts=(replace(against, verifier="evidence"),))), Write())) == 1


def test_a_row_that_loaders_would_stumble_over_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="something in a is None"):
        write_export(str(tmp_path), "swift/a.jsonl", [{"id": "a", "deep": [{"x": None}]}])
    with pytest.raises(ValueError, match="b has the keys id, y, the first row id, x"):
        write_export(str(tmp_path), "swift/a.jsonl", [{"id": "a", "x": 1}, {"id": "b", "y": 1}])
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


# What the audit finds.


def _edit(root: Path, name: str, change: Callable[[list[dict[str, Any]]], object]) -> None:
    rows: list[dict[str, Any]] = read_lines(root / name / SHARD)
    change(rows)
    (root / name / SHARD).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


DAMAGE: dict[str, tuple[str, Callable[[list[dict[str, Any]]], object], set[str]]] = {
    "another answer": ("swift", lambda rows: rows[0].update(solution="C"), {"exported"}),
    "a row gone": ("sharegpt", lambda rows: rows.pop(), {"exported"}),
    "a row twice": ("trl", lambda rows: rows.append(rows[0]), {"exported"}),
    "another order": ("alpaca", lambda rows: rows.reverse(), {"exported"}),
    "a null": ("alpaca", lambda rows: rows[0].update(input=None), {"exported"}),
    "a key more": ("rllm", lambda rows: rows[0].update(more=1), {"exported"}),
    "a pair turned round": ("pairs", lambda rows: rows[0].update(chosen=rows[0]["rejected"]), {"exported"}),
    "a picture of nobody": (
        "swift",
        lambda rows: rows[0]["images"].__setitem__(0, "sft/frames/00/00.jpg"),
        {"exported", "media"},
    ),
    "a picture too many": ("trl", lambda rows: rows[0]["images"].append(rows[0]["images"][0]), {"exported", "media"}),
    "a foreign video": ("crops", lambda rows: rows[0]["videos"][0].update(url="x.mp4"), {"exported", "media"}),
    "a look without its tag": ("crops", lambda rows: rows[0]["videos"].pop(), {"exported", "media"}),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(good: Path, tmp_path: Path, damage: str) -> None:
    name, change, wanted = DAMAGE[damage]
    out = tmp_path / "release"
    shutil.copytree(good, out)
    _edit(out, name, change)
    found = {finding.check for finding in audit(out) if not finding.ok}
    assert found - {"digests", "row_counts"} - {"card"} == wanted


def test_an_export_that_the_settings_do_not_name_is_found(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    shutil.copytree(good, out)
    config = out / "config.yaml"
    config.write_text(config.read_text().replace("      - trl\n", ""))
    assert "trl/ is there, but config.yaml names no such export" in [finding.detail for finding in audit(out)]


# From what Curated has of a question to rows.


def test_a_question_as_curated_gives_its_pair(store: Store) -> None:
    one = trajectory(store, video(1), question(0, video(1)))
    wrong = replace(one, id="v1-q0-01", status="filter", code="wrong_answer", answer=WRONG["choice"])
    late = replace(one, id="v1-q0-02", status="filter", code="not_best")
    curated = Curated(
        Perceived(Video("v1", "v1.mp4", "/v1.mp4"), "t", 60.0),
        one.question,
        0.5,
        3,
        "train",
        tuple(kept(of, store) for of in (late, wrong, one)),
    )
    refs = [ref for ref in curated_rows(curated, ("swift", "pairs", "rllm")) if ref.table in ALL]
    assert [(ref.table, ref.split, ref.id) for ref in refs] == [
        ("swift", "train", "v1-q0-00"),
        ("pairs", "train", "v1-q0-00"),
    ]
    (pair,) = load_export(refs[1], INFO, store, Write())
    assert (pair["id"], pair["rejected_id"]) == ("v1-q0-00", "v1-q0-01")
    assert comparable([kept(of, store) for of in (late, wrong)]) == ()


def kept(of: Trajectory, store: Store) -> Kept:
    record = store.put_blob(to_json(of))
    ids = (of.id, of.video.id, of.question.id, of.lineage.rollout)
    return Kept(*ids, record, of.status, of.code, of.right, 2, len(of.frames), 100, 20, record_bytes=1)
