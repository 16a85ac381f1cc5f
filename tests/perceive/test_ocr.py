from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.errors import EngineError
from transforms.engines.ocr import OcrLine
from transforms.media.picture import encode_jpeg
from transforms.perceive.ocr import read_screen
from transforms.store import Store

LINES = (OcrLine("GATE 14", (0.1, 0.2, 0.5, 0.3), 0.99), OcrLine("登机口", (0.1, 0.4, 0.5, 0.5), 0.5))


class Counting:
    """Answers with the same lines and counts how often it was asked."""

    def __init__(self, name: str = "counting", fails: bool = False) -> None:
        self.name = name
        self.fails = fails
        self.calls = 0

    @property
    def identity(self) -> dict[str, Any]:
        return {"name": self.name}

    def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
        self.calls += 1
        if self.fails:
            raise EngineError("ocr_failed", "it does not work; try another engine")
        assert rgb.shape == (48, 64, 3)
        return LINES


def picture(store: Store, grey: int) -> str:
    return store.put_blob(encode_jpeg(np.full((48, 64, 3), grey, dtype=np.uint8)))


def test_a_screen_is_read_once(tmp_path: Path) -> None:
    store, ocr = Store(tmp_path), Counting()
    assert read_screen(picture(store, 90), ocr, store) == LINES
    assert read_screen(picture(store, 90), ocr, Store(tmp_path)) == LINES
    assert ocr.calls == 1
    read_screen(picture(store, 91), ocr, store)
    assert ocr.calls == 2


def test_another_engine_reads_again(tmp_path: Path) -> None:
    store, other = Store(tmp_path), Counting("other")
    read_screen(picture(store, 90), Counting(), store)
    assert read_screen(picture(store, 90), other, store) == LINES
    assert other.calls == 1


def test_a_permanent_failure_is_remembered(tmp_path: Path) -> None:
    store, ocr = Store(tmp_path), Counting(fails=True)
    for _ in range(2):
        with pytest.raises(EngineError, match="try another engine"):
            read_screen(picture(store, 90), ocr, store)
    assert ocr.calls == 1
