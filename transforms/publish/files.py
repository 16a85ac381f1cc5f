"""Which files of a release go into which repository.

One that `datasets` can load holds either parquet or jsonl: it infers how to read from the first config, and the others
would then fail. So parquet makes one repository, and jsonl with its frames, when it is asked for, a second one, with
everything that a release has and the first one has not.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from schemas.codec import sha256
from schemas.release import FileEntry
from transforms.publish.tar import Tar

Form = Literal["parquet", "jsonl"]
Content = bytes | Path | Tar

TABLES = ("sft_parquet", "rl", "trajectories", "timelines", "rejects", "calls")
ORIGIN = ("config.yaml", "report.json")
"""What says how the release was made; it goes along everywhere."""
FRAMES = "sft/frames/"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file as a repository has it. `source` is its bytes, the path it lies at, or what makes a tar."""

    path: str
    bytes: int
    sha256: str
    source: Content
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Repository:
    """What a repository holds at `tag`, all of it."""

    id: str
    tag: str
    files: tuple[Outgoing, ...]

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


def entries_of(manifest: Mapping[str, Any], form: Form) -> list[FileEntry]:
    """The files of a release that go into the repository of that form as they are."""
    fits = _is_table if form == "parquet" else _is_lines
    entries = (FileEntry(**entry) for entry in manifest["files"])
    return [entry for entry in entries if entry.path in ORIGIN or fits(entry.path)]


def frames_of(manifest: Mapping[str, Any]) -> list[FileEntry]:
    """The frames that lie loose in a release, in order of name."""
    return [FileEntry(**entry) for entry in manifest["files"] if entry["path"].startswith(FRAMES)]


def others_of(manifest: Mapping[str, Any]) -> list[FileEntry]:
    """What rows of a form name besides frames (clips, the files about a video), in order of name."""
    entries = [FileEntry(**entry) for entry in manifest["files"]]
    known = {*ORIGIN, "README.md"}
    return [
        one
        for one in entries
        if not (one.path in known or one.path.startswith(FRAMES) or _is_table(one.path) or _is_lines(one.path))
    ]


def _is_table(path: str) -> bool:
    return path.split("/")[0] in TABLES and path.endswith(".parquet")


def _is_lines(path: str) -> bool:
    return path.endswith((".jsonl", "/dataset_info.json"))


def as_it_is(root: Path, entry: FileEntry) -> Outgoing:
    return Outgoing(entry.path, entry.bytes, entry.sha256, root / entry.path, entry.rows)


def made(path: str, content: str | bytes) -> Outgoing:
    """A file that only the repository has."""
    data = content.encode() if isinstance(content, str) else content
    return Outgoing(path, len(data), sha256(data), data)


def as_tar(path: str, tar: Tar) -> Outgoing:
    size, digest = tar.measure()
    return Outgoing(path, size, digest, tar)


def repository_manifest(
    manifest: Mapping[str, Any], released: str, id: str, tag: str, files: Sequence[Outgoing]
) -> Outgoing:
    """manifest.json of a repository: the release's own, but with the files that this repository has.

    `released` is the sha256 of the release's manifest.json. The file does not list itself.
    """
    held = {key: value for key, value in manifest.items() if key != "files"}
    listed = [
        asdict(FileEntry(file.path, file.bytes, file.sha256, file.rows)) for file in sorted(files, key=lambda f: f.path)
    ]
    published = {"repository": id, "tag": tag, "release_manifest_sha256": released}
    text = json.dumps({**held, "published": published, "files": listed}, ensure_ascii=False, indent=1) + "\n"
    return made("manifest.json", text)


def read_manifest(content: bytes) -> dict[str, Any]:
    """A manifest.json that lies on the Hub; nothing where it is none of ours."""
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    known = isinstance(found, dict) and isinstance(found.get("files"), list)
    return found if known and all(isinstance(one, dict) and "path" in one for one in found["files"]) else {}


def dataset_of(repository: Repository) -> str:
    """The dataset whose release a repository is to hold, as its manifest.json names it."""
    (manifest,) = (file.source for file in repository.files if file.path == "manifest.json")
    assert isinstance(manifest, bytes)
    return str(json.loads(manifest)["dataset"])


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as the Hub tells of it: `sha256` where it is in large file storage, else git's own digest `blob`."""

    path: str
    bytes: int
    blob: str
    sha256: str = ""


def differences(files: Iterable[Outgoing], remote: Iterable[Remote]) -> dict[str, str]:
    """Path → what is wrong with it there (`missing`, `other bytes`, `not in the release`); empty when all is well.

    The Hub's own `.gitattributes` is nobody's.
    """
    there = {file.path: file for file in remote}
    wrong = {}
    for file in files:
        found = there.pop(file.path, None)
        if found is None:
            wrong[file.path] = "missing"
        elif not _same(file, found):
            wrong[file.path] = "other bytes"
    return wrong | {path: "not in the release" for path in there if path != ".gitattributes"}


def _same(file: Outgoing, found: Remote) -> bool:
    if file.bytes != found.bytes:
        return False
    return found.sha256 == file.sha256 if found.sha256 else found.blob == _git_blob(file)


def _git_blob(file: Outgoing) -> str:
    """Git's digest of a small file; a large one is never kept as a blob."""
    data = file.source if isinstance(file.source, bytes) else b""
    if isinstance(file.source, Path):
        data = file.source.read_bytes()
    elif isinstance(file.source, Tar):
        return ""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
