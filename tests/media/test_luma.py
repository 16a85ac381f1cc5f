import av
import numpy as np
import pytest

from transforms.media.luma import Grey, stored_luma
from transforms.media.picture import Turn, View

RAMP = np.repeat(np.arange(0, 256, 2, dtype=np.uint8)[None], 64, axis=0)
"""64 rows of 128 greys from black to white."""


def ramp(pixels: str, range_: int = 0) -> av.VideoFrame:
    rgb = np.repeat(RAMP[..., None], 3, axis=2)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format=pixels, dst_color_range=range_ or None)
    frame.color_range = range_
    return frame


@pytest.mark.parametrize(
    ("pixels", "range_"),
    [("yuv420p", 0), ("yuv420p", 1), ("yuv420p", 2), ("yuvj420p", 2), ("nv12", 0), ("gray", 0), ("rgb24", 0)],
)
def test_grey_runs_from_black_to_white_whatever_the_format(pixels: str, range_: int) -> None:
    grey = Grey(640)(ramp(pixels, range_), View(128, 64))
    assert grey.shape == (64, 128)
    assert np.abs(grey.astype(int) - RAMP).max() <= 2
    assert (grey[0, 0], grey[0, -1]) == pytest.approx((0, 254), abs=2)


def test_deep_colour_is_grey_too() -> None:
    grey = Grey(640)(ramp("yuv420p10le"), View(128, 64))
    assert np.abs(grey.astype(int) - RAMP).max() <= 2


@pytest.mark.parametrize(("side", "width", "height"), [(128, 128, 64), (64, 64, 32), (50, 50, 25), (20, 20, 10)])
def test_the_longer_side_is_at_most_what_is_asked(side: int, width: int, height: int) -> None:
    grey = Grey(side)(ramp("yuv420p"), View(128, 64))
    assert grey.shape == (height, width)
    assert grey.mean() == pytest.approx(RAMP.mean(), abs=1.5)


def test_a_turned_picture_is_upright() -> None:
    grey = Grey(32)(ramp("yuv420p"), View(64, 128, Turn(swap=True, flip_y=True)))
    assert grey.shape == (32, 16)
    assert grey.flags.c_contiguous
    assert np.all(np.diff(grey[:, 0].astype(int)) < 0)


def test_pixels_that_are_not_square_are_stretched() -> None:
    assert Grey(640)(ramp("yuv420p"), View(256, 64)).shape == (64, 256)


def test_a_format_without_a_plane_of_brightness_has_none() -> None:
    assert stored_luma(ramp("rgb24")) is None
    luma = stored_luma(ramp("yuv420p"))
    assert luma is not None
    assert luma.shape == (64, 128)
    assert luma.min() == 16
