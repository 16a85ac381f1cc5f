"""SFT rows through TRL's collator, their messages turned into parts: MODEL TEMPLATE PARQUET.

`TEMPLATE` is a chat template that marks what to train on. Of messages that are strings TRL would put all pictures
before the first question.
"""

# ruff: noqa: I001
from pathlib import Path
from typing import Any

from tests.trainers.loaders import shims  # noqa: F401
from tests.trainers.loaders.seen import seen, tell

from datasets import load_dataset
from transformers import AutoProcessor
from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling


def as_parts(content: str) -> list[dict[str, str]]:
    """`<image>` becomes a place for a picture, and what stands around it text."""
    pairs = [({"type": "image"}, {"type": "text", "text": text}) for text in content.split("<image>")]
    return [part for pair in pairs for part in pair][1:]


def load(model: str, template: str, parquet: str) -> list[dict[str, Any]]:
    processor = AutoProcessor.from_pretrained(model)
    collate = DataCollatorForVisionLanguageModeling(
        processor, assistant_only_loss=True, chat_template=Path(template).read_text(encoding="utf-8")
    )
    told = []
    for row in load_dataset("parquet", data_files=parquet, split="train"):
        messages = [{"role": one["role"], "content": as_parts(one["content"])} for one in row["messages"]]
        batch = collate([{"messages": messages, "images": row["images"]}])
        (ids,), (labels,) = batch["input_ids"].tolist(), batch["labels"].tolist()
        trained = [label != -100 for label in labels]
        told.append(seen(processor.tokenizer, ids, trained, batch["image_grid_thw"].tolist()))
    return told


if __name__ == "__main__":
    tell(load)
