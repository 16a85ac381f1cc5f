"""google-genai against a server on loopback: what is sent, what is read back, and what errors become."""

import asyncio
import json
import pickle
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.chat import Call, ChatReply, ChatRequest, Message, ToolSpec
from schemas.codec import from_json, to_json
from schemas.errors import EngineError
from schemas.settings import Explore, GeminiSettings
from tests.engines.gemini_server import GeminiServer, candidate, failure, serving_gemini
from tests.explore.test_loop import QUESTION
from tests.tools.test_tools import scene
from transforms.engines import build
from transforms.engines.chat_gemini import GeminiChat, native_config, native_contents
from transforms.engines.prices import rates_of
from transforms.explore.loop import explore
from transforms.store import Store

TOOL = ToolSpec("zoom", "Looks closely.", '{"properties":{"t":{"type":"number"}},"required":["t"],"type":"object"}')
BARE = ToolSpec("overview", "Looks at all.", '{"properties":{},"type":"object"}')
REQUEST = ChatRequest(
    (
        Message("system", "Be brief."),
        Message("user", "What is it?"),
        Message("assistant", "", "I look.", (Call("call_2_0", "zoom", '{"t":1}'),)),
        Message("tool", "a sign", call_id="call_2_0"),
    ),
    (TOOL, BARE),
    "auto",
    0.5,
    7,
    100,
)
PLAIN = ChatRequest((Message("user", "What is it?"),), (), "none", 0.0, 7, 100)
SIGNED = {"functionCall": {"id": "g1", "name": "zoom", "args": {"t": 2}}, "thoughtSignature": "c2lnbmVk"}
USAGE = {
    "promptTokenCount": 20,
    "cachedContentTokenCount": 5,
    "candidatesTokenCount": 7,
    "thoughtsTokenCount": 30,
    "totalTokenCount": 57,
}


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with serving_gemini() as server:
        yield server


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all, since an engine's connections live on one."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def ask(server: GeminiServer, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TEST_KEY", "canary-4711")

    def ask(request: ChatRequest = REQUEST, model: str = "gemini-2.5-flash", **more: Any) -> ChatReply:
        return runner.run(engine(server, model, **more).complete(request))

    return ask


ENGINES: dict[str, GeminiChat] = {}


def engine(server: GeminiServer, model: str = "gemini-2.5-flash", **more: Any) -> GeminiChat:
    """Making one takes half a second, for its TLS."""
    settings = GeminiSettings(model=model, base_url=server.url, api_key_env="TEST_KEY", **more)
    key = repr(settings)
    if key not in ENGINES:
        ENGINES[key] = GeminiChat(settings)
    return ENGINES[key]


def test_a_call_is_sent_and_read(server: GeminiServer, ask: Any) -> None:
    thought = {"text": "Hm.\n", "thought": True}
    server.script((200, candidate(thought, {"text": "I look."}, SIGNED, usageMetadata=USAGE)))
    reply = ask()
    assert replace(reply, echo="") == ChatReply(
        "I look.", "Hm.", (Call("g1", "zoom", '{"t": 2}'),), "calls", 20, 37, "gemini-served", cached_tokens=5
    )
    assert server.calls == [("POST", "/v1beta/models/gemini-2.5-flash:generateContent")]
    assert server.headers[0]["x-goog-api-key"] == "canary-4711"
    (sent,) = server.requests
    assert sent["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert sent["contents"] == [
        {"role": "user", "parts": [{"text": "What is it?"}]},
        {"role": "model", "parts": [{"functionCall": {"id": "call_2_0", "name": "zoom", "args": {"t": 1}}}]},
        {
            "role": "user",
            "parts": [{"functionResponse": {"id": "call_2_0", "name": "zoom", "response": {"output": "a sign"}}}],
        },
    ]
    assert sent["tools"] == [
        {
            "functionDeclarations": [
                {
                    "name": "zoom",
                    "description": "Looks closely.",
                    "parametersJsonSchema": json.loads(TOOL.parameters_json),
                },
                {"name": "overview", "description": "Looks at all."},
            ]
        }
    ]
    config = sent["generationConfig"]
    assert (config["temperature"], config["seed"], config["maxOutputTokens"]) == (0.5, 7, 100)
    assert "toolConfig" not in sent


