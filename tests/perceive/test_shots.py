import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.span import Span
from tests.conftest import SAMPLES
from transforms.media.decode import open_video
from transforms.media.glimpse import Glimpser
from transforms.perceive.shots import MIN_SHOT_S, ShotDetector, shots_from

FPS = 25
SAME_SCENERY = {"lesson.mp4": [6.68, 14.45, 51.657]}
"""Where the truth begins a scene in which only a planet changes, before the same sky: no cut."""
SAMPLE_VIDEOS: list[dict[str, Any]] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["videos"]


def scene(seed: int) -> np.ndarray:
    """A picture of coloured blocks that looks like no other seed's."""
    colors = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return np.kron(colors, np.ones((6, 8, 1), dtype=np.uint8))


def push(detector: ShotDetector, number: int, picture: np.ndarray) -> bool:
    return detector.push(number / FPS, lambda: picture[::4], lambda: picture)


def cuts(pictures: list[np.ndarray]) -> list[int]:
    """The numbers of the frames that begin a new shot."""
    detector = ShotDetector()
    for number, picture in enumerate(pictures):
        push(detector, number, picture)
    return [round(cut_s * FPS) for cut_s in detector.cuts()]


def cuts_of(path: Path) -> list[float]:
    detector, glimpser = ShotDetector(), Glimpser()
    with open_video(path) as source:
        for frame in source.frames():
            detector.push(frame.pts_s, partial(glimpser.rows, frame.raw), partial(glimpser.rgb, frame.raw))
    return list(detector.cuts())


@pytest.mark.parametrize("first", [30, 31, 32, 33])
def test_a_hard_cut_is_found_at_its_very_frame(first: int) -> None:
    assert cuts([scene(1)] * first + [scene(2)] * 30) == [first]


def test_several_cuts_are_found() -> None:
    assert cuts([scene(1)] * 20 + [scene(2)] * 11 + [scene(3)] * 40 + [scene(1)] * 20) == [20, 31, 71]


def test_a_still_picture_has_no_cut() -> None:
    assert cuts([scene(1)] * 100) == []


def test_a_fade_is_no_cut() -> None:
    steps = np.linspace(0, 1, 50)
    assert cuts([(scene(1) * (1 - step) + scene(2) * step).astype(np.uint8) for step in steps]) == []


def test_a_picture_that_always_changes_has_no_cut() -> None:
    assert cuts([scene(seed) for seed in range(60)]) == []


def test_a_shot_is_never_shorter_than_a_flash() -> None:
    shown = [scene(1)] * 30 + [scene(2)] * 3 + [scene(1)] * 30
    found = cuts(shown)
    assert found == [30]
    assert 3 / FPS < MIN_SHOT_S


def test_another_resolution_begins_a_shot() -> None:
    assert cuts([scene(1)] * 30 + [scene(1)[::2, ::2]] * 30) == [30]


def test_push_says_when_a_cut_became_known() -> None:
    detector = ShotDetector()
    pictures = [scene(1)] * 30 + [scene(2)] * 30
    told = [push(detector, number, picture) for number, picture in enumerate(pictures)]
    known = [number for number, new in enumerate(told) if new]
    assert len(known) == 1 and 30 < known[0] <= 33


@pytest.mark.parametrize(
    ("levels", "changes"),
    [
        ([0, 0, 0, 30, 30, 30, 30], [(0, 0), (2, 0), (3, 30), (6, 0)]),
        ([0, 0, 0, 0, 30, 30, 30], [(0, 0), (2, 0), (4, 30), (6, 0)]),
        # Two steps, of which the first is the greater.
        ([0, 0, 0, 20, 30, 30, 30], [(0, 0), (2, 0), (3, 30), (6, 0)]),
        # A fade: as much before as now.
        ([0, 5, 10, 15, 20, 25, 30], [(0, 0), (1, 10), (4, 10), (6, 10)]),
    ],
    ids=["at the frame between", "at the frame compared", "most of it", "a fade"],
)
def test_changes_are_told_with_the_frame_that_brought_them(levels: list[int], changes: list[tuple[int, int]]) -> None:
    detector = ShotDetector()
    for number, level in enumerate(levels):
        push(detector, number, np.full((36, 64, 3), level, np.uint8))
    assert detector.changes == [(number / FPS, float(change)) for number, change in changes]


def test_shots_cover_the_video_and_begin_with_their_own_frame() -> None:
    assert shots_from([1.2345678, 4.0], 9.5) == (Span(0.0, 1.235), Span(1.235, 4.0), Span(4.0, 9.5))


def test_a_video_without_a_cut_is_one_shot() -> None:
    assert shots_from([], 3.0) == (Span(0.0, 3.0),)


@pytest.mark.parametrize("video", SAMPLE_VIDEOS, ids=lambda video: video["file"])
def test_every_change_of_scenery_of_a_sample_begins_a_shot_at_its_very_frame(video: dict[str, Any]) -> None:
    found = cuts_of(SAMPLES / video["file"])
    starts = [scene["start_s"] for scene in video["scenes"][1:]]
    assert [at for at in starts if at not in found] == SAME_SCENERY.get(video["file"], [])


def test_cuts_of_real_footage(real_videos: Path) -> None:
    """Hard cuts, as seen in the pictures before and after each; and people walking past a camera that stands still."""
    assert cuts_of(real_videos / "bikes_10s.mp4") == [1.2, 3.04, 5.48, 7.48, 9.68]
    assert cuts_of(real_videos / "intel_bottles_40s.mp4") == []
