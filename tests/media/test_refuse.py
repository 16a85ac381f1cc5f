"""Files that are no videos, and names that are no plain names: the true reason, and no other file is opened."""

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from schemas.errors import InputError
from tests.media.clips import numbered, see, track, write
from transforms.media.decode import open_video
from transforms.media.picture import encode_jpeg
from transforms.media.refuse import refusal

PAGE = "the file is an HTML page, probably an error page saved under a video's name; fetch the video itself"
TEXT = "the file is a text file under a video's name; fetch the video itself"
MOOV = "the file is an MP4 whose index (moov) is missing or broken, as when copying was cut off; fetch it again"


def refused(path: str | Path) -> InputError:
    with pytest.raises(InputError) as caught, open_video(path):
        pass
    return caught.value


def zipped() -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("video.mp4", bytes(5000))
    return data.getvalue()


def png() -> bytes:
    data = BytesIO()
    Image.fromarray(numbered(0)).save(data, "PNG")
    return data.getvalue()


CONTENTS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "the file is empty (0 bytes); fetch it again"),
    "html": (lambda: b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>", PAGE),
    "html without doctype": (lambda: b"<HTML><HEAD><TITLE>404</TITLE></HEAD></HTML>", PAGE),
    "html after a byte order mark": (lambda: b"\xef\xbb\xbf\r\n <!doctype html><p>sign in", PAGE),
    "html in latin-1": (lambda: "<html><p>Ungültig".encode("latin-1"), PAGE),
    "text": (lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", TEXT),
    "one letter": (lambda: b"x", TEXT),
    "long text": (lambda: b"all work and no play\n" * 500, TEXT),
    "long text in Chinese": (lambda: "视频不在这里。".encode() * 500, TEXT),
    "long text in Chinese, cut elsewhere": (lambda: b"a" + "视频不在这里。".encode() * 500, TEXT),
    "json": (lambda: json.dumps({"error": "not found", "code": 404}).encode(), TEXT),
    "subtitles": (lambda: b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", TEXT),
    "jpeg": (lambda: encode_jpeg(numbered(0)), "the file is a JPEG picture, not a video"),
    "png": (png, "the file is a PNG picture, not a video"),
    "pdf": (lambda: b"%PDF-1.7\n" + bytes(2000), "the file is a PDF document, not a video"),
    "zip": (zipped, "the file is a zip archive, not a video"),
    "gzip": (lambda: gzip.compress(bytes(range(256)) * 20), "the file is a gzip archive, not a video"),
    "mp4 with nothing but its head": (lambda: b"\0\0\0\x18ftypisom\0\0\2\0isomiso2", MOOV),
}


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a"])
@pytest.mark.parametrize("content", CONTENTS)
def test_the_reason_is_what_the_file_is(tmp_path: Path, content: str, name: str) -> None:
    data, detail = CONTENTS[content]
    (tmp_path / name).write_bytes(data())
    error = refused(tmp_path / name)
    assert (error.code, error.detail) == ("unreadable", detail)


@pytest.mark.parametrize("data", [np.random.default_rng(3).bytes(20000), bytes(20000)], ids=["noise", "zeros"])
def test_other_bytes_are_refused_with_the_message_of_ffmpeg(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    error = refused(tmp_path / "a.mp4")
    assert (error.code, error.detail) == (
        "unreadable",
        "the file is in no container that can be read here (Invalid data found when processing input); "
        "convert it to MP4 or Matroska, or fetch it again",
    )


def test_an_mp4_that_was_cut_off_before_its_index(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, track(15))
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"moov") - 4])
    assert (refused(path).code, refused(path).detail) == ("unreadable", MOOV)


def test_an_mp4_whose_index_was_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, track(15))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"moov", b"\0\0\0\0"))
    assert (refused(path).code, refused(path).detail) == ("unreadable", MOOV)


