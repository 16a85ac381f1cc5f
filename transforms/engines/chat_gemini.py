"""A teacher behind Google's Gemini API, by the google-genai package: tools, pictures and whole videos."""

import asyncio
import base64
import json
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Any

from schemas.chat import Call, ChatReply, ChatRequest, Message, ToolSpec, read_json
from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import GeminiSettings
from transforms.engines.chat import Load, no_pictures
from transforms.engines.gemini_client import gemini_client
from transforms.engines.gemini_errors import told_as_ours
from transforms.engines.gemini_files import Uploaded, VideoFiles
from transforms.engines.keys import key_of, require_key

if TYPE_CHECKING:
    from google.genai import types

_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")
"""What the API allows in no name of a tool, of which it takes 64 characters; a teacher may have made up another."""


REFUSED = frozenset(
    {
        *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "MODEL_ARMOR"),
        *("IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"),
    }
)
"""Reasons to finish that are about what was asked or said."""

OWN_DOING = frozenset({"STOP", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"})
"""Reasons to finish that make a reply without words or calls the model's own doing: the loop corrects it."""


class GeminiChat:
    """google-genai against `base_url`. Its own retrying is off, and it uses no other HTTP client than ours."""

    def __init__(self, settings: GeminiSettings) -> None:
        self._settings = settings
        self.identity: dict[str, Any] = {
            "engine": "gemini",
            "model": settings.model,
            "base_url": settings.base_url,
            "thoughts": settings.thoughts,
            "thinking_level": settings.thinking_level,
            "thinking_budget": settings.thinking_budget,
            "media_resolution": settings.media_resolution,
            "leave_out": sorted(settings.leave_out),
            "extra_body": settings.extra_body,
        }
        self._key = key_of(settings)
        self._client = gemini_client(settings)
        self._videos = VideoFiles(self._client, settings.timeout_s, self._told_as_ours)

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        from google.genai import types

        require_key(self._settings)
        async with AsyncExitStack() as loans:
            videos = {message.video for message in request.messages if message.video}
            lent = {video.sha256: await loans.enter_async_context(self._videos.lend(video)) for video in videos}
            contents = [types.Content.model_validate(row) for row in native_contents(request, load, lent)]
            config = types.GenerateContentConfig.model_validate(native_config(request, self._settings))
            with self._told_as_ours():
                async with asyncio.timeout(self._settings.timeout_s):
                    response = await self._client.models.generate_content(
                        model=self._settings.model, contents=[*contents], config=config
                    )
        return read_response(response, self._settings)

    def _told_as_ours(self) -> AbstractContextManager[None]:
        return told_as_ours(self._settings, self._key)


def native_config(request: ChatRequest, settings: GeminiSettings) -> dict[str, Any]:
    """All of a request but its turns, in the package's own words."""
    config: dict[str, Any] = {
        "temperature": request.temperature,
        "seed": request.seed,
        "max_output_tokens": request.max_tokens,
        "automatic_function_calling": {"disable": True},
        "automatic_continuation": False,
    }
    for name in settings.leave_out:
        del config[name]
    system = "\n\n".join(message.text for message in request.messages if message.role == "system")
    if system:
        config["system_instruction"] = system
    if request.tools:
        config["tools"] = [{"function_declarations": [_declaration(tool) for tool in request.tools]}]
        if request.tool_choice == "none":
            config["tool_config"] = {"function_calling_config": {"mode": "NONE"}}
    if request.reply_schema_json:
        config["response_mime_type"] = "application/json"
        config["response_json_schema"] = json.loads(request.reply_schema_json)
    thinking = _thinking(settings)
    if thinking:
        config["thinking_config"] = thinking
    if settings.media_resolution:
        config["media_resolution"] = f"MEDIA_RESOLUTION_{settings.media_resolution.upper()}"
    if settings.extra_body:
        config["http_options"] = {"extra_body": settings.extra_body}
    return config


def _declaration(tool: ToolSpec) -> dict[str, Any]:
    """A tool as the API declares it; one without arguments has no schema, since an object must have properties."""
    parameters = json.loads(tool.parameters_json)
    row: dict[str, Any] = {"name": tool.name, "description": tool.description}
    return {**row, "parameters_json_schema": parameters} if parameters.get("properties") else row


def _thinking(settings: GeminiSettings) -> dict[str, Any]:
    """What is said of thinking; nothing when nothing is set, for models that cannot think."""
    row: dict[str, Any] = {}
    if settings.thinking_level:
        row["thinking_level"] = settings.thinking_level.upper()
    if settings.thinking_budget is not None:
        row["thinking_budget"] = settings.thinking_budget
    if settings.thoughts and settings.thinking_budget != 0:
        row["include_thoughts"] = True
    return row


def native_contents(
    request: ChatRequest, load: Load = no_pictures, lent: Mapping[str, Uploaded] | None = None
) -> list[dict[str, Any]]:
    """The turns in the package's own words. `lent` are the uploaded videos by their sha256.

    The answers to the calls of one turn stand in one turn, as the API wants it. A turn without any part is left out: it
    would be refused.
    """
    turns: list[dict[str, Any]] = []
    called: dict[str, dict[str, Any]] = {}
    answering = False
    for message in request.messages:
        if message.role == "system":
            continue
        if message.role == "assistant":
            parts = _said(message)
            made = [part["function_call"] for part in parts if "function_call" in part]
            called = {call.id: native for call, native in zip(message.calls, made, strict=True)}
        elif message.role == "tool":
            parts = [{"function_response": _answer(called.get(message.call_id, {}), message)}]
        else:
            parts = _shown(message, load, lent or {})
        if message.role == "tool" and answering:
            turns[-1]["parts"] += parts
        elif parts:
            turns.append({"role": "model" if message.role == "assistant" else "user", "parts": parts})
        answering = message.role == "tool"
    return turns


def _said(message: Message) -> list[dict[str, Any]]:
    """The parts of an assistant's turn: as they came where that matters, else spelled anew."""
    if message.echo:
        parts = [_unpacked(row) for row in json.loads(message.echo)]
        if sum("function_call" in part for part in parts) == len(message.calls):
            return parts
    parts = [{"text": message.text}] if message.text else []
    return parts + [
        {"function_call": {"id": call.id, "name": _name(call.name), "args": _arguments(call.arguments_json)}}
        for call in message.calls
    ]


def _name(name: str) -> str:
    return _NO_NAME.sub("_", name)[:64] or "unnamed"


def _arguments(arguments_json: str) -> dict[str, Any]:
    """A call's arguments as an object, whatever the teacher wrote."""
    try:
        value = read_json(arguments_json)
        canonical(value)  # NaN can be read, but not sent
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {"not_an_object": arguments_json}


def _answer(call: dict[str, Any], message: Message) -> dict[str, Any]:
    """What a tool answered, under the id and the name that the call was sent with."""
    row = {"name": call.get("name") or "unnamed", "response": {"output": message.text}}
    return {**row, "id": call["id"]} if call.get("id") else row


def _shown(message: Message, load: Load, lent: Mapping[str, Uploaded]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if message.video:
        there = lent[message.video.sha256]
        parts.append({"file_data": {"file_uri": there.uri, "mime_type": there.mime_type}})
    parts += [{"inline_data": {"mime_type": "image/jpeg", "data": load(name)}} for name in message.pictures]
    return parts + ([{"text": message.text}] if message.text else [])


def read_response(response: "types.GenerateContentResponse", settings: GeminiSettings) -> ChatReply:
    """A response as a reply.

    Raises:
        EngineError: `bad_reply`, there is neither a candidate nor a reason why, or one that was broken off at once.
    """
    usage = response.usage_metadata
    prompt_tokens = ((usage.prompt_token_count or 0) + (usage.tool_use_prompt_token_count or 0)) if usage else 0
    completion_tokens = ((usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)) if usage else 0
    cached_tokens = (usage.cached_content_token_count or 0) if usage else 0
    parts: list[types.Part] = []
    feedback = response.prompt_feedback
    if response.candidates:
        candidate = response.candidates[0]
        parts = (candidate.content.parts if candidate.content else None) or []
        reason = str(candidate.finish_reason.value) if candidate.finish_reason else "STOP"
        refused = reason in REFUSED
    elif feedback and feedback.block_reason:
        reason, refused = str(feedback.block_reason.value), True
    else:
        raise EngineError("bad_reply", f"{settings.base_url} sent a reply without a candidate", transient=True)
    text = "".join(part.text for part in parts if part.text and not part.thought)
    calls = _calls(parts)
    cut = reason in ("MAX_TOKENS", "CONTINUATION")
    if not (text or calls or cut or refused) and reason not in OWN_DOING:
        raise EngineError("bad_reply", f"{settings.base_url} broke a reply off ({reason})", transient=True)
    return ChatReply(
        text,
        "\n".join(part.text.strip() for part in parts if part.text and part.thought),
        calls,
        "refusal" if refused else "calls" if calls else "length" if cut else "stop",
        prompt_tokens,
        completion_tokens,
        response.model_version or settings.model,
        cached_tokens=cached_tokens,
        echo=_echo(parts),
    )


def _calls(parts: "list[types.Part]") -> tuple[Call, ...]:
    """The calls in order; older models give them no ids."""
    found = [part.function_call for part in parts if part.function_call]
    return tuple(
        Call(call.id or f"call_{n}", call.name or "", json.dumps(call.args or {}, ensure_ascii=False))
        for n, call in enumerate(found)
    )


def _echo(parts: "list[types.Part]") -> str:
    """The parts that a signed turn must be given back with; empty when none of them is signed.

    From Gemini 3 on a turn that calls tools is refused later when its signatures are missing, or when parts were moved
    or merged. Summaries of thoughts need not come back.
    """
    if not any(part.thought_signature for part in parts):
        return ""
    rows = []
    for part in parts:
        row: dict[str, Any] = {}
        if part.thought_signature:
            row["thought_signature"] = base64.b64encode(part.thought_signature).decode()
        if part.function_call:
            row["function_call"] = part.function_call.model_dump(include={"id", "name", "args"}, exclude_none=True)
        elif part.text is not None:
            row["text"] = part.text
        if part.thought:
            row["thought"] = True
        if part.thought_signature or part.function_call or (part.text and not part.thought):
            rows.append(row)
    return json.dumps(rows)


def _unpacked(row: dict[str, Any]) -> dict[str, Any]:
    """A part of an echo, its signature as the bytes that the package wants."""
    signature = row.get("thought_signature")
    return {**row, "thought_signature": base64.b64decode(signature)} if signature else row
