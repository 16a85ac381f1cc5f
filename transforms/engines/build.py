"""From settings to engines, once per process: heavy clients are shared by every stage and every bundle."""

import os
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from schemas import settings
from transforms.engines.asr import Asr
from transforms.engines.captions import Captioner
from transforms.engines.chat import Chat
from transforms.engines.embed import Embed
from transforms.engines.embed_vectors import Vectorise
from transforms.engines.gate import Gate
from transforms.engines.ocr import Ocr
from transforms.engines.patient import Patience, Patient, PatientVectors, PatientWeb
from transforms.engines.prices import rates_of
from transforms.engines.purse import PURSE
from transforms.engines.web import Web
from transforms.store import Store

if TYPE_CHECKING:
    from transforms.engines.captions_chat import ChatCaptioner

_lock = threading.RLock()
_built: dict[Any, Any] = {}
_recent: "OrderedDict[tuple[str, ...], Any]" = OrderedDict()
_MOST_RECENT = 32


def chat(model: settings.Teacher, stage: str = "explore") -> Chat:
    """A chat model, with all that many calls need; rules answer at once and need none of it.

    `stage` is the one that asks it, and that its costs are told of.

    Raises:
        EngineError: what it needs is missing (a key, a package).
    """

    def build() -> Chat:
        if isinstance(model, settings.PlannerSettings):
            from transforms.engines.chat_planner import Planner

            return Planner()
        patience = Patience(model.model, gate(model), PURSE, rates_of(model), stage=stage)
        return Patient(bare_chat(model), patience)

    return _once(("chat", f"{stage} {type(model).__name__} {model.model_dump_json()}"), build)


def bare_chat(model: settings.ChatModel) -> Chat:
    """The engine alone: one call, one try."""
    if isinstance(model, settings.GeminiSettings):
        from transforms.engines.chat_gemini import GeminiChat

        return GeminiChat(model)
    if isinstance(model, settings.LocalSettings):
        from transforms.engines.chat_local import local_chat

        return local_chat(model)
    if isinstance(model, settings.VllmSettings):
        from transforms.engines.chat_vllm import vllm_chat

        # Kept: in the process it holds the model, which a GPU has room for once.
        kept: Chat = _once(("vllm", model.model_dump_json()), lambda: vllm_chat(model))
        return kept
    from transforms.engines.chat_openai import OpenAIChat

    return OpenAIChat(model)


def make_ready(model: settings.Served) -> None:
    """What takes long and can fail before any work begins: the weights of a local model are fetched and checked.

    Raises:
        EngineError: they cannot be had, or are not the expected ones.
    """
    if isinstance(model, settings.LocalSettings):
        from transforms.engines import gguf

        gguf.checked(model.model, model.path, model.sha256)


def gate(model: settings.Served) -> Gate:
    """The gate of a model: whoever asks the same one goes through the same gate, whatever it is asked for, and of
    different limits the stricter hold for all."""
    return _gate(f"{model.address()} {model.model}", model.limits)


def _gate(name: str, limits: settings.Limits) -> Gate:
    shared: Gate = _once(("gate", name), lambda: Gate(limits.in_flight))
    shared.limit(limits.in_flight, limits.requests_per_minute, limits.tokens_per_minute)
    return shared


def ocr(choice: settings.Ocr) -> Ocr | None:
    """The OCR engine, or None when the entry wants none.

    Raises:
        EngineError: its package or its models are missing or not the expected ones.
    """

    def build() -> Ocr | None:
        if isinstance(choice, settings.NoOcr):
            return None
        if isinstance(choice, settings.PaddleOcrSettings):
            from transforms.engines.ocr_paddle import build_paddle_ocr

            return build_paddle_ocr(choice.det_model_dir, choice.rec_model_dir, choice.lang)
        from transforms.engines.ocr import RapidOcr

        return RapidOcr()

    return _once(choice, build)


