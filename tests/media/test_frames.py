"""Which frame is on screen at a time, and fetching exactly that one again."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.errors import InputError
from schemas.scan import FrameTimes
from schemas.source import Box
from schemas.span import Span
from tests.media.clips import MS, Track, numbered, packets_of, picture, see, track, write
from tests.strip import read_strip
from transforms.media.decode import open_video
from transforms.media.frames import during, fetch, frame_at, render, spread
from transforms.media.picture import crop

UNEVEN_MS = [0, 33, 100, 101, 400, 433, 900, 1000, 1400]
B_FRAMES = {"preset": "veryfast", "bf": "3", "b-adapt": "0", "g": "30"}
ALL = 10**9


@pytest.fixture(params=["a.mp4", "with B-frames.mp4", "a.mkv", "late.mkv", "a.webm", "a.ts"])
def uneven(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Frame 100 + i is shown from `UNEVEN_MS[i]` on."""
    name: str = request.param
    more: dict[str, Any] = {}
    if name.endswith("webm"):
        more = {"codec": "libvpx", "options": {"deadline": "realtime", "cpu-used": "8"}}
    elif "B-frames" in name:
        more = {"options": B_FRAMES}
    ticks = [tick + (5000 if "late" in name else 0) for tick in UNEVEN_MS]
    write(tmp_path / name, Track([numbered(100 + number) for number in range(8)], ticks, MS, **more))
    return tmp_path / name


def times_of(path: Path) -> FrameTimes:
    with open_video(path) as source:
        for _ in source.frames():
            pass
        return source.times()


def shown_at(path: Path, times: FrameTimes, t_s: float) -> int | None:
    (frame,) = fetch(path, [frame_at(times, t_s)])
    return read_strip(render(frame, ALL))


@pytest.mark.parametrize(
    ("t_s", "number"),
    [
        (0.0, 0),
        (0.0329, 0),
        (0.033, 1),
        (0.0999, 1),
        (0.1, 2),
        (0.101, 3),
        (0.25, 3),
        (0.399999, 3),
        (0.4, 4),
        (0.95, 6),
        (1.0, 7),
        (1.39, 7),
        (1.4, 7),
        (99.0, 7),
        (-1.0, 0),
    ],
)
def test_the_frame_at_a_time_is_the_one_on_screen(uneven: Path, t_s: float, number: int) -> None:
    assert shown_at(uneven, times_of(uneven), t_s) == 100 + number


def test_several_frames_come_in_one_pass_in_order(uneven: Path) -> None:
    times = times_of(uneven)
    wanted = [times.pts_s[7], times.pts_s[0], times.pts_s[3], times.pts_s[0], times.pts_s[4]]
    frames = list(fetch(uneven, wanted))
    assert [frame.pts_s for frame in frames] == [0.0, 0.101, 0.4, 1.0]
    assert [read_strip(picture(frame)) for frame in frames] == [100, 103, 104, 107]


def test_a_frame_that_is_fetched_has_the_pixels_of_the_first_pass(uneven: Path) -> None:
    seen = see(uneven)
    for wanted in ([2], [5], [1, 6], list(range(8))):
        frames = list(fetch(uneven, [seen.pts_s[index] for index in wanted]))
        assert all(np.array_equal(picture(frame), seen.pictures[i]) for frame, i in zip(frames, wanted, strict=True))


def test_nothing_wanted_opens_nothing(tmp_path: Path) -> None:
    assert list(fetch(tmp_path / "no such file.mp4", [])) == []


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        list(fetch(tmp_path / "no such file.mp4", [0.0]))
    assert caught.value.code == "missing"


@pytest.mark.parametrize("t_s", [0.02, 0.0400005, 99.0, -0.04])
def test_a_time_at_which_no_frame_starts_means_another_file(tmp_path: Path, t_s: float) -> None:
    write(tmp_path / "a.mp4", track(15))
    with pytest.raises(InputError) as caught:
        list(fetch(tmp_path / "a.mp4", [t_s]))
    assert caught.value.code == "changed_video"
    assert f"there is no frame at {t_s} s any more" in caught.value.detail


def test_frames_before_a_missing_one_still_come(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(15))
    frames = fetch(tmp_path / "a.mp4", [0.08, 0.05, 0.04])
    assert next(frames).pts_s == 0.04
    with pytest.raises(InputError, match="changed_video: there is no frame at 0.05 s"):
        next(frames)


