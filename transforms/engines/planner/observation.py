"""What a tool answered, read back from its text: the planner knows no more than a model would."""

import re
from dataclasses import dataclass
from typing import Literal

from schemas.span import Span

Sense = Literal["see", "hear", "picture"]
"""Text on screen, speech, or what the picture looks like."""

_SPAN = r"\[(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)\]"
_CLIP = re.compile(rf"^{_SPAN}$")
_CLIP_TEXT = re.compile(r'^  text on screen: "(.*)"$')
_CLIP_SEEN = re.compile(r"^  seen: (.*)$")
_TEXT = re.compile(rf'^{_SPAN} text on screen: "(.*)"$')
_SEEN = re.compile(rf"^{_SPAN} seen: (.*)$")
_SAID = re.compile(rf'^{_SPAN} (?:said: )?"(.*)"$')
_PART = re.compile(rf"^(\d+(?:,\d+)*) {_SPAN}$")
_WINDOW = re.compile(r"\b[Ff]rom (\d+(?:\.\d+)?) s to (\d+(?:\.\d+)?) s")
_LASTS = re.compile(r"\blasts (\d+(?:\.\d+)?) s\b")
_ENDS = re.compile(r"\b(?:ends at|to) (\d+(?:\.\d+)?) s\b")
_NOTHING = re.compile(r"^(?:No clip matches|No speech matches|The video has no speech|Nothing is said from)")
_HEADING = re.compile(r"^(?:\d+ matching |From |Speech from |Caption of |The video lasts )")

TOUCH_S = 0.15
"""Tools write times with one decimal, so that two equal times may differ by this much."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something seen or heard. `window` is the stretch that was looked at closely, None for a search's answer.

    A line's span is cut to its window: it may stay longer than was looked at. Speech is never cut.
    """

    span: Span
    text: str
    sense: Sense
    window: Span | None = None


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
    """A tool's answer. `understood` is False for errors and for texts of no known form; `parts` are those of a part of
    the tree of captions, by their paths."""

    tool: str
    text: str
    understood: bool
    window: Span | None = None
    clips: tuple[Clip, ...] = ()
    items: tuple[Item, ...] = ()
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
    items = [item for item in (_item(line, window) for line in lines[1:]) if item is not None]
    return Observation(tool, text, True, window, items=tuple(items), parts=_parts(lines[1:]))


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


def _window(line: str) -> Span | None:
    found = _WINDOW.search(line)
    return _span(found[1], found[2]) if found else None


def _span(start: str, end: str) -> Span | None:
    return Span(float(start), float(end)) if float(start) <= float(end) < float("inf") else None
