"""The local model with a stand-in for llama.cpp: our program, our launcher and the real client are the real ones."""

import asyncio
import hashlib
import importlib.metadata
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.chat import ChatReply
from schemas.errors import EngineError
from schemas.settings import Limits, LocalSettings
from tests.builds import ROOT
from tests.engines.test_chat_openai import REQUEST
from transforms.engines import build, chat_local
from transforms.engines import server as server_module
from transforms.engines.chat_local import local_chat

DOUBLES = ROOT / "tests" / "engines" / "doubles"

SAMPLING = {"dry_multiplier": 0.8, "dry_base": 1.75, "dry_allowed_length": 16, "dry_penalty_last_n": 8192}
"""llama.cpp's names (its server's documentation, "DRY")."""


@pytest.fixture(autouse=True)
def doubles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Puts the stand-in on the path of whatever is started, and ends what was."""
    monkeypatch.setenv("PYTHONPATH", f"{DOUBLES}{os.pathsep}{ROOT}")
    monkeypatch.setenv("DOUBLE_LOG", str(tmp_path / "log.jsonl"))
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2026.10.1")
    monkeypatch.setattr(server_module, "_servers", {})
    yield
    for one in server_module._servers.values():
        one.close()
        if one._log_file is not None:
            one._log_file.unlink(missing_ok=True)


def own(folder: Path, data: bytes = b"GGUF weights", **more: Any) -> LocalSettings:
    (folder / "own.gguf").write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return LocalSettings(model="own", path=str(folder / "own.gguf"), sha256=sha256, **more)


def test_a_turn(tmp_path: Path) -> None:
    settings = own(tmp_path, context=2048, threads=3, limits=Limits(in_flight=2))
    chat = local_chat(settings)
    reply = asyncio.run(chat.complete(REQUEST))
    told_the_server = "2 4096 3 3"
    assert reply == ChatReply("<answer>B</answer>", "I know.", (), "stop", 12, 3, told_the_server, "", 11)
    sent = json.loads((tmp_path / "log.jsonl").read_text())
    assert (sent["model"], sent["seed"], sent["max_tokens"]) == ("own", REQUEST.seed, REQUEST.max_tokens)
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert "tools" not in sent
    assert SAMPLING.items() <= sent.items()


def test_one_server_for_two_engines_of_the_same_model(tmp_path: Path) -> None:
    settings = own(tmp_path)

    async def both() -> None:
        one, other = local_chat(settings), local_chat(settings.model_copy(update={"timeout_s": 9.0}))
        await asyncio.gather(one.complete(REQUEST), other.complete(REQUEST))

    asyncio.run(both())
    assert len(server_module._servers) == 1


def test_the_identity_names_weights_and_runtime_and_no_place(tmp_path: Path) -> None:
    settings = own(tmp_path)
    assert local_chat(settings).identity == {
        "engine": "local",
        "model": "own",
        "sha256": settings.sha256,
        "runtime": "xllamacpp 2026.10.1",
        "tool_calls": "json",
        "context": 8192,
        "sampling": SAMPLING,
    }


def test_weights_are_checked_before_anything_loads_them(tmp_path: Path) -> None:
    settings = own(tmp_path).model_copy(update={"sha256": "0" * 64})
    with pytest.raises(EngineError, match="weights_mismatch"):
        asyncio.run(local_chat(settings).complete(REQUEST))
    with pytest.raises(EngineError, match="weights_mismatch"):
        build.make_ready(settings)
    assert not (tmp_path / "log.jsonl").exists()


def test_weights_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as caught:
        asyncio.run(local_chat(own(tmp_path, b"not a model")).complete(REQUEST))
    assert (caught.value.code, caught.value.transient) == ("model_down", True)
    assert caught.value.detail.startswith("llama.cpp did not start; its log ends: ")
    assert caught.value.detail.endswith("RuntimeError: failed to load own.gguf")
    assert str(tmp_path) not in caught.value.detail


def test_errors_name_the_model_and_no_port(tmp_path: Path) -> None:
    refused = replace(REQUEST, messages=(replace(REQUEST.messages[0], text="refuse"),))
    with pytest.raises(EngineError) as caught:
        asyncio.run(local_chat(own(tmp_path)).complete(refused))
    assert (caught.value.code, caught.value.transient, caught.value.lasting) == ("bad_request", False, False)
    assert caught.value.detail.startswith("the local model own answered HTTP 400: ")
    assert "127.0.0.1" not in caught.value.detail


def test_a_server_that_dies_of_a_request(tmp_path: Path) -> None:
    deadly = replace(REQUEST, messages=(replace(REQUEST.messages[0], text="die"),))
    chat = local_chat(own(tmp_path))

    async def twice() -> list[object]:
        found: list[object] = []
        for _ in range(2):
            try:
                await chat.complete(deadly)
            except EngineError as error:
                found.append((error.code, error.transient))
            await asyncio.sleep(0.5)
        return found

    assert asyncio.run(twice()) == [("unreachable", True), ("model_down", True)]


def test_settings_that_cannot_work_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="unknown_model: no weights are known by the name mine: known are qwen2.5-"):
        local_chat(LocalSettings(model="mine"))

    def missing(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(chat_local.importlib.metadata, "version", missing)
    with pytest.raises(
        EngineError, match=r"no_package: a local model needs llama.cpp: pip install 'frametrail\[local\]'"
    ):
        local_chat(LocalSettings())


def test_it_costs_nothing_and_is_built_by_its_settings(tmp_path: Path) -> None:
    from transforms.engines.prices import rates_of

    settings = own(tmp_path)
    rates = rates_of(settings)
    assert rates is not None
    assert rates.cost_usd(10**6, 10**6) == 0.0
    assert build.bare_chat(settings).identity["engine"] == "local"
