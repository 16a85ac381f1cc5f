"""One pass over real files: which frames are shown, in which order, and when."""

import struct
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from schemas.errors import InputError
from tests.media.clips import (
    MS,
    Sound,
    Track,
    numbered,
    overwrite,
    packets_of,
    picture,
    see,
    track,
    write,
)
from transforms.media.audio import Soundtrack
from transforms.media.decode import Tally, open_video
from transforms.media.picture import encode_jpeg

N = 30
AT_25 = [round(number * 0.04, 6) for number in range(N)]
B_FRAMES = {"preset": "veryfast", "bf": "3", "b-adapt": "0", "g": "30"}
INTRA = {"g": "1"}
REALTIME = {"deadline": "realtime", "cpu-used": "8"}
TICK_25 = Fraction(1, 25)
UNEVEN_MS = [0, 33, 100, 101, 400, 433, 900, 1000, 1400]


class Pipe:
    """Where an encoder cannot go back to fill in the duration, as when it writes to a pipe."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)


def at_25(count: int = N, **more: Any) -> Track:
    """For containers that know constant rates only."""
    return Track([numbered(number) for number in range(count)], range(count + 1), TICK_25, **more)


def silence(length_s: float) -> Sound:
    return Sound([(0, np.zeros((1, round(length_s * 16000))))])


def has_b_frames(path: Path) -> bool:
    with av.open(str(path)) as file:
        pts = [packet.pts for packet in file.demux(file.streams.video[0]) if packet.pts is not None]
    return pts != sorted(pts)


def stated_duration(path: Path) -> tuple[int | None, int | None]:
    with av.open(str(path)) as file:
        return file.duration, file.streams.video[0].duration


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        see(path)
    return caught.value


CONTAINERS = {
    "h264.mp4": track(N),
    "h264.mkv": track(N),
    "h264.ts": track(N),
    "h264 with B-frames.mp4": track(N, options=B_FRAMES),
    "h264 with B-frames.mkv": track(N, options=B_FRAMES),
    "h264 with B-frames.ts": track(N, options=B_FRAMES),
    "mpeg4.avi": at_25(codec="mpeg4"),
    "mjpeg.avi": at_25(codec="mjpeg", pix_fmt="yuvj420p"),
    "mpeg2.mpg": at_25(codec="mpeg2video", options={"b": "4000000"}),
    "vp8.webm": track(N, codec="libvpx", options=REALTIME),
    "vp9.webm": track(N, codec="libvpx-vp9", options=REALTIME),
    "flv1.flv": track(N, codec="flv"),
    "wmv2.wmv": track(N, codec="wmv2"),
    "prores.mov": track(N, codec="prores", pix_fmt="yuv422p10le"),
    "ffv1.nut": track(N, codec="ffv1"),
    "ffv1 grey.mkv": track(N, codec="ffv1", pix_fmt="gray"),
    "ffv1 rgb.mkv": track(N, codec="ffv1", pix_fmt="bgr0"),
    "ffv1 alpha.mkv": track(N, codec="ffv1", pix_fmt="yuva420p"),
    "ffv1 10 bit.mkv": track(N, codec="ffv1", pix_fmt="yuv444p10le"),
    "animation.gif": track(N, codec="gif", pix_fmt="rgb8"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_frame_is_shown_once_and_in_order(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, CONTAINERS[name])
    assert has_b_frames(path) == ("B-frames" in name)
    seen = see(path)
    assert seen.numbers == list(range(N))
    assert seen.pts_s == AT_25
    assert seen.duration_s == 1.2
    assert seen.tally == Tally(packets=N)
    assert seen.view is not None and (seen.view.width, seen.view.height) == (320, 180)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_uneven_times_are_kept(tmp_path: Path, name: str) -> None:
    codec: dict[str, Any] = {"codec": "libvpx", "options": REALTIME} if name.endswith("webm") else {}
    write(tmp_path / name, Track([numbered(number) for number in range(8)], UNEVEN_MS, MS, **codec))
    seen = see(tmp_path / name)
    assert seen.numbers == list(range(8))
    assert seen.pts_s == [tick / 1000 for tick in UNEVEN_MS[:-1]]
    assert seen.duration_s == 1.4


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_uneven_times_are_kept_with_b_frames(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, Track([numbered(number) for number in range(8)], UNEVEN_MS, MS, options=B_FRAMES))
    assert has_b_frames(tmp_path / name)
    seen = see(tmp_path / name)
    assert seen.numbers == list(range(8))
    assert seen.pts_s == [tick / 1000 for tick in UNEVEN_MS[:-1]]


@pytest.mark.parametrize(("name", "base"), [("a.mp4", Fraction(1001, 30000)), ("a.mkv", MS)])
def test_times_are_as_fine_as_the_container_states_them(tmp_path: Path, name: str, base: Fraction) -> None:
    write(tmp_path / name, Track([numbered(number) for number in range(N)], range(N + 1), Fraction(1001, 30000)))
    # Halves are rounded up, not to even.
    ticks = [int(number * Fraction(1001, 30000) / base + Fraction(1, 2)) for number in range(N)]
    seen = see(tmp_path / name)
    assert seen.numbers == list(range(N))
    assert seen.pts_s == [round(float(tick * base), 6) for tick in ticks]
    assert seen.duration_s == 1.001


def test_an_hour_of_ticks_does_not_drift(tmp_path: Path) -> None:
    ticks = [number * 90000 * 60 for number in range(61)]
    write(tmp_path / "a.mp4", Track([numbered(n) for n in range(60)], ticks, Fraction(1, 90000)))
    seen = see(tmp_path / "a.mp4")
    assert seen.numbers == list(range(60))
    assert seen.pts_s == [60.0 * n for n in range(60)]
    assert seen.duration_s == 3600.0


@pytest.mark.parametrize(("name", "first_ms"), [("a.mkv", 10000), ("a.mp4", 1000), ("a.ts", 3000), ("a.nut", 777)])
def test_time_starts_at_the_first_frame_wherever_the_container_starts(tmp_path: Path, name: str, first_ms: int) -> None:
    write(tmp_path / name, track(N, first_tick=first_ms))
    seen = see(tmp_path / name)
    assert (seen.numbers, seen.pts_s, seen.duration_s) == (list(range(N)), AT_25, 1.2)
    assert seen.origin_s == first_ms / 1000


def test_frames_before_an_edit_list_are_not_shown(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(N, first_tick=-400))
    seen = see(tmp_path / "a.mp4")
    assert seen.numbers == list(range(10, N))
    assert seen.pts_s == AT_25[:20]
    assert (seen.duration_s, seen.origin_s) == (0.8, 0.0)


@pytest.mark.parametrize("form", ["webm", "matroska"])
def test_a_stream_without_a_duration_ends_with_its_last_frame(tmp_path: Path, form: str) -> None:
    pipe: Any = Pipe()
    write(pipe, track(N, codec="libvpx", options=REALTIME) if form == "webm" else track(N), form=form)
    path = tmp_path / "piped.webm"
    path.write_bytes(pipe.data)
    assert stated_duration(path) == (None, None)
    seen = see(path)
    assert (seen.numbers, seen.pts_s, seen.duration_s) == (list(range(N)), AT_25, 1.2)


def test_a_fragmented_mp4(tmp_path: Path) -> None:
    pipe: Any = Pipe()
    write(pipe, track(N, options={"g": "10"}), form="mp4", options={"movflags": "frag_keyframe+empty_moov"})
    (tmp_path / "a.mp4").write_bytes(pipe.data)
    seen = see(tmp_path / "a.mp4")
    assert (seen.numbers, seen.pts_s, seen.duration_s) == (list(range(N)), AT_25, 1.2)


def test_frames_without_times_follow_one_another(tmp_path: Path) -> None:
    write(tmp_path / "a.h264", track(N), form="h264")
    seen = see(tmp_path / "a.h264")
    assert (seen.numbers, seen.pts_s, seen.duration_s) == (list(range(N)), AT_25, 1.2)
    assert seen.tally == Tally(packets=N, untimed=N)


@pytest.mark.parametrize("options", [INTRA, {"g": "10", "bf": "0"}, {**B_FRAMES, "b-pyramid": "normal"}])
def test_avi_shows_a_frame_when_the_packet_is_due_that_sets_it_free(tmp_path: Path, options: dict[str, str]) -> None:
    ticks = [0, 1, 2, 5, 6, 12, *range(20, 40)]
    pictures = [numbered(number) for number in range(25)]
    write(tmp_path / "a.avi", Track(pictures, ticks, TICK_25, options=options))
    seen = see(tmp_path / "a.avi")
    assert seen.numbers == list(range(25))
    assert seen.pts_s == [tick / 25 for tick in ticks[:-1]]
    assert seen.tally.dropped == 0


@pytest.mark.parametrize("name", ["a.mkv", "a.flv"])
def test_of_several_frames_at_one_time_the_last_stays(tmp_path: Path, name: str) -> None:
    ticks = [0, 0, 100, 200, 200, 200, 300, 400, 500, 600, 600]
    pictures = [numbered(number) for number in range(11)]
    write(tmp_path / name, Track(pictures, [*ticks, 700], rate=Fraction(10)))
    seen = see(tmp_path / name)
    assert seen.numbers == [1, 2, 5, 6, 7, 8, 10]
    assert seen.pts_s == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert seen.tally == Tally(packets=11, dropped=4)


@pytest.mark.parametrize(("first_tick", "first"), [(-400, 10), (-420, 10), (-399, 9)])
def test_fragments_begin_where_their_edit_list_says(tmp_path: Path, first_tick: int, first: int) -> None:
    """A frame that the beginning cuts in two is shown from there on."""
    options = {"movflags": "frag_keyframe+delay_moov"}
    write(tmp_path / "a.mp4", track(N, first_tick=first_tick), options=options)
    seen = see(tmp_path / "a.mp4")
    assert seen.numbers == list(range(first, N))
    assert seen.pts_s == [max(0.0, round((first_tick + 40 * number) / 1000, 6)) for number in range(first, N)]
    assert seen.origin_s == 0.0


# a, b, c, d of x' = a x + c y, y' = b x + d y, and the stored picture that it turns upright.
TURNS: dict[str, tuple[tuple[int, int, int, int], Any]] = {
    "as stored": ((1, 0, 0, 1), lambda rgb: rgb),
    "90 clockwise": ((0, 1, -1, 0), lambda rgb: np.rot90(rgb, 1)),
    "180": ((-1, 0, 0, -1), lambda rgb: np.rot90(rgb, 2)),
    "270 clockwise": ((0, -1, 1, 0), lambda rgb: np.rot90(rgb, -1)),
    "mirrored": ((-1, 0, 0, 1), lambda rgb: rgb[:, ::-1]),
    "upside down": ((1, 0, 0, -1), lambda rgb: rgb[::-1]),
    "transposed": ((0, 1, 1, 0), lambda rgb: rgb.swapaxes(0, 1)),
    "transposed the other way": ((0, -1, -1, 0), lambda rgb: np.rot90(rgb, 2).swapaxes(0, 1)),
}


def set_matrix(path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Writes a display matrix into the track header (ISO/IEC 14496-12, 8.3.2, version 0)."""
    data = path.read_bytes()
    header = data.index(b"tkhd") + 4
    assert data[header] == 0 and data.count(b"tkhd") == 1
    a, b, c, d = (value << 16 for value in matrix)
    overwrite(path, header + 40, struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30))


