"""SFT rows through LLaMA-Factory's loader and template: MODEL SETTING…, as `key: value` of its YAML."""

# ruff: noqa: E402, I001
from typing import Any

from tests.trainers.loaders import shims
from tests.trainers.loaders.seen import seen, tell

shims.allow_torchaudio()

from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import get_train_args
from llamafactory.model import load_tokenizer
from omegaconf import OmegaConf


def load(model: str, *settings: str) -> list[dict[str, Any]]:
    run = {"stage": "sft", "do_train": True, "model_name_or_path": model, "output_dir": "out", "use_cpu": True}
    told = OmegaConf.merge({**run, "report_to": "none"}, OmegaConf.create("\n".join(settings)))
    model_args, data_args, training_args, *_ = get_train_args(OmegaConf.to_container(told))
    module = load_tokenizer(model_args)
    template = get_template_and_fix_tokenizer(module["tokenizer"], data_args)
    rows = get_dataset(template, model_args, data_args, training_args, stage="sft", **module)["train_dataset"]
    told_rows = []
    for row in rows:
        pictures = template.mm_plugin.get_mm_inputs(
            row["images"], [], [], [len(row["images"])], [0], [0], [row["input_ids"]], module["processor"]
        )
        trained = [label != -100 for label in row["labels"]]
        told_rows.append(seen(module["tokenizer"], row["input_ids"], trained, pictures["image_grid_thw"].tolist()))
    return told_rows


if __name__ == "__main__":
    tell(load)
