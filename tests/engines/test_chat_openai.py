"""The openai package against a server on loopback: what is sent, what is read back, and what errors become."""

import asyncio
import json
import pickle
from dataclasses import replace
from typing import Any

import pytest

from schemas.chat import Call, ChatReply, ChatRequest, Message, ToolSpec
from schemas.codec import from_json, to_json
from schemas.errors import EngineError
from schemas.settings import OpenAISettings
from tests.engines.chat_server import Server, Torn, completion, serving
from transforms.engines.chat_openai import (
    OpenAIChat,
    action_schema,
    client_of,
    json_request,
    native_request,
    read_action,
)
from transforms.engines.retry import next_try_s
from transforms.refuse import PASSING

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


def ask(server: Server, tool_calls: str = "native", request: ChatRequest = REQUEST, **more: Any) -> ChatReply:
    settings = OpenAISettings(
        model="teacher",
        base_url=server.url,
        api_key_env="TEST_KEY",
        tool_calls="json" if tool_calls == "json" else "native",
        **more,
    )
    return asyncio.run(OpenAIChat(settings).complete(request))


def test_what_the_package_reads_about_accounts_goes_to_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    monkeypatch.setenv("OPENAI_ORG_ID", "our-org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "our-project")
    monkeypatch.setenv(
        "OPENAI_CUSTOM_HEADERS", "X-Ours: secret\nAuthorization: Bearer another\nContent-Type: application/json"
    )
    with serving((200, completion({"content": "yes"}))) as server:
        ask(server)
    (headers,) = server.headers
    assert not headers.keys() & {"openai-organization", "openai-project", "x-ours"}
    assert headers["authorization"] == "Bearer canary-4711"
    assert headers["content-type"] == "application/json"
    of_openai = client_of(OpenAISettings(model="m", base_url="https://api.openai.com/v1"))
    assert (of_openai.organization, of_openai.project) == ("our-org", "our-project")


def test_native_tool_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving(
        (200, completion({"content": None, "tool_calls": [CALL], "reasoning_content": "Hm."}, "tool_calls"))
    ) as server:
        reply = ask(server)
    assert reply == ChatReply(
        "", "Hm.", (Call("x1", "zoom", '{"t": 2}'),), "calls", 11, 7, "teacher-served", "reasoning_content"
    )
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
    assert sent["messages"][3]["content"].startswith("Result:\na sign\n\nCall another tool, or answer")
    shapes = sent["response_format"]["json_schema"]["schema"]["anyOf"]
    assert [sorted(shape["required"]) for shape in shapes] == [["arguments", "thought", "tool"], ["answer", "thought"]]
    assert "tools" not in sent


def test_the_first_action_is_a_call() -> None:
    """What is answered before any tool has told anything is guessed."""
    opening = replace(REQUEST, messages=REQUEST.messages[:2])
    shapes = action_schema(opening)["anyOf"]
    assert [shape["required"] for shape in shapes] == [["thought", "tool", "arguments"]]
    assert action_schema(replace(opening, tool_choice="none"))["required"] == ["thought", "answer"]


def test_tools_are_told_in_words() -> None:
    shown = (
        '{"properties":{"n":{"description":"How many.","type":"integer"},"how":{"enum":["a","b"]}},"required":["n"]}'
    )
    request = replace(REQUEST, tools=(ToolSpec("zoom", "Looks.", shown),))
    system = json_request(request)["messages"][0]["content"]
    assert system.startswith(
        'Be brief.\n\nTools:\n- zoom: Looks.\n    n (integer): How many.\n    how ("a" | "b", may be left out)\n'
    )


def test_answer_through_a_json_schema() -> None:
    with serving((200, completion({"content": '{"thought": "Sure.", "answer": "B"}'}))) as server:
        reply = ask(server, "json")
    assert (reply.text, reply.reasoning, reply.calls) == ("<answer>B</answer>", "Sure.", ())


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ({"answer": 3}, "<answer>3</answer>"),
        ({"answer": 0}, "<answer>0</answer>"),
        ({"answer": 2.0}, "<answer>2</answer>"),
        ({"answer": 2.5}, "<answer>2.5</answer>"),
        ({"answer": ["B", "A"]}, "<answer>B, A</answer>"),
        ({"answer": [12.5, 18]}, "<answer>12.5, 18</answer>"),
        ({"answer": True}, "<answer>true</answer>"),
        ({"answer": int("9" * 400)}, f"<answer>{'9' * 400}</answer>"),
        ({"tool": None, "answer": "B"}, "<answer>B</answer>"),
        ({"tool": "", "arguments": {}, "answer": "B"}, "<answer>B</answer>"),
        ({"answer": "<answer>B</answer>"}, "<answer><answer>B</answer></answer>"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_answers_are_spelled_as_they_are_read(action: dict[str, object], text: str) -> None:
    for sent in (
        json.dumps(action),
        f"```json\n{json.dumps(action)}\n```",
        f"<think>Hm.</think>\n{json.dumps(action)}",
    ):
        assert read_action(sent)[0::2] == (text, ())


@pytest.mark.parametrize(
    "answer", [None, float("nan"), float("inf"), [], ["A", None], {"start": 1, "end": 2}, [["A"], "B"]], ids=str
)
def test_what_is_no_answer_is_left_for_the_loop_to_correct(answer: object) -> None:
    text = json.dumps({"thought": "Hm.", "answer": answer})
    assert read_action(text) == (text, "", ())


def test_a_fenced_action_with_thoughts_before_it() -> None:
    text = 'a</think>```json\n{"thought": null, "tool": "zoom", "arguments": {"t": 3}}\n```'
    assert read_action(text) == ("", "a", (Call("call", "zoom", '{"t":3}'),))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ('{"t": NaN}', '{"t": NaN}'),
        ('{"t": -Infinity}', '{"t": -Infinity}'),
        ('"{\\"t\\": 3}"', '{"t": 3}'),
        ("null", "{}"),
        ('{"t": "\\ud800"}', '{"t":"\ufffd"}'),
        ("[3]", "[3]"),
    ],
)
def test_odd_arguments_of_an_action_reach_the_loop(arguments: str, told: str) -> None:
    assert read_action(f'{{"tool": "zoom", "arguments": {arguments}}}')[2] == (Call("call", "zoom", told),)


