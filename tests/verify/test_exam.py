"""What models are asked about a trajectory, against a server on loopback."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from schemas.errors import EngineError
from schemas.refs import Kept
from schemas.settings import Judge, Need, OpenAISettings, Verify
from schemas.trajectory import Verdict
from tests.engines.chat_server import completion, serving
from tests.engines.vision import fields
from tests.verify.cases import right_case
from transforms.engines.chat_openai import OpenAIChat
from transforms.verify import need, sufficient, transform
from transforms.verify.case import Case
from transforms.verify.exam import Examiners


def says(answer: str, verdict: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def reply(body: dict[str, Any]) -> dict[str, Any]:
        key, said = ("verdict", verdict) if "verdict" in fields(body) else ("answer", answer)
        return completion({"content": json.dumps({"reasoning": "I looked.", key: said})})

    return reply


def open_case(folder: Path, url: str, answers: bool) -> tuple[Case, Examiners]:
    model = OpenAISettings(model="m", base_url=url, api_key_env="")
    case, chat = right_case(folder), OpenAIChat(model)
    question = replace(case.trajectory.question, kind="open", choices=(), answer="Gate 14 opens")
    settings = Verify(
        need=Need(engine=model, without=("question",), tries=3),
        judge=Judge(engine=model, consistency=False, answers=answers),
    )
    case = replace(case, trajectory=replace(case.trajectory, question=question), settings=settings)
    return case, Examiners(need=chat, judge=chat)


@pytest.mark.parametrize(
    ("answers", "verdict", "enough", "blind"),
    [
        (False, "yes", "evidence_insufficient", ""),
        (True, "no", "evidence_insufficient", ""),
        (True, "yes", "", "answerable_from_question"),
    ],
    ids=["by words", "judged wrong", "judged right"],
)
def test_who_answers_beside_the_teacher_is_judged_like_the_teacher(
    tmp_path: Path, answers: bool, verdict: str, enough: str, blind: str
) -> None:
    with serving((200, says("The gate numbered fourteen is open.", verdict))) as server:
        case, examiners = open_case(tmp_path, server.url, answers)
        assert asyncio.run(sufficient.check(case, examiners)).code == enough
        assert asyncio.run(need.check(case, examiners)).code == blind
        # The same words are judged once.
        assert len(server.requests) == 1 + 3 + int(answers)


def test_the_tries_of_a_blind_run_are_asked_at_the_same_time(tmp_path: Path) -> None:
    """Each waits until all have come: one after the other, none would ever be answered."""

    together = threading.Barrier(3, timeout=20)

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        together.wait()
        return says("no idea", "no")(body)

    with serving((200, reply)) as server:
        case, examiners = open_case(tmp_path, server.url, answers=False)
        assert asyncio.run(need.check(case, examiners)).code == ""
        assert len(server.requests) == 3


def test_which_try_failed_first_does_not_hang_on_time() -> None:
    async def fails(code: str, after_s: float, transient: bool = False) -> bool:
        await asyncio.sleep(after_s)
        raise EngineError(code, "it broke", transient)

    async def of(*tries: Coroutine[Any, Any, bool]) -> str:
        with pytest.raises(EngineError) as caught:
            await need._all(tries)
        return caught.value.code

    assert asyncio.run(of(fails("first", 0.05), fails("second", 0.0))) == "first"
    assert asyncio.run(of(fails("lasting", 0.0), fails("passing", 0.05, transient=True))) == "passing"


@pytest.mark.parametrize(("outcome", "tried"), [("accept", True), ("filter", True), ("fail", False)])
def test_a_blind_run_that_failed_was_none(
    tmp_path: Path, outcome: Literal["accept", "filter", "fail"], tried: bool
) -> None:
    case = right_case(tmp_path)
    verified = replace(case.trajectory, verdicts=(Verdict("need", outcome, "", "", 0.0),), status=outcome)
    kept = Kept("t", "v", "q", 0, "", "open", "", True, 2, 3, 0, 0)
    judged = transform._judged(kept, verified, str(tmp_path))[0]
    assert isinstance(judged, Kept)
    assert judged.tried_blind is tried
