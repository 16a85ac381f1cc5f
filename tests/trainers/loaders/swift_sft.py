"""SFT rows through ms-swift's loader and template: MODEL FILE."""

# ruff: noqa: I001
from typing import Any

from tests.trainers.loaders import shims  # noqa: F401
from tests.trainers.loaders.seen import seen, tell

from swift import get_processor, get_template
from swift.dataset import load_dataset


def load(model: str, file: str) -> list[dict[str, Any]]:
    processor = get_processor(model, model_type="qwen3_vl", use_hf=True)
    template = get_template(processor)
    template.set_mode("train")
    rows, _ = load_dataset(file, strict=True)
    told = []
    for row in rows:
        made = template.encode(row)
        trained = [label != -100 for label in made["labels"]]
        told.append(seen(processor.tokenizer, made["input_ids"], trained, made["image_grid_thw"].tolist()))
    return told


if __name__ == "__main__":
    tell(load)
