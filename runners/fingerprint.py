"""What a release is made from, as one digest: settings, inputs, prompts, engines and our own code."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import prompts
from pipelines.code import code_digest
from pipelines.identities import engine_identities
from runners.benchmarks import NOTHING, Against
from schemas.codec import digest
from schemas.settings import Dataset
from schemas.source import Question, Rejected, Video

_NOT_OF_A_MODEL = {
    *("api_key_env", "limits", "price", "timeout_s"),
    *("path", "folder", "threads", "gpu_memory_utilization", "tensor_parallel_size"),
}
_NOT_OF_WEIGHTS = {"det_model_dir", "rec_model_dir", "model", "sha256"}
"""What the digests of weights, which stand in the identity of their engine, tell better."""

NOT_IN_A_RELEASE: dict[str, Any] = {
    "source": True,
    "allow": True,
    "fetch": True,
    "curate": {"benchmarks": {"__all__": {"questions", "videos"}}},
    "min_yield": True,
    "max_failures": True,
    "perceive": {"captions": {"engine": _NOT_OF_A_MODEL}, "ocr": _NOT_OF_WEIGHTS, "asr": _NOT_OF_WEIGHTS},
    "explore": {
        "teacher": _NOT_OF_A_MODEL,
        "retrieval": _NOT_OF_A_MODEL,
        "inspector": {"engine": _NOT_OF_A_MODEL},
        "web_search": _NOT_OF_A_MODEL,
    },
    "verify": {key: {"engine": _NOT_OF_A_MODEL} for key in ("need", "answerer", "judge")},
}
"""Settings that do not make another release: where files lie, what a release is held to, the name of a key, and how
much of a machine a model may take."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`whole` is the digest of everything; the others say which part changed when two of them differ."""

    whole: str
    settings: str
    inputs: str
    prompts: str
    engines: str
    code: str


def fingerprint(
    settings: Dataset,
    videos: tuple[Video, ...],
    questions: tuple[Question, ...],
    rejected: tuple[Rejected, ...],
    against: Against = NOTHING,
) -> Fingerprint:
    """`videos` are identified, and so are those of benchmarks; `rejected` is what was turned away of the source.

    Where files lie does not count, only what they are and what is said of them.

    Raises:
        EngineError: an engine that the entry wants cannot be had (weights missing, say).
    """
    inputs = digest(
        [[v.id, v.uri, v.sha256, v.license, v.subtitles_sha256, v.group, v.meta_json] for v in videos],
        [digest(repr(question)) for question in questions],
        [asdict(row) for row in rejected],
        [[one.name, one.digest] for one in against.benchmarks],
        [[name, [[video.id, video.sha256] for video in of]] for name, of in sorted(against.films.items())],
    )
    parts = {**parts_without_inputs(settings), "inputs": inputs}
    return Fingerprint(digest(parts), **parts)


def parts_without_inputs(settings: Dataset) -> dict[str, str]:
    """What can be told of a fingerprint without reading a video.

    Raises:
        EngineError: as `fingerprint` says.
    """
    prompt_digests = [(name, prompts.load(name).digest) for name in prompts.names()]
    return {
        "settings": digest(settings.model_dump(mode="json", exclude=NOT_IN_A_RELEASE)),
        "prompts": _prompts(prompt_digests),
        "engines": digest(engine_identities(settings)),
        "code": code_digest(),
    }


def parts_of_manifest(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The parts of the fingerprint of a finished release."""
    return {
        "settings": manifest["inputs"]["settings"],
        "inputs": manifest["inputs"]["source"],
        "prompts": _prompts(manifest["prompts"].items()),
        "engines": digest({job: json.loads(identity) for job, identity in manifest["engines"].items()}),
        "code": manifest["code"]["digest"],
    }


def changed(held: Mapping[str, str], now: Mapping[str, str]) -> str:
    """The parts that differ, in words, of those that both tell; empty when none does."""
    names = [name for name in ("settings", "inputs", "prompts", "engines", "code") if name in held and name in now]
    *others, last = [name for name in names if held[name] != now[name]] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def code_version() -> str:
    try:
        return version("frametrail")
    except PackageNotFoundError:
        return "unknown"


def _prompts(digests: Iterable[tuple[str, str]]) -> str:
    return digest(sorted([name, of] for name, of in digests))