def test_another_video_in_the_place_of_the_first_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write(path, track(30))
    times = times_of(path)
    write(path, track(30, fps=20))
    with pytest.raises(InputError, match="changed_video"):
        list(fetch(path, times.pts_s))


def test_the_pass_stops_after_the_last_frame_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    write(path, track(30, options={"g": "1"}))
    place, _ = packets_of(path)[10]
    path.write_bytes(path.read_bytes()[:place])
    assert [read_strip(picture(frame)) for frame in fetch(path, [0.0, 0.36])] == [0, 9]
    with pytest.raises(InputError, match="changed_video"):
        list(fetch(path, [0.36, 0.4]))


@pytest.mark.parametrize(
    ("span", "numbers"),
    [
        (Span(0.0, 0.133), [0, 1, 2, 3]),
        # Two thirds of a millisecond of the frame before, or after: rounded.
        (Span(0.066, 0.1), [2]),
        (Span(0.067, 0.134), [2, 3]),
        (Span(0.07, 0.08), [2]),
        (Span(0.05, 0.12), [1, 2, 3]),
    ],
)
def test_a_millisecond_of_a_frame_is_not_enough_to_be_on_screen(span: Span, numbers: list[int]) -> None:
    shown = [(round(n / 30, 6), round((n + 1) / 30, 6)) for n in range(6)]
    assert [number for number, displayed in enumerate(shown) if during(displayed, span)] == numbers


def test_frame_at_knows_only_times() -> None:
    times = FrameTimes((0.0, 0.033367, 0.066733, 2.0), 2.5)
    for t_s, pts_s in (
        (-5.0, 0.0),
        (0.0, 0.0),
        (0.033366, 0.0),
        (0.033367, 0.033367),
        (0.0667, 0.033367),
        (1.999999, 0.066733),
        (2.0, 2.0),
        (2.5, 2.0),
        (1e9, 2.0),
    ):
        assert frame_at(times, t_s) == pts_s


EVEN = FrameTimes(tuple(round(0.1 * number, 6) for number in range(20)), 2.0)
SPARSE = FrameTimes((0.0, 0.5, 0.55, 5.0), 6.0)


@pytest.mark.parametrize(
    ("times", "span", "n", "expected"),
    [
        (EVEN, Span(0.0, 2.0), 1, (1.0,)),
        (EVEN, Span(0.0, 2.0), 2, (0.5, 1.5)),
        (EVEN, Span(0.0, 2.0), 4, (0.2, 0.7, 1.2, 1.7)),
        (EVEN, Span(0.0, 2.0), 20, EVEN.pts_s),
        (EVEN, Span(0.0, 2.0), 100, EVEN.pts_s),
        (EVEN, Span(0.45, 0.55), 3, (0.5,)),
        (EVEN, Span(0.41, 0.49), 3, (0.4,)),
        (EVEN, Span(0.4, 0.5), 3, (0.4,)),
        (EVEN, Span(1.95, 2.0), 2, (1.9,)),
        (EVEN, Span(7.0, 8.0), 2, (1.9,)),
        (SPARSE, Span(0.0, 6.0), 3, (0.55, 5.0)),
        (SPARSE, Span(0.1, 5.5), 4, (0.55,)),
        (SPARSE, Span(0.2, 0.6), 2, (0.5,)),
        (SPARSE, Span(0.2, 0.6), 4, (0.5, 0.55)),
        (SPARSE, Span(1.0, 4.0), 4, (0.55,)),
        (SPARSE, Span(1.0, 5.0), 4, (0.55,)),
        (SPARSE, Span(1.0, 5.2), 4, (5.0,)),
        (SPARSE, Span(0.5, 0.5), 4, (0.5,)),
    ],
)
def test_frames_are_spread_over_a_span(times: FrameTimes, span: Span, n: int, expected: tuple[float, ...]) -> None:
    assert spread(times, span, n) == expected


@pytest.mark.parametrize("n", [0, -1])
def test_no_frames_cannot_be_spread(n: int) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        spread(EVEN, Span(0.0, 1.0), n)


