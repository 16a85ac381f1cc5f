import hashlib
import os
from pathlib import Path

import pytest

from schemas.errors import InputError
from schemas.source import Rejected, Video
from transforms.read.identify import fingerprint_file, identify, merge_same
from transforms.store import Store


def test_a_file_is_hashed_once_until_it_changes(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = tmp_path / "a.mp4"
    path.write_bytes(b"abc" * 1_000_000)
    assert fingerprint_file(path, store) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    assert fingerprint_file(path, store) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    assert store.counts == {("sha256", "made"): 1, ("sha256", "hit"): 1}
    path.write_bytes(b"abd" * 1_000_000)
    os.utime(path, ns=(1, 1))
    assert fingerprint_file(path, store) == hashlib.sha256(b"abd" * 1_000_000).hexdigest()


def test_empty_and_missing_files_are_told_and_not_remembered(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    path = tmp_path / "a.mp4"
    with pytest.raises(InputError, match="missing_file"):
        fingerprint_file(path, store)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="empty_file"):
        fingerprint_file(path, store)
    rejected = identify(Video("v", "a.mp4", str(path)), store)
    assert isinstance(rejected, Rejected)
    assert (rejected.code, rejected.unit, rejected.id, rejected.outcome) == ("empty_file", "video", "v", "fail")
    path.write_bytes(b"x")
    video = identify(Video("v", "a.mp4", str(path)), store)
    assert isinstance(video, Video)
    assert video.sha256 == hashlib.sha256(b"x").hexdigest()


def test_a_folder_in_place_of_a_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unreadable"):
        fingerprint_file(tmp_path, Store(tmp_path / "store"))


def test_subtitles_beside_a_video_have_a_digest_too_and_must_be_readable(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "a.srt").write_bytes(b"1\n")
    video = Video("v", "a.mp4", str(tmp_path / "a.mp4"), subtitles=str(tmp_path / "a.srt"))
    found = identify(video, store)
    assert isinstance(found, Video)
    assert found.subtitles_sha256 == hashlib.sha256(b"1\n").hexdigest()
    (tmp_path / "a.srt").unlink()
    rejected = identify(video, store)
    assert isinstance(rejected, Rejected)
    assert (rejected.code, rejected.unit, rejected.id, rejected.outcome) == ("unreadable", "video", "v", "fail")
    assert rejected.detail.startswith("the subtitles a.srt cannot be read (No such file or directory)")


def test_the_smallest_id_of_the_same_bytes_is_kept() -> None:
    videos = [
        Video(name, f"{name}.mp4", name, sha256=sha) for name, sha in [("c", "1"), ("a", "1"), ("b", "2"), ("d", "1")]
    ]
    kept, doubled = merge_same(videos)
    assert [(v.id, v.aliases) for v in kept] == [("a", ("c", "d")), ("b", ())]
    assert [(r.id, r.code, r.outcome, r.unit) for r in doubled] == [
        ("c", "duplicate_video", "filter", "video"),
        ("d", "duplicate_video", "filter", "video"),
    ]
    assert merge_same(reversed(videos)) == (kept, doubled)
