"""Trying engines out before a build relies on them: is it there, does it answer, can it do what the settings say.

Each trial is one tiny call. What a model can do is found out by asking it, never guessed from its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from schemas.chat import ChatReply, ChatRequest, Message, ToolSpec, read_json
from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import (
    ChatModel,
    GeminiEmbedSettings,
    HttpSearchSettings,
    MiniLmSettings,
    OpenAIEmbedSettings,
    OpenAISettings,
)
from transforms.engines import build
from transforms.engines.asr import SAMPLE_RATE, Asr
from transforms.engines.ocr import Ocr
from transforms.media.picture import encode_jpeg
from transforms.text import same_text

_ROOM = 1024
"""Tokens a model may write: those that think first need hundreds before they say a word."""
_TOOL = ToolSpec(
    "report_number",
    "Reports a number.",
    canonical({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}),
)
_SCHEMA = canonical(
    {
        "type": "object",
        "properties": {"color": {"type": "string", "enum": ["red", "green", "blue"]}},
        "required": ["color"],
        "additionalProperties": False,
    }
)
_SIGN = "GATE 14"
_ADJUSTABLE = ("temperature", "seed", "max_completion_tokens")


@dataclass(frozen=True, slots=True)
class Finding:
    """What a trial showed. `told` says what works, or what is wrong and what to do about it."""

    works: bool
    told: str


async def try_teacher(model: ChatModel) -> list[Finding]:
    """Whether a model answers, and calls tools the way the settings say."""
    first, model = await _try_answer(model)
    return [first, await _try_tools(model)] if first.works else [first]


async def try_viewer(model: ChatModel) -> list[Finding]:
    """Whether a model answers, looks at pictures, and follows a JSON schema."""
    first, model = await _try_answer(model)
    return [first, await _try_picture(model)] if first.works else [first]


async def try_reader(model: ChatModel) -> list[Finding]:
    """Whether a model answers, and follows a JSON schema."""
    first, model = await _try_answer(model)
    return [first, await _try_schema(model)] if first.works else [first]


async def try_vectors(model: OpenAIEmbedSettings | GeminiEmbedSettings | MiniLmSettings) -> Finding:
    """Whether a text becomes a vector."""
    try:
        found = await build.bare_vectors(model).vectors(["a boat at the pier"], "query")
    except EngineError as error:
        return Finding(False, error.detail)
    return Finding(True, f"made a vector of {found.rows.shape[1]} numbers")


async def try_web(settings: HttpSearchSettings) -> Finding:
    """Whether a search comes back."""
    try:
        found = await build.bare_web(settings).search("a boat at the pier")
    except EngineError as error:
        return Finding(False, error.detail)
    return Finding(True, f"found {len(found.pages)} pages")


def try_ocr(ocr: Ocr) -> Finding:
    """Whether a drawn sign is read."""
    picture = Image.new("RGB", (640, 240), "white")
    ImageDraw.Draw(picture).text((150, 90), _SIGN, font=ImageFont.load_default(64), fill="black")
    try:
        lines = ocr.read(np.asarray(picture))
    except EngineError as error:
        return Finding(False, error.detail)
    if any(same_text(line.text, _SIGN) for line in lines):
        return Finding(True, f"read a drawn sign; {_versions(ocr.identity)}")
    read = ", ".join(repr(line.text) for line in lines) or "nothing"
    return Finding(False, f"read {read} where {_SIGN!r} is drawn; install another version of it")


def try_asr(asr: Asr) -> Finding:
    """Whether the model loads and gets through a second of silence."""
    try:
        asr.transcribe(bytes(2 * SAMPLE_RATE))
    except EngineError as error:
        return Finding(False, error.detail)
    return Finding(True, f"loaded and ran; {_versions(asr.identity)}")


def _versions(identity: dict[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in identity.items() if key in ("version", "runtime", "models"))


async def _try_answer(model: ChatModel) -> tuple[Finding, ChatModel]:
    """A first answer, and the settings under which it came: those given, or with what the server refuses left out."""
    request = _request(Message("user", "Say the word ready and nothing else."))
    try:
        reply = await build.bare_chat(model).complete(request)
    except EngineError as error:
        if error.code == "bad_request" and isinstance(model, OpenAISettings):
            for left_out in _combinations(model.leave_out):
                other = model.model_copy(update={"leave_out": left_out})
                try:
                    await build.bare_chat(other).complete(request)
                except EngineError:
                    continue
                names = ", ".join(left_out)
                return Finding(False, f"it refuses a parameter: set leave_out: [{names}] ({error.detail})"), other
        return Finding(False, error.detail), model
    return Finding(True, f"answered as {reply.model or model.model} ({_tokens(reply)})"), model


def _combinations(left_out: Sequence[str]) -> list[tuple[str, ...]]:
    """Each parameter alone, then all of them, besides those that are left out already."""
    rest = [name for name in _ADJUSTABLE if name not in left_out]
    return [(*left_out, name) for name in rest] + ([(*left_out, *rest)] if len(rest) > 1 else [])


async def _try_tools(model: ChatModel) -> Finding:
    request = _request(Message("user", "Call the tool report_number with n = 7."), tools=(_TOOL,))
    try:
        reply = await build.bare_chat(model).complete(request)
    except EngineError as error:
        return Finding(False, f"{error.detail}{_other_way(model)}")
    if [(call.name, _arguments(call.arguments_json)) for call in reply.calls] == [("report_number", {"n": 7})]:
        return Finding(True, f"called a tool ({_tokens(reply)})")
    said = f"made {len(reply.calls)} calls" if reply.calls else f"said {reply.text[:60]!r}"
    return Finding(False, f"was told to call a tool and {said}{_other_way(model)}")


def _arguments(text: str) -> object:
    try:
        return read_json(text)
    except ValueError:
        return None


def _other_way(model: ChatModel) -> str:
    if not isinstance(model, OpenAISettings):
        return ""
    if model.tool_calls == "native":
        return "; start the server with tool calls, or set tool_calls: json"
    return "; if the server has tool calls, set tool_calls: native"


async def _try_picture(model: ChatModel) -> Finding:
    message = Message("user", "Which colour is this picture?", pictures=("red",))
    try:
        reply = await build.bare_chat(model).complete(_request(message, schema=_SCHEMA), lambda name: _red())
    except EngineError as error:
        return Finding(False, f"{error.detail}; this needs a model that takes pictures and follows a JSON schema")
    if _arguments(reply.text) == {"color": "red"}:
        return Finding(True, f"looked at a picture and followed a schema ({_tokens(reply)})")
    return Finding(False, f"was shown a red picture and said {reply.text[:60]!r}; this needs a model that sees")


async def _try_schema(model: ChatModel) -> Finding:
    message = Message("user", "Which colour is ripe grass?")
    try:
        reply = await build.bare_chat(model).complete(_request(message, schema=_SCHEMA))
    except EngineError as error:
        return Finding(False, f"{error.detail}; a judge needs a model that follows a JSON schema")
    if _arguments(reply.text) in [{"color": color} for color in ("red", "green", "blue")]:
        return Finding(True, f"followed a schema ({_tokens(reply)})")
    return Finding(False, f"was asked for an object and said {reply.text[:60]!r}; a judge needs a model that gives one")


def _red() -> bytes:
    return encode_jpeg(np.full((224, 224, 3), (220, 20, 20), dtype=np.uint8))


def _request(message: Message, tools: tuple[ToolSpec, ...] = (), schema: str = "") -> ChatRequest:
    return ChatRequest((message,), tools, "auto" if tools else "none", 0.0, 7, _ROOM, "", schema)


def _tokens(reply: ChatReply) -> str:
    return f"{reply.prompt_tokens} + {reply.completion_tokens} tokens"
