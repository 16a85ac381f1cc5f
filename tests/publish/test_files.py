"""What goes where, tars, and what counts as the same file."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.publish import Wanted, prepare
from schemas.codec import sha256
from schemas.release import FileEntry
from schemas.settings import Write
from tests.publish.conftest import TAUGHT
from transforms.publish.files import (
    Outgoing,
    Remote,
    Repository,
    as_it_is,
    differences,
    entries_of,
    frames_of,
    made,
)
from transforms.publish.tar import Tar, plan_tars


def test_parquet_and_jsonl_never_share_a_repository(ready: list[Repository], release: Path) -> None:
    parquet, jsonl = ({file.path for file in repository.files} for repository in ready)
    assert {path.rsplit(".", 1)[1] for path in parquet} == {"parquet", "md", "json", "yaml", "png"}
    assert {path.rsplit(".", 1)[1] for path in jsonl} == {"jsonl", "tar", "md", "json", "yaml", "png"}
    manifest = json.loads((release / "manifest.json").read_text())
    paths = {entry["path"] for entry in manifest["files"]}
    assert paths - parquet - jsonl == {entry.path for entry in frames_of(manifest)}
    assert {"sft_parquet", "rl", "trajectories", "timelines", "rejects"} < {path.split("/")[0] for path in parquet}
    assert {"sft", "swift", "sharegpt"} < {path.split("/")[0] for path in jsonl}


def test_every_file_of_a_repository_is_in_its_manifest(ready: list[Repository], release: Path) -> None:
    released = json.loads((release / "manifest.json").read_text())
    for repository in ready:
        manifest = next(file.source for file in repository.files if file.path == "manifest.json")
        assert isinstance(manifest, bytes)
        held = json.loads(manifest)
        listed = {entry["path"]: (entry["bytes"], entry["sha256"]) for entry in held.pop("files")}
        there = {file.path: (file.bytes, file.sha256) for file in repository.files if file.path != "manifest.json"}
        assert listed == there
        assert held.pop("published") == {
            "repository": repository.id,
            "tag": "v1.0.0",
            "release_manifest_sha256": sha256((release / "manifest.json").read_bytes()),
        }
        assert held == {key: value for key, value in released.items() if key != "files"}


def test_tars_hold_every_frame_under_its_path(ready: list[Repository], release: Path) -> None:
    found: dict[str, bytes] = {}
    for file in ready[1].files:
        if isinstance(file.source, Tar):
            data = io.BytesIO()
            file.source.write(data)
            assert (len(data.getvalue()), sha256(data.getvalue())) == (file.bytes, file.sha256)
            data.seek(0)
            with tarfile.open(fileobj=data) as tar:
                for member in tar:
                    assert (member.mtime, member.uid, member.gid, member.uname, member.mode) == (0, 0, 0, "", 0o644)
                    held = tar.extractfile(member)
                    assert held is not None
                    found[member.name] = held.read()
    frames = sorted((release / "sft/frames").rglob("*.jpg"))
    assert len(frames) > 3
    assert found == {path.relative_to(release).as_posix(): path.read_bytes() for path in frames}


def test_what_a_form_names_besides_frames_goes_along(build: Callable[..., Path]) -> None:
    """Clips, and the files about a video: all that a release has is in one of its repositories or of its tars."""
    write = Write(exports=("clips", "artifacts"), license="CC-BY-4.0")
    release = build(dataset=TAUGHT.model_copy(update={"write": write}))
    repositories = prepare(release, Wanted("me/tiny", "me/tiny-jsonl"))
    there = {file.path for repository in repositories for file in repository.files}
    inside = {
        member.path: file.path.rsplit("-", 3)[0]
        for file in repositories[1].files
        if isinstance(file.source, Tar)
        for member in file.source.members
    }
    released = {entry["path"] for entry in json.loads((release / "manifest.json").read_text())["files"]}
    assert there & set(inside) == set()
    assert released - there - set(inside) == set()
    assert {name for path, name in inside.items() if path.startswith("sft/frames/")} == {"frames"}
    (lines,) = (release / "clips").glob("train-*.jsonl")
    named = {uri for line in lines.read_text().splitlines() for uri in json.loads(line)["videos"] if "://" not in uri}
    clips = {path for path in named if path.startswith("clips/cropped_video/")}
    assert len(clips) > 1
    assert {inside[path] for path in clips} == {"files"}
    assert any(path.startswith("artifacts/") and path.endswith(".srt") for path in inside)


def test_tars_do_not_depend_on_when_files_were_written(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 700)
    tar = Tar(tmp_path, (FileEntry("a", 700, ""),))
    first = tar.measure()
    os.utime(tmp_path / "a", (1, 1))
    (tmp_path / "a").chmod(0o600)
    assert tar.measure() == first


def test_names_of_any_length_and_language_fit_into_a_tar(tmp_path: Path) -> None:
    """As files about a video have them."""
    names = ["a" * 150, f"{'b' * 120}/{'c' * 180}", "küche/日本"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    tar, data = Tar(tmp_path, tuple(FileEntry(name, 1, "") for name in names)), io.BytesIO()
    tar.write(data)
    assert tar.measure() == (len(data.getvalue()), sha256(data.getvalue()))
    data.seek(0)
    with tarfile.open(fileobj=data) as held:
        assert held.getnames() == names


@pytest.mark.parametrize(
    "most, groups", [(1, [[0], [1], [2]]), (3072, [[0, 1], [2]]), (4608, [[0, 1, 2]]), (3071, [[0], [1], [2]])]
)
def test_tars_are_cut_by_size(tmp_path: Path, most: int, groups: list[list[int]]) -> None:
    entries = [FileEntry(str(number), 1000, "") for number in range(3)]
    assert [[int(entry.path) for entry in tar.members] for tar in plan_tars(tmp_path, entries, most)] == groups


def test_no_frames_make_no_tar(tmp_path: Path) -> None:
    assert plan_tars(tmp_path, [], 100) == []


def remote(file: Outgoing, data: bytes, large: bool) -> Remote:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    return Remote(file.path, len(data), "0" * 40 if large else blob, sha256(data) if large else "")


@pytest.mark.parametrize("large", [True, False])
@pytest.mark.parametrize("kept", ["bytes", "file"])
def test_a_file_is_the_same_by_size_and_digest(tmp_path: Path, large: bool, kept: str) -> None:
    (tmp_path / "a.json").write_bytes(b"some words")
    file = made("a.json", b"some words")
    if kept == "file":
        file = as_it_is(tmp_path, FileEntry("a.json", file.bytes, file.sha256))
    assert differences([file], [remote(file, b"some words", large)]) == {}
    assert differences([file], [remote(file, b"some wordz", large)]) == {"a.json": "other bytes"}
    assert differences([file], [remote(file, b"some word", large)]) == {"a.json": "other bytes"}
    assert differences([file], []) == {"a.json": "missing"}
    assert differences([], [remote(file, b"some words", large)]) == {"a.json": "not in the release"}


def test_the_hubs_own_file_is_nobodys() -> None:
    assert differences([], [Remote(".gitattributes", 10, "0" * 40)]) == {}


def test_size_counts_where_the_digest_is_the_same() -> None:
    file = made("a", b"abc")
    assert differences([file], [Remote("a", 4, "", file.sha256)]) == {"a": "other bytes"}


def test_tables_without_rows_go_along(ready: list[Repository]) -> None:
    manifest = {"files": [{"path": "calls/full-00000-of-00001.parquet", "bytes": 1, "sha256": "", "rows": 0}]}
    assert [entry.path for entry in entries_of(manifest, "parquet")] == ["calls/full-00000-of-00001.parquet"]
    assert entries_of(manifest, "jsonl") == []
    assert replace(ready[0], files=()).bytes == 0