def test_several_calls_in_one_turn_are_kept_and_answered_in_one(server: GeminiServer, ask: Any) -> None:
    calls = [{"functionCall": {"name": "zoom", "args": {"t": t}}} for t in (1, 2)]
    server.script((200, candidate(*calls)), (200, candidate({"text": "<answer>A</answer>"})))
    reply = ask(replace(PLAIN, tools=(TOOL,), tool_choice="auto"))
    assert reply.calls == (Call("call_0", "zoom", '{"t": 1}'), Call("call_1", "zoom", '{"t": 2}'))
    told = (Message("tool", "one", call_id="call_0"), Message("tool", "two", call_id="call_1"))
    turns = (*PLAIN.messages, Message("assistant", "", calls=reply.calls), *told, Message("user", "Well?"))
    ask(replace(PLAIN, tools=(TOOL,), messages=turns))
    sent = server.requests[1]
    answers = [part["functionResponse"] for part in sent["contents"][2]["parts"]]
    assert [(answer["id"], answer["response"]) for answer in answers] == [
        ("call_0", {"output": "one"}),
        ("call_1", {"output": "two"}),
    ]
    assert sent["contents"][3] == {"role": "user", "parts": [{"text": "Well?"}]}
    assert sent["toolConfig"]["functionCallingConfig"]["mode"] == "NONE"


def test_a_signed_turn_is_given_back_as_it_came(server: GeminiServer, ask: Any) -> None:
    parts = ({"text": "Long thoughts.", "thought": True}, {"text": "I look."}, SIGNED)
    server.script((200, candidate(*parts)), (200, candidate({"text": "<answer>A</answer>"})))
    reply = ask(replace(PLAIN, tools=(TOOL,), tool_choice="auto"), "gemini-3-flash-preview")
    own = replace(reply.calls[0], id="call_1_0", arguments_json='{"t":2.0}')
    turns = (
        *PLAIN.messages,
        Message("assistant", "I", "Hm.", (own,), echo=reply.echo),
        Message("tool", "a sign", call_id="call_1_0"),
    )
    ask(replace(PLAIN, tools=(TOOL,), messages=turns), "gemini-3-flash-preview")
    asked, turn, answer = server.requests[1]["contents"]
    assert turn == {"role": "model", "parts": [{"text": "I look."}, SIGNED]}
    assert answer["parts"] == [{"functionResponse": {"id": "g1", "name": "zoom", "response": {"output": "a sign"}}}]
    unsigned = replace(turns[1], echo="")
    with pytest.raises(EngineError, match="missing a thought_signature"):
        ask(replace(PLAIN, tools=(TOOL,), messages=(turns[0], unsigned, turns[2])), "gemini-3-flash-preview")


def test_the_signature_stays_where_it_was_in_turns_of_words(server: GeminiServer, ask: Any) -> None:
    last = {"text": "", "thoughtSignature": "_-8="}
    server.script((200, candidate({"text": "Hm?"}, last)))
    reply = ask(PLAIN)
    again = replace(PLAIN, messages=(*PLAIN.messages, Message("assistant", "Hm?", echo=reply.echo), PLAIN.messages[0]))
    ask(again)
    turn = server.requests[1]["contents"][1]
    assert turn["parts"][0] == {"text": "Hm?"}
    assert (turn["parts"][1]["text"], turn["parts"][1]["thoughtSignature"].translate({45: 43, 95: 47})) == ("", "/+8=")


def test_a_rollout_signs_its_second_turn_and_keeps_no_signature(
    server: GeminiServer, runner: asyncio.Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    zoom = {
        "functionCall": {"name": "caption_zoom", "args": {"start_s": 2, "end_s": 6}},
        "thoughtSignature": "c2lnbmVk",
    }
    server.script((200, candidate(zoom)), (200, candidate({"text": "Gate 14. <answer>A</answer>"})))
    chat = engine(server, "gemini-3-flash-preview")

    def roll_out() -> Any:
        return runner.run(explore(scene(), QUESTION, 0, Explore(), chat, Store(tmp_path)))

    rollout = roll_out()
    assert (rollout.answer, rollout.code) == ("A", "")
    assert server.requests[1]["contents"][1]["parts"] == [zoom]
    assert b"c2lnbmVk" not in to_json(rollout)
    assert (roll_out(), len(server.requests)) == (rollout, 2)


def test_a_malformed_call_is_corrected_by_the_loop(
    server: GeminiServer, runner: asyncio.Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    malformed = {"candidates": [{"content": {"role": "model"}, "finishReason": "MALFORMED_FUNCTION_CALL"}]}
    server.script((200, malformed), (200, candidate({"text": "<answer>A</answer>"})))
    chat = engine(server)
    rollout = runner.run(explore(scene(), QUESTION, 0, Explore(), chat, Store(tmp_path)))
    assert (rollout.answer, rollout.turns[2].text, rollout.turns[3].error) == ("A", "", True)
    assert [turn["role"] for turn in server.requests[1]["contents"]] == ["user", "user"]


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, {"include_thoughts": True}),
        ({"thoughts": False}, {}),
        ({"thinking_level": "low"}, {"thinking_level": "LOW", "include_thoughts": True}),
        ({"thinking_budget": -1, "thoughts": False}, {"thinking_budget": -1}),
        ({"thinking_budget": 0}, {"thinking_budget": 0}),
    ],
    ids=str,
)
def test_thinking(settings: dict[str, Any], sent: dict[str, Any]) -> None:
    assert native_config(PLAIN, GeminiSettings(model="m", **settings)).get("thinking_config", {}) == sent


