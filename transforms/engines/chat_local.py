"""A small language model on this machine's CPU: llama.cpp's server, by the package xllamacpp."""

import importlib.metadata
import os
import sys
from collections.abc import Sequence

from pydantic import JsonValue

from schemas.errors import EngineError
from schemas.settings import LocalSettings, OpenAISettings
from transforms.engines import gguf, llama_serve
from transforms.engines.chat_beside import Beside
from transforms.engines.server import server

RUNTIME = "xllamacpp"
_PATIENCE_S = 300.0
"""Loading 1.1 GB takes 2 to 12 seconds here; a disk over a network may take minutes."""

_SAMPLING: dict[str, JsonValue] = {
    "dry_multiplier": 0.8,
    "dry_base": 1.75,
    "dry_allowed_length": 16,
    "dry_penalty_last_n": 8192,
}
"""llama.cpp's penalty for going on as something before went on (DRY; the first two as its authors advise).

Small models say their last thought again, word for word. Runs of up to the third, in tokens, go free: what a search
found must be quoted as it stands.
"""


def local_chat(settings: LocalSettings) -> Beside:
    """The engine; its weights are looked at, and loaded, at the first call.

    Tool calls are asked for through a JSON schema: a small model's own calls are seldom well-formed, and llama.cpp
    holds it to a schema token by token.

    Raises:
        EngineError: `no_package` or `unknown_model`.
    """
    sha256 = require_known(settings)
    identity = {
        "engine": "local",
        "model": settings.model,
        "sha256": sha256,
        "runtime": f"{RUNTIME} {runtime_version()}",
        "tool_calls": "json",
        # Where a conversation nearly fills it, it cuts the reply.
        "context": settings.context,
        "sampling": _SAMPLING,
    }
    asked = OpenAISettings(
        model=settings.model,
        base_url="http://127.0.0.1",
        api_key_env="",
        tool_calls="json",
        timeout_s=settings.timeout_s,
        extra_body=_SAMPLING,
    )
    name = f"the local model {settings.model}"
    what = (sha256, settings.context, settings.threads, settings.limits.in_flight)
    started = server("llama.cpp", what, lambda port: command(settings, port), _PATIENCE_S)
    return Beside(identity, name, started, asked)


def command(settings: LocalSettings, port: int) -> Sequence[str]:
    """The server's command line, with weights whose digest is right. `-P`: the folder of the program must not shadow
    other modules.

    Raises:
        EngineError: as `gguf.checked` says.
    """
    options = {
        "port": port,
        "context": settings.context,
        "conversations": settings.limits.in_flight,
        "threads": settings.threads or threads_beside_others(),
    }
    named = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    weights = gguf.checked(settings.model, settings.path, settings.sha256)
    return [sys.executable, "-P", llama_serve.__file__, str(weights), *named]


def threads_beside_others() -> int:
    """Half of the CPUs that this process may use.

    llama.cpp's threads wait for each other, spinning, many times a token: when one CPU has other work, all stand still.
    On two busy CPUs one thread wrote 2 to 4 tokens a second, and two threads 0.2 to 0.35.
    """
    return max(1, len(os.sched_getaffinity(0)) // 2)


def require_known(settings: LocalSettings) -> str:
    """The sha256 that the weights must have.

    Raises:
        EngineError: `unknown_model`.
    """
    if not settings.path and settings.model not in gguf.KNOWN:
        raise EngineError(
            "unknown_model",
            f"no weights are known by the name {settings.model}: known are {', '.join(gguf.KNOWN)}; for others give"
            " their `path` and `sha256`",
            lasting=False,
        )
    return gguf.expected_sha256(settings.model, settings.sha256)


def runtime_version() -> str:
    try:
        return importlib.metadata.version(RUNTIME)
    except importlib.metadata.PackageNotFoundError:
        raise EngineError(
            "no_package", "a local model needs llama.cpp: pip install 'frametrail[local]'", lasting=False
        ) from None
