"""A teacher behind any server that speaks the OpenAI chat API: OpenAI, vLLM, llama.cpp and others."""

import asyncio
import base64
import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from schemas.chat import Call, ChatReply, ChatRequest, Message, ReasoningField, ToolSpec, clean, read_json
from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import OpenAIServer, OpenAISettings
from transforms.engines.chat import Load, no_pictures, split_thought
from transforms.engines.connections import http_client
from transforms.engines.keys import key_of, require_key
from transforms.engines.retry import retry_after_s

if TYPE_CHECKING:
    import openai

_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")
"""What the API allows in no name of a tool, of which it takes 64 characters; a teacher may have made up another."""

_HOW_TO_ACT = (
    "Reply with one JSON object and nothing else.\n"
    'To call a tool: {"thought": "what was seen, written or said so far and what to find out next, without naming'
    ' tools", "tool": "its name", "arguments": {…}}\n'
    'To answer: {"thought": "what was seen, written or said that tells it", "answer": "the answer alone, in the form'
    ' that the question asks for"}'
)

_AFTER_A_RESULT = "Call another tool, or answer with nothing but what the question asks for."
"""The question is far above by then, and small models forget its form."""

_OF_EVERY_REQUEST = ("authorization", "content-type", "accept", "user-agent")
"""Headers that every request has, whoever is asked."""

_FENCED = re.compile(r"\s*```(?:json)?\s*(\{.*\})\s*```\s*", re.DOTALL | re.IGNORECASE)


class OpenAIChat:
    """The openai package against `base_url`. Tool calls are native, or asked for through a JSON schema."""

    def __init__(self, settings: OpenAISettings) -> None:
        self._settings = settings
        self.identity: dict[str, Any] = {
            "engine": "openai",
            "model": settings.model,
            "base_url": settings.base_url,
            "tool_calls": settings.tool_calls,
            "leave_out": sorted(settings.leave_out),
            "extra_body": settings.extra_body,
        }
        self._client = client_of(settings)

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        require_key(self._settings)
        from openai.types.chat import ChatCompletion

        spell = native_request if self._settings.tool_calls == "native" else json_request
        body = {"model": self._settings.model, **fitted(spell(request, load), self._settings)}
        with our_errors(self._settings):
            # The package's own timeout is for each piece that arrives, not for the whole reply.
            async with asyncio.timeout(self._settings.timeout_s):
                # What `chat.completions.create` does, less a walk through the body that takes a fifth of a call's CPU.
                completion = await self._client.post("/chat/completions", cast_to=ChatCompletion, body=body)
        return read_completion(completion, self._settings, acting=bool(request.tools))


def is_loopback(address: str) -> bool:
    """Whether a server is on this machine."""
    return urlsplit(address).hostname in ("127.0.0.1", "::1", "localhost")


def client_of(settings: OpenAIServer) -> "openai.AsyncOpenAI":
    """The package's client, which makes one try."""
    import openai

    key = key_of(settings) or "none"
    client = openai.AsyncOpenAI(
        base_url=settings.base_url,
        api_key=key,
        timeout=settings.timeout_s,
        max_retries=0,
        http_client=http_client(is_loopback(settings.base_url)),
        default_headers=None if _is_openai(settings.base_url) else _nothing_of_openai(key),
    )
    if not _is_openai(settings.base_url):
        client.organization = client.project = None
    return client


