"""TRL 1.16.0: `DataCollatorForVisionLanguageModeling` over messages turned into parts, for the assistant alone."""

import pytest

from tests.dialects.chat_templates import template_file
from tests.trainers.conftest import Load, Release, Told

pytestmark = pytest.mark.trainers


def test_rows_arrive_word_for_word(release: Release, rows: Told, load: Load) -> None:
    words = (template_file("qwen3_vl_training"), release.shard("sft_parquet"))
    assert load("trl", "trl_sft", *words) == rows
