"""What the tools work on: a timeline and its indexes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from schemas.codec import from_json
from schemas.scan import FrameTimes
from schemas.settings import Ground, Verify
from schemas.span import Span
from schemas.timeline import Caption, Shot, Speech, TextLine, Timeline
from transforms.engines.embed import Embed, Index
from transforms.engines.web import Page
from transforms.store import Store
from transforms.tools.windows import Windows, windows_of


@dataclass(frozen=True, slots=True)
class Scene:
    """`ground` says how many frames a zoom in time shows, and `frames_left` how many the conversation may still show,
    None for as many as it likes. `times` reads the times of all frames, once: of an hour there are a hundred thousand,
    and not every conversation wants them. `closer` says what the clip at a position shows of what the one question is
    about that the scene is explored for, `inspector` what a window shows of what is asked of it, in the words of a
    tool, and `web` searches the web; None where the entry names nobody for it."""

    timeline: Timeline
    clip_index: Index
    speech_index: Index
    speech: tuple[Speech, ...]
    windows: Windows
    ground: Ground
    times: Callable[[], Awaitable[FrameTimes]]
    closer: Callable[[int], Awaitable[str]] | None = None
    inspector: Callable[[Span, str], Awaitable[str]] | None = None
    web: Callable[[str], Awaitable[tuple[Page, ...]]] | None = None
    frames_left: int | None = None

    @property
    def frames_per_call(self) -> int:
        """Most frames that the next call shows."""
        return self.most_of(self.ground.frames_per_call)

    def most_of(self, frames: int) -> int:
        """How many of so many frames may still be shown."""
        return frames if self.frames_left is None else min(frames, self.frames_left)


async def open_scene(
    timeline: Timeline, embed: Embed, store: Store, verify: Verify | None = None, ground: Ground | None = None
) -> Scene:
    """Indexes a timeline. Clips are found by what is seen and read in them, speech by what is said. What `verify` wants
    of windows and how many frames `ground` shows (None for their defaults), tools want too.

    Raises:
        EngineError: the engine that indexes did not do its work.
    """
    speech = tuple(item for item in timeline.speech if item.sure)
    clips = [
        " \n ".join(
            [c.text for c in captions_in(timeline, clip.span)] + [x.text for x in lines_in(timeline, clip.span)]
        )
        for clip in timeline.clips
    ]
    said = [item.text for item in speech]
    windows = windows_of(timeline.duration_s, verify or Verify())
    by_clip, by_speech = await embed.index(clips, store), await embed.index(said, store)

    read: list[FrameTimes] = []

    async def times() -> FrameTimes:
        if not read:
            read.append(from_json(FrameTimes, await store.aside(store.blob, timeline.times)))
        return read[0]

    return Scene(timeline, by_clip, by_speech, speech, windows, ground or Ground(), times)


MOMENT_S = 0.05
"""Most tools write times with one decimal: what shares less with a window would be told as lasting no time."""


def lines_in(timeline: Timeline, span: Span) -> tuple[TextLine, ...]:
    """Lines that are sure and on screen for a moment of the span, in order of appearance."""
    return tuple(x for x in timeline.lines if x.sure and meets(x.span, span))


def captions_in(timeline: Timeline, span: Span) -> tuple[Caption, ...]:
    return tuple(c for c in timeline.captions if c.level == "clip" and c.sure and meets(c.span, span))


def meets(item: Span, span: Span) -> bool:
    """Whether an item lasts for a moment of the span."""
    return item.overlap_s(span) >= min(MOMENT_S, item.length_s) > 0


def clip_of(scene: Scene, position: int) -> Shot:
    return scene.timeline.clips[position]
