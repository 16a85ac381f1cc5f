"""The openai package against a server on loopback: what is sent, what is read back, and what errors become."""

import asyncio
import json
import pickle

import pytest

from schemas.chat import Call, ChatReply, ChatRequest, Message, ToolSpec
from schemas.errors import EngineError
from schemas.settings import OpenAISettings
from tests.engines.chat_server import Server, completion, serving
from transforms.engines import chat_openai
from transforms.engines.chat_openai import OpenAIChat

TOOL = ToolSpec("zoom", "Looks closely.", '{"properties":{"t":{"type":"number"}},"required":["t"],"type":"object"}')
REQUEST = ChatRequest(
    (
        Message("system", "Be brief."),
        Message("user", "What is it?"),
        Message("assistant", "", "I look.", (Call("call_2_0", "zoom", '{"t":1}'),)),
        Message("tool", "a sign", call_id="call_2_0"),
    ),
    (TOOL,),
    "auto",
    0.5,
    7,
    100,
)
CALL = {"id": "x1", "type": "function", "function": {"name": "zoom", "arguments": '{"t": 2}'}}


def ask(server: Server, tool_calls: str = "native", request: ChatRequest = REQUEST) -> ChatReply:
    settings = OpenAISettings(
        model="teacher",
        base_url=server.url,
        api_key_env="TEST_KEY",
        tool_calls="json" if tool_calls == "json" else "native",
    )
    return asyncio.run(OpenAIChat(settings).complete(request))


def test_native_tool_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving(
        (200, completion({"content": None, "tool_calls": [CALL], "reasoning_content": "Hm."}, "tool_calls"))
    ) as server:
        reply = ask(server)
    assert reply == ChatReply("", "Hm.", (Call("x1", "zoom", '{"t": 2}'),), "calls", 11, 7, "teacher-served")
    (sent,) = server.requests
    assert sent["messages"][2]["tool_calls"] == [
        {"id": "call_2_0", "type": "function", "function": {"name": "zoom", "arguments": '{"t":1}'}}
    ]
    assert sent["messages"][3] == {"role": "tool", "content": "a sign", "tool_call_id": "call_2_0"}
    assert sent["tools"][0]["function"]["parameters"]["properties"] == {"t": {"type": "number"}}
    assert (sent["seed"], sent["temperature"], sent["tool_choice"], sent["max_completion_tokens"]) == (
        7,
        0.5,
        "auto",
        100,
    )
    assert server.headers[0]["authorization"] == "Bearer canary-4711"


def test_action_through_a_json_schema() -> None:
    action = {"thought": "Look.", "tool": "zoom", "arguments": {"t": 3}}
    with serving((200, completion({"content": json.dumps(action)}))) as server:
        reply = ask(server, "json")
    assert (reply.calls, reply.reasoning, reply.finish) == ((Call("call", "zoom", '{"t":3}'),), "Look.", "calls")
    (sent,) = server.requests
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "user"]
    assert "- zoom: Looks closely." in sent["messages"][0]["content"]
    assert sent["messages"][3]["content"] == "Result:\na sign"
    shapes = sent["response_format"]["json_schema"]["schema"]["anyOf"]
    assert [sorted(shape["required"]) for shape in shapes] == [["arguments", "thought", "tool"], ["answer", "thought"]]
    assert "tools" not in sent


def test_answer_through_a_json_schema() -> None:
    with serving((200, completion({"content": '{"thought": "Sure.", "answer": "B"}'}))) as server:
        reply = ask(server, "json")
    assert (reply.text, reply.reasoning, reply.calls) == ("<answer>B</answer>", "Sure.", ())


@pytest.mark.parametrize("text", ["no json", "[1]", "{}"], ids=["text", "list", "empty object"])
def test_what_is_no_action_is_left_for_the_loop_to_correct(text: str) -> None:
    with serving((200, completion({"content": text}))) as server:
        assert ask(server, "json").text == text


@pytest.mark.parametrize(
    ("message", "finish", "expected"),
    [
        ({"content": "cut"}, "length", "length"),
        ({"content": None, "refusal": "no"}, "stop", "refusal"),
        ({"content": ""}, "content_filter", "refusal"),
    ],
)
def test_finish(message: dict[str, object], finish: str, expected: str) -> None:
    with serving((200, completion(message, finish))) as server:
        assert ask(server).finish == expected


@pytest.mark.parametrize(
    ("status", "body", "code", "transient"),
    [
        (400, {"error": {"message": "bad"}}, "bad_request", False),
        (401, {"error": {"message": "no key"}}, "not_allowed", True),
        (404, {"error": {"message": "no such model"}}, "bad_request", False),
        (429, {"error": {"message": "slow down"}}, "rate_limited", True),
        (503, {"error": {"message": "busy"}}, "server_error", True),
        (200, "<html>proxy error</html>", "bad_reply", True),
        (200, {"unexpected": 1}, "bad_reply", True),
    ],
    ids=lambda value: str(value)[:20],
)
def test_errors_become_ours(
    status: int, body: object, code: str, transient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_openai, "TRIES", 0)
    with serving((status, body)) as server, pytest.raises(EngineError) as caught:
        ask(server)
    assert (caught.value.code, caught.value.transient) == (code, transient)
    assert server.url in caught.value.detail


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_openai, "TRIES", 0)
    with serving((200, completion({"content": "x"}))) as server:
        pass
    with pytest.raises(EngineError) as caught:
        ask(server)
    assert (caught.value.code, caught.value.transient) == ("unreachable", True)
    assert "the same command resumes" in caught.value.detail


def test_a_busy_server_is_asked_again() -> None:
    with serving((503, {"error": {}}), (200, completion({"content": "<answer>A</answer>"}))) as server:
        assert ask(server).text == "<answer>A</answer>"
    assert len(server.requests) == 2


def test_openai_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(EngineError, match="no_key: set the environment variable OPENAI_API_KEY"):
        OpenAIChat(OpenAISettings(model="m"))


def test_the_key_is_in_no_identity_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    monkeypatch.setattr(chat_openai, "TRIES", 0)
    with serving((401, {"error": {"message": "no"}})) as server, pytest.raises(EngineError) as caught:
        ask(server)
    assert "canary" not in repr(caught.value)
    settings = OpenAISettings(model="m", base_url="http://127.0.0.1:1/v1", api_key_env="TEST_KEY")
    assert "canary" not in repr(OpenAIChat(settings).identity)
    assert b"canary" not in pickle.dumps(settings)
