"""When text really came: it is looked for in samples, and comes between two of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from schemas.scan import Scan
from schemas.span import Span

_MS = 0.001
"""Shots begin at a frame's time rounded up to the millisecond (`transforms/perceive/shots.py`)."""
_SUDDEN = 5.0
"""How many times the mean of the other changes between two samples the change is with which text appears at once. On
real footage (lectures, an explainer, a trailer, clips with burnt-in subtitles) with such a change, every frame of which
was read, 64 of 86 lines came or went with that very frame and 71 within two frames of it; halfway between the samples
would have been 0.16 s off on average."""
_LEAST = 0.01
"""Added to that mean, in grey levels: next to perfect stillness any change would be sudden."""


def came_at(
    read_s: float,
    samples_s: Sequence[float],
    cuts_s: Sequence[float],
    changes: Sequence[tuple[float, float]],
    frames_s: Sequence[float],
) -> float:
    """When what the sample at `read_s` shows, and the one before it does not, came on screen, in seconds.

    With the frame itself, where no other was displayed since the sample before: of slides, say, or of a screen that was
    recorded when it changed. Else at the cut between the two samples (the last, if there are several); without one, at
    the one sudden change between them; without that, halfway between them. All sequences ascend; `changes` are those of
    the picture, in grey levels, each with the time by which it had happened (`ShotDetector.changes`), and `frames_s`
    all displayed frames. What the first sample shows is there from its time on.
    """
    at = bisect_left(samples_s, read_s)
    if at == 0:
        return read_s
    before_s = samples_s[at - 1]
    if bisect_right(frames_s, before_s) >= bisect_left(frames_s, read_s):
        return read_s
    cut = bisect_right(cuts_s, read_s + _MS) - 1
    if cut >= 0 and cuts_s[cut] > before_s + _MS:
        return cuts_s[cut]
    sudden_s = _sudden(before_s, read_s, changes)
    return (before_s + read_s) / 2 if sudden_s is None else sudden_s


def _sudden(before_s: float, read_s: float, changes: Sequence[tuple[float, float]]) -> float | None:
    """The time of the one change after the first time, and until the second, that stands out from the others."""
    between = changes[bisect_right(changes, before_s, key=_time) : bisect_right(changes, read_s, key=_time)]
    if len(between) < 3:
        return None
    time_s, most = max(between, key=_size)
    others = (sum(map(_size, between)) - most) / (len(between) - 1)
    return time_s if most >= _SUDDEN * (others + _LEAST) else None


def _time(change: tuple[float, float]) -> float:
    return change[0]


def _size(change: tuple[float, float]) -> float:
    return change[1]


def screen_spans(scan: Scan) -> list[Span]:
    """From when until when each screen's text stays: until the next one's comes, or the video ends."""
    starts = [screen.came_s for screen in scan.screens]
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], scan.duration_s], strict=True)]
