"""RL rows through verl's dataset, and as its agent loop reads what that gives: MODEL OVERRIDE…"""

# ruff: noqa: I001
import asyncio
from typing import Any

from tests.trainers.loaders import shims  # noqa: F401
from tests.trainers.loaders.seen import seen, tell
from tests.trainers.loaders.verl_config import data_config

from transformers import AutoProcessor
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

COLUMNS = ("id", "data_source", "agent_name", "reward_model", "extra_info", "tools_kwargs")


def load(model: str, *overrides: str) -> list[dict[str, Any]]:
    processor = AutoProcessor.from_pretrained(model)
    data = data_config("ppo_trainer", *overrides)
    rows = RLHFDataset(data.train_files, processor.tokenizer, data, processor)
    batch = collate_fn([rows[index] for index in range(len(rows))])
    told = []
    for number, messages in enumerate(batch["raw_prompt"]):
        pictures, _ = asyncio.run(RLHFDataset.process_vision_info(messages, rows.image_patch_size, data))
        text = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        made = processor(text=[text], images=pictures, return_tensors="pt")
        (ids,) = made["input_ids"].tolist()
        one = seen(processor.tokenizer, ids, [False] * len(ids), made["image_grid_thw"].tolist())
        told.append({**one, **{name: batch[name][number] for name in COLUMNS}})
    return told


if __name__ == "__main__":
    tell(load)
