"""Puts the replies that a release carries into a store, so that it can be built again without asking anyone."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.errors import SettingsError
from transforms.calls import wrong_call
from transforms.store import Store
from transforms.write.arrow import CALLS

BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Imported:
    """Replies that were put into the store, and those it had already, which stay as they are."""

    added: int
    held: int


def import_calls(release: Path, store: Store) -> Imported:
    """Imports `calls/` of a finished release, all of it or nothing.

    Raises:
        SettingsError: `no_calls`, the release has none; `bad_calls`, a file is not what its manifest says, or holds
            something else than replies.
    """
    files = list(_checked_files(release))
    for key, entry in _rows(files):
        wrong = wrong_call(key, entry)
        if wrong:
            raise SettingsError("bad_calls", f"{release / 'calls'}: {wrong}; nothing was imported")
    new = [store.put_entry(key, entry) for key, entry in _rows(files)]
    return Imported(sum(new), len(new) - sum(new))


def _checked_files(release: Path) -> Iterator[Path]:
    """The files of `calls/`, each of which is what the manifest says."""
    try:
        manifest: dict[str, Any] = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
        listed = [
            (str(entry["path"]), str(entry["sha256"]))
            for entry in manifest["files"]
            if entry["path"].startswith("calls/")
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(
            "bad_calls", f"{release / 'manifest.json'} is no manifest of a release; fetch the release again"
        ) from None
    if not listed:
        raise SettingsError("no_calls", f"{release} carries no replies: it was built without `write: {{calls: true}}`")
    for path, sha256 in listed:
        file = release / path
        if ".." in Path(path).parts or not file.is_file():
            raise SettingsError("bad_calls", f"{file}, which manifest.json lists, is missing; fetch the release again")
        with file.open("rb") as data:
            found = hashlib.file_digest(data, "sha256").hexdigest()
        if found != sha256:
            raise SettingsError(
                "bad_calls",
                f"{file} has the sha256 {found}, manifest.json says {sha256}: it is damaged or was changed; fetch it"
                " again. Nothing was imported",
            )
        yield file


def _rows(files: list[Path]) -> Iterator[tuple[str, str]]:
    for file in files:
        try:
            parquet = pq.ParquetFile(file)
        except pa.ArrowException:
            raise SettingsError("bad_calls", f"{file} is no parquet file; nothing was imported") from None
        if not parquet.schema_arrow.equals(CALLS):
            raise SettingsError("bad_calls", f"{file} does not have the columns of calls/; nothing was imported")
        for batch in parquet.iter_batches(BATCH_ROWS, columns=["id", "entry_json"]):
            for row in batch.to_pylist():
                yield row["id"], row["entry_json"]
