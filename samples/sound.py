"""Speaks sentences with espeak-ng and lays them on one track."""

import io
import subprocess
import wave

import numpy as np

RATE = 22_050
# American English is what a small speech model understands best; the gap (10 ms units) keeps words apart.
VOICE = ("-v", "en-us", "-s", "140", "-g", "2")
# Amplitude (of 1.0) under which a synthesised sample counts as silence before or after the sentence.
SILENCE = 0.004
PEAK = 0.7


def speak(text: str) -> np.ndarray:
    """The sentence as float samples at `RATE`, from its first to its last audible one, at the same peak for all.

    Raises:
        RuntimeError: espeak-ng is not installed, or speaks at another rate.
    """
    try:
        done = subprocess.run(["espeak-ng", *VOICE, "--stdout", text], capture_output=True, check=True)
    except FileNotFoundError as error:
        raise RuntimeError(
            "espeak-ng is needed to make the samples: install your system's espeak-ng package"
        ) from error
    # A wav on a pipe has no true length in its header: read what came after it.
    with wave.open(io.BytesIO(done.stdout)) as reader:
        if (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) != (RATE, 1, 2):
            raise RuntimeError(f"espeak-ng was expected to speak 16-bit mono at {RATE} Hz: use its own voices")
        samples = np.frombuffer(reader.readframes(len(done.stdout)), np.int16).astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(samples) > SILENCE)
    samples = samples[loud[0] : loud[-1] + 1]
    return samples * (PEAK / np.abs(samples).max())


def lay(sentences: list[tuple[float, np.ndarray]], length_s: float) -> np.ndarray:
    """One track of `length_s` seconds with each sentence from its start on."""
    track = np.zeros(round(length_s * RATE), np.float32)
    for start_s, samples in sentences:
        first = round(start_s * RATE)
        track[first : first + len(samples)] += samples
    return track
