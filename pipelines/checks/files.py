"""Checks of the files themselves: nothing lost, nothing foreign, nothing changed, every table in its form."""

import hashlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from pipelines.checks.published import switches
from pipelines.checks.release import Release, split_of
from schemas.trajectory import SCHEMA_VERSION
from transforms.write.arrow import KEYS, SCHEMAS, schema_of
from transforms.write.files import PICTURE
from transforms.write.gather import tables_of
from transforms.write.shards import parse_shard_name

ROW_GROUP_LIMIT = 100_000_000
"""Bytes of a row group, uncompressed. The Hub's viewer reads whole groups and stops at some 300 MB."""

_KEYS = ("schema_version", "dataset", "version", "fingerprint", "code", "engines", "prompts", "inputs", "files")
_ALWAYS = ("README.md", "config.yaml", "report.json", "sft/dataset_info.json")


def manifest(release: Release) -> Iterator[str]:
    """manifest.json has every key, tells where rows come from, and lists the files that every release has."""
    held = release.manifest
    for key in _KEYS:
        if key not in held:
            yield f"manifest.json has no {key!r}"
        elif not held[key]:
            yield f"manifest.json says nothing under {key!r}"
    if held.get("schema_version") != SCHEMA_VERSION:
        yield f"manifest.json is of schema version {held.get('schema_version')}, this program reads {SCHEMA_VERSION}"
    paths = [entry["path"] for entry in held["files"]]
    for path in _ALWAYS:
        if path not in paths:
            yield f"manifest.json does not list {path}"
    if paths != sorted(set(paths)):
        yield "the files in manifest.json are not in order, or listed twice"


def listing(release: Release) -> Iterator[str]:
    """The folder holds exactly the files that the manifest lists."""
    listed = {entry["path"] for entry in release.manifest["files"]} | {"manifest.json"}
    there = {release.relative(path) for path in release.root.rglob("*") if not path.is_dir()}
    for path in sorted(listed - there):
        yield f"{path} is missing"
    for path in sorted(there - listed):
        yield f"{path} is not in manifest.json"


def digests(release: Release) -> Iterator[str]:
    """Every file has the size and sha256 that the manifest gives it."""
    for entry in release.manifest["files"]:
        path = release.root / entry["path"]
        if path.is_file():
            size, found = _digest(path)
            if (size, found) != (entry["bytes"], entry["sha256"]):
                yield f"{entry['path']} has {size} bytes and sha256 {found}, not what manifest.json says"


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def row_counts(release: Release) -> Iterator[str]:
    """Every file has as many rows as the manifest gives it."""
    for entry in release.manifest["files"]:
        path = release.root / entry["path"]
        if path.is_file():
            rows = _count(release, path)
            if rows != entry["rows"]:
                yield f"{entry['path']} has {rows} rows, manifest.json says {entry['rows']}"


def _count(release: Release, path: Path) -> int:
    if path.suffix == ".parquet":
        return release.parquet(path).metadata.num_rows
    if path.suffix == ".jsonl":
        with path.open("rb") as file:
            return sum(1 for _ in file)
    return 0


def schemas(release: Release) -> Iterator[str]:
    """Every parquet file has exactly its folder's schema, so that shards load together and nothing is null unasked."""
    for path in sorted(release.root.rglob("*.parquet")):
        folder = path.parent.name
        if folder not in SCHEMAS:
            yield f"{release.relative(path)} lies in a folder that has no tables"
        elif not _same(release.parquet(path).schema_arrow, schema_of(folder, release.dialect)):
            yield f"{release.relative(path)} does not have the schema of {folder}/"


def _same(found: pa.Schema, wanted: pa.Schema) -> bool:
    """Names, types, what may be null, and the metadata that `datasets` reads; names of list items are no matter."""
    return found.equals(wanted) and (found.metadata or {}) == (wanted.metadata or {})


def layout(release: Release) -> Iterator[str]:
    """Shards are numbered without a gap; parquet is zstd (not pictures), has a page index, row groups under 100 MB."""
    tables = [table for table in tables_of(release.settings.write) if table in SCHEMAS]
    for folder, ext in [
        *((folder, "parquet") for folder in tables),
        *((folder, "jsonl") for folder in ("sft", *release.settings.write.exports)),
    ]:
        paths = release.shards(folder, ext)
        names = [(path, parse_shard_name(path.name)) for path in paths]
        for path, name in names:
            if name is None:
                yield f"{release.relative(path)} is not named like a shard"
        for split, group in groupby((name for _, name in names if name), key=lambda name: name.split):
            numbered = [(name.number, name.count) for name in group]
            if numbered != [(number, len(numbered)) for number in range(len(numbered))]:
                yield f"the shards of {folder}/{split} are not 0 to {len(numbered) - 1} of {len(numbered)}"
        if not paths:
            yield f"{folder}/ has no {ext} file"
        for path in paths if ext == "parquet" else []:
            yield from _layout_of(release, path)


def _layout_of(release: Release, path: Path) -> Iterator[str]:
    metadata = release.parquet(path).metadata
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        columns = [group.column(at) for at in range(group.num_columns)]
        if group.total_byte_size >= ROW_GROUP_LIMIT:
            yield f"{release.relative(path)}: row group {number} has {group.total_byte_size} bytes"
        for column in columns:
            due = "UNCOMPRESSED" if column.path_in_schema.endswith(PICTURE) else "ZSTD"
            if column.compression != due:
                at = f"row group {number}, {column.path_in_schema}"
                yield f"{release.relative(path)}: {at}: {column.compression}, not {due}"
        if not all(column.has_offset_index for column in columns):
            yield f"{release.relative(path)}: row group {number} has no page index"


def sorted_ids(release: Release) -> Iterator[str]:
    """In every table ids are unique, and ascend through the shards of a split: bytes do not depend on arrival."""
    for folder, key in KEYS.items():
        found = ((where, row[key]) for where, row in release.rows(folder, [key]))
        yield from _ascending(found, folder == "rl" and switches(release).validation_is_train)
    yield from _ascending((where, row["id"]) for where, row in release.lines())


def _ascending(found: Iterator[tuple[str, str]], twice: bool = False) -> Iterator[str]:
    """`twice` says that a row may stand in two splits; which may is what `published` looks at."""
    last: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for where, id in found:
        split = split_of(where)
        name = (split if twice else "", id)
        if name in seen:
            yield f"{where}: {id!r} was there before"
        elif split in last and id < last[split]:
            yield f"{where}: {id!r} comes after {last[split]!r}"
        seen.add(name)
        last[split] = id
