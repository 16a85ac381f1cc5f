"""From decoded frames to what a viewer sees."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import simplejpeg
from av.video.reformatter import Colorspace

from schemas.source import Box
from tests.media.clips import Track, numbered, see, write
from tests.strip import read_strip
from transforms.media.picture import (
    EXACT,
    FAST,
    Scaler,
    Turn,
    View,
    crop,
    decode_jpeg,
    encode_jpeg,
    resize,
    upright,
    view_of,
    within_pixels,
    within_side,
)


def noise(width: int, height: int) -> np.ndarray:
    return np.random.default_rng(width * height).integers(0, 256, (height, width, 3), dtype=np.uint8)


def frame_of(rgb: np.ndarray) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")


@pytest.mark.parametrize(
    ("size", "most", "fits"),
    [
        ((640, 360), 640 * 360, (640, 360)),
        ((640, 360), 10**9, (640, 360)),
        ((640, 360), 320 * 180, (320, 180)),
        ((640, 360), 320 * 180 - 1, (319, 179)),
        ((1920, 1080), 250000, (666, 375)),
        ((1080, 1920), 250000, (375, 666)),
        ((1000, 10), 100, (100, 1)),
        ((10000, 1), 100, (1000, 1)),
        ((1, 1), 1, (1, 1)),
    ],
)
def test_within_pixels(size: tuple[int, int], most: int, fits: tuple[int, int]) -> None:
    assert within_pixels(*size, most) == fits


@pytest.mark.parametrize(
    ("size", "side", "fits"),
    [
        ((640, 360), 640, (640, 360)),
        ((640, 360), 1000, (640, 360)),
        ((640, 360), 320, (320, 180)),
        ((360, 640), 320, (180, 320)),
        ((640, 360), 333, (333, 187)),
        ((640, 480), 639, (639, 479)),
        ((10000, 1), 100, (100, 1)),
        ((7, 7), 1, (1, 1)),
    ],
)
def test_within_side(size: tuple[int, int], side: int, fits: tuple[int, int]) -> None:
    assert within_side(*size, side) == fits


def test_sizes_never_exceed_what_is_asked() -> None:
    for width in range(1, 200, 7):
        for height in range(1, 200, 11):
            for most in (16, 100, 999, 5000):
                w, h = within_pixels(width, height, most)
                assert 1 <= w <= width and 1 <= h <= height
                assert w * h <= max(most, w, h)
            for side in (1, 16, 99):
                assert max(within_side(width, height, side)) == min(side, max(width, height))


@pytest.mark.parametrize(
    ("box", "rows", "columns"),
    [
        ((0.0, 0.0, 1.0, 1.0), slice(0, 90), slice(0, 160)),
        ((0.25, 0.5, 0.75, 1.0), slice(45, 90), slice(40, 120)),
        ((0.1, 0.1, 0.9, 0.9), slice(9, 81), slice(16, 144)),
        ((1 / 3, 1 / 3, 2 / 3, 2 / 3), slice(30, 60), slice(53, 107)),
        ((0.0, 0.0, 0.0001, 0.0001), slice(0, 1), slice(0, 1)),
        ((0.9999, 0.9999, 1.0, 1.0), slice(89, 90), slice(159, 160)),
        ((0.5, 0.5, 0.5001, 0.5001), slice(45, 46), slice(80, 81)),
        ((0.004, 0.004, 0.01, 0.01), slice(0, 1), slice(0, 2)),
        ((0.0, 0.0, 1e-12, 1.0), slice(0, 90), slice(0, 1)),
        ((1 - 1e-12, 0.0, 1.0, 1.0), slice(0, 90), slice(159, 160)),
    ],
)
def test_a_crop_is_widened_to_whole_pixels(box: Box, rows: slice, columns: slice) -> None:
    rgb = noise(160, 90)
    part = crop(rgb, box)
    assert np.array_equal(part, rgb[rows, columns])
    assert part.flags.c_contiguous


@pytest.mark.parametrize(("width", "height"), [(160, 90), (319, 241), (49, 1013)])
def test_a_box_made_from_whole_pixels_is_those_pixels(width: int, height: int) -> None:
    rgb = noise(width, height)
    for x in range(width - 1):
        assert np.array_equal(crop(rgb, (x / width, 0.0, (x + 1) / width, 1.0)), rgb[:, x : x + 1])
    for y in range(height - 1):
        assert np.array_equal(crop(rgb, (0.0, y / height, 1.0, (y + 1) / height)), rgb[y : y + 1])


@pytest.mark.parametrize(
    "box",
    [
        (0.5, 0.0, 0.5, 1.0),
        (0.0, 0.6, 1.0, 0.5),
        (-0.1, 0.0, 1.0, 1.0),
        (0.0, 0.0, 1.01, 1.0),
        (0.0, 0.0, 1.0, float("nan")),
        (0.0, 0.0, 1.0, float("inf")),
    ],
)
def test_a_box_that_is_none(box: Box) -> None:
    with pytest.raises(ValueError, match="0 <= x0 < x1 <= 1"):
        crop(noise(16, 9), box)


TURNED: dict[str, tuple[Turn, Any]] = {
    "none": (Turn(), lambda rgb: rgb),
    "flip x": (Turn(flip_x=True), lambda rgb: rgb[:, ::-1]),
    "flip y": (Turn(flip_y=True), lambda rgb: rgb[::-1]),
    "flip both": (Turn(flip_x=True, flip_y=True), lambda rgb: np.rot90(rgb, 2)),
    "swap": (Turn(swap=True), lambda rgb: rgb.transpose(1, 0, 2)),
    "swap, flip x": (Turn(swap=True, flip_x=True), lambda rgb: np.rot90(rgb, -1)),
    "swap, flip y": (Turn(swap=True, flip_y=True), lambda rgb: np.rot90(rgb, 1)),
    "swap, flip both": (Turn(True, True, True), lambda rgb: np.rot90(rgb, 2).transpose(1, 0, 2)),
}


@pytest.mark.parametrize("flags", [EXACT, FAST], ids=["exact", "fast"])
@pytest.mark.parametrize("name", TURNED)
def test_every_turn_moves_every_pixel_to_its_place(name: str, flags: int) -> None:
    turn, expected = TURNED[name]
    rgb = noise(33, 17)
    width, height = (17, 33) if turn.swap else (33, 17)
    shown = upright(frame_of(rgb), View(width, height, turn), width, height, Scaler("rgb24", flags))
    assert np.array_equal(shown, expected(rgb))
    assert shown.flags.c_contiguous and shown.dtype == np.uint8


@pytest.mark.parametrize("name", TURNED)
def test_a_turned_picture_is_scaled_to_its_displayed_size(name: str) -> None:
    turn, _ = TURNED[name]
    shown = upright(frame_of(noise(64, 32)), View(64, 32, turn), 20, 30, Scaler("rgb24", EXACT))
    assert shown.shape == (30, 20, 3)


@pytest.mark.parametrize(
    ("aspect", "size"), [(1.0, (720, 576)), (16 / 15, (768, 576)), (64 / 45, (1024, 576)), (0.0001, (1, 576))]
)
def test_a_view_is_as_wide_as_its_pixels(aspect: float, size: tuple[int, int]) -> None:
    assert view_of(av.VideoFrame(720, 576, "yuv420p"), aspect) == View(*size)


@pytest.mark.parametrize("grey", [0, 1, 100, 254, 255])
def test_scaling_keeps_a_plain_picture(grey: int) -> None:
    plain = np.full((90, 160, 3), grey, dtype=np.uint8)
    for width, height in ((16, 9), (100, 37), (159, 89), (1, 1), (320, 180)):
        assert np.array_equal(resize(plain, width, height), np.full((height, width, 3), grey, dtype=np.uint8))


def test_half_the_size_is_the_mean_of_four_pixels() -> None:
    rgb = noise(64, 36)
    means = rgb.reshape(18, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(resize(rgb, 32, 18) - means).max() <= 1


def test_the_same_size_is_the_same_picture() -> None:
    rgb = noise(31, 17)
    assert resize(rgb, 31, 17) is rgb


def test_scaling_is_repeatable_and_takes_any_layout() -> None:
    rgb = noise(97, 61)
    once = resize(rgb, 40, 30)
    assert once.tobytes() == resize(rgb.copy(), 40, 30).tobytes()
    assert np.array_equal(resize(np.asfortranarray(rgb), 40, 30), once)
    assert np.array_equal(resize(rgb[:, ::-1], 40, 30), resize(np.ascontiguousarray(rgb[:, ::-1]), 40, 30))


def test_a_scaler_keeps_nothing_of_the_frames_before() -> None:
    pictures = [noise(64, 36), noise(31, 57), noise(64, 36)[::-1], numbered(7)]
    scaler = Scaler("rgb24", EXACT)
    kept = [scaler(frame_of(rgb), 24, 16) for rgb in pictures]
    assert all(
        np.array_equal(small, Scaler("rgb24", EXACT)(frame_of(rgb), 24, 16))
        for small, rgb in zip(kept, pictures, strict=True)
    )


def test_a_scaler_for_grey() -> None:
    grey = Scaler("gray", EXACT)(frame_of(np.full((20, 30, 3), 77, dtype=np.uint8)), 15, 10)
    assert grey.shape == (10, 15)
    assert np.abs(grey.astype(int) - 77).max() <= 1


def test_the_quick_paths_differ_little() -> None:
    rgb = numbered(1234, (640, 360))
    quick, exact = (Scaler("rgb24", flags)(frame_of(rgb), 320, 180).astype(int) for flags in (FAST, EXACT))
    assert np.abs(quick - exact).mean() <= 1
    assert read_strip(quick.astype(np.uint8)) == read_strip(exact.astype(np.uint8)) == 1234


COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255), "odd": (200, 90, 30)}


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("space", [Colorspace.ITU709, Colorspace.ITU601], ids=["709", "601"])
@pytest.mark.parametrize("color", COLORS)
def test_colours_are_those_that_the_stream_states(color: str, space: Colorspace, full: bool) -> None:
    red, green, blue = (value / 255 for value in COLORS[color])
    k_red, k_blue = (0.2126, 0.0722) if space == Colorspace.ITU709 else (0.299, 0.114)
    luma = k_red * red + (1 - k_red - k_blue) * green + k_blue * blue
    to_blue, to_red = (blue - luma) / (2 - 2 * k_blue), (red - luma) / (2 - 2 * k_red)
    steps = (luma * 255, 128 + to_blue * 255, 128 + to_red * 255)
    planes = steps if full else (16 + luma * 219, 128 + to_blue * 224, 128 + to_red * 224)
    yuv = np.stack([np.full((16, 16), np.clip(round(value), 0, 255), dtype=np.uint8) for value in planes])
    raw = av.VideoFrame.from_ndarray(yuv, format="yuv444p")
    raw.colorspace, raw.color_range = int(space), 2 if full else 1
    shown = Scaler("rgb24", EXACT)(raw, 16, 16)
    assert np.abs(shown.astype(int) - COLORS[color]).max() <= 2


def test_a_picture_survives_jpeg() -> None:
    rgb = numbered(4321, (640, 360), shade=90)
    again = decode_jpeg(encode_jpeg(rgb))
    assert again.shape == rgb.shape and again.dtype == np.uint8
    assert np.abs(again.astype(int) - rgb).mean() < 0.5
    assert read_strip(again) == 4321


@pytest.mark.parametrize("size", [(1, 1), (17, 3), (3, 17), (33, 65)])
def test_a_plain_picture_of_any_size_survives_jpeg(size: tuple[int, int]) -> None:
    plain = np.full((size[1], size[0], 3), (120, 60, 200), dtype=np.uint8)
    again = decode_jpeg(encode_jpeg(plain))
    assert again.shape == plain.shape
    assert np.abs(again.astype(int) - plain).max() <= 3


def test_equal_pixels_give_equal_bytes() -> None:
    rgb = noise(64, 48)
    jpeg = encode_jpeg(rgb)
    assert jpeg == encode_jpeg(rgb.copy()) == encode_jpeg(np.asfortranarray(rgb))
    assert jpeg == encode_jpeg(np.pad(rgb, ((5, 5), (5, 5), (0, 0)))[5:-5, 5:-5])
    other = rgb.copy()
    other[:16, :16] ^= 128
    assert jpeg != encode_jpeg(other)


def test_a_grey_jpeg_is_read_as_rgb() -> None:
    grey = np.full((8, 12, 1), 99, dtype=np.uint8)
    again = decode_jpeg(simplejpeg.encode_jpeg(grey, colorspace="GRAY", colorsubsampling="Gray"))
    assert again.shape == (8, 12, 3)
    assert np.abs(again.astype(int) - 99).max() <= 1


@pytest.mark.parametrize("data", [b"", b"not a jpeg", b"\xff\xd8\xff"], ids=["nothing", "text", "only its magic"])
def test_other_bytes_are_no_jpeg(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode_jpeg(data)


def test_pictures_of_odd_size_are_whole(tmp_path: Path) -> None:
    pictures = [np.pad(numbered(number), ((0, 0), (0, 1), (0, 0)), mode="edge")[1:] for number in range(15)]
    write(tmp_path / "a.mkv", Track(pictures, range(16), Fraction(1, 25), codec="ffv1", pix_fmt="yuv444p"))
    seen = see(tmp_path / "a.mkv")
    assert seen.numbers == list(range(15))
    assert {rgb.shape for rgb in seen.pictures} == {(179, 321, 3)}
    for shown, drawn in zip(seen.pictures, pictures, strict=True):
        assert np.abs(shown.astype(int) - drawn).max() <= 2
