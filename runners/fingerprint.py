"""What a release is made from, as one digest: settings, inputs, prompts, engines and our own code."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import prompts
from schemas.codec import digest
from schemas.settings import Dataset
from schemas.source import Question, Video
from transforms.engines import build

PACKAGES = ("schemas", "prompts", "transforms", "pipelines")
"""The code that can change a row; how it is started (`runners`) cannot."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`whole` is the digest of everything; the others say which part changed when two of them differ."""

    whole: str
    settings: str
    inputs: str
    prompts: str
    engines: str
    code: str


def fingerprint(settings: Dataset, videos: tuple[Video, ...], questions: tuple[Question, ...]) -> Fingerprint:
    """`videos` have their sha256. Where files lie does not count, only what they are and what is said of them.

    Raises:
        EngineError: an engine that the entry wants cannot be had (weights missing, say).
    """
    parts = {
        "settings": digest(settings.model_dump(mode="json", exclude={"source", "allow", "description", "write"})),
        "inputs": digest(
            [[v.id, v.uri, v.sha256, v.license, _sidecar(v), v.group, v.meta_json] for v in videos],
            [digest(repr(question)) for question in questions],
        ),
        "prompts": digest([[name, prompts.load(name).digest] for name in prompts.names()]),
        "engines": digest(engine_identities(settings)),
        "code": code_digest(),
    }
    return Fingerprint(digest(parts), **parts)


def engine_identities(settings: Dataset) -> dict[str, object]:
    """Every engine of an entry by its job, as it enters the keys of its memos; None where there is none."""
    ocr, asr = build.ocr(settings.perceive.ocr), build.asr(settings.perceive.asr)
    return {
        "ocr": ocr.identity if ocr else None,
        "asr": asr.identity if asr else None,
        "captions": build.captioner(settings.perceive.captions).identity,
        "embed": build.embed().identity,
        "teacher": build.chat(settings.explore.teacher).identity,
    }


def code_digest() -> str:
    """Digest of the source files of every package whose code can change a row."""
    found: list[list[str]] = []
    for package in PACKAGES:
        _walk(files(package), package, found)
    return digest(sorted(found))


def code_version() -> str:
    try:
        return version("frametrail")
    except PackageNotFoundError:
        return "unknown"


def _walk(folder: Traversable, name: str, found: list[list[str]]) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            _walk(entry, f"{name}/{entry.name}", found)
        elif entry.name.endswith((".py", ".md")):
            found.append([f"{name}/{entry.name}", hashlib.sha256(entry.read_bytes()).hexdigest()])


def _sidecar(video: Video) -> str:
    return hashlib.sha256(Path(video.subtitles).read_bytes()).hexdigest() if video.subtitles else ""
