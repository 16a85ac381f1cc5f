"""The trials against a server on loopback that can be told to be less than it says."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from schemas.errors import EngineError
from schemas.settings import OpenAISettings
from tests.engines.chat_server import completion, serving
from transforms.engines.doctor import Finding, try_ocr, try_teacher, try_viewer
from transforms.engines.ocr import OcrLine, RapidOcr

READY = (200, completion({"content": "ready"}))
CALL = {"id": "x", "type": "function", "function": {"name": "report_number", "arguments": '{"n": 7}'}}
USED_NO_SEED = (400, {"error": {"message": "Unsupported parameter: 'seed'"}})


def teacher(*replies: tuple[int, Any], **settings: Any) -> tuple[list[Finding], list[dict[str, Any]]]:
    with serving(*replies) as server:
        model = OpenAISettings(model="m", base_url=server.url, api_key_env="", **settings)
        return asyncio.run(try_teacher(model)), server.requests


def test_a_teacher_that_can_do_what_the_settings_say() -> None:
    found, _ = teacher(READY, (200, completion({"content": None, "tool_calls": [CALL]}, "tool_calls")))
    assert found == [
        Finding(True, "answered as teacher-served (11 + 7 tokens)"),
        Finding(True, "called a tool (11 + 7 tokens)"),
    ]


def test_a_teacher_without_tool_calls_is_told_how_to_be_asked() -> None:
    found, _ = teacher(READY, (200, completion({"content": "The number is 7."})))
    assert not found[1].works
    assert found[1].told == (
        "was told to call a tool and said 'The number is 7.'; start the server with tool calls, or set tool_calls: json"
    )


def test_a_call_with_other_arguments_is_none() -> None:
    wrong = {**CALL, "function": {"name": "report_number", "arguments": '{"n": "seven"}'}}
    found, _ = teacher(READY, (200, completion({"content": None, "tool_calls": [wrong]}, "tool_calls")))
    assert not found[1].works


def test_an_action_by_schema() -> None:
    action = {"thought": "I call.", "tool": "report_number", "arguments": {"n": 7}}
    found, requests = teacher(READY, (200, completion({"content": json.dumps(action)})), tool_calls="json")
    assert [finding.works for finding in found] == [True, True]
    assert requests[1]["response_format"]["type"] == "json_schema"


def test_a_parameter_that_is_refused_is_found() -> None:
    """Temperature is left out first and refused still; without the seed it works."""
    called = (200, completion({"content": None, "tool_calls": [CALL]}, "tool_calls"))
    found, requests = teacher(USED_NO_SEED, USED_NO_SEED, READY, called)
    assert not found[0].works
    assert found[0].told.startswith("it refuses a parameter: set leave_out: [seed]")
    assert "seed" not in requests[2]


def test_a_key_that_is_refused_is_told_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "canary-4711")
    with serving((401, {"error": {"message": "bad key canary-4711"}})) as server:
        model = OpenAISettings(model="m", base_url=server.url, api_key_env="SOME_KEY")
        (found,) = asyncio.run(try_teacher(model))
    assert found == Finding(False, f"{server.url} refused the key (HTTP 401); check SOME_KEY")


def test_nobody_there() -> None:
    with serving(READY) as server:
        pass
    (found,) = asyncio.run(try_teacher(OpenAISettings(model="m", base_url=server.url, api_key_env="")))
    assert not found.works
    assert found.told.endswith("is the server up? the same command tries again")


def test_a_viewer_sees_and_follows_the_schema() -> None:
    with serving(READY, (200, completion({"content": '{"color": "red"}'}))) as server:
        model = OpenAISettings(model="m", base_url=server.url, api_key_env="")
        found = asyncio.run(try_viewer(model))
    assert [finding.works for finding in found] == [True, True]
    (picture, _) = server.requests[1]["messages"][0]["content"]
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,")


def test_a_blind_viewer() -> None:
    with serving(READY, (200, completion({"content": '{"color": "blue"}'}))) as server:
        found = asyncio.run(try_viewer(OpenAISettings(model="m", base_url=server.url, api_key_env="")))
    assert not found[1].works


def test_an_ocr_that_reads() -> None:
    assert try_ocr(RapidOcr()).works


def test_an_ocr_that_does_not() -> None:
    class Blind:
        name = "blind"
        identity = {"version": "1"}

        def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
            return (OcrLine("GHTE I4", (0, 0, 1, 1), 0.5),)

    class Broken(Blind):
        def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
            raise EngineError("ocr_missing", "install it")

    assert try_ocr(Blind()).told.startswith("read 'GHTE I4' where 'GATE 14' is drawn")
    assert try_ocr(Broken()) == Finding(False, "install it")