def _is_openai(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return host == "openai.com" or host.endswith(".openai.com")


def _nothing_of_openai(key: str) -> Mapping[str, Any]:
    """Headers for servers of others: without those that the package takes from OPENAI_CUSTOM_HEADERS, in which an
    account's name or key may stand."""
    import openai

    lines = os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n")
    named = [line.partition(":")[0].strip() for line in lines if ":" in line]
    omitted = {name: openai.Omit() for name in named if not name.lower().startswith(_OF_EVERY_REQUEST)}
    return {**omitted, "Authorization": f"Bearer {key}"}


@contextmanager
def our_errors(settings: OpenAIServer) -> Iterator[None]:
    """The package's errors as ours."""
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        raise status_error(error, settings) from error
    except openai.APITimeoutError as error:
        why = f"nothing came for {settings.timeout_s:g} s"
        raise EngineError("timed_out", f"{settings.base_url} did not answer: {why}", transient=True) from error
    except openai.APIConnectionError as error:
        raise EngineError(
            "unreachable",
            f"{settings.base_url} did not answer ({error}); is the server up? the same command tries again",
            transient=True,
        ) from error
    except TimeoutError as error:
        why = f"no whole reply within {settings.timeout_s:g} s"
        raise EngineError("timed_out", f"{settings.base_url} did not answer: {why}", transient=True) from error
    except (openai.OpenAIError, ValueError) as error:
        # A body that is torn, or no JSON, reaches us as the parser's own error.
        raise EngineError("bad_reply", f"{settings.base_url}: {error}", transient=True) from error


def fitted(arguments: dict[str, Any], settings: OpenAISettings) -> dict[str, Any]:
    """The request without what the server refuses, and with what it wants besides."""
    # What limits the reply has two names, by which it is left out alike.
    left_out = {*settings.leave_out, *(["max_tokens"] if "max_completion_tokens" in settings.leave_out else [])}
    kept = {name: value for name, value in arguments.items() if name not in left_out}
    return {**kept, **settings.extra_body}


def status_error(error: "openai.APIStatusError", settings: OpenAIServer) -> EngineError:
    """An HTTP status as ours. 408, 409, 429 and 5xx may pass (OpenAI's error guide), and so may a wrong key or model.

    Other 4xx are not tried again in this run, nor remembered: a server that has no tool calls switched on, say, answers
    400 until it has. A 429 for an account without credit is no rate limit: waiting does not end it.
    """
    status, text = error.status_code, clean(str(error))
    short = text if len(text) <= 300 else text[:300] + "…"
    if status in (401, 403):
        detail = f"{settings.base_url} refused the key (HTTP {status}); check {settings.api_key_env}"
        return EngineError("not_allowed", detail, transient=True)
    if status == 429 and error.code == "insufficient_quota":
        detail = f"{settings.base_url} says that the account has no credit; add some, then the same command tries again"
        return EngineError("no_credit", detail, transient=True)
    transient = status in (404, 408, 409, 429) or status >= 500
    code = {429: "rate_limited", 408: "server_error", 409: "server_error"}.get(status, "bad_request")
    code = "server_error" if status >= 500 else code
    told = retry_after_s(error.response.headers) if transient else 0.0
    detail = f"{settings.base_url} answered HTTP {status}: {short}"
    return EngineError(code, detail, transient, lasting=False, retry_after_s=told)


def native_request(request: ChatRequest, load: Load = no_pictures) -> dict[str, Any]:
    """The request in the API's own words, tools included."""
    arguments: dict[str, Any] = {
        "messages": [_native_message(message, request.reasoning_as, load) for message in request.messages],
        "temperature": request.temperature,
        "seed": request.seed,
        "max_completion_tokens": request.max_tokens,
    }
    if request.tools:
        arguments["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": json.loads(tool.parameters_json),
                },
            }
            for tool in request.tools
        ]
        arguments["tool_choice"] = request.tool_choice
    if request.reply_schema_json:
        arguments["response_format"] = _format("reply", json.loads(request.reply_schema_json))
    return arguments