def test_what_the_settings_add_and_leave_out(server: GeminiServer, ask: Any) -> None:
    server.script((200, candidate({"text": "x"})))
    more = {"leave_out": ("temperature", "seed"), "media_resolution": "low", "thinking_level": "low"}
    ask(PLAIN, extra_body={"serviceTier": "flex", "generationConfig": {"topK": 3}}, **more)
    (sent,) = server.requests
    config = sent["generationConfig"]
    assert {"temperature", "seed"}.isdisjoint(config)
    assert (config["mediaResolution"], config["topK"], config["maxOutputTokens"]) == ("MEDIA_RESOLUTION_LOW", 3, 100)
    assert set(config["thinkingConfig"].values()) == {"LOW", True}
    assert sent["serviceTier"] == "flex"


def test_a_reply_by_schema(server: GeminiServer, ask: Any) -> None:
    schema = {"type": "object", "properties": {"caption": {"type": "string"}}, "additionalProperties": False}
    server.script((200, candidate({"text": '{"caption": '}, {"text": '"a boat"}'})))
    assert ask(replace(PLAIN, reply_schema_json=json.dumps(schema))).text == '{"caption": "a boat"}'
    config = server.requests[0]["generationConfig"]
    assert (config["responseMimeType"], config["responseJsonSchema"]) == ("application/json", schema)


def test_pictures_stand_before_the_text(server: GeminiServer, runner: asyncio.Runner, ask: Any) -> None:
    server.script((200, candidate({"text": "a boat"})))
    pictured = replace(PLAIN, messages=(Message("user", "What?", pictures=("a" * 64, "b" * 64)),))
    runner.run(engine(server).complete(pictured, lambda name: b"jpeg of " + name[:1].encode()))
    assert server.requests[0]["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/jpeg", "data": "anBlZyBvZiBh"}},
        {"inlineData": {"mimeType": "image/jpeg", "data": "anBlZyBvZiBi"}},
        {"text": "What?"},
    ]


@pytest.mark.parametrize(
    ("body", "finish", "text"),
    [
        (candidate({"text": "cut"}, finish="MAX_TOKENS"), "length", "cut"),
        (candidate(finish="MAX_TOKENS"), "length", ""),
        (candidate(finish="SAFETY"), "refusal", ""),
        (candidate({"text": "Once upon"}, finish="RECITATION"), "refusal", "Once upon"),
        (candidate(finish="PROHIBITED_CONTENT"), "refusal", ""),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "refusal", ""),
        (candidate(), "stop", ""),
        (candidate(finish="UNEXPECTED_TOOL_CALL"), "stop", ""),
        (candidate({"text": "x"}, finish="A_REASON_OF_NEXT_YEAR"), "stop", "x"),
        ({"candidates": [{"finishReason": "STOP"}]}, "stop", ""),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.filterwarnings("ignore:A_REASON_OF_NEXT_YEAR")
def test_finish(server: GeminiServer, ask: Any, body: dict[str, Any], finish: str, text: str) -> None:
    server.script((200, body))
    reply = ask(PLAIN)
    assert (reply.finish, reply.text, reply.calls) == (finish, text, ())
    assert from_json(ChatReply, to_json(reply)) == reply


@pytest.mark.parametrize("arguments", ['{"t": 2,', "[" * 5000, '{"t":NaN}', "[1]", ""], ids=lambda text: text[:8])
def test_earlier_calls_are_sent_as_objects(arguments: str) -> None:
    spoilt = replace(REQUEST, messages=(Message("assistant", "", calls=(Call("c", "zo om.", arguments),)),))
    (turn,) = native_contents(spoilt)
    assert turn["parts"] == [{"function_call": {"id": "c", "name": "zo_om_", "args": {"not_an_object": arguments}}}]


RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "36.5s"}
QUOTA = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": "PerMinute"}]}
BAD_KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}


