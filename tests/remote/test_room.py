"""What is fetched finds room: videos that nobody used for long give way, and come back when they are needed."""

import os
import shutil
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.source import Terms, Video
from tests.remote import web as servers
from tests.remote.web import Web, serve
from transforms.read.identify import identify
from transforms.remote import at_hand, room
from transforms.remote.at_hand import video_path
from transforms.remote.download import path_of
from transforms.remote.limits import LIMITS
from transforms.remote.room import make_room
from transforms.store import Store

Disk = namedtuple("Disk", "total used free")

HOUR_S = 3600


def keep(folder: Path, name: str, size: int, unused_s: float) -> Path:
    path = path_of(folder, name * 64)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))
    os.utime(path, (time.time(), time.time() - unused_s))
    return path


@pytest.fixture()
def disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A disk of 10,000 bytes that holds what lies in the folder; of these a tenth stays free."""

    def usage(path: object) -> Disk:
        held = sum(one.stat().st_size for one in tmp_path.rglob("*") if len(one.name) == 64)
        return Disk(10_000, held, 10_000 - held)

    monkeypatch.setattr(shutil, "disk_usage", usage)


@pytest.mark.usefixtures("disk")
def test_files_go_in_the_order_in_which_they_were_used_and_no_more_than_it_takes(tmp_path: Path) -> None:
    newest = keep(tmp_path, "a", 3000, HOUR_S)
    oldest = keep(tmp_path, "b", 2000, 3 * HOUR_S)
    older = keep(tmp_path, "c", 2000, 2 * HOUR_S)
    make_room(tmp_path, 2000)
    assert [path.exists() for path in (newest, older, oldest)] == [True, True, True]
    make_room(tmp_path, 2001)
    assert [path.exists() for path in (newest, older, oldest)] == [True, True, False]
    make_room(tmp_path, 4001)
    assert [path.exists() for path in (newest, older, oldest)] == [True, False, False]


@pytest.mark.usefixtures("disk")
def test_what_was_used_lately_stays_and_so_does_what_is_not_a_video(tmp_path: Path) -> None:
    lately = keep(tmp_path, "a", 5000, 500)
    unused = keep(tmp_path, "b", 4000, 700)
    other = [tmp_path / "notes.txt", tmp_path / "at" / ("c" * 64), tmp_path / "cc" / "c.mp4"]
    for path in other:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
        os.utime(path, (0, 0))
    make_room(tmp_path, 1_000_000)
    assert [path.exists() for path in (lately, unused, *other)] == [True, False, True, True, True]


def test_of_a_large_disk_five_gigabytes_stay_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 5_000_000_999
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Disk(10**12, 10**12 - free, free))
    held = keep(tmp_path, "a", 10, HOUR_S)
    make_room(tmp_path, 999)
    assert held.exists()
    make_room(tmp_path, 1000)
    assert not held.exists()


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serve() as running:
        yield running


def test_a_video_that_gave_way_is_fetched_again_when_it_is_needed(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "videos"
    web.answers = {"/a.mp4": servers.file(b"a" * 5000), "/b.mp4": servers.file(b"b" * 5000, '"b"')}
    monkeypatch.setattr(at_hand, "INTERNET", web.network)
    store = Store(tmp_path / "store")

    def usage(path: object) -> Disk:
        held = sum(one.stat().st_size for one in cache.glob("??/*"))
        return Disk(10_000, held, 10_000 - held)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    monkeypatch.setattr(room, "_IN_USE_S", 0.0)
    found = []
    for name in ("a", "b"):
        video = Video(name, f"{name}.mp4", web.uri(f"/{name}.mp4"), terms=Terms((web.uri("/"),), 10_000))
        one = identify(video, store, web.network, LIMITS)
        assert isinstance(one, Video)
        found.append(one)
    a, b = found
    assert (path_of(cache, a.sha256).exists(), path_of(cache, b.sha256).exists()) == (False, True)
    assert Path(video_path(a, store)).read_bytes() == b"a" * 5000
    assert (path_of(cache, a.sha256).exists(), path_of(cache, b.sha256).exists()) == (True, False)


def test_a_path_that_was_asked_for_counts_as_used(web: Web, tmp_path: Path) -> None:
    web.answers = {"/a.mp4": servers.file(b"a" * 50)}
    store = Store(tmp_path / "store")
    video = Video("a", "a.mp4", web.uri("/a.mp4"), terms=Terms((web.uri("/"),), 10_000))
    found = identify(video, store, web.network, LIMITS)
    assert isinstance(found, Video)
    held = path_of(tmp_path / "videos", found.sha256)
    os.utime(held, (0, 0))
    video_path(found, store)
    assert time.time() - held.stat().st_mtime < 60
