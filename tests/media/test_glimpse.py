import av
import numpy as np
import pytest

from transforms.media.glimpse import Glimpser

WIDTH, HEIGHT = 100, 60
"""No multiple of 32: rows are stored with padding, whose bytes mean nothing."""


def frame(pixels: str = "yuv420p", seed: int = 0) -> av.VideoFrame:
    rgb = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuvj422p", "nv12", "gray"])
def test_rows_are_whole_rows_of_brightness(pixels: str) -> None:
    raw = frame(pixels)
    rows = Glimpser().rows(raw)
    stored = np.frombuffer(memoryview(raw.planes[0]), np.uint8).reshape(-1, raw.planes[0].line_size)[:HEIGHT, :WIDTH]
    assert rows.shape == (20, WIDTH)
    assert np.array_equal(rows, stored[1::3])


def test_rows_of_a_format_without_a_plane_of_brightness_are_a_thumbnail() -> None:
    assert Glimpser().rows(frame("rgb24")).shape == (36, 64, 3)


def test_rows_of_a_tiny_picture_are_all_its_rows() -> None:
    raw = av.VideoFrame.from_ndarray(np.zeros((4, 4, 3), dtype=np.uint8), format="rgb24").reformat(format="yuv420p")
    assert Glimpser().rows(raw).shape == (4, 4)


def test_a_thumbnail_is_rgb_and_never_larger_than_the_picture() -> None:
    red = np.zeros((20, 30, 3), dtype=np.uint8)
    red[..., 0] = 255
    thumbnail = Glimpser().rgb(av.VideoFrame.from_ndarray(red, format="rgb24"))
    assert thumbnail.shape == (20, 30, 3)
    assert thumbnail[0, 0].tolist() == [255, 0, 0]
