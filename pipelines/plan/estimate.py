"""From what is known of some videos and rollouts to what is to be expected of all: pure figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.plan import defaults
from pipelines.plan.look import Pieces, Seen
from pipelines.plan.ranges import NONE, Range, exactly, foreseen, total
from pipelines.plan.replay import Replayed
from schemas.settings import Ask, Explore
from transforms.engines.prices import Rates

ENOUGH = 16
"""Finished rollouts from which on others are foreseen by them; fewer may be of few questions and lack long ones."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a stage works through: how much in all, and how much of it the store holds; `basis` says how it is known."""

    stage: str
    unit: str
    total: Range
    held: int
    basis: str


@dataclass(frozen=True, slots=True)
class Need:
    """Calls of a model that are still to be made, their tokens, and US dollars; None for an unknown price."""

    calls: Range
    prompt_tokens: Range
    completion_tokens: Range
    usd: Range | None


def pieces(
    unit: str, seen: Sequence[Seen], kind: Callable[[Seen], Pieces], by_default: Callable[[Seen], Range]
) -> Item:
    """Pieces of all videos: counted where they are known; of the others as many per second, else by default."""
    known = [(one, count) for one in seen if (count := kind(one).count) is not None]
    rest = [one for one in seen if kind(one).count is None]
    rates = [count / one.length_s for one, count in known if one.length_s > 0]
    others = total(map(by_default, rest))
    if rates and rest:
        others = foreseen(rates, len(rest)) * exactly(sum(one.length_s for one in rest) / len(rest))
    held = sum(kind(one).held for one in seen)
    sampled = sum(one.sampled for one, _ in known)
    how = basis(len(known) - sampled, sampled, len(rest))
    return Item("perceive", unit, exactly(sum(count for _, count in known)) + others, held, how)


def basis(held: int, sampled: int, rest: int) -> str:
    """How figures of videos are known: of so many by the store, so many by a sample, and the rest."""
    if not held and not sampled:
        return "defaults" if rest else "store"
    if not rest and not sampled:
        return "store"
    parts = [f"{held} in the store"] if held else []
    parts += [f"a sample of {sampled}"] if sampled else []
    return ", ".join(parts + ["the others like these"] * bool(rest))


def made_of_others(known: Sequence[int], others: int, ask: Ask) -> Range:
    """Questions that `others` videos make, by what those that are known made."""
    most = ask.per_video if ask.templates else 0
    if not known:
        return defaults.made_questions(others, most)
    return foreseen(known, others).within(0, others * most)


def need(known: Sequence[Replayed], unknown: Range, explore: Explore, rates: Rates | None) -> tuple[Need, str]:
    """What the rollouts still need that are not finished, and how that is known.

    `known` are those of known questions, `unknown` how many more there will be. Below, a rollout that was cut off needs
    one call and all that is read twice comes from the server's cache; above, nothing does.
    """
    finished = [one for one in known if not one.next_bytes and one.calls]
    fresh = [one for one in known if one.next_bytes and not one.calls]
    begun = [one for one in known if one.next_bytes and one.calls]
    if not fresh and not begun and not unknown.high:
        return Need(NONE, NONE, NONE, NONE), "store"
    if len(finished) >= ENOUGH:
        return _like(finished, len(fresh), begun, unknown, explore, rates), f"{len(finished)} rollouts in the store"
    return _by_default(fresh, begun, unknown, explore, rates), "defaults"


def _like(
    finished: Sequence[Replayed],
    fresh: int,
    begun: Sequence[Replayed],
    unknown: Range,
    explore: Explore,
    rates: Rates | None,
) -> Need:
    least, most = fresh + unknown.low, fresh + len(begun) + unknown.high

    def of(figure: Callable[[Replayed], float]) -> Range:
        seen = [figure(one) for one in finished]
        return Range(foreseen(seen, least).low, foreseen(seen, most).high)

    def cost_of_one(one: Replayed) -> float:
        return rates.cost_usd(one.prompt_tokens, one.completion_tokens, one.cached_tokens) if rates else 0.0

    last = _last_calls(begun, explore)
    # One correction, and the answer that is demanded when all calls are used up, come on top.
    calls = of(lambda one: one.calls).within(least, most * (explore.max_turns + 2))
    return Need(
        calls + last.calls,
        of(lambda one: one.prompt_tokens) + last.prompt_tokens,
        of(lambda one: one.completion_tokens) + last.completion_tokens,
        of(cost_of_one) + cost(last, rates) if rates else None,
    )


def _last_calls(begun: Sequence[Replayed], explore: Explore) -> Need:
    """The least that rollouts need which were cut off; the most is counted as if they began anew."""
    read = sum(one.next_bytes for one in begun) / defaults.BYTES_PER_TOKEN.high
    said = len(begun) * defaults.reply_tokens(explore).low
    return Need(Range(len(begun), 0), Range(read, 0), Range(said, 0), None)


def _by_default(
    fresh: Sequence[Replayed], begun: Sequence[Replayed], unknown: Range, explore: Explore, rates: Rates | None
) -> Need:
    last, most = _last_calls(begun, explore), Range(0, len(begun))
    count = exactly(len(fresh)) + unknown + most
    openings = [exactly(one.next_bytes) for one in fresh]
    opening = defaults.opening_bytes(explore)
    prompt = total(defaults.prompt_tokens(one, explore) for one in openings)
    prompt += defaults.prompt_tokens(opening, explore) * (unknown + most) + last.prompt_tokens
    replies = defaults.replies(explore) * count
    said = replies * defaults.reply_tokens(explore) + last.completion_tokens
    needed = Need(replies + last.calls, prompt, said, None)
    return Need(needed.calls, prompt, said, cost(needed, rates) if rates else None)


def cost(needed: Need, rates: Rates) -> Range:
    """US dollars of tokens: all read from the server's cache below, none of it above."""
    least_prompt, most_prompt = sorted((rates.input, rates.cached_input))
    low = needed.prompt_tokens.low * least_prompt + needed.completion_tokens.low * rates.output
    high = needed.prompt_tokens.high * most_prompt + needed.completion_tokens.high * rates.output
    return Range(low / 1e6, high / 1e6)
