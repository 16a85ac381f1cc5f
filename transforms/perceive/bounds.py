"""When text on screen really changed: it is looked for in samples, and changes between two of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

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
_BESIDE_A_CUT = 1.0
"""Grey levels of a sudden change that is one beside a cut, too. Text that came or went there made 2.4 to 5.7 of them,
the coarser coding of a key frame, in which nothing changed, 0.2 to 0.6."""


def turn_at(
    read_s: float,
    samples_s: Sequence[float],
    cuts_s: Sequence[float],
    changes: Sequence[tuple[float, float]],
    frames_s: Sequence[float],
) -> Span:
    """From when what the sample before `read_s` shows is gone until what the one at `read_s` shows has come (seconds).

    Mostly one moment: that of the frame itself, where no other was displayed since the sample before (of slides, say,
    or of a screen that was recorded when it changed); else that of the cut between the two samples; without one, that
    of the one sudden change between them; without that, halfway between them. Of several cuts, or a cut and a sudden
    change, the first takes the old text away and the last brings the new one.

    All sequences ascend; `changes` are those of the picture, in grey levels, each with the time by which it had
    happened (`ShotDetector.changes`), and `frames_s` all displayed frames. What the first sample shows is there from
    its time on.
    """
    at = bisect_left(samples_s, read_s)
    if at == 0:
        return Span(read_s, read_s)
    before_s = samples_s[at - 1]
    if bisect_right(frames_s, before_s) >= bisect_left(frames_s, read_s):
        return Span(read_s, read_s)
    first, last = (bisect_right(cuts_s, edge_s + _MS) for edge_s in (before_s, read_s))
    # The change that the cut before made may be told by the frame after the sample.
    by_cuts = _changes_of(cuts_s[max(0, first - 1) : last], changes)
    cuts = cuts_s[first:last]
    moments_s = [*cuts, *_sudden(before_s, read_s, changes, by_cuts, _BESIDE_A_CUT if cuts else 0.0)]
    moments_s = moments_s or [(before_s + read_s) / 2]
    return Span(min(moments_s), max(moments_s))


def _changes_of(cuts_s: Sequence[float], changes: Sequence[tuple[float, float]]) -> set[int]:
    """The places of the changes that cuts make."""
    return {bisect_left(changes, cut_s - _MS, key=_time) for cut_s in cuts_s}


def _sudden(
    before_s: float, read_s: float, changes: Sequence[tuple[float, float]], by_cuts: set[int], least: float
) -> list[float]:
    """The time of the one change after the first time, and until the second, that stands out from the others and is of
    so many grey levels at least: none or one. The changes that the cuts make are none of them."""
    first, last = (bisect_right(changes, edge_s, key=_time) for edge_s in (before_s, read_s))
    between = [changes[n] for n in range(first, last) if n not in by_cuts]
    if len(between) < 3:
        return []
    time_s, most = max(between, key=_size)
    others = (sum(map(_size, between)) - most) / (len(between) - 1)
    return [time_s] if most >= max(least, _SUDDEN * (others + _LEAST)) else []


def _time(change: tuple[float, float]) -> float:
    return change[0]


def _size(change: tuple[float, float]) -> float:
    return change[1]


def screen_spans(turns: Sequence[Span], duration_s: float) -> list[Span]:
    """From when until when each of a video's screens holds, by the turns to each of them: what it shows has come, and
    is not gone yet; that of the last stays until the end. One that is gone within the millisecond to which a cut is
    rounded holds for no time."""
    ends_s = [*(turn.start_s for turn in turns[1:]), duration_s]
    return [Span(turn.end_s, max(turn.end_s, end_s)) for turn, end_s in zip(turns, ends_s, strict=False)]
