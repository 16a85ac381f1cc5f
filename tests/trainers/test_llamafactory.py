"""LLaMA-Factory 0.9.5: `get_dataset` with the settings that the card gives, for Qwen3-VL."""

import pytest

from tests.trainers.conftest import Load, Release, Told

pytestmark = pytest.mark.trainers


def test_rows_arrive_word_for_word(release: Release, rows: Told, load: Load) -> None:
    """From any working folder: image paths are relative to `dataset_dir`."""
    settings = [*release.lines("dataset_dir: "), *release.lines("dataset: "), *release.lines("template: ")]
    assert load("llamafactory", "llamafactory_sft", *settings, *release.lines("cutoff_len: ")) == rows
