"""Files that no muxer writes by itself: cut, joined, turned, in fragments, silent about their order."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.exactness.boxes import set_edits
from tests.exactness.files import CONTAINERS, GRID, Case, N, Shown, crossed, numbered_track, plain, shown
from tests.exactness.quiet import LateB, hush
from tests.media.clips import MS, Track, overwrite, packets_of, write
from tests.media.test_decode import TURNS, Pipe, set_matrix

AT_25 = Fraction(1, 25)
TS = GRID["ts"]
FRAGMENTS = "frag_keyframe+delay_moov+default_base_moof"

Frames = tuple[int, int | None]
"""A part of a presentation in frames of 25 a second: how many, and from which one on; None shows nothing."""


def odd() -> Iterable[Case]:
    for recipe in (
        "h264",
        "h264, B-frames",
        "h264, open GOP",
        "hevc, open GOP",
        "vp9",
        "mpeg4, B-frames",
    ):
        yield edited(recipe, "edit list: start trimmed", (20, 10))
    for recipe in ("h264, B-frames", "h264, open GOP"):
        yield edited(recipe, "edit list: delayed start", (13, None), (N, 0))
        yield edited(recipe, "edit list: delayed, both ends trimmed", (13, None), (20, 5))
    yield cut_into("h264, B-frames")
    for recipe in ("h264", "h264, B-frames"):
        yield edited(recipe, "edit list: two parts", (10, 2), (10, 12), refused="edited")
        yield edited(recipe, "edit list: two parts, a pause between", (12, 0), (5, None), (12, 24), refused="edited")
    for recipe in ("h264", "h264, B-frames"):
        for kind in ("25 fps", "late start", "variable rate"):
            yield plain("mp4", recipe, kind, "fragmented", movflags=FRAGMENTS)
        yield edited(recipe, "fragmented, start trimmed", (20, 10), movflags=FRAGMENTS)
        yield edited(recipe, "fragmented, delayed start", (13, None), (N, 0), movflags=FRAGMENTS)
    for turn in ("90 clockwise", "180", "270 clockwise"):
        yield turned(turn)
    for container, codec in (("mkv", "h264, B-frames"), ("webm", "vp9")):
        yield without_index(container, codec)
    for container in ("webm", "mkv"):
        yield hiding(container)
    for container in ("mkv", "flv"):
        yield at_one_time(container)
    for container in ("mp4", "mkv", "ts", "flv"):
        yield silent_about_order(container)
    for recipe in ("h264, open GOP", "hevc, open GOP", "mpeg2, B-frames"):
        yield begun_late("ts", recipe)
    for container in ("mp4", "mkv"):
        yield begun_late(container, "h264, open GOP")
    yield wrapping()
    yield joined()


def edited(recipe: str, trait: str, *parts: Frames, refused: str = "", movflags: str = "") -> Case:
    """An edit list of whole frames: what it cuts off is not shown, and a delay moves the start."""

    def make(path: Path) -> Shown:
        _write_at_25(path, recipe, movflags)
        set_edits(path, [(count * AT_25, None if begin is None else begin * AT_25) for count, begin in parts])
        begins = accumulate((count for count, _ in parts), initial=0)
        frames = [
            (at + number, begin + number)
            for at, (count, begin) in zip(begins, parts, strict=False)
            if begin is not None
            for number in range(min(count, N - begin))
        ]
        ticks = [at for at, _ in frames]
        return shown([*ticks, ticks[-1] + 1], AT_25, numbers=[number for _, number in frames])

    codec, _, how = recipe.partition(", ")
    return Case("mp4", codec, f"{how}, {trait}" if how else trait, make, refused)


def cut_into(recipe: str) -> Case:
    """The presentation begins in the middle of frame 8, which FFmpeg leaves out: 9 is the first that is shown."""

    def make(path: Path) -> Shown:
        _write_at_25(path, recipe)
        set_edits(path, [(20 * AT_25, AT_25 * 17 / 2)])
        return shown(range(21), AT_25, numbers=range(9, 29))

    codec, _, how = recipe.partition(", ")
    trait = "edit list: starts inside a frame"
    return Case("mp4", codec, f"{how}, {trait}" if how else trait, make)


def _write_at_25(path: Path, recipe: str, movflags: str = "") -> None:
    write(path, numbered_track(recipe, range(N + 1), AT_25), options={"movflags": movflags} if movflags else None)


def turned(turn: str) -> Case:
    """A picture that is stored turned, and a display matrix that turns it upright."""
    matrix, stored = TURNS[turn]

    def make(path: Path) -> Shown:
        upright = numbered_track("h264, B-frames", range(N + 1), AT_25)
        upright.pictures = [np.ascontiguousarray(stored(rgb)) for rgb in upright.pictures]
        write(path, upright)
        set_matrix(path, matrix)
        return shown(range(N + 1), AT_25)

    return Case("mp4", "h264", f"B-frames, turned by {turn.split()[0]}", make)


def without_index(container: str, recipe: str) -> Case:
    """As it is written to a pipe: no index, and no duration."""

    def make(path: Path) -> Shown:
        pipe: Any = Pipe()
        form = {"mkv": "matroska"}.get(container, container)
        write(pipe, numbered_track(recipe, range(N + 1), AT_25), form=form)
        path.write_bytes(pipe.data)
        return shown(range(N + 1), AT_25, GRID[container])

    codec, _, how = recipe.partition(", ")
    return Case(container, codec, f"{how}, no index" if how else "no index", make)


def hiding(container: str) -> Case:
    """Some frames are decoded, since others lean on them, and never shown, as VP8's alternate references are."""
    hidden = (7, 8, 20)

    def make(path: Path) -> Shown:
        write(path, numbered_track("vp8", range(N + 1), AT_25))
        packets = packets_of(path)
        for number in hidden:
            at, data = packets[number]
            overwrite(path, at, bytes([data[0] & ~0x10]))  # show_frame (RFC 6386, 9.1)
        seen = [number for number in range(N) if number not in hidden]
        return shown([*seen, N], AT_25, GRID[container], seen)

    return Case(container, "vp8", "hidden frames", make)