@pytest.mark.parametrize(
    ("status", "body", "code", "transient", "wait_s"),
    [
        (400, failure(400, "bad"), "bad_request", False, 0.0),
        (400, failure(400, "API key not valid.", BAD_KEY), "not_allowed", True, 0.0),
        (401, failure(401, "no key"), "not_allowed", True, 0.0),
        (403, failure(403, "Consumer 'api_key:canary-4711' has been suspended."), "not_allowed", True, 0.0),
        (404, failure(404, "no such model"), "bad_request", True, 0.0),
        (429, failure(429, "quota", QUOTA, RETRY), "rate_limited", True, 36.5),
        (429, failure(429, "slow down"), "rate_limited", True, 0.0),
        (429, failure(429, "Your prepayment credits are depleted."), "no_credit", True, 0.0),
        (500, failure(500, "internal"), "server_error", True, 0.0),
        (503, "<html>overloaded</html>", "server_error", True, 0.0),
        (504, failure(504, "deadline"), "server_error", True, 0.0),
        (429, [failure(429, "in a list", RETRY)], "rate_limited", True, 36.5),
        (302, "", "bad_reply", True, 0.0),
        (200, "<html>proxy error</html>", "bad_reply", True, 0.0),
        (200, [1], "bad_reply", True, 0.0),
        (200, {"candidates": 3}, "bad_reply", True, 0.0),
        (200, {"unexpected": 1}, "bad_reply", True, 0.0),
        (200, candidate(finish="OTHER"), "bad_reply", True, 0.0),
        (200, candidate(finish="PUP_LIMITED_DISABLED"), "bad_reply", True, 0.0),
    ],
    ids=lambda value: str(value)[:60],
)
def test_errors_become_ours(
    server: GeminiServer, ask: Any, status: int, body: Any, code: str, transient: bool, wait_s: float
) -> None:
    server.script((status, body))
    with pytest.raises(EngineError) as caught:
        ask(PLAIN)
    error = caught.value
    assert (error.code, error.transient, error.lasting, error.retry_after_s) == (code, transient, False, wait_s)
    assert server.url in error.detail
    assert "canary" not in repr(error)
    assert b"canary" not in pickle.dumps(error)
    assert "canary" not in repr(error.__cause__)
    assert len(server.requests) == 1, "the package tried again by itself"


def test_a_server_that_does_not_answer_in_time(server: GeminiServer, ask: Any) -> None:
    server.script((200, candidate({"text": "late"})), delay_s=1.0)
    with pytest.raises(EngineError) as caught:
        ask(PLAIN, timeout_s=0.2)
    assert (caught.value.code, caught.value.transient) == ("unreachable", True)
    assert "no reply within 0.2 s" in caught.value.detail


def test_a_server_that_is_not_there(runner: asyncio.Runner) -> None:
    with serving_gemini() as gone:
        pass
    with pytest.raises(EngineError) as caught:
        runner.run(engine(gone).complete(PLAIN))
    assert (caught.value.code, caught.value.transient) == ("unreachable", True)
    assert "the same command tries again" in caught.value.detail


def test_google_itself_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    monkeypatch.setenv("GOOGLE_API_KEY", "another")
    chat = GeminiChat(GeminiSettings(model="m"))
    with pytest.raises(EngineError, match="no_key: set the environment variable GEMINI_API_KEY"):
        asyncio.run(chat.complete(ChatRequest((Message("user", "Hello"),), (), "none", 0.0, 7, 100)))


def test_the_package_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.genai", None)
    with pytest.raises(EngineError, match=r"gemini_missing: .*pip install 'frametrail\[gemini\]'"):
        GeminiChat(GeminiSettings(model="m"))


def test_the_environment_has_no_say(server: GeminiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "TEST_KEY": "canary-4711\n",
        "GOOGLE_API_KEY": "another",
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_GENAI_API_VERSION": "v1",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    server.script((200, candidate({"text": "x"})))
    settings = GeminiSettings(model="m", base_url=server.url, api_key_env="TEST_KEY")
    chat = build.bare_chat(settings)
    assert asyncio.run(chat.complete(PLAIN)).text == "x"
    assert server.calls == [("POST", "/v1beta/models/m:generateContent")]
    assert server.headers[0]["x-goog-api-key"] == "canary-4711"
    assert "canary" not in repr(chat.identity)
    assert b"canary" not in pickle.dumps(settings)


def test_all_that_changes_a_reply_is_in_the_identity(server: GeminiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "canary-4711")
    changes = set(GeminiSettings.model_fields) - {"type", "api_key_env", "limits", "price", "timeout_s"}
    assert set(engine(server).identity) - {"engine"} == changes


def test_its_price_is_in_the_public_table() -> None:
    rates = rates_of(GeminiSettings(model="gemini-2.5-flash"))
    assert rates is not None
    assert (rates.input, rates.output, rates.cached_input) == (0.3, 2.5, 0.03)