def _format(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": name, "strict": True, "schema": schema}}


def json_request(request: ChatRequest, load: Load = no_pictures) -> dict[str, Any]:
    """The request for a server without tool calls: tools in the system text, the action through a JSON schema.

    Earlier calls and their results are told as plain turns, so that any chat template can spell them.
    """
    if not request.tools:
        plain = native_request(request, load)
        most = plain.pop("max_completion_tokens")
        return {**plain, "max_tokens": most}
    tools = "\n".join(_in_words(tool) for tool in request.tools)
    how = f"\n\nTools:\n{tools}\n\n{_HOW_TO_ACT}"
    messages: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            messages.append({"role": "system", "content": message.text + how})
        elif message.role == "assistant":
            messages.append({"role": "assistant", "content": _action_json(message)})
        elif message.role == "tool":
            messages.append({"role": "user", "content": f"Result:\n{message.text}\n\n{_AFTER_A_RESULT}"})
        else:
            messages.append({"role": "user", "content": _user_content(message, load)})
    return {
        "messages": messages,
        "temperature": request.temperature,
        "seed": request.seed,
        "max_tokens": request.max_tokens,
        "response_format": _format("action", action_schema(request)),
    }


def _in_words(tool: ToolSpec) -> str:
    """A tool in a line for its purpose and one for each argument: plainer to small models than a JSON schema, and
    shorter; the schema holds the reply to its form anyway."""
    schema = json.loads(tool.parameters_json)
    lines = [f"- {tool.name}: {tool.description}"]
    for name, value in schema.get("properties", {}).items():
        kind = " | ".join(map(json.dumps, value["enum"])) if "enum" in value else value.get("type", "string")
        optional = "" if name in schema.get("required", ()) else ", may be left out"
        lines.append(f"    {name} ({kind}{optional}): {value.get('description', '')}".rstrip(": "))
    return "\n".join(lines)


def action_schema(request: ChatRequest) -> dict[str, Any]:
    """One action as a JSON schema: a call of one of the tools, or an answer; only an answer when calls are used up.

    And only a call while no tool has told anything: what is answered before is guessed.
    """
    thought = {"thought": {"type": "string"}}
    answer = {
        "type": "object",
        "properties": {**thought, "answer": {"type": "string"}},
        "required": ["thought", "answer"],
        "additionalProperties": False,
    }
    calls = [
        {
            "type": "object",
            "properties": {
                **thought,
                "tool": {"type": "string", "enum": [tool.name]},
                "arguments": {**json.loads(tool.parameters_json), "additionalProperties": False},
            },
            "required": ["thought", "tool", "arguments"],
            "additionalProperties": False,
        }
        for tool in request.tools
    ]
    if request.tool_choice == "none" or not calls:
        return answer
    told = any(message.role == "tool" for message in request.messages)
    return {"anyOf": [*calls, answer] if told else calls}


def read_completion(completion: Any, settings: OpenAISettings, acting: bool) -> ChatReply:
    """A completion as a reply; `acting` says that there were tools to call.

    Raises:
        EngineError: `bad_reply`, the body is not a chat completion (a proxy's error page with status 200, say).
    """
    choices = getattr(completion, "choices", None)
    if not choices or getattr(choices[0], "message", None) is None:
        raise EngineError(
            "bad_reply", f"{settings.base_url} sent something that is not a chat completion", transient=True
        )
    choice = choices[0]
    message = choice.message
    text = _content(message.content)
    reasoning, reasoning_as = _reasoning(message)
    calls = _calls(message)
    if settings.tool_calls == "json" and text and acting:
        text, thought, calls = read_action(text)
        reasoning = reasoning or thought
    finish = "calls" if calls else "length" if choice.finish_reason == "length" else "stop"
    if getattr(message, "refusal", None) or choice.finish_reason == "content_filter":
        finish = "refusal"
    usage = completion.usage
    details = getattr(usage, "prompt_tokens_details", None)
    return ChatReply(
        text,
        reasoning,
        calls,
        finish,  # type: ignore[arg-type]
        (usage.prompt_tokens or 0) if usage else 0,
        (usage.completion_tokens or 0) if usage else 0,
        completion.model or settings.model,
        reasoning_as,
        (getattr(details, "cached_tokens", None) or 0) if details else 0,
    )


def read_action(text: str) -> tuple[str, str, tuple[Call, ...]]:
    """Text, thought and calls of an action; text that is not one is left as it is, for the loop to correct.

    Thoughts may stand before the action, and it may stand in a fence. An action with a tool and an answer gives both.
    """
    before, rest = split_thought(text)
    fenced = _FENCED.fullmatch(rest)
    try:
        action = read_json(fenced[1] if fenced else rest)
    except ValueError:
        return text, "", ()
    if not isinstance(action, dict):
        return text, "", ()
    tool, answer = action.get("tool"), _answer(action.get("answer"))
    calls = (Call("call", tool, _arguments(action.get("arguments"))),) if isinstance(tool, str) and tool else ()
    if not calls and not answer:
        return text, "", ()
    thought = action.get("thought")
    said = "\n".join(part for part in (before, thought) if isinstance(part, str) and part)
    return f"<answer>{answer}</answer>" if answer else "", said, calls


def _answer(value: Any) -> str:
    """An action's answer as answers are read: `3` for 3.0, `B, A` for a list; empty when it is none of these."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = ["" if isinstance(part, list) else _answer(part) for part in value]
        return ", ".join(parts) if all(parts) else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value) if isinstance(value, int) or (isinstance(value, float) and isfinite(value)) else ""


def _arguments(value: Any) -> str:
    """Arguments as text, be they given as text or as an object; what is no JSON stays, for the loop to tell so."""
    if value is None or value == "":
        return "{}"
    if isinstance(value, str):
        return value
    try:
        return canonical(value)
    except ValueError:
        return json.dumps(value, ensure_ascii=False)


def _calls(message: Any) -> tuple[Call, ...]:
    """A message's calls of functions; the package does not check what a server sends, and some leave fields out."""
    found = [(call, getattr(call, "function", None)) for call in message.tool_calls or ()]
    return tuple(
        Call(
            str(getattr(call, "id", None) or uuid.uuid4().hex),
            str(getattr(function, "name", None) or ""),
            _arguments(getattr(function, "arguments", None)),
        )
        for call, function in found
        if function is not None
    )


def _content(value: Any) -> str:
    """A message's text; some servers send it in parts."""
    if isinstance(value, list):
        return "".join(str(part.get("text") or "") for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _reasoning(message: Any) -> tuple[str, ReasoningField]:
    """A message's reasoning and the field that it came in, both empty when there is none."""
    names: tuple[ReasoningField, ...] = ("reasoning_content", "reasoning")
    for name in names:
        value = getattr(message, name, None)
        if value and isinstance(value, str):
            return value, name
    return "", ""


def _native_message(message: Message, reasoning_as: ReasoningField, load: Load) -> dict[str, Any]:
    """A message in the API's own words, its reasoning where the server had put it: others may refuse the field."""
    row: dict[str, Any] = {"role": message.role, "content": _user_content(message, load)}
    if message.role == "tool":
        row["tool_call_id"] = message.call_id
    if message.calls:
        row["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": _NO_NAME.sub("_", call.name)[:64] or "unnamed", "arguments": _replayed(call)},
            }
            for call in message.calls
        ]
    if message.reasoning and reasoning_as == "content":
        row["content"] = f"<think>\n{message.reasoning}\n</think>\n\n{message.text}"
    elif message.reasoning and reasoning_as:
        row[reasoning_as] = message.reasoning
    return row


