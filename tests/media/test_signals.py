"""Brightness, motion and colours of pictures that were made for it."""

import numpy as np
import pytest

from schemas.scan import Sample
from transforms.media.signals import PALETTE, Signals, dominant

NAMED = {
    "black": [(0, 0, 0), (20, 20, 20), (40, 0, 0)],
    "grey": [(128, 128, 128), (70, 70, 70), (190, 190, 190), (120, 128, 124)],
    "white": [(255, 255, 255), (240, 240, 235)],
    "red": [(255, 0, 0), (200, 30, 30), (214, 40, 40), (128, 0, 0)],
    "orange": [(255, 128, 0), (240, 125, 19), (255, 140, 0)],
    "yellow": [(255, 255, 0), (242, 197, 0), (250, 230, 80)],
    "green": [(0, 255, 0), (42, 157, 58), (0, 100, 0), (150, 220, 90)],
    "blue": [(0, 0, 255), (36, 86, 214), (0, 0, 128), (135, 206, 235)],
    "purple": [(128, 0, 255), (100, 40, 150), (148, 0, 211)],
    "pink": [(255, 105, 180), (255, 182, 193), (255, 0, 255), (255, 192, 203)],
    "brown": [(139, 69, 19), (101, 67, 33), (120, 72, 30)],
}


def plain(*rgb: int, size: tuple[int, int] = (96, 54)) -> np.ndarray:
    return np.full((size[1], size[0], 3), rgb, dtype=np.uint8)


def shares(**counts: int) -> np.ndarray:
    """So many pixels of each colour, in a row."""
    return np.concatenate([np.full((count, 3), NAMED[name][0], dtype=np.uint8) for name, count in counts.items()])


def test_every_name_of_the_palette_is_tried() -> None:
    assert tuple(NAMED) == PALETTE


@pytest.mark.parametrize(("name", "rgb"), [(name, rgb) for name, colors in NAMED.items() for rgb in colors])
def test_colours_have_the_names_that_people_give_them(name: str, rgb: tuple[int, int, int]) -> None:
    assert dominant(plain(*rgb)) == (name,)


def test_every_colour_has_a_name() -> None:
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    for red in levels:
        points = np.stack(np.meshgrid([red], levels, levels, indexing="ij"), axis=-1)
        assert set(dominant(points)) <= set(PALETTE)


@pytest.mark.parametrize(
    ("counts", "names"),
    [
        ({"red": 85, "blue": 15}, ("red", "blue")),
        ({"red": 86, "blue": 14}, ("red",)),
        ({"blue": 50, "green": 30, "red": 20}, ("blue", "green", "red")),
        ({"blue": 25, "green": 25, "red": 25, "white": 25}, ("white", "red", "green")),
        ({"brown": 50, "black": 50}, ("black", "brown")),
        ({"yellow": 40, "green": 41, "red": 10, "blue": 9}, ("green", "yellow")),
        (dict.fromkeys(NAMED, 1), ("black",)),
    ],
    ids=["just enough", "too little", "three", "three of four", "palette order", "more first", "all alike"],
)
def test_colours_are_named_by_what_they_cover(counts: dict[str, int], names: tuple[str, ...]) -> None:
    points = shares(**counts)
    assert dominant(points) == names
    assert dominant(points[::-1]) == names


def test_a_plain_picture() -> None:
    signals = Signals()
    assert signals.measure(0.0, plain(100, 100, 100)) == Sample(0.0, 100.0, 0.0, ("grey",))
    assert signals.measure(0.5, plain(100, 100, 100)) == Sample(0.5, 100.0, 0.0, ("grey",))
    assert signals.measure(1.0, plain(160, 160, 160)) == Sample(1.0, 160.0, 60.0, ("grey",))
    assert signals.measure(1.5, plain(0, 0, 0)) == Sample(1.5, 0.0, 160.0, ("black",))
    assert signals.measure(2.0, plain(255, 255, 255)) == Sample(2.0, 255.0, 255.0, ("white",))


@pytest.mark.parametrize(("rgb", "luma"), [((255, 0, 0), 76.24), ((0, 255, 0), 149.69), ((0, 0, 255), 29.07)])
def test_brightness_weighs_the_colours(rgb: tuple[int, int, int], luma: float) -> None:
    assert Signals().measure(0.0, plain(*rgb)).luma == pytest.approx(luma, abs=0.011)


@pytest.mark.parametrize("size", [(96, 54), (480, 270), (56, 96), (1920, 1080), (48, 48), (10, 7)])
def test_motion_is_the_part_that_changed_times_how_much(size: tuple[int, int]) -> None:
    before, after = plain(100, 100, 100, size=size), plain(100, 100, 100, size=size)
    after[:, : size[0] // 2] = 180
    signals = Signals()
    assert signals.measure(0.0, before).motion == 0.0
    sample = signals.measure(0.5, after)
    assert (sample.motion, sample.luma) == (40.0, 140.0)
    assert signals.measure(1.0, before).motion == 40.0


def test_motion_counts_where_brightness_stays_the_same_on_the_whole() -> None:
    board = np.indices((54, 96)).sum(axis=0) // 2 % 2 * 200
    rgb = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    signals = Signals()
    first, second = signals.measure(0.0, rgb), signals.measure(0.5, 200 - rgb)
    assert first.luma == second.luma == 100.0
    assert second.motion == 200.0


def test_each_video_starts_at_rest() -> None:
    Signals().measure(0.0, plain(0, 0, 0))
    assert Signals().measure(0.0, plain(255, 255, 255)).motion == 0.0


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (47, 3)])
def test_pictures_of_any_shape(shape: tuple[int, int]) -> None:
    signals = Signals()
    signals.measure(0.0, plain(10, 10, 10, size=shape))
    assert signals.measure(1.0, plain(200, 0, 0, size=shape)) == Sample(1.0, 59.8, 50.0, ("red",))


def test_a_picture_that_is_not_contiguous() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (54, 96, 3), dtype=np.uint8)
    assert Signals().measure(0.0, rgb[::-1, ::-1]) == Signals().measure(0.0, np.ascontiguousarray(rgb[::-1, ::-1]))
