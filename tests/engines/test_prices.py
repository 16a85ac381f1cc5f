import pytest

from schemas.chat import ChatReply
from schemas.settings import OpenAISettings, Price
from transforms.engines.prices import Rates, cost_of, is_own, rates_of


def test_a_known_model_costs_what_the_table_says() -> None:
    """OpenAI's price list, November 2026: $0.15 in, $0.60 out, $0.075 cached, per million tokens."""
    rates = rates_of(OpenAISettings(model="gpt-4o-mini"))
    assert rates is not None
    assert (rates.input, rates.output, rates.cached_input) == (0.15, 0.6, 0.075)
    assert rates.source.startswith("genai-prices 0.")


def test_the_settings_know_better() -> None:
    rates = rates_of(OpenAISettings(model="gpt-4o-mini", price=Price(input=1.0, output=2.0)))
    assert rates == Rates(1.0, 2.0, 1.0, "datasets.yaml")


def test_a_model_that_nobody_knows_has_no_price() -> None:
    assert rates_of(OpenAISettings(model="no-such-model-9")) is None
    assert rates_of(OpenAISettings(model="gpt-4o-mini", base_url="https://api.nobody-knows.example/v1")) is None


def test_a_server_of_ones_own_is_free() -> None:
    rates = rates_of(OpenAISettings(model="anything", base_url="http://localhost:8000/v1"))
    assert rates is not None
    assert rates.cost_usd(10**9, 10**9) == 0.0


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://10.1.2.3/v1", True),
        ("http://gpu7:8000/v1", True),
        ("http://gpu7.cluster.local/v1", True),
        ("", True),
        ("https://api.openai.com/v1", False),
        ("http://8.8.8.8/v1", False),
    ],
)
def test_which_servers_are_ones_own(address: str, own: bool) -> None:
    assert is_own(address) is own


def test_cached_tokens_are_part_of_the_prompt() -> None:
    rates = Rates(2.0, 10.0, 0.5, "test")
    reply = ChatReply("", "", (), "stop", prompt_tokens=1000, completion_tokens=100, cached_tokens=400)
    assert cost_of(reply, rates) == pytest.approx((600 * 2 + 400 * 0.5 + 100 * 10) / 1e6)
    assert cost_of(reply, None) == 0.0
