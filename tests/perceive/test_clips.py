from itertools import pairwise

import pytest

from schemas.span import Span
from transforms.perceive.clips import cut_clips


def spans(*edges: float) -> list[Span]:
    return [Span(a, b) for a, b in pairwise(edges)]


def test_a_long_shot_is_cut_into_equal_clips() -> None:
    assert cut_clips(spans(0, 25)) == tuple(spans(0, 8.333, 16.667, 25))


def test_a_shot_of_exactly_the_longest_is_one_clip() -> None:
    assert cut_clips(spans(0, 10, 20)) == tuple(spans(0, 10, 20))


def test_short_shots_are_joined_until_they_last() -> None:
    assert cut_clips(spans(0, 0.4, 0.8, 1.2, 5)) == tuple(spans(0, 1.2, 5))


def test_what_is_short_at_the_end_joins_the_clip_before() -> None:
    assert cut_clips(spans(0, 5, 5.5)) == tuple(spans(0, 5.5))


def test_a_video_shorter_than_a_clip_is_one() -> None:
    assert cut_clips(spans(0, 0.3, 0.7)) == tuple(spans(0, 0.7))


def test_no_shots_give_no_clips() -> None:
    assert cut_clips([]) == ()


def test_a_joined_end_may_be_cut_again() -> None:
    assert cut_clips(spans(0, 10, 10.5)) == tuple(spans(0, 5.25, 10.5))


@pytest.mark.parametrize(("clip_s", "min_clip_s"), [(0.0, 1.0), (10.0, 0.0), (1.5, 1.0)])
def test_limits_that_cannot_be_met_are_refused(clip_s: float, min_clip_s: float) -> None:
    with pytest.raises(ValueError, match=r"clips need 0 < 2 x min_clip_s <= clip_s"):
        cut_clips(spans(0, 5), clip_s, min_clip_s)
