"""A tree of captions over a video: three levels of equal parts, to find a place by going down instead of searching.

The shape is LongVideo-R1's (arXiv 2602.20913): a part is named by its path from the top, `2`, `2,1` or `2,1,4`,
counted from 1.
"""

from schemas.span import Span, seconds
from schemas.timeline import Caption, Timeline
from transforms.tools.scene import captions_in, meets

DEPTH = 3
LEAST_PARTS, MOST_PARTS = 4, 8
"""Parts that a video and each part is cut into, at least and at most."""

LEAF_S = 16.0
"""The smallest parts are about so long, where the number of parts lets them."""

MOST_CAPTIONS = 6
"""Captions that are told of one part: a few sentences each, they make the 200 to 400 words of a node."""

Path = tuple[int, ...]


def width(duration_s: float) -> int:
    """Into how many parts the video, and each of its parts, is cut."""
    return min(MOST_PARTS, max(LEAST_PARTS, round((duration_s / LEAF_S) ** (1 / DEPTH))))


def span_of(duration_s: float, path: Path) -> Span:
    """The stretch of a part; of the whole video where the path is empty. Every number must be from 1 to the width."""
    wide, start_s, length_s = width(duration_s), 0.0, duration_s
    for number in path:
        length_s /= wide
        start_s += (number - 1) * length_s
    return Span(seconds(start_s), seconds(min(start_s + length_s, duration_s)))


def parts_of(duration_s: float, path: Path) -> tuple[tuple[Path, Span], ...]:
    """The parts that a part is cut into, in order; none at the lowest level."""
    if len(path) >= DEPTH:
        return ()
    paths = ((*path, number) for number in range(1, width(duration_s) + 1))
    return tuple((part, span_of(duration_s, part)) for part in paths)


def captions_of(timeline: Timeline, span: Span) -> tuple[Caption, ...]:
    """A few captions of a stretch, in order: those of its clips, or of its scenes where there are too many clips."""
    told = captions_in(timeline, span)
    if len(told) > MOST_CAPTIONS:
        scenes = tuple(c for c in timeline.captions if c.level == "scene" and c.sure and meets(c.span, span))
        told = scenes or told
    return told[:: max(1, -(-len(told) // MOST_CAPTIONS))]


def spell(path: Path) -> str:
    return ",".join(map(str, path))
