"""decord shows the very frame that is meant, or the file is refused."""

import importlib.metadata
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from schemas.errors import EngineError, InputError
from schemas.scan import FrameTimes
from schemas.settings import Ground
from schemas.source import Video
from tests.conftest import SAMPLES
from tests.media.clips import MS, Track, numbered, overwrite, packets_of, picture, track, write
from tests.media.test_decode import set_matrix
from tests.strip import read_strip
from transforms.frame_store import fetch as fetch_all
from transforms.media import by_decord, frames
from transforms.media.decode import open_video
from transforms.media.outline import Mark, Outline, why_not_exact
from transforms.store import Store
from transforms.tools.base import FrameRequest

ALL = 10**9
B_FRAMES = {"preset": "veryfast", "bf": "3", "b-adapt": "0", "g": "10"}
UNEVEN = [0, 33, 100, 101, 400, 433, 900, 1000, 1400]


@pytest.fixture(autouse=True)
def installed(request: pytest.FixtureRequest) -> None:
    if "pure" not in request.keywords:
        pytest.importorskip("decord", reason="the decord extra is not installed: pip install 'frametrail[decord]'")


def times_of(path: Path) -> FrameTimes:
    with open_video(path) as source:
        for _ in source.frames():
            pass
        return source.times()


def numbers(path: Path, wanted: list[float], times: FrameTimes) -> list[int | None]:
    return [read_strip(picture(frame)) for frame in by_decord.fetch(path, wanted, times)]


@pytest.mark.parametrize("name", ["harbour", "lesson", "soup"])
def test_frames_of_the_samples_are_those_that_are_meant(name: str) -> None:
    path = SAMPLES / f"{name}.mp4"
    times = times_of(path)
    # Forwards and back, across key frames: each fetch is a jump of its own.
    for chosen in (range(0, len(times.pts_s), 211), range(7, 40, 11), [len(times.pts_s) - 1], [1, 0]):
        assert numbers(path, [times.pts_s[n] for n in chosen], times) == sorted(chosen)


PLAIN: dict[str, tuple[str, Callable[[], Track]]] = {
    "mp4": ("a.mp4", lambda: track(60)),
    "mkv": ("a.mkv", lambda: track(60)),
    "B-frames": ("b.mp4", lambda: track(60, options=B_FRAMES)),
    "B-frames in mkv": ("b.mkv", lambda: track(60, options=B_FRAMES)),
    "a late start": ("late.mp4", lambda: track(60, first_tick=5000, options=B_FRAMES)),
    "a late start in mkv": ("late.mkv", lambda: track(60, first_tick=5000, options=B_FRAMES)),
    "uneven times": ("v.mp4", lambda: Track([numbered(n) for n in range(8)], UNEVEN, MS, options=B_FRAMES)),
    "uneven times in mkv": ("v.mkv", lambda: Track([numbered(n) for n in range(8)], UNEVEN, MS)),
    "a fine clock": (
        "f.mp4",
        lambda: Track([numbered(n) for n in range(30)], [1001 * n for n in range(31)], Fraction(1, 30000)),
    ),
    "key frames alone": ("k.mp4", lambda: track(30, options={"g": "1"})),
    "pixels that are not square": ("w.mp4", lambda: track(30, pixel_aspect=Fraction(4, 3))),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_files_are_shown_as_pyav_shows_them(kind: str, tmp_path: Path) -> None:
    name, make = PLAIN[kind]
    write(tmp_path / name, made := make())
    times = times_of(tmp_path / name)
    for wanted in (list(times.pts_s), [times.pts_s[n] for n in (1, 5, len(made.pictures) - 1)], [times.pts_s[6]]):
        ours = list(by_decord.fetch(tmp_path / name, wanted, times))
        theirs = list(frames.fetch(tmp_path / name, wanted))
        assert [frame.pts_s for frame in ours] == [frame.pts_s for frame in theirs] == wanted
        for one, other in zip(ours, theirs, strict=True):
            assert one.view == other.view
            assert np.abs(frames.render(one, ALL).astype(int) - frames.render(other, ALL)).max() <= 6
            assert read_strip(frames.render(one, ALL)) == times.pts_s.index(one.pts_s)


def cut_by_an_edit_list(path: Path) -> None:
    """The packets from the first on, shown from the eighth frame on."""
    whole = path.with_name("whole.mp4")
    write(whole, track(60, options=B_FRAMES))
    with av.open(str(whole)) as read, av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as out:
        stream = out.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(read.streams.video[0]):
            if packet.size:
                back = round(Fraction(320, 1000) / packet.time_base)
                packet.pts, packet.dts = (packet.pts or 0) - back, (packet.dts or 0) - back
                packet.stream = stream
                out.mux(packet)


def turned(path: Path) -> None:
    write(path, track(30))
    set_matrix(path, (-1, 0, 0, -1))


def damaged(path: Path) -> None:
    write(path, track(60, options={"g": "20"}))
    at, data = packets_of(path)[30]
    overwrite(path, at, bytes(len(data)))


def open_gop(path: Path) -> None:
    write(path, track(60, options={**B_FRAMES, "x264-params": "open-gop=1"}))


ODD: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "transport stream": (
        "a.ts",
        lambda path: write(path, track(30)),
        "its container is mpegts, neither MP4 nor Matroska",
    ),
    "two videos": ("a.mp4", lambda path: write(path, track(30), track(30)), "it has 2 video streams"),
    "edit list": ("a.mp4", cut_by_an_edit_list, "it holds frames that are not to be shown"),
    "open GOP": ("a.mp4", open_gop, "frames that are shown before a key frame come after it"),
    "turned": ("a.mp4", turned, "its picture is stored turned"),
    "damaged": ("a.mp4", damaged, "packets, and a whole pass showed"),
    "another codec": ("a.mkv", lambda path: write(path, track(30, codec="ffv1")), "it is coded as ffv1"),
}