def at_one_time(container: str) -> Case:
    """Frames less than a millisecond apart have the same time in these containers; the last of them stays on screen."""
    ticks = [0, 40, 80, 80, 120, 160, 161, 161, 161, 200, 300, 400, 500, 600, 600]

    def make(path: Path) -> Shown:
        write(path, numbered_track("h264", [*ticks, 640], MS))
        seen = [number for number, tick in enumerate(ticks) if tick not in ticks[number + 1 :]]
        return shown([*(ticks[number] for number in seen), 640], MS, numbers=seen)

    return Case(container, "h264", "several frames at one time", make)


def silent_about_order(container: str) -> Case:
    """H.264 that does not say how far its frames are reordered, and whose B-frames begin late."""

    def make(path: Path) -> Shown:
        ticks = range(41)
        loud, aside = numbered_track("h264, B-frames", ticks, AT_25), path.with_name("aside.mp4")
        # One key frame: at the next one, a decoder that guesses would start anew.
        loud.options = {**loud.options, "g": "250"}
        write(aside, LateB(**{field.name: getattr(loud, field.name) for field in fields(Track)}))
        with av.open(str(aside)) as file:
            extradata = file.streams.video[0].codec_context.extradata
        assert extradata is not None
        hush(aside, extradata)
        _copy(aside, path, 0)
        return shown(ticks, AT_25, GRID.get(container))

    return Case(container, "h264", "B-frames that begin late and are not announced", make)


def begun_late(container: str, recipe: str) -> Case:
    """Without the packets before the second key frame: what leans on them cannot be shown."""
    key = 12

    def make(path: Path) -> Shown:
        aside = path.with_name(f"aside.{container}")
        write(aside, numbered_track(recipe, range(N + 1), AT_25))
        with av.open(str(aside)) as file:
            keys = [at for at, packet in enumerate(file.demux(video=0)) if packet.is_keyframe]
        _copy(aside, path, keys[1])
        return shown(range(key, N + 1), AT_25, GRID.get(container), range(key, N))

    codec, _, how = recipe.partition(", ")
    return Case(container, codec, f"{how}, the first GOP is lost", make)


def _copy(source: Path, target: Path, skip: int) -> None:
    """The packets of the source from number `skip` on, as they are."""
    with av.open(str(source)) as read, av.open(str(target), "w", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream_from_template(read.streams.video[0])
        for at, packet in enumerate(read.demux(video=0)):
            if packet.size and at >= skip:
                packet.stream = stream
                out.mux(packet)


def wrapping() -> Case:
    """The clock of a transport stream has 33 bits: it starts anew after 26.5 hours, here in the middle of the file."""
    length = 3600
    first = 2**33 - 20 * length - length // 3

    def make(path: Path) -> Shown:
        ticks: Sequence[int] = range(first, first + (N + 1) * length, length)
        write(path, numbered_track("h264, B-frames", ticks, TS), options={"mpegts_copyts": "1"})
        return shown(ticks, TS)

    return Case("ts", "h264", "B-frames, the clock runs over", make)


def joined() -> Case:
    """Two recordings in one file, whose clocks both begin at the same time: the second follows the first."""
    half = 29

    def make(path: Path) -> Shown:
        data = b""
        for first in (0, half):
            write(path, numbered_track("h264, B-frames", range(half + 1), AT_25, first=first))
            data += path.read_bytes()
        path.write_bytes(data)
        return shown(range(2 * half + 1), AT_25)

    return Case("ts", "h264", "B-frames, two recordings joined", make)


def every() -> list[Case]:
    """All files, those of one container together."""
    return sorted([*crossed(), *odd()], key=lambda case: CONTAINERS.index(case.container))
