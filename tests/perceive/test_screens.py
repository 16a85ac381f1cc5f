import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.conftest import SAMPLES
from tests.perceive.sampled import sampled
from transforms.engines.ocr import RapidOcr
from transforms.media.picture import within_side
from transforms.perceive.lines import join_lines
from transforms.perceive.screens import ScreenPicker
from transforms.perceive.strokes import SIDE
from transforms.text import same_text

SAMPLE_VIDEOS: list[dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text())["videos"]
STEP_S = 0.5
SIZE = (640, 360)


def slide(*lines: str, size: int = 24, ink: float = 1.0) -> Image.Image:
    """Lines of text on a pale slide; `ink` 0 to 1 fades the text in."""
    paper, black = np.array([235, 232, 224]), np.array([30, 30, 40])
    picture = Image.new("RGB", SIZE, tuple(paper.tolist()))
    draw = ImageDraw.Draw(picture)
    color = tuple(round(c) for c in (paper + ink * (black - paper)).tolist())
    for number, line in enumerate(lines):
        draw.text((60, 40 + 2 * number * size), line, font=ImageFont.load_default(size), fill=color)
    return picture


def grey(rgb: Image.Image | np.ndarray) -> np.ndarray:
    """What the picker is shown of a picture."""
    picture = Image.fromarray(rgb) if isinstance(rgb, np.ndarray) else rgb
    return np.asarray(picture.convert("L").resize(within_side(*picture.size, SIDE)))


def picks(pictures: list[Image.Image]) -> list[int]:
    """Which of these frames, sampled every half second, are picked."""
    picker = ScreenPicker()
    return [n for n, picture in enumerate(pictures) if picker.push(n * STEP_S, grey(picture))]


