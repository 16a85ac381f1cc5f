"""Files on disk: bytes that depend on the rows alone, row groups by size, and what loaders make of them."""

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.trajectories import Tiny, jpeg, question, read_lines, tiny, trajectory, video, without_chosen, write_release
from transforms.store import Store
from transforms.write import files
from transforms.write.arrow import SCHEMAS
from transforms.write.files import write_frames, write_jsonl, write_parquet, write_text
from transforms.write.rows import sft_row


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def records(store: Store) -> Tiny:
    return tiny(store)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    out = tmp_path_factory.mktemp("release")
    write_release(out, store, records)
    return out


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_two_writes_and_another_order_give_the_same_bytes(
    release: Path, tmp_path: Path, store: Store, records: Tiny
) -> None:
    write_release(tmp_path, store, records, order=-1)
    assert contents(tmp_path) == contents(release)


def test_smaller_shards_hold_the_same_rows(release: Path, tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path, store, records, target_bytes=2_000)
    names = sorted(path.name for path in (tmp_path / "sft").glob("train*"))
    assert names == ["train-00000-of-00002.jsonl", "train-00001-of-00002.jsonl"]
    lines = [line for name in names for line in read_lines(tmp_path / "sft" / name)]
    assert lines == read_lines(release / "sft" / "train-00000-of-00001.jsonl")
    info = json.loads((tmp_path / "sft" / "dataset_info.json").read_text())
    assert info["tiny_train_00001"]["file_name"] == "train-00001-of-00002.jsonl"
    index = [
        row["index"]
        for path in sorted((tmp_path / "rl").glob("train*"))
        for row in pq.read_table(path)["extra_info"].to_pylist()
    ]
    assert index == [0, 1, 2, 3]