def test_a_tool_and_an_answer_are_both_told() -> None:
    action = '{"thought": "", "tool": "zoom", "arguments": {}, "answer": "B"}'
    assert read_action(action) == ("<answer>B</answer>", "", (Call("call", "zoom", "{}"),))


@pytest.mark.parametrize("arguments", ['{"t": 2,', "[" * 5000, '{"t":NaN}', "[1]", ""], ids=lambda text: text[:8])
@pytest.mark.parametrize("mode", ["native", "json"])
def test_earlier_calls_are_sent_as_valid_json(arguments: str, mode: str) -> None:
    spoilt = replace(REQUEST.messages[2], calls=(Call("call_2_0", "zoom", arguments),))
    request = replace(REQUEST, messages=(*REQUEST.messages[:2], spoilt, REQUEST.messages[3]))
    with serving((200, completion({"content": "<answer>A</answer>"}))) as server:
        ask(server, mode, request)
    (sent,) = server.requests
    if mode == "native":
        (call,) = sent["messages"][2]["tool_calls"]
        assert json.loads(call["function"]["arguments"]) == {"not_an_object": arguments}
    else:
        assert json.loads(sent["messages"][2]["content"])["tool"] == "zoom"


@pytest.mark.parametrize(
    ("name", "sent_as"), [("zoom", "zoom"), ("", "unnamed"), ("zo\ufffd.om", "zo__om"), ("z" * 99, "z" * 64)]
)
def test_earlier_calls_are_sent_with_a_name_that_servers_take(name: str, sent_as: str) -> None:
    spoilt = replace(REQUEST.messages[2], calls=(Call("call_2_0", name, "{}"),))
    messages = native_request(replace(REQUEST, messages=(spoilt,)))["messages"]
    assert messages[0]["tool_calls"][0]["function"]["name"] == sent_as


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
def test_reasoning_is_given_back_under_the_name_it_came_by(name: str) -> None:
    with serving((200, completion({"content": "<answer>A</answer>", name: "Hm."}))) as server:
        reply = ask(server)
        ask(server, request=replace(REQUEST, reasoning_as=reply.reasoning_as))
    assert (reply.reasoning, reply.reasoning_as) == ("Hm.", name)
    first, second = (sent["messages"][2] for sent in server.requests)
    assert {"reasoning", "reasoning_content"}.isdisjoint(first)
    assert (second[name], second["content"]) == ("I look.", "")


def test_thoughts_that_came_in_the_words_are_given_back_there() -> None:
    with serving((200, completion({"content": "<answer>A</answer>"}))) as server:
        ask(server, request=replace(REQUEST, reasoning_as="content"))
    assert server.requests[0]["messages"][2]["content"] == "<think>\nI look.\n</think>\n\n"


@pytest.mark.parametrize("text", ["no json", "[1]", "{}", "[" * 5000], ids=["text", "list", "empty object", "deep"])
def test_what_is_no_action_is_left_for_the_loop_to_correct(text: str) -> None:
    with serving((200, completion({"content": text}))) as server:
        assert ask(server, "json").text == text


