"""Waiting, trying again and paying, with a scripted engine and no clock but the event loop's."""

import asyncio
from dataclasses import replace

import pytest

from schemas.chat import ChatReply, ChatRequest, Message, ToolSpec
from schemas.errors import BudgetError, EngineError
from tests.explore.scripted import Scripted, says
from transforms.engines.gate import Gate
from transforms.engines.patient import Patience, Patient, guessed_tokens, most_prompt_tokens
from transforms.engines.prices import Rates
from transforms.engines.purse import Purse

REQUEST = ChatRequest((Message("user", "Wo ist die Brücke?"),), (), "none", 0.0, 7, 100)
RATES = Rates(1000.0, 1000.0, 1000.0, "test")
"""A dollar for a thousand tokens."""


def refused(retry_after_s: float = 0.0) -> EngineError:
    return EngineError("rate_limited", "slow down", True, retry_after_s=retry_after_s)


def patient(chat: Scripted, purse: Purse, rates: Rates | None = RATES, in_flight: int = 4) -> Patient:
    return Patient(chat, Patience("m", Gate(in_flight), purse, rates, chance=lambda: 0.0))


def test_tries_again_until_it_is_answered() -> None:
    chat, purse = Scripted([refused(), EngineError("server_error", "busy", True), says("yes")]), Purse()
    assert asyncio.run(patient(chat, purse).complete(REQUEST)).text == "yes"
    spent = purse.spent["explore", "m"]
    assert (spent.calls, spent.failed, spent.prompt_tokens, spent.completion_tokens) == (1, 2, 10, 5)
    assert spent.usd == pytest.approx(0.015)
    assert purse.held_usd == 0


def test_what_a_person_has_to_mend_is_told_at_once() -> None:
    chat = Scripted([EngineError("not_allowed", "wrong key", True), says("never asked")])
    with pytest.raises(EngineError, match="not_allowed"):
        asyncio.run(patient(chat, Purse()).complete(REQUEST))
    assert len(chat.requests) == 1


def test_waits_as_long_as_the_service_says() -> None:
    async def story() -> float:
        began = asyncio.get_running_loop().time()
        await patient(Scripted([refused(0.3), says("yes")]), Purse()).complete(REQUEST)
        return asyncio.get_running_loop().time() - began

    assert 0.3 <= asyncio.run(story()) < 1.0


def test_a_call_that_waits_to_be_tried_again_takes_no_place() -> None:
    async def story() -> list[str]:
        shared = Gate(1)
        slow = Patient(Scripted([refused(0.4), says("late")]), Patience("m", shared, Purse(), None, chance=lambda: 0.0))
        quick = Patient(Scripted([says("early")]), Patience("m", shared, Purse(), None))
        order: list[str] = []

        async def ask(one: Patient) -> None:
            order.append((await one.complete(REQUEST)).text)

        await asyncio.gather(ask(slow), ask(quick))
        return order

    assert asyncio.run(story()) == ["early", "late"]


def test_the_budget_is_never_passed_and_used_as_far_as_it_goes() -> None:
    """Each call costs $0.015 and may cost over $0.2: of a budget of $1, all is used but the last call's worst case."""
    purse = Purse(budget_usd=1.0)

    async def story() -> int:
        chat = Scripted([says("yes")] * 200)
        asked = [patient(chat, purse, in_flight=8).complete(REQUEST) for _ in range(100)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(one, ChatReply | BudgetError) for one in told)
        return sum(isinstance(one, ChatReply) for one in told)

    answered = asyncio.run(story())
    most = (most_prompt_tokens(REQUEST) + 100) / 1000
    assert purse.spent_usd == pytest.approx(answered * 0.015)
    assert 1.0 - most < purse.spent_usd + 0.015 <= 1.0 + 0.015
    assert purse.spent_usd <= 1.0
    assert purse.held_usd == 0


def test_a_failed_call_gives_its_money_back() -> None:
    purse = Purse(budget_usd=1.0)
    with pytest.raises(EngineError):
        asyncio.run(patient(Scripted([EngineError("bad_request", "no")]), purse).complete(REQUEST))
    assert (purse.held_usd, purse.spent_usd) == (0.0, 0.0)


def test_a_cancelled_call_gives_its_place_and_money_back() -> None:
    async def story() -> None:
        class Silent(Scripted):
            async def complete(self, request: ChatRequest, load: object = None) -> ChatReply:
                await asyncio.sleep(60)
                raise AssertionError

        purse, gate = Purse(budget_usd=10.0), Gate(1)
        task = asyncio.create_task(Patient(Silent([]), Patience("m", gate, purse, RATES)).complete(REQUEST))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert (purse.held_usd, gate.flying) == (0.0, 0)

    asyncio.run(story())


def test_the_bound_on_tokens_counts_everything_that_is_sent() -> None:
    tool = ToolSpec("zoom", "Looks closely.", "{}")
    pictured = replace(REQUEST, messages=(Message("user", "Was?", pictures=("a", "b")),), tools=(tool,))
    assert most_prompt_tokens(pictured) > most_prompt_tokens(REQUEST) + 2000
    assert guessed_tokens(REQUEST) < most_prompt_tokens(REQUEST)
    assert most_prompt_tokens(REQUEST) >= len("Wo ist die Brücke?".encode())


def test_a_server_that_counts_no_tokens_uses_up_the_budget_all_the_same() -> None:
    purse = Purse(budget_usd=1.0)
    silent = ChatReply("yes", "", (), "stop")

    async def story() -> int:
        told = await asyncio.gather(
            *(patient(Scripted([silent]), purse).complete(REQUEST) for _ in range(50)), return_exceptions=True
        )
        return sum(isinstance(one, ChatReply) for one in told)

    assert asyncio.run(story()) < 10
    assert 0.5 < purse.spent_usd <= 1.0


def test_a_reply_that_was_lost_on_the_way_may_have_been_paid_for() -> None:
    purse = Purse(budget_usd=1.0)
    lost = [EngineError("timed_out", "nothing came", True)] * 9
    with pytest.raises(BudgetError):
        asyncio.run(patient(Scripted(lost), purse).complete(REQUEST))
    assert 0.5 < purse.spent_usd <= 1.0
