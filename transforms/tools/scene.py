"""What the tools work on: a timeline and its indexes."""

from dataclasses import dataclass

from schemas.span import Span
from schemas.timeline import Caption, Shot, Speech, TextLine, Timeline
from transforms.engines.embed import Embed, Index


@dataclass(frozen=True, slots=True)
class Scene:
    timeline: Timeline
    clip_index: Index
    speech_index: Index
    speech: tuple[Speech, ...]


def open_scene(timeline: Timeline, embed: Embed) -> Scene:
    """Indexes a timeline. Clips are found by what is seen and read in them, speech by what is said."""
    speech = tuple(item for item in timeline.speech if item.sure)
    clips = [
        " \n ".join(
            [c.text for c in captions_in(timeline, clip.span)] + [x.text for x in lines_in(timeline, clip.span)]
        )
        for clip in timeline.clips
    ]
    return Scene(timeline, embed.index(clips), embed.index([item.text for item in speech]), speech)


def lines_in(timeline: Timeline, span: Span) -> tuple[TextLine, ...]:
    """Lines that are sure and on screen for a moment of the span, in order of appearance."""
    return tuple(x for x in timeline.lines if x.sure and x.span.overlap_s(span) > 0)


def captions_in(timeline: Timeline, span: Span) -> tuple[Caption, ...]:
    return tuple(c for c in timeline.captions if c.level == "clip" and c.sure and c.span.overlap_s(span) > 0)


def clip_of(scene: Scene, position: int) -> Shot:
    return scene.timeline.clips[position]
