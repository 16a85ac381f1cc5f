"""What a call costs: token prices of models, from the settings or from a public table.

The table is the one inside the package genai-prices (MIT, by the makers of pydantic): its version says how old the
figures are, and it names each provider's own page as the source.
"""

import functools
import importlib.metadata
import ipaddress
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

from schemas.settings import Price, Served

TABLE = "genai-prices"


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens, and where the figures are from.

    `as_of` is the day (ISO) of the newest change of a price that the source knows; empty where it tells none.
    """

    input: float
    output: float
    cached_input: float
    source: str
    as_of: str = ""

    def cost_usd(self, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0) -> float:
        """`cached_tokens` are part of `prompt_tokens`."""
        fresh = max(0, prompt_tokens - cached_tokens)
        return (fresh * self.input + cached_tokens * self.cached_input + completion_tokens * self.output) / 1e6


def rates_of(engine: Served) -> Rates | None:
    """The prices of a model; None when nobody knows them. A server of one's own costs nothing by the token, unless the
    settings say so."""
    if engine.price is not None:
        return _declared(engine.price)
    address = engine.address()
    return Rates(0.0, 0.0, 0.0, "a server of your own") if is_own(address) else _listed(address, engine.model)


def is_own(address: str) -> bool:
    """Whether a server is this machine, or one of a private network; an empty address is this process."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".lan"))


class Counted(Protocol):
    """A reply that says how many tokens it took; 0 when it does not. `cached_tokens` are part of `prompt_tokens`."""

    @property
    def prompt_tokens(self) -> int: ...

    @property
    def completion_tokens(self) -> int: ...

    @property
    def cached_tokens(self) -> int: ...


def cost_of(reply: Counted, rates: Rates | None) -> float:
    """US dollars, by the tokens that the engine reported; 0 where the price is not known."""
    return rates.cost_usd(reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) if rates else 0.0


def _declared(price: Price) -> Rates:
    cached = price.input if price.cached_input is None else price.cached_input
    return Rates(price.input, price.output, cached, "datasets.yaml")


@functools.cache
def _listed(address: str, model: str) -> Rates | None:
    """The first, cheapest step of tiered prices counts: requests here stay far below where the next one begins."""
    from genai_prices import Usage, calc_price

    def usd(**tokens: int) -> float:
        found: Any = calc_price(Usage(**tokens), model_ref=model, provider_api_url=address)
        return round(float(found.total_price) * 1000, 6)

    try:
        fresh, cached = usd(input_tokens=1000), usd(input_tokens=1000, cache_read_tokens=1000)
        source = f"{TABLE} {importlib.metadata.version(TABLE)}"
        return Rates(fresh, usd(output_tokens=1000), cached, source, _newest_change(date.today()))
    except LookupError:
        return None


@functools.cache
def _newest_change(today: date) -> str:
    """The table has no date of its own, but it is no older than the newest change in it that has come."""
    from genai_prices.data import providers

    prices = [price for provider in providers for model in provider.models for price in _several(model.prices)]
    dated = [getattr(price.constraint, "start_date", None) for price in prices]
    return max((day.isoformat() for day in dated if day is not None and day <= today), default="")


def _several(prices: Any) -> list[Any]:
    """A model's prices where they changed with time; only those have a day."""
    return prices if isinstance(prices, list) else []