def test_the_manifest_tells_the_truth(release: Path) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    held = contents(release)
    del held["manifest.json"]
    assert [entry["path"] for entry in manifest["files"]] == sorted(held)
    for entry in manifest["files"]:
        data = held[entry["path"]]
        assert (entry["bytes"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    rows = {entry["path"]: entry["rows"] for entry in manifest["files"] if entry["rows"]}
    assert rows == {
        "rejects/full-00000-of-00001.parquet": 9,
        "rl/train-00000-of-00001.parquet": 4,
        "rl/validation-00000-of-00001.parquet": 3,
        "sft/train-00000-of-00001.jsonl": 4,
        "sft/validation-00000-of-00001.jsonl": 2,
        "sft_parquet/train-00000-of-00001.parquet": 4,
        "sft_parquet/validation-00000-of-00001.parquet": 2,
        "timelines/full-00000-of-00001.parquet": 4,
        "trajectories/train-00000-of-00001.parquet": 5,
        "trajectories/validation-00000-of-00001.parquet": 3,
    }


def test_jsonl_has_every_key_and_paths_relative_to_its_folder(release: Path, store: Store) -> None:
    for path in sorted((release / "sft").glob("*.jsonl")):
        for line in read_lines(path):
            assert list(line) == SCHEMAS["sft_parquet"].names
            images: Any = line["images"]
            for image in images:
                data = (release / "sft" / image).read_bytes()
                sha = Path(image).stem
                assert image == f"frames/{sha[:2]}/{sha}.jpg"
                assert data == store.blob(sha)


def test_datasets_loads_every_config_of_the_card(release: Path, tmp_path: Path, store: Store) -> None:
    import datasets

    datasets.disable_progress_bars()
    loaded = {
        name: datasets.load_dataset(str(release), name, cache_dir=str(tmp_path))
        for name in ("sft", "rl", "trajectories", "timelines", "rejects")
    }
    assert {name: {split: len(rows) for split, rows in held.items()} for name, held in loaded.items()} == {
        "sft": {"train": 4, "validation": 2},
        "rl": {"train": 4, "validation": 3},
        "trajectories": {"train": 5, "validation": 3},
        "timelines": {"full": 4},
        "rejects": {"full": 9},
    }
    (first, *_) = read_lines(release / "sft" / "train-00000-of-00001.jsonl")
    row = loaded["sft"]["train"][0]
    assert row["messages"] == first["messages"]
    shown: Any = first["images"]
    wanted = [Image.open(io.BytesIO(store.blob(Path(image).stem))) for image in shown]
    assert [(image.mode, image.size, image.tobytes()) for image in row["images"]] == [
        (image.mode, image.size, image.tobytes()) for image in wanted
    ]
    asked = loaded["rl"]["validation"]
    assert sorted(row["extra_info"]["pass_rate"] or -1.0 for row in asked) == [-1.0, 0.5, 1.0]
    assert all(len(row["images"]) == row["problem"].count("<image>") == 2 for row in asked)
    alone = datasets.load_dataset(
        "parquet",
        data_files=str(release / "rl" / "train-00000-of-00001.parquet"),
        split="train",
        cache_dir=str(tmp_path),
    )
    assert alone[0]["images"][0].size == (32, 24)


def test_datasets_loads_what_there_is_when_nothing_was_chosen(tmp_path: Path, store: Store, records: Tiny) -> None:
    import datasets

    datasets.disable_progress_bars()
    out = tmp_path / "release"
    write_release(out, store, without_chosen(records))
    names = datasets.get_dataset_config_names(str(out))
    assert names == ["rl", "trajectories", "timelines", "rejects"]
    loaded = {name: datasets.load_dataset(str(out), name, cache_dir=str(tmp_path / "cache")) for name in names}
    assert {name: sum(map(len, held.values())) for name, held in loaded.items()} == {
        "rl": 7,
        "trajectories": 8,
        "timelines": 4,
        "rejects": 15,
    }
    assert datasets.load_dataset(str(out), cache_dir=str(tmp_path / "cache"))["train"].num_rows == 4
    card = (out / "README.md").read_text(encoding="utf-8")
    assert 'load_dataset("RELEASE", "rl", split="train")' in card
    assert 'load_dataset("RELEASE", "sft"' not in card


def test_datasets_loads_the_jsonl_by_path(release: Path, tmp_path: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    rows = datasets.load_dataset(
        "json", data_files=str(release / "sft" / "train-*.jsonl"), split="train", cache_dir=str(tmp_path)
    )
    assert [dict(row) for row in rows] == read_lines(release / "sft" / "train-00000-of-00001.jsonl")


def test_an_empty_table_is_a_file_with_its_schema(tmp_path: Path, store: Store) -> None:
    entry = write_parquet(str(tmp_path), "rejects/full-00000-of-00001.parquet", [], store)
    assert entry.rows == 0
    assert pq.read_schema(tmp_path / entry.path).equals(SCHEMAS["rejects"])


def test_row_groups_stay_small_with_fat_rows(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    row = sft_row(trajectory(store, video(1), question(0, video(1))), 1.0)
    pictures = [store.put_blob(os.urandom(3_000_000)) for _ in range(8)]
    rows = ({**row, "id": f"{n:03d}", "images": pictures} for n in range(3))
    entry = write_parquet(str(tmp_path), "sft_parquet/train-00000-of-00001.parquet", rows, store)
    held = pq.ParquetFile(tmp_path / entry.path)
    groups = [held.metadata.row_group(at) for at in range(held.num_row_groups)]
    assert [group.num_rows for group in groups] == [1] * 3
    assert all(group.total_byte_size < 100_000_000 for group in groups)
    assert entry.bytes == (tmp_path / entry.path).stat().st_size
    columns = [group.column(at) for group in groups for at in range(group.num_columns)]
    assert {column.compression for column in columns if not column.path_in_schema.endswith(".bytes")} == {"ZSTD"}
    assert {column.compression for column in columns if column.path_in_schema.endswith(".bytes")} == {"UNCOMPRESSED"}
    assert all(group.column(at).has_offset_index for group in groups for at in range(group.num_columns))
    assert held.read_row_group(2)["images"].to_pylist()[0][7]["bytes"] == store.blob(pictures[7])


def test_row_groups_hold_many_thin_rows(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "ROW_GROUP_BYTES", 40_000)
    row = {**sft_row(trajectory(store, video(1), question(0, video(1))), 1.0), "images": [jpeg(store, 1).sha256]}
    rows = [{**row, "id": f"{n:03d}"} for n in range(40)]
    entry = write_parquet(str(tmp_path), "sft_parquet/train-00000-of-00001.parquet", rows, store)
    held = pq.ParquetFile(tmp_path / entry.path)
    assert held.metadata.num_rows == 40
    assert 2 < held.num_row_groups < 12


def test_nothing_appears_when_a_row_does_not_fit(tmp_path: Path, store: Store) -> None:
    row = sft_row(trajectory(store, video(1), question(0, video(1))), 1.0)
    bad = {**row, "answer": None}
    with pytest.raises(ValueError, match="answer is None"):
        write_jsonl(str(tmp_path), "sft/train-00000-of-00001.jsonl", [row, bad])
    with pytest.raises(ValueError, match="answer is None"):
        write_parquet(str(tmp_path), "sft_parquet/train-00000-of-00001.parquet", [row, bad], store)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_object_store_gets_whole_files_too(store: Store) -> None:
    import fsspec

    root, path = "memory://half-release", "sft/train-00000-of-00001.jsonl"
    row = sft_row(trajectory(store, video(1), question(0, video(1))), 1.0)
    with pytest.raises(ValueError, match="answer is None"):
        write_jsonl(root, path, [row, {**row, "answer": None}])
    with pytest.raises(ValueError, match="answer is None"):
        write_parquet(root, "sft_parquet/train-00000-of-00001.parquet", [row, {**row, "answer": None}], store)
    assert fsspec.filesystem("memory").find("/half-release") == []
    entry = write_jsonl(root, path, [row])
    with pytest.raises(ValueError, match="answer is None"):
        write_jsonl(root, path, [row, {**row, "answer": None}])
    assert fsspec.filesystem("memory").size(f"/half-release/{path}") == entry.bytes


def test_frames_are_written_once_each(tmp_path: Path, store: Store) -> None:
    shas = [jpeg(store, number).sha256 for number in (1, 2, 1)]
    entries = write_frames(str(tmp_path), shas, store)
    assert [entry.path for entry in entries] == [f"sft/frames/{sha[:2]}/{sha}.jpg" for sha in sorted(set(shas))]
    assert [entry.sha256 for entry in entries] == sorted(set(shas))


def test_other_filesystems_work_too(store: Store, records: Tiny, release: Path) -> None:
    import fsspec

    root = "memory://tiny-release"
    write_release(root, store, records)
    fs = fsspec.filesystem("memory")
    held = {name.removeprefix("/tiny-release/"): fs.cat_file(name) for name in fs.find("/tiny-release")}
    assert held == contents(release)


def test_text_is_utf8(tmp_path: Path) -> None:
    entry = write_text(str(tmp_path), "README.md", "grün\n")
    assert (tmp_path / "README.md").read_bytes() == "grün\n".encode()
    assert entry.bytes == 6
