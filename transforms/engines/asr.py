"""Speech to text: the protocol, Whisper by faster-whisper, and Silero's voice activity that comes inside it."""

import importlib.metadata
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from schemas.errors import EngineError
from schemas.span import seconds
from transforms.engines.weights import Weights, find_weights

SAMPLE_RATE = 16_000
"""Samples per second of the PCM everywhere here: mono, signed 16 bit, little endian."""

_REPETITIVE = 2.4
"""Compression ratio of the text above which Whisper's authors take a window for a loop (their
`compression_ratio_threshold`); whole windows of real English lectures measured 1.2 to 2.1, loops 10 to 20."""

_MAX_TOKENS = 224
"""Tokens a window may yield: half of the text context, the limit of Whisper's own decoder. It ends loops early."""

_VAD = {"threshold": 0.5, "min_silence_duration_ms": 100, "speech_pad_ms": 0}
"""Silero's threshold by default; short silences are reported too, because they are where speech may be cut."""

_models: dict[tuple[Any, ...], Any] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class HeardWord:
    """Seconds from the start of the chunk; `score` is the model's probability of the word."""

    text: str
    start_s: float
    end_s: float
    score: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A phrase; seconds from the start of the chunk."""

    text: str
    start_s: float
    end_s: float
    score: float
    words: tuple[HeardWord, ...]


class Asr(Protocol):
    """Hears one chunk of speech. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """What rows show as the engine."""

    @property
    def identity(self) -> dict[str, Any]:
        """Everything that can change a result: it becomes part of each memo's key."""

    def transcribe(self, pcm: bytes) -> tuple[Segment, ...]:
        """16 kHz mono s16le PCM of one chunk to its segments, in order of time."""


@dataclass(frozen=True)
class FasterWhisper:
    """Whisper by faster-whisper, on the CPU in int8.

    Each chunk is decoded alone, at temperature 0 and without Whisper's fallback to sampling, so that the same audio
    gives the same text in any order and on any number of threads. `language` is a code such as `en`; empty means
    English for English-only weights and otherwise detection, chunk by chunk.
    `workers` transcriptions run at the same time, each on one thread; it changes no result.
    """

    weights: Weights
    language: str = ""
    beam_size: int = 5
    workers: int = 1

    @property
    def name(self) -> str:
        return f"faster-whisper/{self.weights.name}"

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "name": "faster-whisper",
            "version": importlib.metadata.version("faster-whisper"),
            "runtime": f"ctranslate2 {importlib.metadata.version('ctranslate2')}",
            "weights": self.weights.sha256,
            "tables": self.weights.tables,
            "compute_type": "int8",
            "language": self.language or "auto",
            "beam_size": self.beam_size,
            "temperature": 0,
            "condition_on_previous_text": False,
            "max_new_tokens": _MAX_TOKENS,
        }

    def transcribe(self, pcm: bytes) -> tuple[Segment, ...]:
        """See `Asr`. The model is loaded on the first call and shared by the whole process.

        Raises:
            EngineError: `bad_language`, the weights don't know the language.
        """
        if len(pcm) < 2:
            return ()
        heard, _ = self._model().transcribe(
            samples(pcm),
            language=self.language or None,
            beam_size=self.beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            max_new_tokens=_MAX_TOKENS,
            # With these off nothing is thrown away or sampled again: what looks invented gets a low score instead.
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
        )
        return tuple(segment_of(one) for one in heard)

    def _model(self) -> Any:
        key = (self.weights.folder, self.weights.sha256, self.workers)
        with _lock:
            if key not in _models:
                from faster_whisper import WhisperModel

                _models[key] = WhisperModel(
                    str(self.weights.folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=self.workers
                )
            model = _models[key]
        require_language(self.language, model.supported_languages)
        return model


def require_language(language: str, known: Sequence[str]) -> None:
    """
    Raises:
        EngineError: `bad_language`, a language is named that the weights don't know.
    """
    if language and language not in known:
        some = ", ".join(known[:12])
        raise EngineError("bad_language", f"these weights don't know the language {language!r}, but {some}…")


def build_faster_whisper(
    model: str = "tiny.en", sha256: str = "", language: str = "", beam_size: int = 5, workers: int = 1
) -> FasterWhisper:
    """Finds and checks the weights; nothing is loaded yet.

    Raises:
        EngineError: see `find_weights`.
    """
    return FasterWhisper(find_weights(model, sha256), language, beam_size, workers)


def vad_identity() -> dict[str, Any]:
    """Everything that can change what `voice_activity` answers."""
    version = importlib.metadata.version
    return {
        "name": "silero-vad",
        "version": f"faster-whisper {version('faster-whisper')}",
        "runtime": f"onnxruntime {version('onnxruntime')}",
        **_VAD,
    }


def voice_activity(pcm: bytes) -> list[tuple[float, float]]:
    """Stretches `(start_s, end_s)` of 16 kHz mono s16le PCM in which somebody speaks, sorted and disjoint."""
    if len(pcm) < 2:
        return []
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    spoken = get_speech_timestamps(samples(pcm), VadOptions(**_VAD))
    return [(seconds(one["start"] / SAMPLE_RATE), seconds(one["end"] / SAMPLE_RATE)) for one in spoken]


def samples(pcm: bytes) -> np.ndarray:
    """s16le PCM as float32 in -1..1; a half sample at the end is left out."""
    return np.frombuffer(pcm, dtype="<i2", count=len(pcm) // 2).astype(np.float32) / 32768.0


def segment_of(one: Any) -> Segment:
    """A segment of Whisper, in whichever package, as ours."""
    words = tuple(
        HeardWord(
            word.word.strip(), seconds(float(word.start)), seconds(float(word.end)), round(float(word.probability), 4)
        )
        for word in one.words or ()
        if word.word.strip()
    )
    start_s = words[0].start_s if words else seconds(float(one.start))
    end_s = words[-1].end_s if words else seconds(float(one.end))
    return Segment(one.text.strip(), start_s, max(start_s, end_s), _score(one, words), words)


def _score(one: Any, words: tuple[HeardWord, ...]) -> float:
    """0..1: geometric mean of the words' probabilities x chance that this is speech x discount for loops.

    Whisper gives one `avg_logprob`, `no_speech_prob` and `compression_ratio` per window of 30 s; only the words tell
    its segments apart. Music, and languages the weights don't know, end in loops: the third factor finds those.
    In ten real videos, English phrases that were heard right had 0.52 to 0.98; Chinese heard with English weights had
    0.21 and less, tones, noise and silence 0.11 and less.
    """
    if words:
        sure = math.exp(sum(math.log(max(word.score, 1e-4)) for word in words) / len(words))
    else:
        sure = math.exp(min(0.0, one.avg_logprob))
    loop = min(1.0, _REPETITIVE / max(one.compression_ratio, 1e-6))
    return round(float(sure * (1.0 - min(1.0, max(0.0, one.no_speech_prob))) * loop), 4)
