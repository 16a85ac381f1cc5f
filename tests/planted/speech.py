"""What is said in the planted video: the sentences of the samples, cut out of their sound and laid at other times."""

from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

import av
import numpy as np

from samples.sound import RATE, lay
from schemas.span import Span, seconds
from tests.truth import SAMPLES, Shown, load_truth

EDGE_S = 0.05
"""AAC smears a sound by a frame of 1024 samples: so much is cut out around a sentence."""

PAIR_S, FIRST_S, BREATH_S = 28.5, 4.0, 0.5
"""Sentences come two by two, pairs this far apart, the first one at the second of these; a breath parts a pair."""

TWICE = 2
"""So many of the sentences are said once more at the end: when they are said is ambiguous."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence with its time in the planted video; its samples at `RATE` begin `EDGE_S` before it."""

    text: str
    span: Span
    samples: np.ndarray


@cache
def spoken() -> tuple[Spoken, ...]:
    """All sentences of the samples, of one and another in turn, by start."""
    rows = zip_longest(*(_cut_out(name) for name in sorted(load_truth())))
    pieces = [piece for row in rows for piece in row if piece is not None]
    laid: list[Spoken] = []
    for n, (text, length_s, samples) in enumerate(pieces + pieces[:TWICE]):
        start_s = laid[-1].span.end_s + BREATH_S if n % 2 else FIRST_S + n // 2 * PAIR_S
        laid.append(Spoken(text, Span(seconds(start_s), seconds(start_s + length_s)), samples))
    return tuple(laid)


def sentences(end_s: float) -> tuple[Shown, ...]:
    """Those that are over by a time in seconds, as truth."""
    return tuple(Shown(one.text, one.span) for one in spoken() if one.span.end_s < end_s)


def track(end_s: float) -> np.ndarray:
    """The sound up to a time in seconds, with the same sentences."""
    return lay([(one.span.start_s - EDGE_S, one.samples) for one in spoken() if one.span.end_s < end_s], end_s)


def _cut_out(name: str) -> list[tuple[str, float, np.ndarray]]:
    """The sentences of a sample video: text, length in seconds, samples with `EDGE_S` on both sides."""
    with av.open(str(SAMPLES / f"{name}.mp4")) as container:
        sound = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
    pieces = []
    for one in load_truth()[name].sentences:
        first, end = (round(t_s * RATE) for t_s in (one.span.start_s - EDGE_S, one.span.end_s + EDGE_S))
        pieces.append((one.text, one.span.length_s, sound[first:end]))
    return pieces
