"""A real language model on this machine: make test-llm. It fetches 1.1 GB once and takes minutes.

What it says is its own; what must hold whatever it says is tested.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from schemas.chat import ChatReply, ChatRequest, Message
from schemas.settings import DEFAULT_TOOLS, Limits, LocalSettings
from tests.builds import ROOT, frametrail
from tests.truth import is_true, load_truth
from transforms.engines import server
from transforms.engines.chat_local import local_chat
from transforms.tools.registry import caption_specs, checked_arguments
from transforms.write.rows import trajectory_from_row

pytestmark = pytest.mark.llm

SETTINGS = LocalSettings(context=2048, limits=Limits(in_flight=1), timeout_s=1800)
REQUEST = ChatRequest(
    (
        Message("system", "You answer a question about a video. You find out by calling tools, one call per turn."),
        Message("user", "The video lasts 84.0 s.\n\nWhat is written on screen at 36 seconds?"),
    ),
    caption_specs(DEFAULT_TOOLS),
    "auto",
    0.0,
    7,
    200,
)


@pytest.fixture(scope="module", autouse=True)
def llama() -> Iterator[None]:
    pytest.importorskip("xllamacpp", reason="needs llama.cpp: pip install 'frametrail[local]'")
    yield
    for one in server._servers.values():
        one.close()


def ask(*requests: ChatRequest) -> list[ChatReply]:
    """A client is for one event loop; the server behind it stays."""

    async def one_after_another() -> list[ChatReply]:
        chat = local_chat(SETTINGS)
        return [await chat.complete(request) for request in requests]

    return asyncio.run(one_after_another())


def test_a_call_is_one_of_the_tools_and_the_next_turn_is_cheap() -> None:
    (first,) = ask(REQUEST)
    (call,) = first.calls
    assert checked_arguments(DEFAULT_TOOLS, call.name, call.arguments_json) is not None
    assert first.reasoning
    told = (Message("assistant", "", first.reasoning, first.calls), Message("tool", 'text on screen: "Which planet"'))
    (second,) = ask(replace(REQUEST, messages=(*REQUEST.messages, *told)))
    assert second.calls or second.text
    assert second.cached_tokens >= 0.9 * first.prompt_tokens


def test_only_an_answer_when_calls_are_used_up() -> None:
    (reply,) = ask(replace(REQUEST, tool_choice="none"))
    assert reply.calls == ()
    assert reply.text.startswith("<answer>")


def test_the_same_request_is_answered_alike() -> None:
    one, other = ask(REQUEST, REQUEST)
    assert (one.calls, one.text) == (other.calls, other.text)


def test_a_build_accepts_nothing_that_is_wrong(tmp_path: Path, warm_work: Path) -> None:
    done = frametrail(
        *("build", "demo-llm", "-c", ROOT / "datasets.yaml", "--out", tmp_path, "--work", warm_work),
        *("--set", "explore.teacher.timeout_s=1800", "--set", "ask.per_video=2"),
        timeout_s=7200,
    )
    assert done.returncode == 0, done.stderr
    (release,) = [path for path in (tmp_path / "demo-llm").iterdir() if (path / "manifest.json").exists()]
    rows = [row for path in sorted((release / "trajectories").glob("*")) for row in pq.read_table(path).to_pylist()]
    rollouts = [trajectory_from_row(row) for row in rows]
    assert len(rollouts) == 4
    assert any(turn.calls for one in rollouts for turn in one.turns)
    wrong = [
        (one.question.text, one.answer)
        for one in rollouts
        if one.status == "accept" and not is_true(one.question, one.answer, load_truth()["lesson"])
    ]
    assert wrong == []
    identity = json.loads(rollouts[0].lineage.teacher)
    assert (identity["engine"], len(identity["sha256"])) == ("local", 64)
    audit = frametrail("audit", release)
    assert audit.returncode == 0, audit.stdout
