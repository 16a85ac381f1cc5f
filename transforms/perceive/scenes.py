"""Joining clips into scenes: the stretches between a clip and the whole video that are told of in short."""

import math
from collections.abc import Collection, Sequence

from schemas.span import Span

SCENE_S = 60.0
"""How long a scene is at most, before its ends move to cuts. Six clips of ten seconds are few enough to be summed up
without loss, and an hour makes sixty scenes, which still are summed up in one call."""
MOST_CLIPS = 24
"""Clips of one scene; where shots are short there are more scenes."""


def group_clips(
    clips: Sequence[Span], cuts: Collection[float], scene_s: float = SCENE_S, most: int = MOST_CLIPS
) -> tuple[range, ...]:
    """The positions of clips that make up each scene, in order, without gaps.

    `clips` follow one another, `cuts` are the seconds at which shots begin. The video is cut into equal stretches of
    at most `scene_s`; each edge moves to the nearest end of a clip that is a cut, or to the nearest end of any clip
    where there is no cut within half a stretch. Scenes of more than `most` clips are cut again, into equal numbers.

    Raises:
        ValueError: `scene_s` or `most` is not positive.
    """
    if scene_s <= 0 or most < 1:
        raise ValueError(f"scenes need a length and clips, not {scene_s} and {most}")
    if not clips:
        return ()
    start_s, length_s = clips[0].start_s, clips[-1].end_s - clips[0].start_s
    count = max(1, math.ceil(length_s / scene_s - 1e-6))
    edges = {_nearest(clips, cuts, start_s + length_s * n / count, length_s / count / 2) for n in range(1, count)}
    ends = sorted({0, *edges, len(clips)})
    return tuple(piece for first, end in zip(ends, ends[1:], strict=False) for piece in _pieces(first, end, most))


def _nearest(clips: Sequence[Span], cuts: Collection[float], at_s: float, reach_s: float) -> int:
    """The position of the clip that begins nearest to a time: at a cut where one is within reach."""
    inside = range(1, len(clips)) or range(1)
    at_cuts = [n for n in inside if clips[n].start_s in cuts and abs(clips[n].start_s - at_s) < reach_s]
    return min(at_cuts or inside, key=lambda n: (abs(clips[n].start_s - at_s), n))


def _pieces(first: int, end: int, most: int) -> list[range]:
    count = math.ceil((end - first) / most)
    edges = [first + (end - first) * n // count for n in range(count + 1)]
    return [range(start, stop) for start, stop in zip(edges, edges[1:], strict=False)]
