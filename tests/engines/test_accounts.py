"""Who is charged: every call by the stage that makes it and the model that answers."""

import asyncio
from datetime import date

from schemas.chat import ChatRequest, Message
from schemas.settings import OpenAISettings, Price
from tests.engines.chat_server import completion, serving
from transforms.engines import build
from transforms.engines.prices import _newest_change, rates_of
from transforms.engines.purse import PURSE

REQUEST = ChatRequest((Message("user", "What is it?"),), (), "none", 0.5, 7, 100)


def test_one_model_of_two_stages_has_two_accounts_and_one_gate() -> None:
    with serving((200, completion({"content": "a sign"}))) as server:
        model = OpenAISettings(model="m", base_url=server.url, api_key_env="", price=Price(input=1.0, output=3.0))
        one, other = build.chat(model, "perceive"), build.chat(model)

        async def ask() -> None:
            for chat in (one, other, other):
                await chat.complete(REQUEST)

        asyncio.run(ask())
    calls = {
        key: (spent.calls, spent.prompt_tokens, spent.completion_tokens, spent.usd)
        for key, spent in PURSE.spent.items()
    }
    usd = (11 * 1.0 + 7 * 3.0) / 1e6
    assert calls == {("perceive", "m"): (1, 11, 7, usd), ("explore", "m"): (2, 22, 14, 2 * usd)}
    assert {spent.flying for spent in PURSE.spent.values()} == {0}
    assert PURSE.spent_usd == 3 * usd
    assert one is build.chat(model, "perceive")
    assert one.identity == other.identity


def test_the_table_is_as_new_as_its_newest_change() -> None:
    rates = rates_of(OpenAISettings(model="gpt-4o"))
    assert rates is not None
    assert date.fromisoformat(rates.as_of) <= date.today()
    assert _newest_change(date(1990, 1, 1)) == ""


def test_a_server_of_ones_own_costs_nothing_by_the_token() -> None:
    rates = rates_of(OpenAISettings(model="m", base_url="http://10.0.0.7:8000/v1"))
    assert rates is not None
    assert (rates.input, rates.output, rates.as_of) == (0.0, 0.0, "")
