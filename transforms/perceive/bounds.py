"""When text really came: it is looked for in samples, and comes between two of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from schemas.scan import FrameTimes, Scan
from schemas.span import Span

_MS = 0.001
"""Shots begin at a frame's time rounded up to the millisecond (`transforms/perceive/shots.py`)."""


def came_at(read_s: float, samples_s: Sequence[float], cuts_s: Sequence[float], frames_s: Sequence[float]) -> float:
    """When what the sample at `read_s` shows, and the one before it does not, came on screen, in seconds.

    With the frame itself, where no other was displayed since the sample before: of slides, say, or of a screen that was
    recorded when it changed. Else at the cut between the two samples (the last, if there are several); without one,
    halfway between them. On the sample videos that is 0.07 s off on average and 0.4 s at most, at `sample_fps` 2. All
    sequences ascend; `frames_s` are all displayed frames. What the first sample shows is there from its time on.
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
    return (before_s + read_s) / 2


def screen_spans(scan: Scan, times: FrameTimes) -> list[Span]:
    """From when until when each screen's text stays: until the next one's comes, or the video ends. `times` are the
    scan's."""
    samples_s = [sample.pts_s for sample in scan.samples]
    cuts_s = [shot.start_s for shot in scan.shots[1:]]
    starts = [came_at(screen.pts_s, samples_s, cuts_s, times.pts_s) for screen in scan.screens]
    return [Span(start, end) for start, end in zip(starts, [*starts[1:], scan.duration_s], strict=True)]