def test_frames_that_are_spread_can_be_fetched(uneven: Path) -> None:
    times = times_of(uneven)
    chosen = spread(times, Span(0.05, 1.3), 4)
    frames = list(fetch(uneven, chosen))
    assert [read_strip(picture(frame)) for frame in frames] == [100 + times.pts_s.index(t) for t in chosen]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    write(tmp_path / "a.mp4", track(15, size=(640, 360)))
    return tmp_path / "a.mp4"


@pytest.mark.parametrize(
    ("most", "shape"),
    [
        (ALL, (360, 640, 3)),
        (640 * 360, (360, 640, 3)),
        (320 * 180, (180, 320, 3)),
        (480 * 270, (270, 480, 3)),
        (100000, (237, 421, 3)),
        (1, (1, 1, 3)),
    ],
)
def test_a_picture_has_at_most_so_many_pixels(large: Path, most: int, shape: tuple[int, int, int]) -> None:
    (frame,) = fetch(large, [0.2])
    rgb = render(frame, most)
    assert rgb.shape == shape
    assert rgb.dtype == np.uint8 and rgb.flags.c_contiguous
    if most >= 320 * 180:
        assert read_strip(rgb) == 5


@pytest.mark.parametrize(
    "box", [(0.0, 0.0, 1.0, 1.0), (0.25, 0.25, 0.75, 0.75), (0.0, 0.9, 0.3, 1.0), (0.9, 0.0, 1.0, 0.01)]
)
def test_a_part_is_cut_from_the_whole_picture(large: Path, box: Box) -> None:
    (frame,) = fetch(large, [0.2])
    assert np.array_equal(render(frame, ALL, box), crop(picture(frame), box))


@pytest.mark.parametrize(
    ("box", "most", "shape"),
    [
        ((0.25, 0.25, 0.75, 0.75), 320 * 180, (180, 320, 3)),
        ((0.25, 0.25, 0.75, 0.75), 160 * 90, (90, 160, 3)),
        ((0.0, 0.0, 0.5, 1.0), 160 * 180, (180, 160, 3)),
        ((0.0, 0.0, 0.001, 0.001), 100, (1, 1, 3)),
    ],
)
def test_a_part_is_scaled_down_but_never_up(large: Path, box: Box, most: int, shape: tuple[int, int, int]) -> None:
    (frame,) = fetch(large, [0.2])
    assert render(frame, most, box).shape == shape


def test_a_part_shows_what_lies_there(large: Path) -> None:
    quarters = np.zeros((360, 640, 3), dtype=np.uint8)
    quarters[:180, :320], quarters[:180, 320:] = (200, 40, 40), (40, 200, 40)
    quarters[180:, :320], quarters[180:, 320:] = (40, 40, 200), (200, 200, 200)
    write(large, Track([quarters] * 15, range(16), Fraction(1, 25)))
    (frame,) = fetch(large, [0.2])
    for box, color in (
        ((0.0, 0.0, 0.5, 0.5), (200, 40, 40)),
        ((0.5, 0.0, 1.0, 0.5), (40, 200, 40)),
        ((0.0, 0.5, 0.5, 1.0), (40, 40, 200)),
        ((0.5, 0.5, 1.0, 1.0), (200, 200, 200)),
    ):
        part = render(frame, 5000, box).astype(int)
        assert np.abs(part[4:-4, 4:-4] - color).max() <= 6


def test_a_box_that_is_none_is_refused(large: Path) -> None:
    (frame,) = fetch(large, [0.0])
    with pytest.raises(ValueError, match="a box needs"):
        render(frame, ALL, (0.5, 0.5, 0.5, 0.6))


def test_the_same_bytes_on_every_call(large: Path) -> None:
    one, two = (render(next(iter(fetch(large, [0.32]))), 50000) for _ in range(2))
    assert one.tobytes() == two.tobytes()


def test_frames_of_real_footage_can_be_fetched_again(real_videos: Path) -> None:
    path = real_videos / "rot180_vfr_2s.mp4"
    wanted: dict[float, np.ndarray] = {}
    with open_video(path) as source:
        for index, frame in enumerate(source.frames()):
            if index in (0, 7, 24):
                wanted[frame.pts_s] = picture(frame)
    frames = list(fetch(path, reversed(wanted)))
    assert [frame.pts_s for frame in frames] == list(wanted)
    assert all(np.array_equal(picture(frame), wanted[frame.pts_s]) for frame in frames)