@pytest.mark.parametrize("size", [(320, 180), (180, 320)], ids=["landscape", "portrait"])
@pytest.mark.parametrize("name", TURNS)
def test_pictures_are_upright(tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    matrix, stored = TURNS[name]
    pictures = [np.ascontiguousarray(stored(numbered(number, size))) for number in range(15)]
    write(tmp_path / "a.mp4", Track(pictures, [40 * n for n in range(16)]))
    set_matrix(tmp_path / "a.mp4", matrix)
    seen = see(tmp_path / "a.mp4")
    assert seen.numbers == list(range(15))
    assert seen.view is not None and (seen.view.width, seen.view.height) == size


def test_a_turn_by_a_little_is_none(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(15))
    data = (tmp_path / "a.mp4").read_bytes()
    sixty_fourths = [round(64 * part) << 10 for part in (0.94, 0.34, -0.34, 0.94)]
    a, b, c, d = sixty_fourths
    overwrite(tmp_path / "a.mp4", data.index(b"tkhd") + 44, struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30))
    assert see(tmp_path / "a.mp4").numbers == list(range(15))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("wide", [Fraction(2), Fraction(1, 2), Fraction(4, 3)], ids=str)
def test_pixels_that_are_not_square_are_stretched(tmp_path: Path, name: str, wide: Fraction) -> None:
    upright = [numbered(number, (640, 360)) for number in range(15)]
    columns = np.arange(int(640 / (2 * wide)) * 2) * float(wide)
    pictures = [np.ascontiguousarray(rgb[:, columns.astype(int).clip(max=639)]) for rgb in upright]
    write(tmp_path / name, Track(pictures, [40 * n for n in range(16)], codec="mpeg4", pixel_aspect=wide))
    seen = see(tmp_path / name)
    assert seen.view is not None and (seen.view.width, seen.view.height) == (640, 360)
    assert seen.numbers == list(range(15))


