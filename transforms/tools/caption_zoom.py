"""caption_zoom: what is seen and written in a window. Grounded it is temporal_zoom: frames of the same window.

The teacher reads what these frames show and no more: a text that stands in none of them is not told, and of the others
the times of the first and the last frame that shows them. So it has to look closer where the deployed model has to.
"""

import asyncio

from pydantic import Field

from schemas.span import Span
from transforms.media.frames import displayed_at_all, during, spread
from transforms.tools.base import Arguments, Face, FrameRequest, Look, Observation, Tool, View, window
from transforms.tools.scene import Scene, captions_in, lines_in, meets

CLOSER = "seen for the question: "
"""Opens what was looked up for the one question, which stands on no timeline."""

NO_FRAMES = "No frames: the limit of frames for this conversation is reached."

MOST_CLOSER = 4
"""Clips of a window that are looked at for the question."""


class Zoom(Arguments):
    start_s: float = Field(description="Start of the window in seconds.")
    end_s: float = Field(description="End of the window in seconds.")


async def read(scene: Scene, args: Zoom) -> Observation:
    return await describe(scene, window(scene, args.start_s, args.end_s), scene.frames_per_call)


async def describe(scene: Scene, span: Span, frames: int) -> Observation:
    """What every zoom in time reads of a window that is shown in so many frames."""
    pts_s = spread(await scene.times(), span, frames)
    displayed = displayed_at_all(await scene.times(), pts_s)
    told: list[tuple[float, str, str]] = []

    def tell(item: Span, text: str, id: str) -> None:
        at_s = [pts for pts, shown in zip(pts_s, displayed, strict=True) if during(shown, item)]
        if at_s:
            told.append((at_s[0], f"{_when(at_s)} {text}", id))

    for caption in captions_in(scene.timeline, span):
        tell(caption.span, f"seen: {caption.text}", caption.id)
    for line in lines_in(scene.timeline, span):
        tell(line.span, f'text on screen: "{line.text}"', line.id)
    for clip, text in await _closer(scene, span):
        tell(clip, f"{CLOSER}{text}", "")
    rows = [row for _, row, _ in sorted(told, key=lambda one: one[0])]
    heading = f"From {span.start_s:.1f} s to {span.end_s:.1f} s, {frames_text(pts_s).removesuffix('.')}:"
    text = "\n".join([heading, *(rows or ["Nothing was noted."])])
    return Observation(text, (span,), tuple(id for _, _, id in told if id))


def _when(at_s: list[float]) -> str:
    """The first and the last of some times of frames."""
    return f"[{at_s[0]:.2f}-{at_s[-1]:.2f}]" if len(at_s) > 1 else f"[{at_s[0]:.2f}]"


async def _closer(scene: Scene, span: Span) -> list[tuple[Span, str]]:
    """What the clips of a window show of what the question is about; nothing of a window that is no close look."""
    within = [n for n, clip in enumerate(scene.timeline.clips) if meets(clip.span, span)]
    if scene.closer is None or len(within) > MOST_CLOSER:
        return []
    texts = await asyncio.gather(*(scene.closer(n) for n in within))
    return [(scene.timeline.clips[n].span, text) for n, text in zip(within, texts, strict=True)]


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
