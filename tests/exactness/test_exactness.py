"""The frame stored for a time is the one displayed at that time, on every kind of file that can be written here."""

import importlib.metadata
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.exactness.check import check
from tests.exactness.files import Case, Shown, numbered_track, shown
from tests.exactness.odd import every
from tests.exactness.page import PAGE, page
from tests.media.clips import see, write

CASES = {case.name: case for case in every()}


MISSING = "the decord extra is not installed: pip install 'frametrail[decord]'"


def test_each_file_has_a_name_of_its_own() -> None:
    assert len(CASES) == len(every())


@pytest.mark.parametrize("name", CASES)
def test_what_is_got_is_what_is_shown(name: str, tmp_path: Path) -> None:
    result = check(CASES[name], tmp_path)
    assert result.exact, result


def packets(name: str, folder: Path) -> list[av.Packet]:
    CASES[name].make(folder / name)
    with av.open(str(folder / name)) as file:
        return [packet for packet in file.demux(video=0) if packet.size]


@pytest.mark.parametrize("name", [name for name in CASES if name.endswith("fps.mp4")])
def test_what_is_special_is_there(name: str, tmp_path: Path) -> None:
    found = packets(name, tmp_path)
    pts = [packet.pts or 0 for packet in found]
    keys = [at for at, packet in enumerate(found) if packet.is_keyframe]
    assert len(keys) == 3
    assert (pts != sorted(pts)) == ("B-frames" in name or "open GOP" in name)
    if name.startswith(("h264", "hevc")):
        assert any(pts[at + 1] < pts[at] for at in keys[1:]) == ("open GOP" in name)


def test_av1_hides_frames(tmp_path: Path) -> None:
    found = packets("av1, hidden frames, 29.97 fps.webm", tmp_path)
    assert len(found) == 30
    assert sum(len(coded_frames(bytes(packet))) > 1 for packet in found) == 7


def coded_frames(unit: bytes) -> list[int]:
    """Where frames begin in a temporal unit of AV1; its parts (OBUs, 5.3 of the specification) state their size."""
    at, found = 0, []
    while at < len(unit):
        if unit[at] >> 3 & 15 in (3, 6):
            found.append(at)
        assert unit[at] & 6 == 2, "a size, and no extension"
        size, shift = 0, 0
        while True:
            at += 1
            size |= (unit[at] & 127) << shift
            shift += 7
            if unit[at] < 128:
                break
        at += 1 + size
    return found


def wrong(case: Case, change: str) -> Case:
    """The same file with another story of what it shows."""

    def make(path: Path) -> Shown:
        told = case.make(path)
        if change == "numbers":
            return replace(told, numbers=(*told.numbers[:7], told.numbers[8], *told.numbers[8:]))
        if change == "times":
            return replace(told, starts_us=(*told.starts_us[:7], told.starts_us[7] + 1, *told.starts_us[8:]))
        return replace(told, numbers=told.numbers[:-1], starts_us=told.starts_us[:-1], end_us=told.starts_us[-1])

    return replace(case, make=make)


@pytest.mark.parametrize(("change", "lost"), [("numbers", 6), ("times", 7), ("one frame more", 4)])
def test_a_single_wrong_frame_is_noticed(change: str, lost: int, tmp_path: Path) -> None:
    pytest.importorskip("decord", reason=MISSING)
    result = check(wrong(CASES["h264, B-frames, 29.97 fps.mp4"], change), tmp_path)
    assert not result.exact
    assert result.asked - result.by_pass == result.asked - result.by_decord == lost
    assert result.times_right == (change == "numbers")
    assert result.by_spread < result.spans


def test_a_file_that_should_be_refused_and_is_not_is_noticed(tmp_path: Path) -> None:
    result = check(replace(CASES["h264, 25 fps.mp4"], refused="edited"), tmp_path)
    assert (result.by_pass, result.exact) == (result.asked, False)


def test_a_file_that_is_refused_and_should_not_be_is_noticed(tmp_path: Path) -> None:
    result = check(replace(CASES["h264, edit list: two parts.mp4"], refused=""), tmp_path)
    assert (result.refused[:8], result.exact) == ("edited: ", False)


def test_small_frames_of_a_program_stream_are_counted_on(tmp_path: Path) -> None:
    """Only some of them have a time of their own; those between are a little early."""
    ticks, base = range(51), Fraction(1001, 24_000)
    write(tmp_path / "a.mpg", numbered_track("mpeg2, B-frames", ticks, base))
    told, seen = shown(ticks, base), see(tmp_path / "a.mpg")
    assert seen.numbers == list(told.numbers)
    early_us = [right - round(at * 1e6) for right, at in zip(told.starts_us, seen.pts_s, strict=True)]
    assert min(early_us) >= -9 and 11 < max(early_us) <= 44


@pytest.mark.heavy
def test_the_page_tells_what_is_found(tmp_path: Path) -> None:
    pytest.importorskip("decord", reason=MISSING)
    if importlib.metadata.version("av") != "18.1.0":
        pytest.skip("the page was written with another PyAV: seeking may end elsewhere")
    assert page([check(case, tmp_path, seek=True) for case in CASES.values()]) == PAGE.read_text(encoding="utf-8")
