"""Frames in tar files: a few large files instead of thousands, whose bytes depend on the frames alone."""

import hashlib
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.release import FileEntry

_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Tar:
    """The files of a release that one tar holds, under the paths they have in the release."""

    root: Path
    members: tuple[FileEntry, ...]

    def write(self, file: Any) -> None:
        """Writes the tar to a binary file: no clock, no owner, in the order given."""
        with tarfile.open(mode="w|", fileobj=file, format=tarfile.PAX_FORMAT) as tar:
            for member in self.members:
                info = tarfile.TarInfo(member.path)
                info.size = member.bytes
                with (self.root / member.path).open("rb") as data:
                    tar.addfile(info, data)

    def measure(self) -> tuple[int, str]:
        """Its size in bytes and its sha256, without writing it anywhere."""
        tally = _Tally()
        self.write(tally)
        return tally.size, tally.digest.hexdigest()


class _Tally:
    def __init__(self) -> None:
        self.size, self.digest = 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self.digest.update(data)
        return len(data)


def plan_tars(root: Path, members: Sequence[FileEntry], most_bytes: int) -> list[Tar]:
    """Cuts files, in order, into tars of at most `most_bytes`, each with at least one file."""
    groups: list[list[FileEntry]] = []
    filled = most_bytes + 1
    for member in members:
        size = _BLOCK + -(-member.bytes // _BLOCK) * _BLOCK
        if filled + size > most_bytes:
            groups.append([])
            filled = 0
        groups[-1].append(member)
        filled += size
    return [Tar(root, tuple(group)) for group in groups]
