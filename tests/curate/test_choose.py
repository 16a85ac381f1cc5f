"""Pass rates, the choice of rollouts, and splits."""

from collections import Counter

import pytest

from schemas.settings import Band
from transforms.curate.choose import Tried, against, choose, pass_rate, split_of


def tried(
    id: str, rollout: int = 0, accepted: bool = True, right: bool = True, calls: int = 2, frames: int = 8
) -> Tried:
    return Tried(id, rollout, accepted, right, calls, frames)


def test_pass_rate_is_of_answers_not_of_acceptance() -> None:
    assert pass_rate([tried("a", accepted=False), tried("b", right=False, accepted=False), tried("c")]) == 0.666667
    assert pass_rate([]) is None


@pytest.mark.parametrize(
    ("rollouts", "best", "chosen"),
    [
        ([tried("a", 0, calls=3), tried("b", 1, calls=2)], 1, {"b"}),
        ([tried("a", 0, frames=16), tried("b", 1, frames=8)], 1, {"b"}),
        ([tried("b", 1), tried("a", 0)], 1, {"a"}),
        ([tried("a", 0, accepted=False), tried("b", 1)], 1, {"b"}),
        ([tried("a", 0), tried("b", 1), tried("c", 2)], 2, {"a", "b"}),
        ([tried("a", 0, accepted=False)], 1, set()),
        ([], 1, set()),
    ],
    ids=["fewer calls", "fewer frames", "first rollout", "only accepted", "two", "none accepted", "none"],
)
def test_choose(rollouts: list[Tried], best: int, chosen: set[str]) -> None:
    assert choose(rollouts, best) == chosen


def test_splits_follow_the_shares_and_nothing_else() -> None:
    shares = {"train": 0.8, "validation": 0.1, "test": 0.1}
    count = Counter(split_of(f"video-{n}", shares) for n in range(5000))
    assert {name: round(n / 5000, 1) for name, n in count.items()} == shares
    assert split_of("video-1", shares) == split_of("video-1", shares)
    assert {split_of(f"video-{n}", {"train": 1.0}) for n in range(100)} == {"train"}


def test_splits_do_not_hang_on_the_order_of_the_shares() -> None:
    shares = {"train": 0.8, "validation": 0.1, "test": 0.1}
    turned = dict(reversed(shares.items()))
    videos = [f"video-{n}" for n in range(500)]
    assert [split_of(video, shares) for video in videos] == [split_of(video, turned) for video in videos]


def test_shares_that_sum_to_a_little_less_leave_no_video_without_a_split() -> None:
    assert {split_of(f"video-{n}", {"b": 1e-9, "a": 1e-9}) for n in range(100)} == {"b"}


@pytest.mark.parametrize(
    ("rate", "codes", "band", "code"),
    [
        (0.5, (), None, ""),
        (None, (), None, ""),
        (0.5, (), Band(), ""),
        (0.0, (), Band(), "out_of_band"),
        (1.0, (), Band(), "out_of_band"),
        (None, (), Band(), "out_of_band"),
        (1.0, (), Band(below=2), ""),
        (0.0, (), Band(above=-1), ""),
        (0.25, (), Band(above=0.25, below=0.75), "out_of_band"),
        (0.5, ("wrong_answer", "answerable_from_options"), None, "answerable_from_options"),
        (0.0, ("answerable_from_question", "answerable_from_overview"), Band(), "answerable_from_overview"),
    ],
)
def test_which_questions_are_not_wanted(
    rate: float | None, codes: tuple[str, ...], band: Band | None, code: str
) -> None:
    assert against(rate, codes, band) == against(rate, codes, band, blind=True) == code


def test_a_question_that_was_not_tried_blind_is_not_wanted_where_blind_runs_are() -> None:
    assert against(0.5, ("wrong_answer",), None, blind=False) == "not_tried_blind"
    assert against(0.0, (), Band(), blind=False) == "out_of_band"
    assert against(0.5, ("answerable_from_question",), None, blind=False) == "answerable_from_question"
