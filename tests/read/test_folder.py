import os
from pathlib import Path

import pytest

from schemas.errors import SettingsError
from transforms.read.folder import list_folder
from transforms.read.sidecar import sidecar


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_videos_are_found_recursively_and_sorted(tmp_path: Path) -> None:
    for name in ["b/two.MKV", "a.mp4", "b/one.webm", "notes.txt", ".hidden.mp4", ".git/three.mp4"]:
        touch(tmp_path / name)
    videos, rejected = list_folder(tmp_path, license="CC0-1.0")
    assert [(v.id, v.uri) for v in videos] == [("a", "a.mp4"), ("b/one", "b/one.webm"), ("b/two", "b/two.MKV")]
    assert [v.location for v in videos] == [os.path.realpath(tmp_path / v.uri) for v in videos]
    assert {v.license for v in videos} == {"CC0-1.0"}
    assert rejected == ()


def test_colliding_names_keep_their_ending_and_ids_are_safe_and_unique(tmp_path: Path) -> None:
    for name in ["talk.mp4", "talk.mov", "my film (1).mp4", "my film_1_.mp4", "übung.mp4"]:
        touch(tmp_path / name)
    videos, _ = list_folder(tmp_path)
    by_uri = {v.uri: v.id for v in videos}
    assert by_uri["talk.mp4"] == "talk.mp4"
    assert by_uri["talk.mov"] == "talk.mov"
    assert by_uri["übung.mp4"] == "übung"
    assert len(set(by_uri.values())) == 5
    assert all(" " not in name and "(" not in name for name in by_uri.values())


def test_subtitles_beside_a_video_are_taken(tmp_path: Path) -> None:
    for name in ["a.mp4", "a.vtt", "a.SRT", "b.mp4", "b.de.srt", "b.en.vtt", "c.mp4", "d.mp4", "d.extra.long.srt"]:
        touch(tmp_path / name)
    videos, _ = list_folder(tmp_path)
    names = {v.id: os.path.basename(v.subtitles) for v in videos}
    assert names == {"a": "a.SRT", "b": "b.en.vtt", "c": "", "d": ""}
    assert sidecar(tmp_path / "b.mp4") == str(tmp_path / "b.en.vtt")
    assert sidecar(tmp_path / "c.mp4") == ""


def test_links_out_of_the_folder_are_rejected_with_a_way_out(tmp_path: Path) -> None:
    touch(tmp_path / "out" / "secret.mp4")
    root = tmp_path / "in"
    touch(root / "ok.mp4")
    (root / "file.mp4").symlink_to(tmp_path / "out" / "secret.mp4")
    (root / "folder").symlink_to(tmp_path / "out")
    (root / "loop").symlink_to(root)
    (root / "same.mp4").symlink_to(root / "ok.mp4")
    (root / "gone.mp4").symlink_to(root / "nothing.mp4")
    videos, rejected = list_folder(root)
    assert [v.id for v in videos] == ["ok", "same"]
    assert [(r.id, r.code, r.outcome, r.unit) for r in rejected] == [
        ("file.mp4", "outside_root", "fail", "video"),
        ("folder", "outside_root", "fail", "video"),
        ("gone.mp4", "missing_file", "fail", "video"),
    ]
    assert "allow:" in rejected[0].detail
    assert all(str(tmp_path) not in r.detail for r in rejected)
    allowed, none = list_folder(root, allow=(str(tmp_path),))
    assert [v.id for v in allowed] == ["file", "folder/secret", "ok", "same"]
    assert [r.id for r in none] == ["gone.mp4"]


def test_a_name_that_no_row_can_hold_is_rejected(tmp_path: Path) -> None:
    touch(tmp_path / "ok.mp4")
    for name in (b"/bad\xff.mp4", b"/bad\xfe.mp4"):
        (Path(os.fsdecode(os.fsencode(tmp_path) + name))).write_bytes(b"x")
    videos, rejected = list_folder(tmp_path)
    assert [v.id for v in videos] == ["ok"]
    shown = "bad\N{REPLACEMENT CHARACTER}.mp4"
    assert [r.code for r in rejected] == ["bad_name", "bad_name"]
    assert all(r.id.startswith(shown) for r in rejected) and rejected[0].id != rejected[1].id
    rejected[0].detail.encode()


@pytest.mark.parametrize("name", ["", "missing"], ids=["no video", "no folder"])
def test_a_folder_without_videos_is_an_error_that_says_so(tmp_path: Path, name: str) -> None:
    touch(tmp_path / "readme.txt")
    with pytest.raises(SettingsError, match="source.path"):
        list_folder(tmp_path / name)