@pytest.mark.parametrize("kind", ODD)
def test_files_on_which_it_is_not_exact_are_refused(kind: str, tmp_path: Path) -> None:
    name, make, why = ODD[kind]
    make(tmp_path / name)
    times = times_of(tmp_path / name)
    with pytest.raises(InputError) as caught:
        list(by_decord.fetch(tmp_path / name, times.pts_s[3:5], times))
    assert caught.value.code == "not_exact"
    assert why in caught.value.detail
    assert caught.value.detail.endswith("--set ground.decoder=pyav")
    assert str(tmp_path) not in caught.value.detail


def test_another_video_in_the_place_of_the_first_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(30))
    times = times_of(tmp_path / "a.mp4")
    write(tmp_path / "a.mp4", track(30, fps=20))
    with pytest.raises(InputError, match="30 packets, and a whole pass showed 30 frames at other times"):
        list(by_decord.fetch(tmp_path / "a.mp4", times.pts_s[3:5], times))


def test_a_time_at_which_no_frame_begins(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(30))
    with pytest.raises(InputError, match="not_exact: .*a frame is wanted at a time when none begins"):
        list(by_decord.fetch(tmp_path / "a.mp4", [0.05], times_of(tmp_path / "a.mp4")))


def test_nothing_wanted_opens_nothing_and_a_missing_file_is_told(tmp_path: Path) -> None:
    times = FrameTimes((0.0, 0.04), 0.08)
    assert list(by_decord.fetch(tmp_path / "no such file.mp4", [], times)) == []
    with pytest.raises(InputError, match="missing"):
        list(by_decord.fetch(tmp_path / "no such file.mp4", [0.0], times))


def test_frames_of_both_decoders_are_kept_apart(tmp_path: Path) -> None:
    path = SAMPLES / "soup.mp4"
    times, video = times_of(path), Video("v", "soup.mp4", str(path), sha256="0" * 64)
    request = FrameRequest(times.pts_s[500], None, 100_000)
    store = Store(tmp_path)
    made = [fetch_all(video, [request], store, decord_times)[request] for decord_times in (None, times, None, times)]
    assert made[0] == made[2]
    assert made[1] == made[3]
    assert made[0].sha256 != made[1].sha256
    assert (made[0].width, made[0].height) == (made[1].width, made[1].height)
    assert store.counts["frame", "made"] == 2


@pytest.mark.pure
def test_pyav_is_the_default() -> None:
    assert Ground().decoder == "pyav"


@pytest.mark.pure
def test_without_the_package_the_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    with pytest.raises(EngineError) as caught:
        by_decord.identity()
    assert caught.value.code == "decoder_missing"
    assert "frametrail[decord]" in caught.value.detail
    assert "--set ground.decoder=pyav" in caught.value.detail


MP4 = "mov,mp4,m4a,3gp,3g2,mj2"
SIMPLE = Outline(MP4, "h264", 1, MS, (Mark(0, 0, True), Mark(80, 40, False), Mark(40, 80, False), Mark(120, 120, True)))
TIMES = FrameTimes((0.0, 0.04, 0.08, 0.12), 0.16)


def with_packet(at: int, **change: Any) -> Outline:
    packets = list(SIMPLE.packets)
    packets[at] = replace(packets[at], **change)
    return replace(SIMPLE, packets=tuple(packets))


@pytest.mark.pure
@pytest.mark.parametrize(
    ("outline", "why"),
    [
        (SIMPLE, ""),
        (replace(SIMPLE, container="matroska,webm", codec="vp9"), ""),
        (replace(SIMPLE, container="avi"), "its container is avi"),
        (replace(SIMPLE, codec="av1"), "it is coded as av1"),
        (replace(SIMPLE, videos=2), "it has 2 video streams"),
        (replace(SIMPLE, failed=1), "some of it cannot be read"),
        (replace(SIMPLE, packets=()), "it does not begin with a key frame"),
        (with_packet(1, hidden=True), "not to be shown"),
        (with_packet(2, pts=None), "have no time"),
        (with_packet(2, dts=None), ""),
        (with_packet(0, key=False), "does not begin with a key frame"),
        (with_packet(1, key=True), "(an open GOP)"),
        (with_packet(3, pts=60), "(an open GOP)"),
        (with_packet(3, dts=0), "close together"),
        (with_packet(2, pts=41), "4 packets, and a whole pass showed 4 frames at other times"),
        (replace(SIMPLE, packets=SIMPLE.packets[:3]), "3 packets, and a whole pass showed 4 frames"),
        (replace(SIMPLE, tick_s=Fraction(1, 90_000)), "at other times"),
    ],
)
def test_what_an_outline_tells(outline: Outline, why: str) -> None:
    found = why_not_exact(outline, TIMES)
    assert (why in found) if why else found == ""


@pytest.mark.pure
def test_a_start_that_is_not_zero_is_taken_off() -> None:
    late = tuple(replace(mark, pts=(mark.pts or 0) + 5000, dts=(mark.dts or 0) + 5000) for mark in SIMPLE.packets)
    assert why_not_exact(replace(SIMPLE, packets=late), TIMES) == ""
