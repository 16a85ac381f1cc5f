"""vLLM with stand-ins: the module `vllm` with the signatures of 0.32 inside this process, and its server as a program.

No model runs here and no GPU is used; what these show is our side.
"""

import asyncio
import importlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.chat import ChatReply, ChatRequest, Message
from schemas.errors import EngineError
from schemas.settings import Limits, VllmSettings
from tests.builds import ROOT
from tests.engines.test_chat_openai import REQUEST
from transforms.engines import build, chat_vllm
from transforms.engines import server as server_module
from transforms.engines.chat_openai import action_schema
from transforms.engines.chat_vllm import runtime, vllm_chat

DOUBLES = ROOT / "tests" / "engines" / "doubles"
ANSWERED = ChatReply("<answer>B</answer>", "I know.", (), "stop", 12, 3, "m", "", 11)


real_version = importlib.metadata.version


def fake_version(name: str) -> str:
    if name == "vllm":
        return "0.32.0"
    if name in chat_vllm.RUNTIMES:
        raise importlib.metadata.PackageNotFoundError(name)
    return real_version(name)


@pytest.fixture(autouse=True)
def doubles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(DOUBLES))
    monkeypatch.setenv("PYTHONPATH", f"{DOUBLES}{os.pathsep}{ROOT}")
    monkeypatch.setenv("DOUBLE_LOG", str(tmp_path / "log.jsonl"))
    monkeypatch.delenv("VLLM_WORKER_MULTIPROC_METHOD", raising=False)
    monkeypatch.setattr(chat_vllm.importlib.metadata, "version", fake_version)
    monkeypatch.setattr(server_module, "_servers", {})
    yield
    for name in [name for name in sys.modules if name == "vllm" or name.startswith("vllm.")]:
        del sys.modules[name]
    for one in server_module._servers.values():
        one.close()


def batch(**more: Any) -> VllmSettings:
    return VllmSettings(model="m", **more)


def test_calls_at_once_are_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = batch(limits=Limits(in_flight=8), max_model_len=4096, tensor_parallel_size=2, revision="main")
    chat = vllm_chat(settings)

    async def many() -> list[ChatReply]:
        return await asyncio.gather(*(chat.complete(REQUEST) for _ in range(20)))

    assert asyncio.run(many()) == [ANSWERED] * 20
    (llm,) = importlib.import_module("vllm").LLM.made
    assert llm.told == ("m", 2, "main", 0.9, {"max_model_len": 4096})
    assert sum(llm.batches) == 20
    assert len(llm.batches) <= 6
    assert max(llm.batches) <= 8
    assert os.environ["VLLM_WORKER_MULTIPROC_METHOD"] == "spawn"


def test_what_a_request_becomes() -> None:
    asyncio.run(vllm_chat(batch()).complete(REQUEST))
    (llm,) = importlib.import_module("vllm").LLM.made
    (params,) = llm.params
    assert (params.temperature, params.seed, params.max_tokens) == (0.5, 7, 100)
    assert params.structured_outputs.json == action_schema(REQUEST)


def test_a_schema_of_the_reply_and_free_text() -> None:
    plain = ChatRequest((Message("user", "Hello."),), (), "none", 0.0, 1, 50)
    shaped = replace(plain, reply_schema_json='{"type": "object"}')
    chat = vllm_chat(batch())

    async def both() -> list[str]:
        return [(await chat.complete(plain)).text, (await chat.complete(shaped)).text]

    assert asyncio.run(both()) == ['{"thought": "I know.", "answer": "B"}'] * 2
    (llm,) = importlib.import_module("vllm").LLM.made
    assert [params.structured_outputs and params.structured_outputs.json for params in llm.params] == [
        None,
        {"type": "object"},
    ]


def test_a_reply_that_is_cut_off() -> None:
    reply = asyncio.run(vllm_chat(batch()).complete(replace(REQUEST, max_tokens=4)))
    assert (reply.finish, reply.text, reply.calls) == ("length", '{"thou', ())


