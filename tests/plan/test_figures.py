"""Ranges, defaults, and how the few tell of the many."""

import random

import pytest

from pipelines.plan import defaults
from pipelines.plan.beside import inspections, searches
from pipelines.plan.estimate import ENOUGH, Item, Need, basis, made_of_others, need
from pipelines.plan.ranges import NONE, Range, exactly, foreseen
from pipelines.plan.replay import Replayed, Spent
from runners.commands.plan import spelled, spelled_dollars
from schemas.settings import Ask, Explore, Inspector
from transforms.engines.prices import Rates

EXPLORE = Explore(max_turns=4, max_tokens=400)
RATES = Rates(2.0, 8.0, 0.5, "here")


def test_sums_and_products() -> None:
    assert Range(1, 2) + Range(10, 20) == Range(11, 22)
    assert Range(1, 2) * exactly(3) == Range(3, 6)
    assert Range(-1, 9).within(0, 5) == Range(0, 5)


def test_the_many_are_foreseen_by_the_few() -> None:
    assert foreseen([4.0], 0) == NONE
    assert foreseen([4.0, 4.0], 2) == Range(8 - 3 * 1 * 2, 8 + 3 * 1 * 2)
    wide, narrow = foreseen([3.0, 5.0], 100), foreseen([3.0, 5.0] * 50, 100)
    assert wide.low < narrow.low < 400 < narrow.high < wide.high


def test_what_is_foreseen_holds() -> None:
    """Of 400 sums of drawn values at most one in fifty lies outside: the interval is three standard errors wide."""
    draw = random.Random(7)
    missed = 0
    for _ in range(400):
        seen, others = ([float(draw.choice((2, 2, 3, 3, 4, 5, 6, 9))) for _ in range(n)] for n in (ENOUGH, 60))
        held = foreseen(seen, len(others))
        missed += not held.low <= sum(others) <= held.high
    assert missed <= 8


def test_defaults_of_a_rollout() -> None:
    """By hand: two requests of 1000 bytes at 5 a token and a turn between; five at 2.5 with ten turns repeated."""
    assert defaults.replies(EXPLORE) == Range(2, 5)
    assert defaults.reply_tokens(EXPLORE) == Range(20, 100)
    assert defaults.prompt_tokens(exactly(1000), EXPLORE) == Range(
        2 * 200 + (40 / 5 + 20), 5 * 400 + 10 * (2000 / 2.5 + 100 + 32)
    )


def test_questions_of_other_videos() -> None:
    assert made_of_others([], 3, Ask(per_video=24)) == Range(0, 72)
    assert made_of_others([], 103, Ask(per_video=24)) == Range(200, 103 * 24)
    assert made_of_others([24, 24, 24], 2, Ask(per_video=24)).high == 48
    assert made_of_others([5], 2, Ask(templates=())) == NONE


def test_nothing_left_needs_nothing() -> None:
    done = [Replayed(3, 900, 0, 60)]
    assert need(done, NONE, EXPLORE, RATES)[0].calls == NONE
    assert need(done, NONE, EXPLORE, None) == (need(done, NONE, EXPLORE, RATES)[0], "store")


def test_fresh_rollouts_by_default() -> None:
    needed, how = need([Replayed(0, 0, 0, 0, 1000)], NONE, EXPLORE, RATES)
    assert how == "defaults"
    assert needed.calls == Range(2, 5)
    assert needed.completion_tokens == Range(40, 500)
    prompt = needed.prompt_tokens
    assert prompt == defaults.prompt_tokens(exactly(1000), EXPLORE)
    assert needed.usd == Range((prompt.low * 0.5 + 40 * 8) / 1e6, (prompt.high * 2 + 500 * 8) / 1e6)
    assert need([Replayed(0, 0, 0, 0, 1000)], NONE, EXPLORE, None)[0].usd is None


