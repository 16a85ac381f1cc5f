"""A teacher behind any server that speaks the OpenAI chat API: OpenAI, vLLM, llama.cpp and others."""

import json
import os
import uuid
from typing import Any

from schemas.chat import Call, ChatReply, ChatRequest, Message
from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import OpenAISettings

TIMEOUT_S = 300.0
TRIES = 4


class OpenAIChat:
    """The openai package against `base_url`. Tool calls are native, or asked for through a JSON schema."""

    def __init__(self, settings: OpenAISettings) -> None:
        import openai

        self._settings = settings
        self.identity: dict[str, Any] = {
            "engine": "openai",
            "model": settings.model,
            "base_url": settings.base_url,
            "tool_calls": settings.tool_calls,
        }
        key = os.environ.get(settings.api_key_env, "")
        if not key and settings.base_url.startswith("https://api.openai.com"):
            raise EngineError(
                "no_key", f"set the environment variable {settings.api_key_env} to the key of {settings.base_url}"
            )
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url, api_key=key or "none", timeout=TIMEOUT_S, max_retries=TRIES
        )

    async def complete(self, request: ChatRequest) -> ChatReply:
        import openai

        arguments = native_request(request) if self._settings.tool_calls == "native" else json_request(request)
        try:
            completion = await self._client.chat.completions.create(model=self._settings.model, **arguments)
        except openai.APIStatusError as error:
            raise status_error(error.status_code, str(error), self._settings) from error
        except openai.APIConnectionError as error:
            raise EngineError(
                "unreachable",
                f"{self._settings.base_url} did not answer ({error}); is the server up? the same command resumes",
                transient=True,
            ) from error
        except openai.OpenAIError as error:
            raise EngineError("bad_reply", f"{self._settings.base_url}: {error}", transient=True) from error
        return read_completion(completion, self._settings)


def status_error(status: int, text: str, settings: OpenAISettings) -> EngineError:
    """An HTTP status as ours. 408, 409, 429 and 5xx may pass; the other 4xx will not (OpenAI's error guide)."""
    short = text if len(text) <= 300 else text[:300] + "…"
    if status in (401, 403):
        detail = f"{settings.base_url} refused the key (HTTP {status}); check {settings.api_key_env}"
        return EngineError("not_allowed", detail, transient=True)
    transient = status in (408, 409, 429) or status >= 500
    code = "rate_limited" if status == 429 else "server_error" if status >= 500 else "bad_request"
    return EngineError(code, f"{settings.base_url} answered HTTP {status}: {short}", transient=transient)


def native_request(request: ChatRequest) -> dict[str, Any]:
    """The request in the API's own words, tools included."""
    arguments: dict[str, Any] = {
        "messages": [_native_message(message) for message in request.messages],
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
    return arguments


def json_request(request: ChatRequest) -> dict[str, Any]:
    """The request for a server without tool calls: tools in the system text, the action through a JSON schema.

    Earlier calls and their results are told as plain turns, so that any chat template can spell them.
    """
    tools = "\n".join(f"- {t.name}: {t.description} Arguments: {t.parameters_json}" for t in request.tools)
    how = (
        "\n\nTools:\n" + tools + "\n\nReply with one JSON object: `thought`, a sentence or two; then either `tool` and"
        " `arguments` to call a tool, or `answer` to answer."
    )
    messages: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            messages.append({"role": "system", "content": message.text + how})
        elif message.role == "assistant":
            messages.append({"role": "assistant", "content": _action_json(message)})
        elif message.role == "tool":
            messages.append({"role": "user", "content": f"Result:\n{message.text}"})
        else:
            messages.append({"role": "user", "content": message.text})
    return {
        "messages": messages,
        "temperature": request.temperature,
        "seed": request.seed,
        "max_tokens": request.max_tokens,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "action", "strict": True, "schema": action_schema(request)},
        },
    }


def action_schema(request: ChatRequest) -> dict[str, Any]:
    """One action as a JSON schema: a call of one of the tools, or an answer; only an answer when calls are used up."""
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
    return answer if request.tool_choice == "none" or not calls else {"anyOf": [*calls, answer]}


def read_completion(completion: Any, settings: OpenAISettings) -> ChatReply:
    """A completion as a reply.

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
    text = message.content or ""
    reasoning = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None) or ""
    calls = tuple(
        Call(call.id or uuid.uuid4().hex, call.function.name, call.function.arguments or "{}")
        for call in message.tool_calls or ()
        if call.type == "function"
    )
    if settings.tool_calls == "json" and text:
        text, thought, calls = read_action(text)
        reasoning = reasoning or thought
    finish = "calls" if calls else "length" if choice.finish_reason == "length" else "stop"
    if getattr(message, "refusal", None) or choice.finish_reason == "content_filter":
        finish = "refusal"
    usage = completion.usage
    return ChatReply(
        text,
        reasoning,
        calls,
        finish,  # type: ignore[arg-type]
        usage.prompt_tokens if usage else 0,
        usage.completion_tokens if usage else 0,
        completion.model or settings.model,
    )


def read_action(text: str) -> tuple[str, str, tuple[Call, ...]]:
    """Text, thought and calls of an action; text that is not one is left as it is, for the loop to correct."""
    try:
        action = json.loads(text)
    except ValueError:
        return text, "", ()
    if not isinstance(action, dict):
        return text, "", ()
    thought = str(action.get("thought", ""))
    if "tool" in action:
        return "", thought, (Call("call", str(action["tool"]), canonical(action.get("arguments", {}))),)
    if "answer" in action:
        return f"<answer>{action['answer']}</answer>", thought, ()
    return text, "", ()


def _native_message(message: Message) -> dict[str, Any]:
    row: dict[str, Any] = {"role": message.role, "content": message.text}
    if message.role == "tool":
        row["tool_call_id"] = message.call_id
    if message.calls:
        row["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_json}}
            for call in message.calls
        ]
    return row


def _action_json(message: Message) -> str:
    """An earlier assistant turn, told as the action it was."""
    if message.calls:
        call = message.calls[0]
        try:
            arguments = json.loads(call.arguments_json)
        except ValueError:
            arguments = call.arguments_json
        return json.dumps({"thought": message.reasoning, "tool": call.name, "arguments": arguments}, ensure_ascii=False)
    return json.dumps({"thought": message.reasoning, "answer": message.text}, ensure_ascii=False)
