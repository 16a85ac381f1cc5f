"""Which frame is on screen at a time, and fetching exact frames again."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from os import PathLike

import numpy as np

from schemas.errors import InputError
from schemas.scan import FrameTimes
from schemas.source import Box
from schemas.span import Span
from transforms.media.decode import Frame, open_video
from transforms.media.picture import EXACT, Scaler, crop, resize, upright, within_pixels

ROUNDED_S = 0.001
"""Spans are written to the millisecond."""


def frame_at(times: FrameTimes, t_s: float) -> float:
    """The presentation time of the frame displayed at `t_s`: the last that starts at or before it.

    Times outside the video give the first or the last frame.
    """
    return times.pts_s[number_at(times, t_s)]


def number_at(times: FrameTimes, t_s: float) -> int:
    """The number, from 0, of the frame displayed at `t_s`; times outside the video give the first or the last."""
    return max(0, bisect_right(times.pts_s, t_s) - 1)


def displayed_at(times: FrameTimes, t_s: float) -> tuple[float, float]:
    """From when until when the frame that is on screen at `t_s` is: it stays until the next one appears."""
    return displayed_at_all(times, [t_s])[0]


def displayed_at_all(times: FrameTimes, at_s: Iterable[float]) -> tuple[tuple[float, float], ...]:
    """`displayed_at` for each of several times: so many are asked for that calls would cost more than finding them."""
    pts_s, end_s, last = times.pts_s, times.duration_s, len(times.pts_s) - 1
    numbers = [bisect_right(pts_s, t_s, 1) - 1 for t_s in at_s]
    return tuple([(pts_s[number], pts_s[number + 1] if number < last else end_s) for number in numbers])


def during(displayed: tuple[float, float], span: Span) -> bool:
    """Whether what is displayed from one time until another is on screen at some time of the span.

    What is shared must be longer than what spans are rounded to, or text that came with a frame would be told of the
    frame before it too.
    """
    return displayed[0] + ROUNDED_S < span.end_s and displayed[1] - ROUNDED_S > span.start_s


def spread(times: FrameTimes, span: Span, n: int) -> tuple[float, ...]:
    """Presentation times of up to `n` distinct frames spread evenly over a span, ascending.

    The frames displayed in the middle, to the microsecond, of each of `n` equal parts. A frame that began before the
    span is replaced by the first one that begins in it; where none does (between two frames, in a gap, at the end or
    beyond it), the frame displayed at the span's start is all there is.

    Raises:
        ValueError: `n` is less than 1.
    """
    if n < 1:
        raise ValueError(f"at least one frame must be asked for, not {n}")
    first = bisect_left(times.pts_s, span.start_s)
    if first == len(times.pts_s) or times.pts_s[first] >= span.end_s:
        return (frame_at(times, span.start_s),)
    # A middle that is a frame's very start must not fall a hair before it.
    middles = (round(span.start_s + span.length_s * (part + 0.5) / n, 6) for part in range(n))
    return tuple(sorted({max(frame_at(times, middle), times.pts_s[first]) for middle in middles}))


def fetch(path: str | PathLike[str], wanted: Iterable[float]) -> Iterator[Frame]:
    """The frames with exactly these presentation times, ascending, in one pass that stops after the last of them.

    `wanted` are members of the video's `FrameTimes`.

    Raises:
        InputError: as `open_video`; `changed_video` when a time is not that of a frame: other bytes than were scanned.
    """
    left = sorted(set(wanted), reverse=True)
    if not left:
        return
    with open_video(path) as source:
        for frame in source.frames():
            if frame.pts_s == left[-1]:
                left.pop()
                yield frame
                if not left:
                    return
            elif frame.pts_s > left[-1]:
                break
        raise InputError(
            "changed_video",
            f"there is no frame at {left[-1]} s any more; this is not the file that was scanned, put that one back",
        )


def render(frame: Frame, max_pixels: int, box: Box | None = None) -> np.ndarray:
    """The displayed picture, or the part of it inside `box`, with at most `max_pixels` pixels, as upright RGB.

    Never enlarged. The same bytes on every processor.
    """
    view = frame.view
    if box is None:
        width, height = within_pixels(view.width, view.height, max_pixels)
        return upright(frame.raw, view, width, height, Scaler("rgb24", EXACT))
    part = crop(upright(frame.raw, view, view.width, view.height, Scaler("rgb24", EXACT)), box)
    return resize(part, *within_pixels(part.shape[1], part.shape[0], max_pixels))
