"""What a tool answered, read back from its text: the planner knows no more than a model would."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from schemas.span import Span

Sense = Literal["see", "hear", "picture"]
"""Text on screen, speech, or what the picture looks like."""

_SPAN = r"\[(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?\]"
_CLIP = re.compile(rf"^{_SPAN}$")
_CLIP_TEXT = re.compile(r'^  text on screen: "(.*)"$')
_CLIP_SEEN = re.compile(r"^  seen: (.*)$")
_TEXT = re.compile(rf'^{_SPAN} text on screen: "(.*)"$')
_SEEN = re.compile(rf"^{_SPAN} seen: (.*)$")
_SAID = re.compile(rf'^{_SPAN} (?:said: )?"(.*)"$')
_PART = re.compile(rf"^(\d+(?:,\d+)*) {_SPAN}$")
_WINDOW = re.compile(r"\b[Ff]rom (\d+(?:\.\d+)?) s to (\d+(?:\.\d+)?) s")
_FRAMES = re.compile(r"\b\d+ frames? at (\d+\.\d+(?:, \d+\.\d+)*) s:?$")
_LASTS = re.compile(r"\blasts (\d+(?:\.\d+)?) s\b")
_ENDS = re.compile(r"\b(?:ends at|to) (\d+(?:\.\d+)?) s\b")
_NOTHING = re.compile(r"^(?:No clip matches|No speech matches|The video has no speech|Nothing is said from)")
_HEADING = re.compile(r"^(?:\d+ matching |From |Speech from |Caption of |The video lasts )")

TOUCH_S = 0.15
"""Most tools write times with one decimal, so that two equal times may differ by this much."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something seen or heard. `window` is the stretch that was looked at closely, None for a search's answer.

    `shown` is from the first to the last frame that shows it; None where nothing tells of frames. The span reaches to
    the middle between these and the frames beside them, or to the ends of its window: it may stay longer than was
    looked at. Speech is never cut.
    """

    span: Span
    text: str
    sense: Sense
    window: Span | None = None
    shown: Span | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that a search found, with the texts it is said to show. None of them has been looked at yet."""

    span: Span
    lines: tuple[str, ...]
    looks: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Observation:
    """A tool's answer. `understood` is False for errors and for texts of no known form; `frames` are the times of those
    that a look shows; `parts` are those of a part of the tree of captions, by their paths."""

    tool: str
    text: str
    understood: bool
    window: Span | None = None
    clips: tuple[Clip, ...] = ()
    items: tuple[Item, ...] = ()
    frames: tuple[float, ...] = ()
    parts: tuple[tuple[str, Span], ...] = ()


NOTHING = Observation("", "", False)


def read_observation(tool: str, text: str) -> Observation:
    """A tool's text as values. Lines that have no known form are passed over: foreign text may hold anything."""
    lines = text.split("\n")
    if _NOTHING.match(text):
        return Observation(tool, text, True, _window(lines[0]))
    if not _HEADING.match(text):
        return Observation(tool, text, False)
    if tool == "clip_retrieval":
        return Observation(tool, text, True, clips=_clips(lines[1:]))
    window = _window(lines[0])
    listed = _FRAMES.search(lines[0])
    frames = tuple(map(float, listed[1].split(", "))) if listed else ()
    found = (item for item in (_item(line, window) for line in lines[1:]) if item is not None)
    items = tuple(_by_frames(item, window, frames) if window and frames else item for item in found)
    return Observation(tool, text, True, window, items=items, frames=frames, parts=_parts(lines[1:]))


def between(shown: Span, window: Span, frames: Sequence[float]) -> Span:
    """When something is there that frames show from the first to the last of some: each end is taken for the middle
    between the frames on both sides of it, or for the end of the window where no frame lies beyond."""
    before = [time_s for time_s in frames if window.start_s <= time_s < shown.start_s]
    after = [time_s for time_s in frames if shown.end_s < time_s <= window.end_s]
    start_s = (before[-1] + shown.start_s) / 2 if before else window.start_s
    end_s = (shown.end_s + after[0]) / 2 if after else window.end_s
    return Span(min(start_s, shown.start_s), max(end_s, shown.end_s))


def read_duration(text: str) -> float | None:
    """Seconds that the video lasts, from the overview or from an error that names its end."""
    found = _LASTS.search(text) or _ENDS.search(text)
    return float(found[1]) if found and float(found[1]) < float("inf") else None


def _clips(lines: list[str]) -> tuple[Clip, ...]:
    clips: list[Clip] = []
    for line in lines:
        head = _CLIP.match(line)
        span = _span(head[1], head[2]) if head else None
        if span is not None:
            clips.append(Clip(span, (), ()))
        elif clips:
            text, seen, last = _CLIP_TEXT.match(line), _CLIP_SEEN.match(line), clips[-1]
            if text:
                clips[-1] = Clip(last.span, (*last.lines, text[1]), last.looks)
            elif seen:
                clips[-1] = Clip(last.span, last.lines, (*last.looks, seen[1]))
    return tuple(clips)


def _parts(lines: list[str]) -> tuple[tuple[str, Span], ...]:
    named = (found for line in lines if (found := _PART.match(line)))
    return tuple((found[1], span) for found in named if (span := _span(found[2], found[3])) is not None)


def _item(line: str, window: Span | None) -> Item | None:
    senses: tuple[tuple[re.Pattern[str], Sense], ...] = ((_TEXT, "see"), (_SEEN, "picture"), (_SAID, "hear"))
    for pattern, sense in senses:
        found = pattern.match(line)
        span = _span(found[1], found[2]) if found else None
        if found and span is not None:
            return Item(span, found[3], sense, window)
    return None


def _by_frames(item: Item, window: Span, frames: Sequence[float]) -> Item:
    """What a look tells with the times of its frames."""
    return replace(item, span=between(item.span, window, frames), shown=item.span)


def _window(line: str) -> Span | None:
    found = _WINDOW.search(line)
    return _span(found[1], found[2]) if found else None


def _span(start: str, end: str | None) -> Span | None:
    end = end or start
    return Span(float(start), float(end)) if float(start) <= float(end) < float("inf") else None
