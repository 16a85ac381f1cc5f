"""A finished release on disk, read a few rows at a time."""

import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ruamel.yaml import YAML

from schemas.release import ReleaseInfo
from schemas.settings import Dataset, Dialect, ExportName
from schemas.trajectory import Trajectory
from transforms.write.arrow import leaf_columns, schema_of
from transforms.write.rows import trajectory_from_row
from transforms.write.shards import parse_shard_name

BATCH_ROWS = 64
"""Rows that are Python objects at the same time; Arrow holds one row group."""

_CACHED_GROUPS = 2
_OPEN_FILES = 32

Row = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """`where` in what the methods give is `file:row`, rows counted from 0."""

    root: Path
    _groups: "OrderedDict[tuple[Path, int], pa.Table]" = field(default_factory=OrderedDict)
    _files: "OrderedDict[Path, pq.ParquetFile]" = field(default_factory=OrderedDict)

    @cached_property
    def manifest(self) -> Row:
        return json.loads(self.text("manifest.json"))

    @cached_property
    def report(self) -> Row:
        return json.loads(self.text("report.json"))

    @cached_property
    def info(self) -> ReleaseInfo:
        """What the manifest says that every part of the release agrees on."""
        held, code = self.manifest, self.manifest["code"]
        named = (tuple(held.get(key, {}).items()) for key in ("engines", "prompts", "inputs"))
        return ReleaseInfo(
            held["dataset"], held["version"], held["fingerprint"], code["version"], code["digest"], *named
        )

    @cached_property
    def settings(self) -> Dataset:
        """The settings in config.yaml.

        Raises:
            OSError, KeyError, TypeError, ValueError: there are none under the release's name, or they do not fit.
        """
        held = YAML(typ="safe").load(self.text("config.yaml"))
        return Dataset.model_validate(held["datasets"][self.manifest["dataset"]])

    @cached_property
    def dialect(self) -> Dialect:
        """How its rows are spelled; the default's way where its settings cannot be read, which a check tells of."""
        try:
            return self.settings.write.dialect
        except (OSError, KeyError, TypeError, ValueError):
            return Dialect()

    @cached_property
    def exports(self) -> tuple[ExportName, ...]:
        """The exports it has by its settings; none where those cannot be read."""
        try:
            return self.settings.write.exports
        except (OSError, KeyError, TypeError, ValueError):
            return ()

    def text(self, name: str) -> str:
        """A text file as it was written: UTF-8 wherever this runs, line ends as they are."""
        return (self.root / name).read_bytes().decode("utf-8")

    def shards(self, folder: str, ext: str = "parquet") -> list[Path]:
        return sorted((self.root / folder).glob(f"*.{ext}"))

    def relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def rows(self, folder: str, columns: Sequence[str] | None = None) -> Iterator[tuple[str, Row]]:
        """All rows of a parquet folder in order, with some columns or all but the bytes of pictures."""
        for path in self.shards(folder):
            yield from self.rows_of(path, columns)

    def rows_of(self, path: Path, columns: Sequence[str] | None = None) -> Iterator[tuple[str, Row]]:
        if columns is None:
            columns = [
                leaf for leaf in leaf_columns(schema_of(path.parent.name, self.dialect)) if not leaf.endswith(".bytes")
            ]
        at = 0
        file = self.parquet(path)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=list(columns), use_threads=False)
            for batch in table.to_batches(max_chunksize=BATCH_ROWS):
                for row in batch.to_pylist():
                    yield f"{self.relative(path)}:{at}", row
                    at += 1

    def parquet(self, path: Path) -> pq.ParquetFile:
        """The file, open. Every check reads every table, and opening costs as much as reading a small one."""
        if path not in self._files:
            self._files[path] = pq.ParquetFile(path)
            while len(self._files) > _OPEN_FILES:
                self._files.popitem(last=False)
        return self._files[path]

    def lines(self) -> Iterator[tuple[str, Row]]:
        """All rows of the SFT jsonl files in order."""
        for path in self.shards("sft", "jsonl"):
            yield from self.lines_of(path)

    def export_lines(self) -> Iterator[tuple[str, Row]]:
        """All rows of all exports."""
        for name in self.exports:
            for path in self.shards(name, "jsonl"):
                yield from self.lines_of(path)

    def lines_of(self, path: Path) -> Iterator[tuple[str, Row]]:
        with path.open(encoding="utf-8") as file:
            for at, line in enumerate(file):
                yield f"{self.relative(path)}:{at}", json.loads(line)

    def trajectories(self) -> Iterator[tuple[str, Trajectory]]:
        for where, row in self.rows("trajectories"):
            yield where, trajectory_from_row(row)

    def trajectory(self, id: str) -> Trajectory | None:
        """One record by id. Its row group stays in memory, because neighbours are asked for next."""
        if id not in self._index:
            return None
        path, group, row = self._index[id]
        if (path, group) not in self._groups:
            self._groups[path, group] = self.parquet(path).read_row_group(group, use_threads=False)
            while len(self._groups) > _CACHED_GROUPS:
                self._groups.popitem(last=False)
        return trajectory_from_row(self._groups[path, group].slice(row, 1).to_pylist()[0])

    @cached_property
    def _index(self) -> dict[str, tuple[Path, int, int]]:
        found: dict[str, tuple[Path, int, int]] = {}
        for path in self.shards("trajectories"):
            file = self.parquet(path)
            for group in range(file.num_row_groups):
                ids = file.read_row_group(group, columns=["id"], use_threads=False)["id"].to_pylist()
                found.update((id, (path, group, row)) for row, id in enumerate(ids))
        return found


def split_of(where: str) -> str:
    """The split that a row's file name says."""
    name = parse_shard_name(where.rsplit(":", 1)[0].rsplit("/", 1)[-1])
    return name.split if name else ""
