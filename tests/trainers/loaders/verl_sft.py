"""SFT rows through verl's dataset, set up as its trainer sets it up: MODEL OVERRIDE…"""

# ruff: noqa: I001
from typing import Any

from tests.trainers.loaders import shims  # noqa: F401
from tests.trainers.loaders.seen import seen, tell
from tests.trainers.loaders.verl_config import data_config

from transformers import AutoProcessor
from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset


def load(model: str, *overrides: str) -> list[dict[str, Any]]:
    processor = AutoProcessor.from_pretrained(model)
    data = data_config("sft_trainer_engine", *overrides)
    rows = MultiTurnSFTDataset(data.train_files, processor.tokenizer, data, processor)
    return [
        seen(
            processor.tokenizer,
            row["input_ids"].tolist(),
            row["loss_mask"].bool().tolist(),
            row["multi_modal_inputs"]["image_grid_thw"].tolist(),
        )
        for row in (rows[index] for index in range(len(rows)))
    ]


if __name__ == "__main__":
    tell(load)
