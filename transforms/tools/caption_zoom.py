"""caption_zoom: what is seen and written in a window. Grounded it is temporal_zoom: frames of the same window.

The teacher reads what these frames show and no more: a text that stands in none of them is not told, and of the others
the times of the first and the last frame that shows them. So it has to look closer where the deployed model has to.
"""

import asyncio
from collections.abc import Callable

from pydantic import Field

from schemas.span import Span
from transforms.media.frames import displayed_at_all, during, spread
from transforms.tools.base import NO_FRAMES, Arguments, Face, FrameRequest, Look, Observation, Tool, View, window
from transforms.tools.scene import Scene, captions_in, lines_in, meets

CLOSER = "seen for the question: "
"""Opens what was looked up for the one question, which stands on no timeline."""

MOST_CLOSER = 4
"""Clips of a window that are looked at for the question."""


class Zoom(Arguments):
    start_s: float = Field(description="Start of the window in seconds.")
    end_s: float = Field(description="End of the window in seconds.")


async def read(scene: Scene, args: Zoom) -> Observation:
    return await describe(scene, window(scene, args.start_s, args.end_s), scene.frames_per_call)


async def describe(scene: Scene, span: Span, frames: int) -> Observation:
    """What every zoom in time reads of a window that is shown in so many frames."""
    times = await scene.times()
    pts_s = spread(times, span, frames)
    displayed = displayed_at_all(times, pts_s)

    def seen_at(item: Span) -> list[float]:
        return [time_s for time_s, at in zip(pts_s, displayed, strict=True) if during(at, item)]

    captions = [(seen_at(c.span), f"seen: {c.text}", c.id) for c in captions_in(scene.timeline, span)]
    lines = [(seen_at(x.span), f'text on screen: "{x.text}"', x.id) for x in lines_in(scene.timeline, span)]
    closer = [(at, f"{CLOSER}{text}", "") for at, text in await _closer(scene, span, seen_at)]
    told = sorted(((at, text, id) for at, text, id in [*captions, *lines, *closer] if at), key=lambda one: one[0][0])
    rows = [f"{_first_and_last(at)} {text}" for at, text, _ in told] or ["Nothing was noted."]
    heading = f"From {span.start_s:.1f} s to {span.end_s:.1f} s, {frames_text(pts_s).removesuffix('.')}:"
    return Observation("\n".join([heading, *rows]), (span,), tuple(id for _, _, id in told if id))


def _first_and_last(at_s: list[float]) -> str:
    return f"[{at_s[0]:.2f}-{at_s[-1]:.2f}]" if len(at_s) > 1 else f"[{at_s[0]:.2f}]"


async def _closer(scene: Scene, span: Span, seen_at: Callable[[Span], list[float]]) -> list[tuple[list[float], str]]:
    """What the clips of a window show of what the question is about; nothing of a window that is no close look."""
    clips = [n for n, clip in enumerate(scene.timeline.clips) if meets(clip.span, span)]
    if scene.closer is None or len(clips) > MOST_CLOSER:
        return []
    shown = [(n, at) for n in clips if (at := seen_at(scene.timeline.clips[n].span))]
    texts = await asyncio.gather(*(scene.closer(n) for n, _ in shown))
    return [(at, text) for (_, at), text in zip(shown, texts, strict=True)]


def look(observation: Observation, args: Zoom, view: View) -> Look:
    (span,) = observation.spans
    return showing(span, view.choose(span, view.frames), view.pixels_per_frame)


def showing(span: Span, pts_s: tuple[float, ...], max_pixels: int) -> Look:
    """What every zoom in time shows of a window: its frames at these times."""
    if not pts_s:
        return Look(NO_FRAMES)
    return Look(frames_text(pts_s), (span,), tuple(FrameRequest(t, None, max_pixels) for t in pts_s))


def frames_text(pts_s: tuple[float, ...]) -> str:
    """The sentence that goes with frames: their times, in the order of the frames."""
    frames = "frame" if len(pts_s) == 1 else "frames"
    return f"{len(pts_s)} {frames} at " + ", ".join(f"{t:.2f}" for t in pts_s) + " s."


TOOL = Tool(
    Zoom,
    Face(
        "caption_zoom",
        "Describes what frames between two times of the video show, evenly spread, and quotes the text on screen, with"
        " the times of the first and the last frame that shows it.",
    ),
    Face("temporal_zoom", "Shows frames of the video between two times, evenly spread, with their times in seconds."),
    read,
    look,
    shows=True,
)
