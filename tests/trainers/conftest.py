"""A release, a model's folder, and loaders that run in the environments of the trainers."""

import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.builds import ROOT, frametrail
from tests.dialects.chat_templates import parts, template
from tests.trainers.environments import is_ready, python_of
from tests.trainers.tiny_model import write_model

Told = list[dict[str, Any]]
Load = Callable[..., Told]


@dataclass(frozen=True, slots=True)
class Release:
    """A release, and what its card says to write for a trainer."""

    folder: Path

    def shard(self, table: str) -> Path:
        """The first file of a table."""
        return next(path for path in sorted((self.folder / table).iterdir()) if path.stem.endswith("-of-00001"))

    def lines(self, start: str) -> list[str]:
        """Lines of the card that begin so, with the folder filled in."""
        card = (self.folder / "README.md").read_text(encoding="utf-8").splitlines()
        found = [line.replace("RELEASE", str(self.folder)) for line in card if line.startswith(start)]
        assert found, start
        return found


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory, warm_work: Path) -> Release:
    """The one that `RELEASE` names, or the demo of one video, built anew."""
    if given := os.environ.get("RELEASE"):
        return Release(Path(given).resolve())
    out = tmp_path_factory.mktemp("release")
    words = ("--limit", "1", "--out", out, "--work", warm_work)
    done = frametrail("build", "demo", "-c", ROOT / "datasets.yaml", *words)
    assert done.returncode == 0, done.stderr
    (built,) = (out / "demo").glob("1.0.0+*")
    return Release(built)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="session")
def rows(release: Release) -> Told:
    """What a trainer is to make of the SFT rows: the text is what Qwen3-VL's chat template writes, and everything that
    the assistant says is trained, with the end of its turn."""
    found = []
    for row in pq.read_table(release.shard("sft_parquet")).to_pylist():
        said = [one["content"] for one in row["messages"] if one["role"] == "assistant"]
        found.append(
            {
                "text": as_written(row["messages"]),
                "trained": [f"{content}<|im_end|>\n" for content in said],
                "pictures": len(row["images"]),
                "fits": True,
            }
        )
    assert found
    return found


def as_written(messages: list[dict[str, str]], ask: bool = False) -> str:
    """The text of a conversation by the chat template; `ask` ends it where the assistant is to speak."""
    given = [{**one, "content": parts(one["content"])} for one in messages]
    return template("qwen3_vl").render(messages=given, add_generation_prompt=ask)


@pytest.fixture(scope="session")
def load(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Runs a loader in the environment of its trainer, in a folder of its own unless one is named."""

    def run(trainer: str, loader: str, *words: str | Path, cwd: Path | None = None) -> Told:
        if not is_ready(trainer):
            pytest.skip(f"the environment of {trainer} is not here: make test-trainers makes it")
        scratch = tmp_path_factory.mktemp(loader)
        told = scratch / "told.json"
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "HF_HOME": str(scratch / "hub"),
            "MODELSCOPE_CACHE": str(scratch / "hub"),
            "HF_HUB_OFFLINE": "1",
            "USE_HF": "1",
        }
        done = subprocess.run(
            [python_of(trainer), "-P", "-m", f"tests.trainers.loaders.{loader}", told, model, *words],
            cwd=cwd or scratch,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        found: Told = json.loads(told.read_text(encoding="utf-8"))
        return found

    return run
