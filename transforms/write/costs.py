"""What models cost: this run, by stage, and all rollouts of a release, whenever they were paid for."""

from dataclasses import asdict
from typing import Any

from schemas.settings import Dataset, Served
from transforms.engines.prices import Rates, rates_of
from transforms.engines.purse import PURSE
from transforms.write.tables import read_columns

Row = dict[str, Any]


def spending() -> dict[str, dict[str, Row]]:
    """Stage → model → what this run has spent on it: calls answered, failed tries, tokens, seconds of waiting summed
    over calls, US dollars (None for an unknown price), and the price."""
    found: dict[str, dict[str, Row]] = {}
    for (stage, model), spent in sorted(PURSE.spent.items()):
        found.setdefault(stage, {})[model] = {
            "calls": spent.calls,
            "failed": spent.failed,
            "prompt_tokens": spent.prompt_tokens,
            "cached_tokens": spent.cached_tokens,
            "completion_tokens": spent.completion_tokens,
            "seconds": round(spent.seconds, 3),
            "usd": round(spent.usd, 6) if spent.rates else None,
            "price": price_row(spent.rates),
        }
    return found


def rollouts(out: str, dataset: Dataset) -> Row | None:
    """What the finished rollouts of the release at `out` took in all, by its rows; None where rules are the teacher."""
    teacher = dataset.explore.teacher
    if not isinstance(teacher, Served):
        return None
    rows = read_columns(out, "trajectories", ["prompt_tokens", "completion_tokens"])
    prompt, completion = int(rows["prompt_tokens"].sum()), int(rows["completion_tokens"].sum())
    price = price_row(rates_of(teacher))
    usd = usd_of(price, prompt, completion)
    return {
        "model": teacher.model,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "usd": usd,
        "price": price,
    }


def price_row(rates: Rates | None) -> Row | None:
    """A price as reports tell it: US dollars per million tokens, with its source and day; None when unknown."""
    return asdict(rates) if rates else None


def usd_of(price: Row | None, prompt_tokens: int, completion_tokens: int) -> float | None:
    """US dollars at a price as reports tell it, nothing cached; None when the price is unknown."""
    if price is None:
        return None
    return round(Rates(**price).cost_usd(prompt_tokens, completion_tokens), 6)