def test_pixels_that_are_not_square_are_stretched_before_the_picture_is_turned(tmp_path: Path) -> None:
    upright = [numbered(number, (360, 640)) for number in range(15)]
    pictures = [np.ascontiguousarray(np.rot90(rgb, 1)[:, ::2]) for rgb in upright]
    write(tmp_path / "a.mp4", Track(pictures, [40 * n for n in range(16)], codec="mpeg4", pixel_aspect=Fraction(2)))
    set_matrix(tmp_path / "a.mp4", (0, 1, -1, 0))
    seen = see(tmp_path / "a.mp4")
    assert seen.view is not None and (seen.view.width, seen.view.height) == (360, 640)
    assert seen.numbers == list(range(15))


SMALL, LARGE = (320, 180), (640, 360)
NONE, DEFAULT = Disposition(0), Disposition.default


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize(
    ("streams", "chosen"),
    [
        ([(SMALL, DEFAULT), (LARGE, DEFAULT)], 1),
        ([(LARGE, DEFAULT), (SMALL, DEFAULT)], 0),
        ([(SMALL, DEFAULT), (LARGE, NONE)], 0),
        ([(LARGE, NONE), (SMALL, DEFAULT)], 1),
        ([(SMALL, DEFAULT), (SMALL, DEFAULT)], 0),
        ([(SMALL, NONE), (LARGE, DEFAULT), (LARGE, DEFAULT)], 1),
    ],
    ids=["largest", "largest is first", "default is small", "default is second", "alike", "three"],
)
def test_the_best_of_several_video_streams(
    tmp_path: Path, name: str, streams: list[tuple[tuple[int, int], Disposition]], chosen: int
) -> None:
    tracks = [
        track(15, first_number=1000 * index, size=size, disposition=disposition)
        for index, (size, disposition) in enumerate(streams)
    ]
    write(tmp_path / name, *tracks)
    seen = see(tmp_path / name)
    assert seen.numbers == list(range(1000 * chosen, 1000 * chosen + 15))
    assert seen.tally == Tally(packets=15)


