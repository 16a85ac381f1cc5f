"""Whisper by its authors' own package, openai-whisper: the same protocol and the same scores as faster-whisper."""

import functools
import importlib.metadata
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from schemas.errors import EngineError
from transforms.engines.asr import Segment, require_language, samples, segment_of
from transforms.engines.weights import file_sha256

_WAYS = (
    "choose one: pip install 'frametrail[whisper]' with a name that the package can fetch, "
    "--set perceive.asr.model=/path/to/weights.pt, --set perceive.asr.type=faster_whisper, "
    "--set perceive.asr.type=none, or put an .srt or .vtt beside the video"
)
_hearing = threading.Lock()


@dataclass(frozen=True, slots=True)
class OpenAIWhisper:
    """Whisper on the CPU in float32. Make one with `build_whisper`, which finds the weights and checks them.

    As for `FasterWhisper`, each chunk is decoded alone, at temperature 0 and without the fallback to sampling.
    While it decodes, the package hangs its own hooks into the model, so one chunk is heard at a time, on one thread.
    `known_as` is the name of the official weights that these are, empty for others: it says which attention heads tell
    the time of words.
    """

    path: Path
    sha256: str
    known_as: str = ""
    language: str = ""
    beam_size: int = 5

    @property
    def name(self) -> str:
        return f"openai-whisper/{self.known_as or self.sha256[:8]}"

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "name": "openai-whisper",
            "version": importlib.metadata.version("openai-whisper"),
            "runtime": f"torch {importlib.metadata.version('torch')}",
            "weights": self.sha256,
            "language": self.language or "auto",
            "beam_size": self.beam_size,
            "temperature": 0,
            "condition_on_previous_text": False,
        }

    def transcribe(self, pcm: bytes) -> tuple[Segment, ...]:
        """See `Asr`. The model is loaded on the first call and shared by the whole process.

        Raises:
            EngineError: `bad_language`, the weights don't know the language; `weights_mismatch` or `weights_damaged`.
        """
        if len(pcm) < 2:
            return ()
        import torch

        with _hearing:
            # Counted for each thread of ours apart: torch would start as many of its own as there are cores.
            torch.set_num_threads(1)
            heard = self._model().transcribe(
                samples(pcm),
                language=self.language or None,
                beam_size=self.beam_size,
                temperature=0.0,
                condition_on_previous_text=False,
                word_timestamps=True,
                fp16=False,
                # With these off nothing is thrown away or sampled again: what looks invented gets a low score instead.
                no_speech_threshold=None,
                logprob_threshold=None,
                compression_ratio_threshold=None,
            )
        # A window without a word comes as a segment of special tokens alone, which may begin before the sound does.
        return tuple(segment_of(_with_attributes(one)) for one in heard["segments"] if one["text"].strip())

    def _model(self) -> Any:
        if file_sha256(self.path) != self.sha256:
            raise EngineError(
                "weights_mismatch", f"{self.path.name} has changed since the build began; put it back", lasting=False
            )
        model = _loaded(self.path, self.sha256, self.known_as)
        require_language(self.language, _languages() if model.is_multilingual else ("en",))
        return model


def build_whisper(model: str = "tiny.en", sha256: str = "", language: str = "", beam_size: int = 5) -> OpenAIWhisper:
    """Finds the weights, which are fetched once where `model` is a name, and checks them; nothing is loaded yet.

    `model` is a file when it ends with `.pt`. `sha256` is what it must have; empty means the one that the package has
    for the name, and takes a file as it is (its digest still enters every key).

    Raises:
        EngineError: `asr_missing`, the package is not installed; `weights_missing` or `weights_mismatch`. Call this
            outside of memos, which would keep the error.
    """
    official = _official()
    path = Path(model).expanduser() if model.endswith(".pt") else _named(model, official)
    if not path.is_file():
        raise EngineError("weights_missing", f"there is no file {model}; {_WAYS}")
    found, expected = file_sha256(path), sha256 or official.get(model, "")
    if expected and found != expected:
        raise EngineError(
            "weights_mismatch",
            f"{path.name} has sha256 {found}, expected {expected}: these are other weights or a damaged file; remove "
            "it and fetch it again, or name the digest you trust with --set perceive.asr.sha256=…",
        )
    known_as = next((name for name, digest in official.items() if digest == found), "")
    return OpenAIWhisper(path, found, known_as, language, beam_size)


def _official() -> dict[str, str]:
    """Name → sha256 of the weights that the package knows: it keeps the digest in the address."""
    try:
        from whisper import _MODELS
    except ImportError as error:
        raise EngineError("asr_missing", f"openai-whisper cannot be imported ({error}); {_WAYS}") from error
    return {name: found[0] for name, url in _MODELS.items() if (found := re.findall(r"/([0-9a-f]{64})/", url))}


def _named(model: str, official: dict[str, str]) -> Path:
    """The file of a name in the package's own cache; it is fetched when it is not there, or not what it should be."""
    from whisper import _MODELS, _download

    if model not in official:
        known = ", ".join(official)
        raise EngineError("weights_missing", f"openai-whisper knows no weights {model}, but {known}; {_WAYS}")
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    try:
        return Path(_download(_MODELS[model], os.path.join(cache, "whisper"), False))
    except (OSError, RuntimeError) as error:
        raise EngineError("weights_missing", f"the weights {model} cannot be fetched ({error}); {_WAYS}") from error


@functools.cache
def _loaded(path: Path, sha256: str, known_as: str) -> Any:
    import whisper

    try:
        model = whisper.load_model(str(path), device="cpu")
        if known_as:
            model.set_alignment_heads(whisper._ALIGNMENT_HEADS[known_as])
    except Exception as error:  # torch and pickle raise whatever they stumble over
        why = str(error).strip().splitlines()[:1] or [type(error).__name__]
        raise EngineError(
            "weights_damaged", f"{path.name} is no checkpoint of Whisper ({why[0]}); {_WAYS}", lasting=False
        ) from error
    return model.eval()


def _languages() -> tuple[str, ...]:
    from whisper.tokenizer import LANGUAGES

    return tuple(LANGUAGES)


def _with_attributes(segment: dict[str, Any]) -> Any:
    """A segment as faster-whisper spells it; the names inside are the same. No word begins before the sound."""
    words = [SimpleNamespace(**_from_zero(word)) for word in segment.get("words", [])]
    return SimpleNamespace(**{**_from_zero(segment), "words": words})


def _from_zero(timed: dict[str, Any]) -> dict[str, Any]:
    return {**timed, "start": max(0.0, timed["start"]), "end": max(0.0, timed["end"])}
