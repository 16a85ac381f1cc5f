"""Where to cut audio before it is heard: stretches of speech packed into chunks."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_S = 28.0
"""Whisper hears 30 s at a time; a chunk with its padding must fit into one window."""

_GAP_MS = 2_000
"""A longer silence always ends a chunk: Whisper invents text in silence (faster-whisper's VAD filter has 2 s too)."""
_PAD_MS = 200
_LEAST_MS = 250
"""Less speech than this between long silences is noise (Silero's `min_speech_duration_ms`)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of audio to hear at once: seconds from the audio's first sample, whole milliseconds."""

    start_s: float
    end_s: float


def plan_chunks(
    activity: Sequence[tuple[float, float]], duration_s: float, longest_s: float = LONGEST_S
) -> tuple[Chunk, ...]:
    """Packs stretches of speech into chunks of at most `longest_s`, padded by up to 0.2 s, disjoint and sorted.

    A chunk ends at a silence of more than 2 s, or where it would grow too long: then at the longest silence in its
    second half, so that the cut falls between sentences rather than between words. Only speech without a pause for
    `longest_s` is cut while somebody speaks, into equal parts.
    """
    limit = max(1, round(longest_s * 1000) - 2 * _PAD_MS)
    pieces = [piece for island in _islands(activity) for piece in _pack(_shorten(island, limit), limit)]
    bounds = [0, *_middles(pieces), round(duration_s * 1000)]
    chunks = (
        (max(start - _PAD_MS, low), min(end + _PAD_MS, high))
        for (start, end), low, high in zip(pieces, bounds, bounds[1:], strict=False)
    )
    return tuple(Chunk(start / 1000, end / 1000) for start, end in chunks if end > start)


def _islands(activity: Sequence[tuple[float, float]]) -> list[list[tuple[int, int]]]:
    """Stretches in milliseconds, grouped where the silence between is short; groups that are noise are left out."""
    islands: list[list[tuple[int, int]]] = []
    for start_s, end_s in sorted(activity):
        start, end = round(start_s * 1000), round(end_s * 1000)
        if not islands or start - islands[-1][-1][1] > _GAP_MS:
            islands.append([(start, end)])
        elif start <= islands[-1][-1][1]:
            islands[-1][-1] = (islands[-1][-1][0], max(end, islands[-1][-1][1]))
        else:
            islands[-1].append((start, end))
    return [island for island in islands if sum(end - start for start, end in island) >= _LEAST_MS]


def _shorten(stretches: list[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """Cuts stretches that are longer than the limit into equal parts."""
    short: list[tuple[int, int]] = []
    for start, end in stretches:
        parts = -(-(end - start) // limit)
        cuts = [start + (end - start) * part // parts for part in range(parts + 1)] if parts else []
        short.extend(zip(cuts, cuts[1:], strict=False))
    return short


def _pack(stretches: list[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """Joins neighbouring stretches into pieces of at most `limit` milliseconds."""
    pieces = []
    first = 0
    while first < len(stretches):
        start = stretches[first][0]
        fits = [at for at in range(first, len(stretches)) if stretches[at][1] - start <= limit]
        last = fits[-1]
        if last + 1 < len(stretches):
            late = [at for at in fits if stretches[at][1] - start >= limit // 2] or [last]
            last = max(late, key=lambda at: (stretches[at + 1][0] - stretches[at][1], at))
        pieces.append((start, stretches[last][1]))
        first = last + 1
    return pieces


def _middles(pieces: list[tuple[int, int]]) -> list[int]:
    return [(end + start) // 2 for (_, end), (start, _) in zip(pieces, pieces[1:], strict=False)]