def test_a_request_that_is_refused_is_refused_alone() -> None:
    long = replace(REQUEST, messages=(*REQUEST.messages, Message("user", "x" * 2000)))
    chat = vllm_chat(batch())

    async def many() -> list[object]:
        requests = [REQUEST, long, REQUEST]
        return list(await asyncio.gather(*(chat.complete(one) for one in requests), return_exceptions=True))

    first, refused, third = asyncio.run(many())
    assert first == third == ANSWERED
    assert isinstance(refused, EngineError)
    assert (refused.code, refused.transient, refused.lasting) == ("bad_request", False, False)
    assert refused.detail.endswith("is longer than the maximum model length in models")


def test_an_engine_that_breaks() -> None:
    deadly = replace(REQUEST, messages=(Message("user", "die"),))
    with pytest.raises(EngineError) as caught:
        asyncio.run(vllm_chat(batch()).complete(deadly))
    assert (caught.value.code, caught.value.transient) == ("model_down", True)
    assert caught.value.detail == "vLLM broke: EngineCore died"


def test_an_engine_that_hangs() -> None:
    chat = vllm_chat(batch(timeout_s=0.2, limits=Limits(in_flight=1)))

    async def both() -> None:
        assert await chat.complete(REQUEST) == ANSWERED
        await chat.complete(replace(REQUEST, messages=(Message("user", "hang"),)))

    with pytest.raises(EngineError) as caught:
        asyncio.run(both())
    assert (caught.value.code, caught.value.transient) == ("timed_out", True)
    assert caught.value.detail == "vLLM gave no reply within 0.4 s"


def test_one_of_many_that_is_refused_costs_the_others_little() -> None:
    long = replace(REQUEST, messages=(*REQUEST.messages, Message("user", "x" * 2000)))
    chat = vllm_chat(batch(timeout_s=0.2, limits=Limits(in_flight=16)))

    async def many() -> list[object]:
        await chat.complete(REQUEST)
        requests = [long if n == 5 else REQUEST for n in range(16)]
        return list(await asyncio.gather(*(chat.complete(one) for one in requests), return_exceptions=True))

    results = asyncio.run(many())
    assert results[:5] + results[6:] == [ANSWERED] * 15
    assert isinstance(results[5], EngineError) and results[5].code == "bad_request"
    (llm,) = importlib.import_module("vllm").LLM.made
    assert len(llm.batches) <= 12


@pytest.mark.parametrize("model", ["broken", "leaves"])
def test_a_model_that_cannot_be_loaded_is_tried_once(model: str) -> None:
    chat = vllm_chat(VllmSettings(model=model))
    for _ in range(2):
        with pytest.raises(EngineError) as caught:
            asyncio.run(chat.complete(REQUEST))
        assert (caught.value.code, caught.value.transient) == ("model_down", True)
        assert caught.value.detail == f"vLLM could not load {model}: CUDA error: no device in nvidia0"
    assert importlib.import_module("vllm").LLM.made == []


def test_the_server_asked_through_a_schema(tmp_path: Path) -> None:
    chat = vllm_chat(batch(mode="server", max_model_len=2048))
    reply = asyncio.run(chat.complete(REQUEST))
    assert reply == replace(ANSWERED, model="m 2048 None")
    sent = json.loads((tmp_path / "log.jsonl").read_text())
    assert sent["response_format"]["json_schema"]["schema"] == action_schema(REQUEST)


def test_the_server_asked_for_native_calls(tmp_path: Path) -> None:
    chat = vllm_chat(batch(mode="server", tool_parser="hermes"))
    reply = asyncio.run(chat.complete(REQUEST))
    assert (reply.model, reply.text) == ("m None hermes", '{"thought": "I know.", "answer": "B"}')
    sent = json.loads((tmp_path / "log.jsonl").read_text())
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["zoom"]
    assert "response_format" not in sent


def test_the_identity() -> None:
    assert vllm_chat(batch(mode="server", tool_parser="hermes", revision="abc")).identity == {
        "engine": "vllm",
        "mode": "server",
        "model": "m",
        "revision": "abc",
        "runtime": "vllm 0.32.0",
        "tool_parser": "hermes",
        "max_model_len": 0,
    }
    assert build.bare_chat(batch()).identity["mode"] == "batch"


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(chat_vllm.importlib.metadata, "version", missing)
    with pytest.raises(EngineError, match=r"no_package: vLLM is missing: pip install 'frametrail\[vllm\]'"):
        runtime()
