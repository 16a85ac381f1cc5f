"""Scenes follow one another without gaps, end at cuts where there are some, and are neither too long nor too many."""

import pytest

from schemas.span import Span
from transforms.perceive.scenes import group_clips


def clips(*edges: float) -> list[Span]:
    return [Span(start, end) for start, end in zip(edges, edges[1:], strict=False)]


def steady(count: int, length_s: float = 10.0) -> list[Span]:
    return clips(*(n * length_s for n in range(count + 1)))


def test_no_clips_no_scenes() -> None:
    assert group_clips([], set()) == ()


@pytest.mark.parametrize(
    ("count", "scenes"), [(1, [1]), (6, [6]), (7, [3, 4]), (8, [4, 4]), (12, [6, 6]), (36, [6] * 6)]
)
def test_scenes_last_about_a_minute(count: int, scenes: list[int]) -> None:
    assert [len(scene) for scene in group_clips(steady(count), set())] == scenes


def test_a_scene_ends_at_the_cut_that_is_nearest() -> None:
    assert group_clips(steady(12), {0.0, 40.0, 90.0}) == (range(4), range(4, 12))
    assert group_clips(steady(12), {0.0, 20.0, 110.0}) == (range(6), range(6, 12)), "too far off"


def test_two_edges_that_meet_leave_one() -> None:
    assert group_clips(clips(0.0, 100.0, 101.0, 200.0), {0.0}) == (range(1), range(1, 2), range(2, 3))
    assert group_clips(clips(0.0, 170.0, 180.0), {0.0}) == (range(1), range(1, 2))
    assert group_clips(clips(0.0, 600.0), {0.0}) == (range(1),)


def test_short_shots_make_more_scenes() -> None:
    scenes = group_clips(steady(100, 1.0), {float(n) for n in range(100)}, most=24)
    assert [len(scene) for scene in scenes] == [16, 17, 17] * 2
    assert [n for scene in scenes for n in scene] == list(range(100))


@pytest.mark.parametrize(("scene_s", "most"), [(0.0, 4), (-1.0, 4), (60.0, 0)])
def test_limits_that_make_no_sense(scene_s: float, most: int) -> None:
    with pytest.raises(ValueError, match="scenes need a length and clips"):
        group_clips(steady(3), set(), scene_s, most)
