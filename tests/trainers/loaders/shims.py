"""Lets trainers be imported where a package of theirs is built for another PyTorch. Import it before them."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch

_kept: list[Any] = []  # a library's operators live as long as it does


def allow_torchvision() -> None:
    """torchvision's own operators are missing beside a PyTorch without CUDA; importing it needs their names alone.

    Reading pictures from files with `torchvision.io` stays impossible.
    """
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _kept.append(library)


def allow_torchaudio() -> None:
    """LLaMA-Factory imports torchaudio whether there is sound or not."""
    module = ModuleType("torchaudio")
    module.__spec__ = ModuleSpec("torchaudio", None)
    sys.modules.setdefault("torchaudio", module)


allow_torchvision()