def cover() -> Track:
    return track(
        1,
        first_number=5000,
        size=LARGE,
        codec="mjpeg",
        pix_fmt="yuvj420p",
        disposition=Disposition.attached_pic,
    )


def write_with_cover(path: Path, *tracks: Track | Sound) -> None:
    with av.open(str(path), "w") as out:
        streams = [one.open(out) for one in tracks]
        out.add_attachment("cover.jpg", "image/jpeg", encode_jpeg(numbered(5000, LARGE)))
        for one, stream in zip(tracks, streams, strict=True):
            for packet in one.packets(stream):
                out.mux(packet)


def still_pictures(path: Path) -> int:
    with av.open(str(path)) as file:
        return sum(bool(stream.disposition & Disposition.attached_pic) for stream in file.streams.video)


def test_a_cover_picture_is_not_the_video_in_mp4(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", cover(), track(N))
    assert still_pictures(tmp_path / "a.mp4") == 1
    assert see(tmp_path / "a.mp4").numbers == list(range(N))


def test_a_cover_picture_is_not_the_video_in_matroska(tmp_path: Path) -> None:
    write_with_cover(tmp_path / "a.mkv", track(N))
    assert still_pictures(tmp_path / "a.mkv") == 1
    assert see(tmp_path / "a.mkv").numbers == list(range(N))


def test_sound_with_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    write_with_cover(tmp_path / "a.mkv", silence(1.2))
    assert still_pictures(tmp_path / "a.mkv") == 1
    error = refused(tmp_path / "a.mkv")
    assert (error.code, error.detail) == (
        "no_video",
        "the file has only sound and a still picture; give a file with moving pictures",
    )


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.wav"])
def test_sound_alone_is_no_video(tmp_path: Path, name: str) -> None:
    sound = silence(1.2)
    write(tmp_path / name, replace(sound, codec="aac") if name == "a.mp4" else sound)
    error = refused(tmp_path / name)
    assert (error.code, error.detail) == ("no_video", "the file has only sound; give a file with moving pictures")


def test_one_frame_is_too_short(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(1))
    error = refused(tmp_path / "a.mp4")
    assert (error.code, error.detail) == (
        "too_short",
        "the file shows 1 frame(s) in 0.04 s; a video needs two frames and 0.5 s",
    )


def test_one_frame_for_seconds_is_too_short(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", Track([numbered(0)], [0, 5000]))
    assert refused(tmp_path / "a.mp4").detail.startswith("the file shows 1 frame(s) in ")


def test_two_frames_are_enough_where_they_last(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv", Track([numbered(0), numbered(1)], [0, 250, 500]))
    seen = see(tmp_path / "a.mkv")
    assert (seen.numbers, seen.pts_s, seen.duration_s) == ([0, 1], [0.0, 0.25], 0.5)


@pytest.mark.parametrize(("count", "fine"), [(12, False), (13, True)])
def test_half_a_second_is_needed(tmp_path: Path, count: int, fine: bool) -> None:
    write(tmp_path / "a.mp4", track(count))
    if fine:
        assert see(tmp_path / "a.mp4").duration_s == 0.52
    else:
        assert refused(tmp_path / "a.mp4").code == "too_short"


INDEPENDENT = {
    "h264.mp4": track(N, options=INTRA),
    "h264.mkv": track(N, options=INTRA),
    "mjpeg.avi": at_25(codec="mjpeg", pix_fmt="yuvj420p"),
    "vp8.webm": track(N, codec="libvpx", options={**REALTIME, **INTRA}),
}
FILLS = {
    "zeros": lambda size: bytes(size),
    "ones": lambda size: b"\xff" * size,
    "noise": np.random.default_rng(7).bytes,
}


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("name", INDEPENDENT)
def test_packets_that_were_written_over_are_passed_over(tmp_path: Path, name: str, fill: str) -> None:
    write(tmp_path / name, INDEPENDENT[name])
    packets = packets_of(tmp_path / name)
    assert len(packets) == N
    for lost in (7, 8, 20):
        place, data = packets[lost]
        overwrite(tmp_path / name, place, FILLS[fill](len(data)))
    seen = see(tmp_path / name)
    left = [number for number in range(N) if number not in (7, 8, 20)]
    assert seen.numbers == left
    assert seen.pts_s == [AT_25[number] for number in left]
    assert seen.duration_s == 1.2
    assert seen.tally == Tally(packets=N, failed=3)


def test_damage_ends_with_the_next_whole_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, track(40, options={"g": "10", "keyint_min": "10", "bf": "0"}))
    place, data = packets_of(path)[12]
    overwrite(path, place, bytes(len(data)))
    seen, again = see(path), see(path)
    assert seen.numbers[:12] == list(range(12))
    assert seen.numbers[-20:] == list(range(20, 40))
    assert seen.pts_s == [round(0.04 * number, 6) for number in range(40) if number != 12]
    assert seen.tally.failed == 1
    assert all(np.array_equal(a, b) for a, b in zip(seen.pictures, again.pictures, strict=True))


def lose(path: Path, packets: range) -> None:
    """Whole transport packets are lost, as in a recorded broadcast: empty ones in their place."""
    for packet in packets:
        overwrite(path, 188 * packet, b"\x47\x1f\xff\x10" + b"\xff" * 184)


def test_frames_that_lost_a_part_are_shown_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    write(path, track(60, options=INTRA))
    lose(path, range(20, 60, 7))
    seen = see(path)
    assert seen.pts_s == [round(0.04 * number, 6) for number in range(60)]
    wrong = [number for number in range(60) if seen.numbers[number] != number]
    assert 1 <= len(wrong) <= seen.tally.corrupt <= 12
    assert seen.tally == Tally(packets=60, corrupt=seen.tally.corrupt)


def test_damage_to_frames_that_others_lean_on_is_the_same_on_every_run(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    write(path, track(60, options={**B_FRAMES, "g": "20", "keyint_min": "20", "slices": "4"}))
    whole = see(path)
    lose(path, range(20, 60, 7))
    seen, again = see(path), see(path)
    assert seen.numbers != whole.numbers
    assert set(seen.pts_s) <= set(whole.pts_s)
    assert (seen.pts_s, seen.tally) == (again.pts_s, again.tally)
    assert all(np.array_equal(a, b) for a, b in zip(seen.pictures, again.pictures, strict=True))


def test_mostly_damaged_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv", track(N, options=INTRA))
    packets = packets_of(tmp_path / "a.mkv")
    for place, data in packets[1:16]:
        overwrite(tmp_path / "a.mkv", place, bytes(len(data)))
    assert see(tmp_path / "a.mkv").tally == Tally(packets=N, failed=15)
    place, data = packets[16]
    overwrite(tmp_path / "a.mkv", place, bytes(len(data)))
    error = refused(tmp_path / "a.mkv")
    assert (error.code, error.detail) == (
        "damaged",
        "16 of the 30 video packets are damaged; fetch the file again",
    )


def test_damaged_throughout_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv", track(N, options=INTRA))
    for place, data in packets_of(tmp_path / "a.mkv"):
        overwrite(tmp_path / "a.mkv", place, bytes(len(data)))
    error = refused(tmp_path / "a.mkv")
    assert (error.code, error.detail) == (
        "damaged",
        "none of the 30 video packets can be decoded; fetch the file again",
    )


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_a_file_that_was_cut_off_shows_what_is_there(tmp_path: Path, name: str) -> None:
    vp8: dict[str, Any] = {"codec": "libvpx", "options": REALTIME}
    options = {"movflags": "+faststart"} if name == "a.mp4" else None
    write(tmp_path / name, track(N, **(vp8 if name == "a.webm" else {})), options=options)
    place, data = packets_of(tmp_path / name)[20]
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[: place + len(data) // 2])
    seen = see(tmp_path / name)
    assert (seen.numbers, seen.pts_s, seen.duration_s) == (list(range(20)), AT_25[:20], 0.8)


def test_a_frame_that_was_cut_off_is_shown_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    write(path, at_25(codec="mpeg4"))
    place, data = packets_of(path)[20]
    path.write_bytes(path.read_bytes()[: place + len(data) // 2])
    seen = see(path)
    assert seen.numbers[:20] == list(range(20))
    assert seen.pts_s == AT_25[:21]
    assert seen.tally == Tally(packets=21, corrupt=1)


def test_a_recording_that_begins_between_whole_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    write(path, track(60, options={"g": "20", "keyint_min": "20"}))
    data = path.read_bytes()
    # The first whole picture is lost, and the tables in front of it; both come again.
    path.write_bytes(data[188 * 12 :])
    seen = see(path)
    assert seen.numbers == list(range(20, 60))
    assert seen.pts_s == [round(0.04 * number, 6) for number in range(40)]
    assert seen.origin_s == 0.8


def joined(tmp_path: Path, *tracks: Track) -> Path:
    path, data = tmp_path / "joined.ts", b""
    for index, one in enumerate(tracks):
        part = tmp_path / f"{index}.ts"
        write(part, one)
        data += part.read_bytes()
    path.write_bytes(data)
    return path


def test_joined_recordings_follow_one_another(tmp_path: Path) -> None:
    path = joined(tmp_path, track(N), track(N, first_number=100), track(N, first_number=200))
    seen = see(path)
    assert seen.numbers == [*range(N), *range(100, 100 + N), *range(200, 200 + N)]
    assert seen.pts_s == [round(0.04 * number, 6) for number in range(3 * N)]
    assert (seen.duration_s, seen.tally) == (3.6, Tally(packets=3 * N))


def test_joined_recordings_keep_their_own_pace(tmp_path: Path) -> None:
    slow, uneven = track(N, fps=20, first_number=100), Track([numbered(200 + n) for n in range(8)], UNEVEN_MS)
    seen = see(joined(tmp_path, track(N), slow, uneven))
    assert seen.numbers == [*range(N), *range(100, 100 + N), *range(200, 208)]
    assert seen.pts_s[: 2 * N] == AT_25 + [round(1.2 + 0.05 * number, 6) for number in range(N)]
    assert [round(t_s - seen.pts_s[2 * N], 6) for t_s in seen.pts_s[2 * N :]] == [ms / 1000 for ms in UNEVEN_MS[:-1]]
    # A transport stream does not say how long a frame lasts: at the seam it is the 40 ms that are usual in the first.
    assert seen.pts_s[2 * N] == round(seen.pts_s[2 * N - 1] + 0.04, 6) == 2.69


def test_a_hole_between_joined_recordings_stays(tmp_path: Path) -> None:
    seen = see(joined(tmp_path, track(N), track(N, first_number=100, first_tick=5000)))
    assert seen.numbers == [*range(N), *range(100, 100 + N)]
    assert seen.pts_s == AT_25 + [round(5 + t_s, 6) for t_s in AT_25]
    assert seen.duration_s == 6.2


def test_frames_that_come_late_are_dropped_and_counted(tmp_path: Path) -> None:
    seen = see(joined(tmp_path, track(N), track(N, first_number=100, first_tick=800)))
    # Where two come at one time, the later one stays on screen.
    assert seen.numbers == [*range(N - 1), *range(109, 100 + N)]
    assert seen.pts_s == [round(0.04 * number, 6) for number in range(50)]
    assert seen.tally == Tally(packets=2 * N, dropped=10)


def test_another_size_on_the_way_is_shown_at_the_first(tmp_path: Path) -> None:
    path = joined(tmp_path, track(N), track(N, first_number=100, first_tick=1200, size=LARGE))
    seen = see(path)
    assert seen.numbers == [*range(N), *range(100, 100 + N)]
    assert {rgb.shape for rgb in seen.pictures} == {(180, 320, 3)}
    assert seen.duration_s == 2.4


def test_sound_is_handed_over_on_the_way_and_changes_no_frame(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    chunks = [(start, np.zeros((1, 320))) for start in range(0, 19200, 320)]
    write(path, track(N), Sound(chunks))
    with open_video(path) as source:
        assert source.audio is not None
        sound = Soundtrack(source.audio, BytesIO())
        pts_s = [frame.pts_s for frame in source.frames(sound)]
        assert sound.pcm(source.origin_s, source.times().duration_s).length_s == 1.2
    assert pts_s == AT_25 == see(path).pts_s


def test_figures_are_known_from_the_first_frame_on(tmp_path: Path) -> None:
    write(tmp_path / "a.mkv", track(N, first_tick=2000))
    with open_video(tmp_path / "a.mkv") as source:
        assert source.view is None and source.audio is None
        frame = next(source.frames())
        assert (frame.pts_s, source.origin_s, source.view) == (0.0, 2.0, frame.view)


@pytest.mark.parametrize(
    ("name", "count", "last_s", "duration_s", "size"),
    [
        ("frame_counter_3s_1080p.mp4", 30, 2.9, 3.0, (1920, 1080)),
        ("no_duration.webm", 74, 4.872, 4.938, (1280, 720)),
        ("nasa_13s_2video_2audio.mp4", 390, 12.979633, 13.013, (480, 270)),
        ("film_vfr_drop3_10s.mp4", 160, 9.926583, 10.01, (1280, 544)),
        ("testsrc_av1.mkv", 125, 4.96, 5.0, (640, 360)),
        ("hello_terminal_8s.mpeg", 249, 8.274933, 8.308, (640, 480)),
        ("broken/odd_size.mp4", 50, 1.96, 2.0, (319, 241)),
    ],
)
def test_real_footage(
    real_videos: Path, name: str, count: int, last_s: float, duration_s: float, size: tuple[int, int]
) -> None:
    with open_video(real_videos / name) as source:
        pts_s = [frame.pts_s for frame in source.frames()]
        times = source.times()
    assert times.pts_s == tuple(pts_s)
    assert (len(pts_s), pts_s[0], pts_s[-1], times.duration_s) == (count, 0.0, last_s, duration_s)
    assert source.view is not None and (source.view.width, source.view.height) == size
    assert source.tally == Tally(packets=count)


def test_real_footage_that_was_filmed_upside_down(real_videos: Path) -> None:
    path = real_videos / "rot180_vfr_2s.mp4"
    with av.open(str(path)) as file:
        stored = next(file.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    with open_video(path) as source:
        shown = picture(next(source.frames())).astype(int)
    assert np.abs(shown - stored[::-1, ::-1]).mean() < 2
    assert np.abs(shown - stored).mean() > 20


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("audio_only.mp4", "no_video"),
        ("html_404.mp4", "unreadable"),
        ("one_frame.mp4", "too_short"),
        ("text.mp4", "unreadable"),
        ("zero.mp4", "unreadable"),
    ],
)
def test_real_files_that_are_refused(real_videos: Path, name: str, code: str) -> None:
    assert refused(real_videos / "broken" / name).code == code


@pytest.mark.parametrize(
    ("name", "tally"),
    [
        ("corrupted.mp4", Tally(packets=50, failed=1, corrupt=1)),
        ("trunc.ts", Tally(packets=25, corrupt=1)),
    ],
)
def test_real_files_that_are_damaged(real_videos: Path, name: str, tally: Tally) -> None:
    with open_video(real_videos / "broken" / name) as source:
        count = sum(1 for _ in source.frames())
    assert source.tally == tally
    assert count == tally.packets - tally.failed


def test_the_length_is_known_before_anything_is_decoded(tmp_path: Path) -> None:
    write(tmp_path / "late.mp4", track(50, first_tick=3000))
    write(tmp_path / "silent.mkv", track(50))
    unstated = tmp_path / "unstated.mkv"
    data = (tmp_path / "silent.mkv").read_bytes()
    duration = data.index(b"\x44\x89\x88")  # Matroska's Duration, a float of 8 bytes
    unstated.write_bytes(data[: duration + 3] + bytes(8) + data[duration + 11 :])
    for name in ("late.mp4", "silent.mkv", "unstated.mkv"):
        with open_video(tmp_path / name) as source:
            assert source.length_s() == pytest.approx(2.0, abs=0.05), name
