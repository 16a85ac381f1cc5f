"""Writes one file of a release, whole, and says what it wrote.

`out` is the root of a release on any fsspec location. A file is written aside and then put there whole, so that a
bundle that a runner plays twice, or two at once, cannot leave half of it; the manifest, written last, says what counts.
The bytes depend on the rows alone. Memory is bounded by a row group, whatever the size of the file.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.release import FileEntry
from schemas.settings import DEFAULT_DIALECT, Dialect
from transforms.store import Store
from transforms.write.arrow import SFT, check_row, leaf_columns, schema_of

ROW_GROUP_BYTES = 32_000_000
"""A row group is closed before it grows beyond this. The limit is 100 MB (the Hub's viewer reads whole groups, and
gives up on 300 MB); groups of 32 MB also keep a writer within some 200 MB and make single rows cheap to reach."""

ROW_GROUP_ROWS = 10_000

PICTURE = ".bytes"
"""How the path of a column ends that holds pictures."""


class _Tally:
    """A file that counts and digests what goes through it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._file.write(piece)
        self._digest.update(piece)
        self.size += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def entry(self, path: str, rows: int) -> FileEntry:
        return FileEntry(path, self.size, self._digest.hexdigest(), rows)


@contextmanager
def _whole(out: str, path: str) -> Iterator[_Tally]:
    """Opens `out`/`path` for writing; the file appears only when the block ends well.

    For an object store it is written here first: a file of fsspec's that is open for writing keeps what it has got so
    far also when the block ends badly.
    """
    fs, base = fsspec.core.url_to_fs(out)
    final = f"{base}/{path}"
    local = "file" in (fs.protocol if isinstance(fs.protocol, tuple) else (fs.protocol,))
    if not local:
        with NamedTemporaryFile(prefix="frametrail-") as held:
            yield _Tally(held)
            held.flush()
            fs.put_file(held.name, final)
        return
    Path(final).parent.mkdir(parents=True, exist_ok=True)
    aside = Path(final).with_name(f".{Path(final).name}.{uuid.uuid4().hex}")
    try:
        with aside.open("wb") as file:
            yield _Tally(file)
        os.replace(aside, final)
    finally:
        aside.unlink(missing_ok=True)


def write_text(out: str, path: str, text: str) -> FileEntry:
    """Writes a text file as UTF-8: the card, the report, settings."""
    return write_bytes(out, path, text.encode())


def write_bytes(out: str, path: str, data: bytes) -> FileEntry:
    """Writes a file that is no table: a clip, an index."""
    with _whole(out, path) as file:
        file.write(data)
    return file.entry(path, 0)


def write_frames(out: str, images: Iterable[str], store: Store) -> tuple[FileEntry, ...]:
    """Copies pictures, named by sha256, from the store to `sft/frames/`, each once and in order of name."""
    entries = []
    for sha in sorted(set(images)):
        entries.append(write_bytes(out, f"sft/{frame_path(sha)}", store.blob(sha)))
    return tuple(entries)


def frame_path(sha: str) -> str:
    """Where a picture lies, relative to the folder `sft/`."""
    return f"frames/{sha[:2]}/{sha}.jpg"


def write_jsonl(out: str, path: str, rows: Iterable[Mapping[str, Any]]) -> FileEntry:
    """Writes SFT rows as JSON lines: every key in every line, in the order of the schema, pictures as relative paths.

    Raises:
        ValueError: a row does not fit the schema.
    """
    count = 0
    with _whole(out, path) as file:
        for row in rows:
            check_row({**row, "images": []}, SFT)
            line = {name: row[name] for name in SFT.names} | {"images": [frame_path(sha) for sha in row["images"]]}
            text = json.dumps(line, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            file.write(text.encode() + b"\n")
            count += 1
    return file.entry(path, count)


def write_export(out: str, path: str, rows: Iterable[Mapping[str, Any]]) -> FileEntry:
    """Writes rows of an export as JSON lines: the keys of the first row in every line, and pictures by their paths.

    Raises:
        ValueError: a row has other keys than the first, or something in it is None.
    """
    count = 0
    keys: list[str] = []
    with _whole(out, path) as file:
        for row in rows:
            keys = keys or list(row)
            if list(row) != keys:
                raise ValueError(f"{row.get('id')} has the keys {', '.join(row)}, the first row {', '.join(keys)}")
            if holds_none(row):
                raise ValueError(f"something in {row['id']} is None, which loaders would make a type of its own")
            text = json.dumps(export_line(row), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
            file.write(text.encode() + b"\n")
            count += 1
    return file.entry(path, count)


def export_line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as its line has it: pictures by their paths, relative to the release."""
    return {**row, "images": [f"sft/{frame_path(sha)}" for sha in row["images"]]} if "images" in row else dict(row)


def holds_none(value: Any) -> bool:
    """Whether anything in plain data is None."""
    if isinstance(value, Mapping):
        return any(holds_none(item) for item in value.values())
    return any(holds_none(item) for item in value) if isinstance(value, list) else value is None


def write_parquet(
    out: str, path: str, rows: Iterable[Mapping[str, Any]], store: Store, dialect: Dialect = DEFAULT_DIALECT
) -> FileEntry:
    """Writes the rows of one shard; the folder in `path` picks the schema, and the store holds the pictures.

    zstd for all but pictures, which are compressed already, and whose bytes would else move against zstd's blocks when
    a row comes before them; content-defined chunks, so that a small change of the rows is a small upload; a page index,
    and row groups by bytes.

    Raises:
        ValueError: a row does not fit the schema.
    """
    schema = schema_of(path.split("/")[0], dialect)
    leaves = leaf_columns(schema)
    count = 0
    with _whole(out, path) as file:
        writer = pq.ParquetWriter(
            file,
            schema,
            compression={leaf: "none" if leaf.endswith(PICTURE) else "zstd" for leaf in leaves},
            use_content_defined_chunking=True,
            write_page_index=True,
            use_dictionary=[leaf for leaf in leaves if not leaf.endswith(PICTURE)],
        )
        with writer:
            for group in _groups(rows, schema, store):
                writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))
                count += len(group)
    return file.entry(path, count)


def _groups(rows: Iterable[Mapping[str, Any]], schema: pa.Schema, store: Store) -> Iterator[list[dict[str, Any]]]:
    """The rows with their pictures inside, gathered until a row group is full."""
    group: list[dict[str, Any]] = []
    filled = 0
    for row in rows:
        full = dict(row)
        if "images" in full:
            full["images"] = [{"bytes": store.blob(sha), "path": f"{sha}.jpg"} for sha in full["images"]]
        check_row(full, schema)
        size = _weight(full)
        if group and (filled + size > ROW_GROUP_BYTES or len(group) >= ROW_GROUP_ROWS):
            yield group
            group, filled = [], 0
        group.append(full)
        filled += size
    if group:
        yield group


def _weight(value: Any) -> int:
    """About how many bytes a value takes in a column."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, Mapping):
        return sum(_weight(item) for item in value.values())
    if isinstance(value, list | tuple):
        return sum(_weight(item) for item in value)
    return 8