@pytest.mark.parametrize(
    "message",
    [
        {"content": None, "tool_calls": [{"id": None, "type": "function", "function": {"name": None}}]},
        {"content": None, "tool_calls": [{"id": "x", "type": "function", "function": {"name": "z", "arguments": {}}}]},
        {"content": None, "tool_calls": [{"function": {"name": "zoom", "arguments": "{}"}}]},
        {"content": "Hm.", "tool_calls": [{"id": "x", "type": "function"}]},
        {"content": "Hm.", "tool_calls": [{"id": "x", "type": "custom", "custom": {"name": "z", "input": ""}}]},
        {"content": [{"type": "text", "text": "Hm."}]},
        {"content": "Hm.", "reasoning": {"text": "odd"}},
    ],
    ids=str,
)
def test_fields_of_other_types_are_read_as_text(message: dict[str, object]) -> None:
    with serving((200, completion(message))) as server:
        reply = ask(server)
    assert from_json(ChatReply, to_json(reply)) == reply
    assert reply.calls or reply.text == "Hm."


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
        (404, {"error": {"message": "no such model"}}, "bad_request", True),
        (429, {"error": {"message": "slow down"}}, "rate_limited", True),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, "no_credit", True),
        (503, {"error": {"message": "busy"}}, "server_error", True),
        (200, "<html>proxy error</html>", "bad_reply", True),
        (200, {"unexpected": 1}, "bad_reply", True),
        (200, Torn('{"choices":[{"mess'), "bad_reply", True),
    ],
    ids=lambda value: str(value)[:20],
)
def test_errors_become_ours(status: int, body: object, code: str, transient: bool) -> None:
    with serving((status, body)) as server, pytest.raises(EngineError) as caught:
        ask(server)
    assert (caught.value.code, caught.value.transient, caught.value.lasting) == (code, transient, False)
    assert server.url in caught.value.detail


def test_a_server_that_is_not_there() -> None:
    with serving((200, completion({"content": "x"}))) as server:
        pass
    with pytest.raises(EngineError) as caught:
        ask(server)
    assert (caught.value.code, caught.value.transient) == ("unreachable", True)
    assert "the same command tries again" in caught.value.detail


def test_no_proxy_stands_before_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving((200, completion({"content": "<answer>A</answer>"}))) as server:
        assert ask(server).text == "<answer>A</answer>"


def test_openai_itself_needs_a_key_but_not_before_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    chat = OpenAIChat(OpenAISettings(model="m"))
    assert chat.identity["base_url"] == "https://api.openai.com/v1"
    with pytest.raises(EngineError, match="no_key: set the environment variable OPENAI_API_KEY") as caught:
        asyncio.run(chat.complete(REQUEST))
    assert (caught.value.transient, caught.value.lasting, caught.value.code in PASSING) == (True, False, True)
    assert next_try_s(caught.value, 1, 0.0, 0.5) is None


def test_the_key_is_in_no_identity_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    with serving((401, {"error": {"message": "no"}})) as server, pytest.raises(EngineError) as caught:
        ask(server)
    assert "canary" not in repr(caught.value)
    settings = OpenAISettings(model="m", base_url="http://127.0.0.1:1/v1", api_key_env="TEST_KEY")
    assert "canary" not in repr(OpenAIChat(settings).identity)
    assert b"canary" not in pickle.dumps(settings)


PICTURED = ChatRequest((Message("user", "What is this?", pictures=("a" * 64,)),), (), "none", 0.0, 7, 100)


def test_pictures_stand_before_the_text() -> None:
    (message,) = native_request(PICTURED, lambda name: b"jpeg of " + name[:1].encode())["messages"]
    assert message["content"] == [
        {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,anBlZyBvZiBh"}},
        {"type": "text", "text": "What is this?"},
    ]


def test_a_reply_by_schema() -> None:
    schema = {"type": "object", "properties": {"caption": {"type": "string"}}}
    request = replace(PICTURED, messages=(Message("user", "Say."),), reply_schema_json=json.dumps(schema))
    with serving((200, completion({"content": '{"caption": "a boat"}'}))) as server:
        for mode in ("native", "json"):
            reply = ask(server, mode, request)
            assert (reply.text, reply.calls) == ('{"caption": "a boat"}', ())
    assert [sorted(name for name in sent if name.startswith("max_")) for sent in server.requests] == [
        ["max_completion_tokens"],
        ["max_tokens"],
    ]
    for sent in server.requests:
        assert sent["response_format"]["json_schema"]["schema"] == schema


def test_what_the_server_refuses_is_left_out_and_what_it_wants_is_sent() -> None:
    with serving((200, completion({"content": "x"}))) as server:
        ask(server, leave_out=("seed", "temperature"), extra_body={"reasoning_effort": "low"})
    (sent,) = server.requests
    assert "seed" not in sent
    assert "temperature" not in sent
    assert sent["reasoning_effort"] == "low"


def test_tokens_that_the_server_had_read_before_are_told() -> None:
    body = completion({"content": "x"})
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": 5}
    with serving((200, body)) as server:
        assert ask(server).cached_tokens == 5


@pytest.mark.parametrize("mode", ["native", "json"])
def test_the_limit_of_the_reply_is_left_out_by_either_name(mode: str) -> None:
    with serving((200, completion({"content": "x"}))) as server:
        ask(server, mode, leave_out=("max_completion_tokens",))
    assert not [name for name in server.requests[0] if name.startswith("max_")]


def test_a_reply_that_trickles_in_is_not_waited_for_without_end() -> None:
    with serving((200, Torn(" " * 40, pause_s=0.1))) as server, pytest.raises(EngineError) as caught:
        ask(server, timeout_s=0.5)
    assert (caught.value.code, caught.value.transient) == ("timed_out", True)
    assert "no whole reply within 0.5 s" in caught.value.detail