def foliage(shift: int) -> Image.Image:
    """Soft natural texture, moved by some pixels."""
    noise = np.random.default_rng(5).integers(0, 256, (SIZE[1], SIZE[0] + 400), dtype=np.uint8)
    soft = np.asarray(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(1.5)), dtype=float)
    soft = np.clip(110 + (soft - soft.mean()) * 2.0, 0, 255).astype(np.uint8)
    green = np.stack([soft // 2, soft, soft // 3], axis=-1)
    return Image.fromarray(green[:, shift : shift + SIZE[0]])


def test_a_still_slide_is_read_once() -> None:
    assert picks([slide("Overview", "First point")] * 20) == [0]


def test_noise_and_flicker_do_not_count() -> None:
    chance = np.random.default_rng(1)
    still = np.asarray(slide("Overview", "First point"), dtype=float)
    noisy = [np.clip(still * (0.97 + 0.03 * (n % 2)) + chance.normal(0, 3, still.shape), 0, 255) for n in range(20)]
    assert picks([Image.fromarray(frame.astype(np.uint8)) for frame in noisy]) == [0]


def test_a_new_line_is_read_at_once() -> None:
    before, after = slide("Overview", "First point"), slide("Overview", "First point", "Second point")
    assert picks([before] * 6 + [after] * 6) == [0, 6]


def test_text_that_goes_is_noticed() -> None:
    assert picks([slide("Overview")] * 5 + [slide()] * 5) == [0, 5]


@pytest.mark.parametrize("size", [12, 18, 30, 60])
@pytest.mark.parametrize(("a", "b"), [("GATE 14", "GATE 41"), ("Step 1 of 9 is done", "Step 2 of 9 is done")])
def test_a_single_digit_is_noticed(a: str, b: str, size: int) -> None:
    picked = picks([slide("Overview", a, size=size)] * 5 + [slide("Overview", b, size=size)] * 5)
    assert picked in ([0, 5], [0, 6], [0, 5, 6])


@pytest.mark.parametrize(
    "inks",
    [(0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9), (0, 0.5), (0, 0.35, 0.7)],
    ids=["three seconds", "one second", "uneven"],
)
def test_a_fade_is_read_when_it_is_over(inks: tuple[float, ...]) -> None:
    shown = (0.0,) * 4 + inks + (1.0,) * 6
    picked = picks([slide("Overview", "Faded in", ink=ink) for ink in shown])
    assert shown[picked[-1]] >= 0.9


def test_another_scene_at_rest_is_read_even_if_its_text_is_faint() -> None:
    faint = Image.fromarray(np.asarray(slide("Barely there", ink=0.1)) // 2)
    assert picks([slide("Overview")] * 4 + [slide()] * 4 + [faint] * 8) == [0, 4, 9]


def test_moving_texture_is_read_seldom() -> None:
    picked = picks([foliage(7 * n) for n in range(40)])
    assert len(picked) <= 1 + 40 * STEP_S / 2


def test_shapes_that_move_are_not_text() -> None:
    frames = []
    for n in range(20):
        frame = slide("Overview")
        ImageDraw.Draw(frame).ellipse((20 * n, 200, 20 * n + 90, 290), fill=(200, 40, 40))
        frames.append(frame)
    assert picks(frames) == [0]


def test_text_read_in_motion_is_read_once_more() -> None:
    frames = [slide() for _ in range(4)] + [slide("A title", "that comes", "with a swing", size=32) for _ in range(8)]
    for n, frame in enumerate(frames):
        ImageDraw.Draw(frame).ellipse((440, 20 * n, 620, 20 * n + 180), fill=(60, 140, 60))
    assert picks(frames) == [0, 4, 5]


def test_a_caption_over_moving_texture_is_read_at_once() -> None:
    frames = [foliage(7 * n) for n in range(24)]
    for frame in frames[11:15]:
        ImageDraw.Draw(frame).text((120, 300), "I HAVE ALWAYS WONDERED", font=ImageFont.load_default(32), fill="white")
    assert 11 in picks(frames)


def test_another_size_is_read() -> None:
    picker = ScreenPicker()
    assert picker.push(0.0, grey(slide("Overview")))
    assert picker.push(0.5, grey(slide("Overview").resize((480, 270))))
    assert not picker.push(1.0, grey(slide("Overview").resize((480, 270))))


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (3, 900), (900, 3)])
def test_tiny_pictures_are_looked_at(shape: tuple[int, int]) -> None:
    picker = ScreenPicker()
    dark, light = (np.full(shape, level, dtype=np.uint8) for level in (10, 200))
    picked = [picker.push(n * STEP_S, picture) for n, picture in enumerate([dark, dark, light, light, light])]
    assert picked == [True, False, False, True, False]


@pytest.mark.parametrize("truth", SAMPLE_VIDEOS, ids=[video["file"] for video in SAMPLE_VIDEOS])
def test_every_card_of_a_sample_is_read_while_it_shows(truth: dict[str, Any]) -> None:
    picker, times, picked = ScreenPicker(), [], []
    for pts_s, rgb in sampled(SAMPLES / truth["file"]):
        times.append(pts_s)
        if picker.push(pts_s, grey(rgb)):
            picked.append(pts_s)
    for card in truth["cards"]:
        shown = [t for t in picked if card["start_s"] <= t < card["end_s"]]
        assert shown, card
        assert shown[0] - card["start_s"] <= 2 * STEP_S
        after = [t for t in times if t >= card["end_s"]]
        assert not after or any(card["end_s"] <= t <= card["end_s"] + 2 * STEP_S for t in picked), card
    assert len(picked) <= len(times) / 4


def test_what_is_read_becomes_the_lines_of_a_sample() -> None:
    truth = next(video for video in SAMPLE_VIDEOS if video["file"] == "harbour.mp4")
    until_s = 16.0
    picker, ocr = ScreenPicker(), RapidOcr()
    screens = [(t, rgb) for t, rgb in sampled(SAMPLES / truth["file"], until_s=until_s) if picker.push(t, grey(rgb))]
    ends = [t for t, _ in screens[1:]] + [until_s]
    readings = [(t, end, ocr.read(rgb)) for (t, rgb), end in zip(screens, ends, strict=True)]
    lines = [line for line in join_lines(readings, until_s, "rapidocr", 0.75) if line.sure]
    wanted = [(card, text["text"]) for card in truth["cards"] if card["end_s"] < until_s for text in card["lines"]]
    assert len(lines) == len(wanted) >= 4
    for (card, text), line in zip(wanted, lines, strict=True):
        assert same_text(line.text, text)
        assert line.span.start_s == pytest.approx(card["start_s"], abs=2 * STEP_S)
        assert line.span.end_s == pytest.approx(card["end_s"], abs=2 * STEP_S)


@pytest.mark.parametrize(
    ("name", "share"),
    [("lecture_crypto_145s.mp4", 0.1), ("intel_person_139s_10fps.mp4", 0.25)],
    ids=["slides", "people"],
)
def test_real_footage_is_read_seldom(real_videos: Path, name: str, share: float) -> None:
    picker, times, picked = ScreenPicker(), [], []
    for pts_s, rgb in sampled(real_videos / name):
        times.append(pts_s)
        if picker.push(pts_s, grey(rgb)):
            picked.append(pts_s)
    assert 2 <= len(picked) <= share * len(times)
    assert all(a < b for a, b in pairwise(picked))
