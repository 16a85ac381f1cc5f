"""overview: the whole video at a glance. It also opens every conversation, before the first call."""

from schemas.span import Span
from transforms.tools.base import Arguments, Face, FrameRequest, Look, Observation, Tool, View, clock
from transforms.tools.caption_zoom import frames_text
from transforms.tools.scene import Scene

MOST_PARTS = 24
"""Scenes that are told of, or clips where the captioner tells of no scenes."""


class Overview(Arguments):
    pass


async def read(scene: Scene, args: Overview) -> Observation:
    timeline = scene.timeline
    summaries = [c for c in timeline.captions if c.level == "video" and c.sure]
    scenes = [c for c in timeline.captions if c.level == "scene" and c.sure]
    parts = scenes or [c for c in timeline.captions if c.level == "clip" and c.sure]
    step = max(1, -(-len(parts) // MOST_PARTS))
    shown = parts[::step]
    rows = [duration_text(timeline.duration_s), *(c.text for c in summaries)]
    rows += [f"{clock(c.span)} seen: {c.text}" for c in shown]
    ids = tuple(c.id for c in [*summaries, *shown])
    return Observation("\n".join(rows), (Span(0.0, timeline.duration_s),), ids)


def look(observation: Observation, args: Overview, view: View) -> Look:
    (span,) = observation.spans
    pts = view.choose(span, view.frames)
    if not pts:
        return Look(duration_text(span.end_s))
    text = f"{duration_text(span.end_s)} {frames_text(pts)}"
    return Look(text, (), tuple(FrameRequest(t, None, view.pixels_per_frame) for t in pts))


def duration_text(duration_s: float) -> str:
    return f"The video lasts {duration_s:.1f} s."


TOOL = Tool(
    Overview,
    Face("overview", "Describes the whole video in short, clip by clip: the same list that came with the question."),
    Face("overview", "Shows a few frames spread over the whole video, with their times in seconds."),
    read,
    look,
    shows=True,
)
