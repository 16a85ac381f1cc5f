"""caption_zoom: what is seen and written in a window. Grounded it is temporal_zoom: frames of the same window."""

import asyncio

from pydantic import Field

from schemas.span import Span
from transforms.tools.base import Arguments, Face, FrameRequest, Look, Observation, Tool, View, clock_within, window
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
    return await describe(scene, window(scene, args.start_s, args.end_s))


async def describe(scene: Scene, span: Span) -> Observation:
    """What every zoom in time reads of a window."""
    captions, lines = captions_in(scene.timeline, span), lines_in(scene.timeline, span)
    rows = [(c.span, f"{clock_within(c.span, span)} seen: {c.text}") for c in captions]
    rows += [(x.span, f'{clock_within(x.span, span)} text on screen: "{x.text}"') for x in lines]
    rows += await _closer(scene, span)
    body = [row for _, row in sorted(rows, key=lambda pair: max(pair[0].start_s, span.start_s))]
    heading = f"From {span.start_s:.1f} s to {span.end_s:.1f} s:"
    text = "\n".join([heading, *(body or ["Nothing was noted."])])
    return Observation(text, (span,), tuple([c.id for c in captions] + [x.id for x in lines]))


async def _closer(scene: Scene, span: Span) -> list[tuple[Span, str]]:
    """What the clips of a window show of what the question is about; nothing of a window that is no close look."""
    within = [n for n, clip in enumerate(scene.timeline.clips) if meets(clip.span, span)]
    if scene.closer is None or len(within) > MOST_CLOSER:
        return []
    texts = await asyncio.gather(*(scene.closer(n) for n in within))
    spans = [scene.timeline.clips[n].span for n in within]
    return [(of, f"{clock_within(of, span)} {CLOSER}{text}") for of, text in zip(spans, texts, strict=True)]


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
    Face("caption_zoom", "Describes what is seen between two times of the video and quotes the text on screen."),
    Face("temporal_zoom", "Shows frames of the video between two times, evenly spread, with their times in seconds."),
    read,
    look,
    shows=True,
)