def _user_content(message: Message, load: Load) -> str | list[dict[str, Any]]:
    """The text of a message, after its pictures when it has any.

    Raises:
        EngineError: `bad_request`, there is a whole video, which this API has no place for.
    """
    if message.video:
        raise EngineError(
            "bad_request", "an openai engine cannot be shown a whole video; use a gemini one", lasting=False
        )
    if not message.pictures:
        return message.text
    urls = [f"data:image/jpeg;base64,{base64.b64encode(load(name)).decode()}" for name in message.pictures]
    return [*({"type": "image_url", "image_url": {"url": url}} for url in urls), {"type": "text", "text": message.text}]


def _replayed(call: Call) -> str:
    """A call's arguments as a JSON object, whatever the teacher wrote: servers parse them, and refuse what is none."""
    try:
        value = read_json(call.arguments_json)
        return canonical(value if isinstance(value, dict) else {"not_an_object": call.arguments_json})
    except ValueError:
        return canonical({"not_an_object": call.arguments_json})


def _action_json(message: Message) -> str:
    """An earlier assistant turn, told as the action it was."""
    if message.calls:
        call = message.calls[0]
        arguments = json.loads(_replayed(call))
        return json.dumps({"thought": message.reasoning, "tool": call.name, "arguments": arguments}, ensure_ascii=False)
    return json.dumps({"thought": message.reasoning, "answer": message.text}, ensure_ascii=False)