def asr(choice: settings.Asr) -> Asr | None:
    """The speech engine, or None when the entry wants none.

    Raises:
        EngineError: its weights are missing or not the expected ones.
    """

    def build() -> Asr | None:
        if isinstance(choice, settings.NoAsr):
            return None
        if isinstance(choice, settings.WhisperSettings):
            from transforms.engines.asr_whisper import build_whisper

            return build_whisper(choice.model, choice.sha256, choice.language)
        from transforms.engines.asr import build_faster_whisper

        return build_faster_whisper(choice.model, choice.sha256, choice.language, workers=min(4, os.cpu_count() or 1))

    return _once(choice, build)


def captioner(choice: settings.Captions) -> Captioner:
    """Who says what clips show.

    Raises:
        EngineError: what its model needs is missing (a key, a package).
    """

    if isinstance(choice, settings.ChatCaptions):
        return chat_captioner(choice)

    def build() -> Captioner:
        from transforms.engines.captions import Signals

        return Signals()

    return _once(choice, build)


def chat_captioner(choice: settings.ChatCaptions) -> "ChatCaptioner":
    """The chat model that captions; it can also look for a question.

    Raises:
        EngineError: as `captioner`.
    """

    def build() -> "ChatCaptioner":
        from transforms.engines.captions_chat import ChatCaptioner

        return ChatCaptioner(choice, chat(choice.engine, "perceive"))

    return _once(choice, build)


def embed(choice: settings.Retrieval) -> Embed:
    """What finds texts by a query.

    Raises:
        EngineError: what it needs is missing (a key, a package, a model).
    """

    def build() -> Embed:
        if isinstance(choice, settings.Bm25Settings):
            from transforms.engines.embed import Bm25

            return Bm25()
        from transforms.engines.embed_vectors import ByMeaning

        engine = bare_vectors(choice)
        if isinstance(choice, settings.Served):
            engine = PatientVectors(
                engine, Patience(choice.model, gate(choice), PURSE, rates_of(choice), stage="explore")
            )
        return ByMeaning(engine)

    return _once(choice, build)


def bare_vectors(
    choice: settings.OpenAIEmbedSettings | settings.GeminiEmbedSettings | settings.MiniLmSettings,
) -> Vectorise:
    """The engine alone: one call, one try."""
    if isinstance(choice, settings.OpenAIEmbedSettings):
        from transforms.engines.embed_openai import OpenAIVectors

        return OpenAIVectors(choice)
    if isinstance(choice, settings.GeminiEmbedSettings):
        from transforms.engines.embed_gemini import GeminiVectors

        return GeminiVectors(choice)
    from transforms.engines.embed_minilm import MiniLmVectors

    return MiniLmVectors(choice.folder)


def web(choice: settings.HttpSearchSettings) -> Web:
    """Who searches the web."""

    def build() -> Web:
        return PatientWeb(bare_web(choice), Patience(choice.url, _gate(choice.url, choice.limits), PURSE, None))

    return _once(choice, build)


def bare_web(choice: settings.HttpSearchSettings) -> Web:
    """The engine alone: one call, one try."""
    from transforms.engines.web_http import HttpSearch

    return HttpSearch(choice)


def store(root: str) -> Store:
    """The process's store at `root`: one, so that its counts are the process's counts."""
    return _once(("store", root), lambda: Store(root))


def cached(key: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """What `make` gives, kept for the next callers of this process; the least recently used go first."""
    held = _recall(key)
    return held if held is not None else _keep(key, make())


async def acached(key: tuple[str, ...], make: Callable[[], Awaitable[Any]]) -> Any:
    """`cached` for an awaitable. Those who ask at once may each make it: what is dear in it is a memo."""
    held = _recall(key)
    return held if held is not None else _keep(key, await make())


def _recall(key: tuple[str, ...]) -> Any:
    with _lock:
        if key in _recent:
            _recent.move_to_end(key)
        return _recent.get(key)


def _keep(key: tuple[str, ...], value: Any) -> Any:
    with _lock:
        _recent[key] = value
        while len(_recent) > _MOST_RECENT:
            _recent.popitem(last=False)
    return value


def _once(key: BaseModel | tuple[str, str], build: Callable[[], Any]) -> Any:
    if isinstance(key, BaseModel):
        key = (type(key).__name__, key.model_dump_json())
    with _lock:
        if key not in _built:
            _built[key] = build()
        return _built[key]
