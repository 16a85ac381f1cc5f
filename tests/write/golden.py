"""What every export makes of one release, to be read: `python -m tests.write.golden` writes the files anew.

One file per export under tests/write/golden/, indented, an entry per row of one conversation or question.
"""

import tempfile
from pathlib import Path
from typing import Any, get_args

from schemas.settings import Dataset, ExportName
from tests.trajectories import DATASET, read_lines, tiny, write_release
from transforms.store import Store
from transforms.write.manifest import to_text

FOLDER = Path(__file__).with_name("golden")

SHARD = "validation-00000-of-00001.jsonl"
OF_VIDEOS = "full-00000-of-00001.jsonl"
"""The file of an export that is about videos, which have no splits."""

ALL: tuple[ExportName, ...] = get_args(ExportName)


def exporting(*exports: ExportName, **settings: Any) -> Dataset:
    """The tiny release's entry, with exports and other settings of `write`."""
    write = DATASET.write.model_validate({"exports": exports, **settings})
    return DATASET.model_copy(update={"write": write})


def made(folder: Path) -> dict[str, str]:
    """Export → its golden file, of a release in `folder`: the rows with the first id of the smaller split."""
    store = Store(folder / "store")
    write_release(folder / "out", store, tiny(store), dataset=exporting(*ALL))
    return {name: to_text(_first(read_lines(folder / "out" / name / shard_of(name)))) for name in ALL}


def shard_of(name: ExportName) -> str:
    """The smaller file of an export in the tiny release; times are asked for in the other one alone."""
    if name == "grounding":
        return SHARD.replace("validation", "train")
    return OF_VIDEOS if name == "artifacts" else SHARD


def _first(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in rows if row["id"] == rows[0]["id"]]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        FOLDER.mkdir(exist_ok=True)
        for name, text in made(Path(work)).items():
            (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