def test_no_such_file(tmp_path: Path) -> None:
    (tmp_path / "link.mp4").symlink_to(tmp_path / "gone.mp4")
    for name in ("a.mp4", "no/such/folder.mp4", "link.mp4"):
        error = refused(tmp_path / name)
        assert (error.code, error.detail) == (
            "missing",
            "there is no such file; check the uri and the folder it is relative to",
        )


def test_a_folder(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert (error.code, error.detail) == ("unreadable", "this is a folder; give the video files in it one by one")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(15))
    (tmp_path / "a.mp4").chmod(0)
    error = refused(tmp_path / "a.mp4")
    assert (error.code, error.detail) == (
        "unreadable",
        "the file cannot be read (Permission denied); check its permissions",
    )


def test_the_reason_that_is_given_is_kept_where_the_bytes_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100))
    assert refusal(tmp_path / "a", "the sky is low").detail == (
        "the file is in no container that can be read here (the sky is low); "
        "convert it to MP4 or Matroska, or fetch it again"
    )


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.2,\nother.ts\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile other.ts\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "list.txt"])
def test_a_playlist_opens_no_other_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str) -> None:
    write(tmp_path / "other.ts", track(15))
    assert see(tmp_path / "other.ts").numbers == list(range(15))
    (tmp_path / name).write_text(PLAYLISTS[kind])
    error = refused(tmp_path / name)
    assert (error.code, error.detail) == ("unreadable", TEXT)
    monkeypatch.chdir(tmp_path)
    assert refused(name).detail == TEXT


@pytest.mark.parametrize(("kind", "name"), [("hls", "list.m3u8"), ("concat", "list.txt")])
def test_the_playlists_above_would_open_another_file(tmp_path: Path, kind: str, name: str) -> None:
    write(tmp_path / "other.ts", track(15))
    (tmp_path / name).write_text(PLAYLISTS[kind])
    with av.open(str(tmp_path / name)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 15


def test_pictures_by_the_pattern_of_a_name_are_not_opened(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(encode_jpeg(numbered(number)))
    with av.open(str(tmp_path / "%d.jpg")) as file:
        assert sum(1 for _ in file.decode(video=0)) == 3
    assert refused(tmp_path / "%d.jpg").code == "missing"


NAMES = (
    "with spaces .mp4",
    "ünïcode – 视频 – видео.mp4",
    "concat:a.mp4|b.mp4",
    "file:a.mp4",
    "http:a.mp4",
    "pipe:0",
    "subfile,,start,0,end,9,,:a.mp4",
    "a|b.mp4",
    "50%.mp4",
    "%03d.mp4",
    "a?b#c&d.mp4",
    "'quoted' \"twice\".mp4",
    "back\\slash.mp4",
    "new\nline.mp4",
    "-i.mp4",
    "~.mp4",
    "a.m3u8",
    "without an ending",
)


@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, relative: bool) -> None:
    write(tmp_path / "plain.mp4", track(15, first_number=40))
    (tmp_path / "plain.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert see(name if relative else tmp_path / name).numbers == list(range(40, 55))


def test_a_name_whose_letters_are_no_unicode(tmp_path: Path) -> None:
    write(tmp_path / "plain.mp4", track(15))
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    try:
        (tmp_path / "plain.mp4").rename(strange)
    except OSError:
        pytest.skip("this file system takes names in UTF-8 only")
    assert see(strange).numbers == list(range(15))


def test_a_name_with_a_protocol_does_not_open_what_it_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.ts", track(15))
    write(tmp_path / "b.ts", track(15))
    monkeypatch.chdir(tmp_path)
    with av.open("concat:a.ts|b.ts") as file:
        assert sum(1 for _ in file.decode(video=0)) == 30
    for name in ("concat:a.ts|b.ts", "subfile,,start,0,end,0,,:a.ts", "cache:a.ts", "async:a.ts", "file:a.ts"):
        assert refused(name).code == "missing"
