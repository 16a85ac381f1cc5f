"""Where to cut audio before it is heard: stretches of speech packed into chunks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

LONGEST_S = 28.0
"""Whisper hears 30 s at a time; a chunk with its padding must fit into one window."""

_GAP_MS = 4_000
"""A longer silence always ends a chunk. On the spoken samples 4 s gave no wrong word of 337 with a third of the windows
that 2 s needs (8 wrong words): a sentence alone lacks the context of its neighbours."""
_PAD_MS = 200
_LEAST_MS = 250
"""Less speech than this between long silences is noise (Silero's `min_speech_duration_ms`)."""

_Stretch = tuple[int, int]
"""Start and end in milliseconds."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of audio to hear at once, and the stretches in it where somebody speaks.

    All in seconds from the audio's first sample, in whole milliseconds.
    """

    start_s: float
    end_s: float
    speech: tuple[tuple[float, float], ...] = ()


def plan_chunks(
    activity: Sequence[tuple[float, float]], duration_s: float, longest_s: float = LONGEST_S
) -> tuple[Chunk, ...]:
    """Packs stretches of speech into chunks of at most `longest_s`, padded by up to 0.2 s, disjoint and sorted.

    A chunk ends at a silence of more than 4 s, or where it would grow too long: then at the longest silence in its
    second half, so that the cut falls between sentences rather than between words. Only speech without a pause for
    `longest_s` is cut while somebody speaks, into equal parts.
    """
    end = round(duration_s * 1000)
    limit = max(1, round(longest_s * 1000) - 2 * _PAD_MS)
    pieces = [piece for island in _islands(activity, end) for piece in _pack(_shorten(island, limit), limit)]
    if not pieces:
        return ()
    middles = [(before[-1][1] + after[0][0]) // 2 for before, after in pairwise(pieces)]
    return tuple(
        Chunk(
            max(piece[0][0] - _PAD_MS, low) / 1000,
            min(piece[-1][1] + _PAD_MS, high) / 1000,
            tuple((start_ms / 1000, end_ms / 1000) for start_ms, end_ms in piece),
        )
        for piece, (low, high) in zip(pieces, pairwise([0, *middles, end]), strict=True)
    )


def _islands(activity: Sequence[tuple[float, float]], last: int) -> list[list[_Stretch]]:
    """Stretches that begin before `last`, grouped where the silence between is short; without groups that are noise."""
    islands: list[list[_Stretch]] = []
    for start_s, end_s in sorted(activity):
        start, end = round(start_s * 1000), min(last, round(end_s * 1000))
        if start >= end:
            continue
        if not islands or start - islands[-1][-1][1] > _GAP_MS:
            islands.append([(start, end)])
        elif start <= islands[-1][-1][1]:
            islands[-1][-1] = (islands[-1][-1][0], max(end, islands[-1][-1][1]))
        else:
            islands[-1].append((start, end))
    return [island for island in islands if sum(end - start for start, end in island) >= _LEAST_MS]


def _shorten(stretches: list[_Stretch], limit: int) -> list[_Stretch]:
    """Cuts stretches that are longer than the limit into equal parts."""
    short: list[_Stretch] = []
    for start, end in stretches:
        parts = max(1, -(-(end - start) // limit))
        short.extend(pairwise([start + (end - start) * part // parts for part in range(parts + 1)]))
    return short


def _pack(stretches: list[_Stretch], limit: int) -> list[list[_Stretch]]:
    """Joins neighbouring stretches into pieces of at most `limit` milliseconds."""
    pieces: list[list[_Stretch]] = []
    first = 0
    while first < len(stretches):
        start = stretches[first][0]
        fits = [at for at in range(first, len(stretches)) if stretches[at][1] - start <= limit]
        last = fits[-1]
        if last + 1 < len(stretches):
            late = [at for at in fits if stretches[at][1] - start >= limit // 2] or [last]
            last = max(late, key=lambda at: (stretches[at + 1][0] - stretches[at][1], at))
        pieces.append(stretches[first : last + 1])
        first = last + 1
    return pieces
