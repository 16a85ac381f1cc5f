"""A version that shares rows re-sends little: counted in chunks, cut as the Hub's storage cuts them.

Xet cuts files by content (a gear hash over the last 64 bytes, chunks of 8 to 128 KiB, 64 KiB on the average) and keeps
each chunk once. hf_xet does it behind a server's back, so it is done here once more, in a few lines.
"""

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from schemas.codec import sha256
from schemas.release import FileEntry
from tests.trajectories import Tiny
from transforms.publish.tar import Tar
from transforms.store import Store
from transforms.write.files import write_parquet
from transforms.write.rows import sft_row

LEAST, MOST, MASK = 8 * 1024, 128 * 1024, np.uint64(0xFFFF) << np.uint64(48)
FRAME = 60_000
PIECE = 32 * 1024
GEAR = np.random.default_rng(7).integers(0, 2**64, 256, dtype=np.uint64)


def cuts(data: bytes) -> "np.ndarray[Any, Any]":
    """Where a chunk may end. In pieces that stay in the processor's cache, each with the 63 bytes before it."""
    found = []
    for start in range(0, len(data), PIECE):
        before = min(63, start)
        hashes = GEAR[np.frombuffer(data[start - before : start + PIECE], np.uint8)]
        for shift in (1, 2, 4, 8, 16, 32):  # a gear hash of n bytes and one of the n before make one of 2n
            hashes[shift:] = hashes[shift:] + (hashes[:-shift] << np.uint64(shift))
        found.append(np.flatnonzero((hashes[before:] & MASK) == 0) + start + 1)
    return np.concatenate(found)


def chunks(data: bytes) -> dict[str, int]:
    """Digest → size of every chunk."""
    ends = cuts(data)
    found, start = {}, 0
    while start < len(data):
        at = np.searchsorted(ends, start + LEAST)
        end = min(len(data), start + MOST, int(ends[at]) if at < len(ends) else len(data))
        found[sha256(data[start:end])] = end - start
        start = end
    return found


def test_chunks_are_cut_by_content() -> None:
    data = random.Random(3).randbytes(3_000_000)
    cut, moved = chunks(data), chunks(b"another beginning" + data)
    assert sum(cut.values()) == len(data)
    assert 20 < len(cut) < 100
    assert len(set(moved) - set(cut)) <= 2


@pytest.fixture(scope="module")
def rows(store: Store, records: Tiny) -> list[dict[str, Any]]:
    """60 rows with eight frames of noise each, 60 kB a frame: 29 MB."""
    chance = random.Random(5)
    like = sft_row(records.chosen[0], 1.0)
    frames = [[store.put_blob(chance.randbytes(FRAME)) for _ in range(8)] for _ in range(60)]
    return [{**like, "id": f"{chance.getrandbits(64):016x}", "images": images} for images in frames]


def written(folder: Path, rows: list[dict[str, Any]], store: Store) -> bytes:
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    write_parquet(str(folder), "sft_parquet/train-00000-of-00001.parquet", ordered, store)
    return (folder / "sft_parquet/train-00000-of-00001.parquet").read_bytes()


def new_share(before: bytes, after: bytes) -> float:
    """Bytes in chunks that the storage does not have yet, of all bytes of the new file."""
    had, has = chunks(before), chunks(after)
    return sum(size for digest, size in has.items() if digest not in had) / len(after)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory, store: Store, rows: list[dict[str, Any]]) -> tuple[bytes, bytes]:
    """The table without and with the last 3 rows, which lie apart from each other by id."""
    folder = tmp_path_factory.mktemp("versions")
    return written(folder / "a", rows[:57], store), written(folder / "b", rows, store)


def test_a_version_that_shares_rows_has_few_new_chunks(versions: tuple[bytes, bytes]) -> None:
    """3 of 60 rows are new: each is sent, and the page (at most 1 MiB) that it came into."""
    before, after = versions
    assert len(after) > 28_000_000
    assert 3 / 60 <= new_share(before, after) < 0.2
    assert new_share(before, before) == 0


def test_without_cuts_by_content_most_is_new(versions: tuple[bytes, bytes]) -> None:
    """The same two tables as a plain writer writes them, so that the measure is seen to tell the two apart."""
    plain = [io.BytesIO(), io.BytesIO()]
    for data, out in zip(versions, plain, strict=True):
        pq.write_table(pq.read_table(io.BytesIO(data)), out, compression="zstd")
    assert new_share(plain[0].getvalue(), plain[1].getvalue()) > 0.5


def test_tars_share_the_frames_that_two_versions_have(tmp_path: Path, store: Store, rows: list[dict[str, Any]]) -> None:
    """A frame in 24 is new, so that hardly two new ones are neighbours."""
    blobs = sorted({sha for row in rows for sha in row["images"]})
    for sha in blobs:
        (tmp_path / sha).write_bytes(store.blob(sha))
    entries = [FileEntry(sha, FRAME, sha) for sha in blobs]
    before, after = io.BytesIO(), io.BytesIO()
    Tar(tmp_path, tuple(entry for number, entry in enumerate(entries) if number % 24)).write(before)
    Tar(tmp_path, tuple(entries)).write(after)
    assert 1 / 24 <= new_share(before.getvalue(), after.getvalue()) < 0.15
