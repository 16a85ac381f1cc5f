"""ms-swift 4.6.0: `load_dataset` and a template's `encode`, for Qwen3-VL."""

import pytest

from tests.trainers.conftest import Load, Release, Told

pytestmark = pytest.mark.trainers


def test_jsonl_arrives_word_for_word_in_its_folder(release: Release, rows: Told, load: Load) -> None:
    """Image paths are relative to the working folder, so the card goes to `sft/` first."""
    (line,) = release.lines("cd RELEASE/sft && swift sft --dataset ")
    assert load("swift", "swift_sft", line.split()[-1], cwd=release.folder / "sft") == rows


def test_parquet_arrives_word_for_word_from_anywhere(release: Release, rows: Told, load: Load) -> None:
    assert load("swift", "swift_sft", release.shard("sft_parquet")) == rows
