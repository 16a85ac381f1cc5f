"""What is asked of others for a teacher's calls: looks of an inspector, and searches of the web."""

from collections.abc import Callable, Sequence

from pipelines.plan import defaults
from pipelines.plan.estimate import ENOUGH, Item, Need, cost
from pipelines.plan.ranges import NONE, Range, exactly, foreseen
from pipelines.plan.replay import Replayed
from schemas.settings import Explore, Inspector
from transforms.engines.context import MOST_CONTEXT
from transforms.engines.prices import Rates
from transforms.tools.inspect import MOST_ASKED

_PROMPT_BYTES = 1800.0
"""Our prompt and the times of the frames."""
_PICTURE_TOKENS = 1500.0
"""Of a picture, at most, over what providers count."""


def inspections(
    settings: Inspector, max_turns: int, known: Sequence[Replayed], unknown: Range, rates: Rates | None
) -> tuple[Need, str]:
    """What the rollouts still need of the inspector that are not finished, and how that is known.

    From none, for nobody has to call it, to a look with every call, each asked for once more.
    """
    calls, how = _still(known, unknown, lambda one: one.inspector.calls, 2 * max_turns)
    if how != "defaults":
        prompt, _ = _still(known, unknown, lambda one: one.inspector.prompt_tokens, 0)
        said, _ = _still(known, unknown, lambda one: one.inspector.completion_tokens, 0)
    else:
        words = _PROMPT_BYTES + MOST_ASKED + 2 * MOST_CONTEXT
        prompt = Range(0, calls.high * (words / defaults.BYTES_PER_TOKEN.low + settings.frames * _PICTURE_TOKENS))
        said = Range(0, calls.high * max(defaults.FEWEST_REPLY_TOKENS, settings.max_tokens / 4))
    needed = Need(calls, prompt, said, None)
    return Need(calls, prompt, said, cost(needed, rates) if rates else None), how


def searches(explore: Explore, known: Sequence[Replayed], unknown: Range) -> tuple[Item, ...]:
    """The searches of all rollouts, where the entry names who answers them; a model has no part in it."""
    if explore.web_search is None:
        return ()
    held = sum(one.searches for one in known)
    more, how = _still(known, unknown, lambda one: one.searches, explore.max_turns)
    return (Item("explore", "web searches", exactly(held) + more, held, how),)


def _still(
    known: Sequence[Replayed], unknown: Range, figure: Callable[[Replayed], int], most_of_one: int
) -> tuple[Range, str]:
    """The sum of a figure over all rollouts that are not finished, and how it is known. Below, those that were cut off
    need none; above, as much as if they began anew."""
    finished = [figure(one) for one in known if not one.next_bytes and one.calls]
    fresh = sum(bool(one.next_bytes) and not one.calls for one in known)
    begun = sum(bool(one.next_bytes) and bool(one.calls) for one in known)
    least, most = fresh + unknown.low, fresh + begun + unknown.high
    if not most:
        return NONE, "store"
    if len(finished) < ENOUGH:
        return Range(0, most * most_of_one), "defaults"
    return Range(foreseen(finished, least).low, foreseen(finished, most).high), f"{len(finished)} rollouts in the store"
