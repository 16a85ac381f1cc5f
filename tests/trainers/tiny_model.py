"""The folder of a model without the model: what loaders read of one, small enough to write at every run.

It is Qwen3-VL's as far as a loader can tell: the class of its processor, its special tokens under their own numbers,
and its chat template, which comes from the package trl. A token of text is one byte, so that decoding gives it back.
"""

import json
from pathlib import Path
from typing import Any

from tests.dialects.chat_templates import template_file

SPECIAL = {
    "<|endoftext|>": 151643,
    "<|im_start|>": 151644,
    "<|im_end|>": 151645,
    "<|vision_start|>": 151652,
    "<|vision_end|>": 151653,
    "<|vision_pad|>": 151654,
    "<|image_pad|>": 151655,
    "<|video_pad|>": 151656,
}
"""Qwen's own numbers: ms-swift knows that of `<|image_pad|>` by heart."""

PATCH = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2}
PIXELS = {"shortest_edge": 64 * 64, "longest_edge": 96 * 96}
"""Bounds on the area of a picture: small, so that one is a handful of tokens."""


def write_model(folder: Path) -> Path:
    """Writes the files of a processor and the settings of a model into `folder`."""
    picture = {
        **PATCH,
        "size": PIXELS,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "do_resize": True,
        "do_convert_rgb": True,
        "processor_class": "Qwen3VLProcessor",
    }
    tokens = {
        "tokenizer_class": "Qwen2TokenizerFast",
        "processor_class": "Qwen3VLProcessor",
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "model_max_length": 1 << 20,
        "clean_up_tokenization_spaces": False,
    }
    files: dict[str, Any] = {
        "tokenizer.json": _tokenizer(),
        "tokenizer_config.json": tokens,
        "preprocessor_config.json": {**picture, "image_processor_type": "Qwen2VLImageProcessorFast"},
        "video_preprocessor_config.json": {**picture, "video_processor_type": "Qwen3VLVideoProcessor"},
        "config.json": {
            "architectures": ["Qwen3VLForConditionalGeneration"],
            "model_type": "qwen3_vl",
            "image_token_id": SPECIAL["<|image_pad|>"],
            "video_token_id": SPECIAL["<|video_pad|>"],
            "vision_start_token_id": SPECIAL["<|vision_start|>"],
            "vision_end_token_id": SPECIAL["<|vision_end|>"],
            "text_config": {"model_type": "qwen3_vl_text"},
            "vision_config": {"model_type": "qwen3_vl"},
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "chat_template.jinja").write_text(template_file("qwen3_vl").read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def _tokenizer() -> dict[str, Any]:
    """BPE over bytes with no merges, so a token is a byte."""
    added = [
        {
            "id": number,
            "content": text,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for text, number in SPECIAL.items()
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {text: number for number, text in enumerate(_vocabulary())},
            "merges": [],
        },
    }


def _vocabulary() -> list[str]:
    """Tokens by number: bytes, the special ones at their places, and names that nothing is written with between."""
    named = {number: text for text, number in SPECIAL.items()}
    return _letters() + [named.get(number, f"<unused {number}>") for number in range(256, max(named) + 1)]


def _letters() -> list[str]:
    """The letter that stands for each byte in byte-level BPE: itself where that can be printed, else one over 255."""
    printed = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in printed else next(others)) for byte in range(256)]
