"""How many frames a zoom may ask for: what the teacher asks for is what grounding shows.

The teacher is held to it as it explores, and verifiers hold every conversation to the same.
"""

from collections.abc import Mapping
from math import floor
from typing import Any

from schemas.span import Span

_HAIR = 1e-6
"""0.7 s at 10 frames per second are a hair more than 7."""


def at_rate(length_s: float, fps: float) -> int:
    """Frames of a window at about that rate; one at least."""
    return max(1, floor(length_s * fps + 0.5))


def rate_refusal(length_s: float, fps: float, most: int) -> str:
    """What the teacher is told of a rate at which a window has more than `most` frames; empty when it has not, and when
    `most` is 0: that none is left to be shown is said by the zoom.

    VideoZoomer refuses (end - start) * fps above its limit in the same way.
    """
    if fps <= 0:
        return f"fps must be more than 0, not {fps:g}."
    if length_s * fps <= most + _HAIR or most < 1:
        return ""
    asked = f"{length_s:g} s at {fps:g} frames per second are {length_s * fps:g} frames"
    slower = floor(1000 * most / length_s) / 1000
    return (
        f"{asked}, but a call shows at most {most} frames. Ask for a shorter window, or an fps of at most {slower:g}."
    )


def count_refusal(frames: int, most: int) -> str:
    """What the teacher is told of a number of frames that is not from 1 to `most`; empty when it is, or `most` is 0."""
    if frames >= 1 and (frames <= most or most < 1):
        return ""
    return f"A call shows at most {most} frames: frames must be from 1 to {most}."


def refusal(arguments: Mapping[str, Any], window: Span, most: int) -> str:
    """Why a call with these arguments asks for more frames than it may; empty when it does not, or names no number."""
    fps, frames = arguments.get("fps"), arguments.get("frames")
    if isinstance(fps, int | float):
        return rate_refusal(window.length_s, fps, most)
    return count_refusal(frames, most) if isinstance(frames, int) else ""


def asked_frames(arguments: Mapping[str, Any], window: Span) -> int | None:
    """Frames that a call with these arguments asks for in its window; None where it names no number."""
    fps, frames = arguments.get("fps"), arguments.get("frames")
    if isinstance(fps, int | float):
        return at_rate(window.length_s, fps)
    return frames if isinstance(frames, int) else None
