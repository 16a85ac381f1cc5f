"""Cutting shots into clips: the stretches that are captioned and retrieved."""

import math
from collections.abc import Iterable

from schemas.span import Span, seconds


def cut_clips(shots: Iterable[Span], clip_s: float = 10.0, min_clip_s: float = 1.0) -> tuple[Span, ...]:
    """Shots cut into equal pieces of at most `clip_s` seconds, after those shorter than `min_clip_s` are joined.

    `shots` follow each other without gaps; so do the clips, over the same stretch. A run of short shots grows until it
    lasts `min_clip_s`; what is left short at the end joins the piece before it. Only a video that is shorter as a whole
    gives a shorter clip. Ten seconds is the clip length of VideoThinker (arXiv 2601.15724).

    Raises:
        ValueError: the limits are not positive, or `min_clip_s` is over half of `clip_s` (pieces could be too short).
    """
    if not 0 < 2 * min_clip_s <= clip_s:
        raise ValueError(f"clips need 0 < 2 x min_clip_s <= clip_s, not {min_clip_s} and {clip_s}")
    return tuple(piece for span in _joined(shots, min_clip_s) for piece in _pieces(span, clip_s))


def _joined(shots: Iterable[Span], min_s: float) -> list[Span]:
    groups: list[Span] = []
    start_s: float | None = None
    for shot in shots:
        start_s = shot.start_s if start_s is None else start_s
        group = Span(start_s, shot.end_s)
        # Spans are written to the millisecond, so half of one is the finest difference that means anything.
        if group.length_s >= min_s - 0.0005:
            groups.append(group)
            start_s = None
    if start_s is not None:
        groups.append(Span(groups.pop().start_s, group.end_s) if groups else group)
    return groups


def _pieces(span: Span, clip_s: float) -> list[Span]:
    count = max(1, math.ceil(span.length_s / clip_s - 1e-6))
    edges = [seconds(span.start_s + span.length_s * part / count) for part in range(count)] + [span.end_s]
    return [Span(start, end) for start, end in zip(edges, edges[1:], strict=False)]
