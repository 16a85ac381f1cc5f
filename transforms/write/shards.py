"""Which rows go into which file: by id and size alone, so that neither the engine nor the order of arrival matters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from schemas.release import Shard

_NAME = re.compile(r"(?P<split>\w+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.(?P<ext>jsonl|parquet)")


@dataclass(frozen=True, slots=True)
class ShardName:
    """The parts of a shard's file name."""

    split: str
    number: int
    count: int
    ext: str


def plan_shards(
    rows: Iterable[tuple[str, int, Any]], target_bytes: int, folder: str, split: str, ext: str
) -> list[Shard]:
    """Cuts the rows of one split, given as (id, size in bytes, ref), into files in order of id.

    A file takes rows as long as their sizes sum to at most `target_bytes`, and at least one. No rows give one empty
    file, so that a table that happens to be empty can still be read.

    Raises:
        ValueError: two rows have the same id.
    """
    ordered = sorted(rows, key=lambda row: row[0])
    for (before, _, _), (after, _, _) in zip(ordered, ordered[1:], strict=False):
        if before == after:
            raise ValueError(f"two rows of {folder}/{split} have the id {before!r}")
    groups: list[list[Any]] = [[]]
    filled = 0
    for _, size, ref in ordered:
        if groups[-1] and filled + size > target_bytes:
            groups.append([])
            filled = 0
        groups[-1].append(ref)
        filled += size
    shards, first = [], 0
    for number, refs in enumerate(groups):
        path = f"{folder}/{split}-{number:05d}-of-{len(groups):05d}.{ext}"
        shards.append(Shard(path, first, tuple(refs)))
        first += len(refs)
    return shards


def parse_shard_name(name: str) -> ShardName | None:
    """The parts of a file name such as `train-00000-of-00003.parquet`; None when it is not the name of a shard."""
    found = _NAME.fullmatch(name)
    return ShardName(found["split"], int(found["number"]), int(found["count"]), found["ext"]) if found else None