def test_a_rollout_that_was_cut_off_needs_one_call_at_least() -> None:
    needed, _ = need([Replayed(2, 700, 0, 40, 1500)], NONE, EXPLORE, RATES)
    assert (needed.calls.low, needed.prompt_tokens.low, needed.completion_tokens.low) == (1, 300, 20)
    assert needed.calls.high == 5


def test_rollouts_like_those_in_the_store() -> None:
    done = [Replayed(3, 900, 450, 60)] * 16
    needed, how = need([*done, *[Replayed(0, 0, 0, 0, 1000)] * 4], NONE, EXPLORE, RATES)
    assert how == "16 rollouts in the store"
    assert needed.calls == Range(max(4, foreseen([3] * 16, 4).low), foreseen([3] * 16, 4).high)
    assert needed.prompt_tokens == foreseen([900] * 16, 4)
    assert needed.usd == foreseen([(450 * 2 + 450 * 0.5 + 60 * 8) / 1e6] * 16, 4)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ((0, 0, 4), "defaults"),
        ((3, 0, 0), "store"),
        ((3, 0, 4), "3 in the store, the others like these"),
        ((0, 2, 0), "a sample of 2"),
        ((1, 2, 4), "1 in the store, a sample of 2, the others like these"),
    ],
)
def test_how_it_is_known(known: tuple[int, int, int], said: str) -> None:
    assert basis(*known) == said


@pytest.mark.parametrize(
    ("figure", "said"),
    [(exactly(24), "24"), (Range(0, 9999), "0-9999"), (Range(1.2e6, 3.41e6), "1.2M-3.41M"), (Range(9.2, 9.7), "9-10")],
)
def test_counts_are_spelled_short(figure: Range, said: str) -> None:
    assert spelled(figure) == said


def test_dollars_are_spelled() -> None:
    assert spelled_dollars(NONE) == "$0.00"
    assert spelled_dollars(Range(0.01634, 1234.5)) == "$0.016-1,234.50"


def test_looks_by_default_are_from_none_to_one_a_call() -> None:
    settings = Inspector.model_validate({"engine": {"type": "openai", "model": "m"}, "frames": 4, "max_tokens": 400})
    fresh = [Replayed(0, 0, 0, 0, 1000)]
    needed, how = inspections(settings, 4, fresh, exactly(2), RATES)
    assert (how, needed.calls, needed.completion_tokens) == ("defaults", Range(0, 24), Range(0, 2400))
    assert needed.prompt_tokens == Range(0, 24 * ((1800 + 500 + 4000) / 2.5 + 4 * 1500))
    assert needed.usd == Range(0, (needed.prompt_tokens.high * 2 + 2400 * 8) / 1e6)
    assert inspections(settings, 4, fresh, exactly(2), None)[0].usd is None


def test_looks_and_searches_are_foreseen_by_finished_rollouts() -> None:
    done = [Replayed(3, 900, 0, 60, 0, Spent(2, 500, 0, 30), 1)] * ENOUGH
    settings = Inspector.model_validate({"engine": {"type": "openai", "model": "m"}})
    needed, how = inspections(settings, 4, done, exactly(10), RATES)
    assert (how, needed.calls) == (f"{ENOUGH} rollouts in the store", foreseen([2.0] * ENOUGH, 10))
    assert needed.prompt_tokens == foreseen([500.0] * ENOUGH, 10)
    assert inspections(settings, 4, done, NONE, RATES) == (Need(NONE, NONE, NONE, NONE), "store")


def test_searches_are_counted_where_somebody_answers_them() -> None:
    explore = Explore.model_validate(
        {"max_turns": 4, "tools": ["web_search"], "web_search": {"type": "http", "url": "http://h/search"}}
    )
    begun = Replayed(2, 700, 0, 40, 1500, searches=1)
    assert searches(EXPLORE, [begun], NONE) == ()
    assert searches(explore, [begun], exactly(1)) == (
        Item("explore", "web searches", Range(1, 1 + 2 * 4), 1, "defaults"),
    )
