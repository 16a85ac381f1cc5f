"""Where the planner works: calls that were made are read from the conversation, the next one is made by raising it.

The rules are written as one straight run, from the question to the answer. At every turn they run again from the start:
a call that the conversation already holds gives its answer at once, the first one it does not hold is the next move.
So the planner keeps no state, makes no call twice, and when no call is allowed it runs to its answer with what it has.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import floor

from schemas.codec import canonical
from schemas.span import Span, iou, union
from transforms.engines.planner.observation import (
    NOTHING,
    TOUCH_S,
    Item,
    Observation,
    between,
    read_duration,
    read_observation,
)
from transforms.text import same_text

_SILENT = re.compile(r"The video has no speech\b")

SHORTEST_S = 1.0
"""Narrowest window: it still shows several different frames at usual rates."""

LONGEST_S = 12.0
"""Widest window for a close look: eight frames over it are 1.5 s apart."""


NEARLY = 0.65
"""Windows of the picture that overlap more are not both opened; entries refuse them from 0.7 on (`verify.window_iou`).
"""


FRAMES = 8
"""Frames that are asked for of a window, where a tool lets one choose."""

_MOST_FRAMES = re.compile(r"\bat most (\d+) frames\b")


class NextCall(Exception):
    """The rules need an answer that the conversation does not hold."""

    def __init__(self, name: str, arguments_json: str, reasoning: str) -> None:
        super().__init__(name, arguments_json)
        self.name = name
        self.arguments_json = arguments_json
        self.reasoning = reasoning


@dataclass(slots=True)
class Desk:
    """`held` maps (tool, canonical arguments) to the text that came back, `calls` is how many may be made in all."""

    tools: frozenset[str]
    held: Mapping[tuple[str, str], str]
    may_call: bool
    calls: int
    duration_s: float | None
    say: Callable[[str], str]
    """Puts a wish into words, after what is known so far."""

    seen: list[Observation] = field(default_factory=list)
    known: str = ""
    """The last finding in a sentence, until it is told."""

    frames: int = FRAMES
    """To ask for, where a tool lets one choose; fewer once an error has told so."""

    _spent: set[tuple[str, str]] = field(default_factory=set)

    @property
    def left(self) -> int:
        """Calls that may still be made, on the way that the rules have come so far."""
        return self.calls - len(self._spent)

    def clips(self, query: str, top_k: int, wish: str) -> Observation:
        if not query.strip():
            return NOTHING
        return self._call("clip_retrieval", {"query": query, "top_k": min(top_k, 10)}, wish)

    def phrases(self, query: str, top_k: int, wish: str) -> Observation:
        if not query.strip() or self.silent:
            return NOTHING
        return self._call("subtitle_retrieval", {"query": query, "top_k": min(top_k, 20)}, wish)

    def watch(self, span: Span, wish: Callable[[Span], str]) -> Observation:
        return self._zoom("caption_zoom", span, wish)

    def listen(self, span: Span, wish: Callable[[Span], str]) -> Observation:
        return NOTHING if self.silent else self._zoom("subtitle_zoom", span, wish)

    def caption(self, path: str, wish: str) -> Observation:
        return self._call("get_caption", {"path": path}, wish)

    def look_into(self, path: str, wish: str) -> Observation:
        return self._call("inspect_node", {"path": path, "question": _ANYTHING}, wish)

    @property
    def widest_s(self) -> float:
        """The widest window of the picture that entries let be opened (`verify.window_max_s`, `window_share`)."""
        return 20.0 if self.duration_s is None else min(max(20.0, self.duration_s / 2), 60.0)

    @property
    def looks(self) -> list[Span]:
        """The windows of the picture that were opened so far."""
        return [o.window for o in self.seen if o.tool == "caption_zoom" and o.window is not None]

    @property
    def shows(self) -> bool:
        """Whether a look gives frames in the end, and not the words of somebody who looked."""
        return self._offered("caption_zoom") not in ("", "inspect")

    def frame_times(self) -> list[float]:
        """When the frames are that the looks so far show, in order."""
        return sorted({time_s for observation in self.seen for time_s in observation.frames})

    @property
    def silent(self) -> bool:
        """Whether it is known that nobody speaks in the video."""
        return any(_SILENT.match(observation.text) for observation in self.seen)

    def items(self) -> list[Item]:
        """Everything seen and heard so far, pieces of one thing joined, in order of time."""
        items = [item for observation in self.seen for item in observation.items]
        return joined(items, self.looks, self.frame_times())

    def fit(self, span: Span) -> Span:
        """The span widened to `SHORTEST_S` and held to the video, with one decimal."""
        middle, half = span.middle_s, max(span.length_s, SHORTEST_S) / 2
        start, end = max(0.0, middle - half), middle + half
        if self.duration_s is not None and end > self.duration_s:
            start, end = max(0.0, min(start, self.duration_s - SHORTEST_S)), self.duration_s
        start, end = round(start, 1), round(end, 1)
        return Span(start, max(end, round(start + 0.5, 1)))

    def _zoom(self, tool: str, span: Span, wish: Callable[[Span], str]) -> Observation:
        window = self.fit(span)
        for before in self.seen:
            if before.tool == tool and before.window is not None:
                refused = tool == "caption_zoom" and iou(before.window, window) > NEARLY
                if refused or _as_good(before.window, window):
                    return before
        observation = self._open(tool, window, wish)
        most = _MOST_FRAMES.search(observation.text)
        if not observation.understood and most and 0 < int(most[1]) < self.frames:
            self.frames = int(most[1])
            observation = self._open(tool, window, wish)
        if not observation.understood and observation.text and self.duration_s is None:
            self.duration_s = read_duration(observation.text)
            again = self.fit(span)
            if self.duration_s is not None and again != window:
                return self._open(tool, again, wish)
        return observation

    def _open(self, tool: str, window: Span, wish: Callable[[Span], str]) -> Observation:
        arguments: dict[str, object] = {"start_s": window.start_s, "end_s": window.end_s}
        return self._call(tool, arguments | _closeness(self._offered(tool), window.length_s, self.frames), wish(window))

    def _offered(self, name: str) -> str:
        """The tool of that name, or another zoom where the plain one is not offered, or who looks for one and listens;
        empty when there is none."""
        if name in self.tools:
            return name
        zooms = sorted(tool for tool in self.tools if tool.startswith("caption_zoom_"))
        if name == "caption_zoom" and zooms:
            return zooms[0]
        return "inspect" if name in ("caption_zoom", "subtitle_zoom") and "inspect" in self.tools else ""

    def _call(self, name: str, arguments: dict[str, object], wish: str) -> Observation:
        """Raises:
        NextCall: the conversation does not hold this call, and it may be made.
        """
        tool = self._offered(name)
        if not tool:
            return NOTHING
        spelled = canonical(arguments)
        key = (tool, spelled)
        if key not in self.held:
            if self.may_call and self.left > 0:
                raise NextCall(tool, spelled, self.say(wish))
            return NOTHING
        observation = read_observation(name, self.held[key])
        if key not in self._spent:
            self._spent.add(key)
            self.known = ""
            self.seen.append(observation)
        return observation


_ANYTHING = "What is written, shown or said here?"


def _closeness(tool: str, length_s: float, frames: int) -> dict[str, object]:
    """What else a zoom is told, so that it shows so many frames; defaults too, which the conversation writes out."""
    if tool == "caption_zoom_fps":
        return {"fps": floor(100 * frames / length_s) / 100}
    if tool == "caption_zoom_frames":
        return {"frames": frames}
    if tool == "inspect":
        return {"question": _ANYTHING}
    return {"detail": "medium"} if tool == "caption_zoom_detail" else {}


def joined(items: Sequence[Item], looks: Sequence[Span], frames: Sequence[float]) -> list[Item]:
    """Pieces of one thing, seen through several windows, as one item; by time, then as they came. `frames` are those of
    all looks: what none of them shows any more has gone, though another look had its frames too far apart to tell."""
    done: list[Item] = []
    looked = union(looks)
    for item in sorted(items, key=lambda i: (i.shown or i.span).start_s):
        for at, other in enumerate(done):
            same = item.sense == other.sense and same_text(item.text, other.text)
            if same and _touch(item, other, looked, frames):
                done[at] = as_one(other, item)
                break
        else:
            done.append(item)
    return sorted((_seen_by_all(item, looked, frames) for item in done), key=lambda item: item.span.start_s)


def as_one(early: Item, late: Item) -> Item:
    """Two pieces of one text, and what lies between them."""
    span = Span(early.span.start_s, max(early.span.end_s, late.span.end_s))
    shown = early.shown or late.shown
    if early.shown and late.shown:
        shown = Span(early.shown.start_s, max(early.shown.end_s, late.shown.end_s))
    return Item(span, early.text, early.sense, early.window or late.window, shown)


def _seen_by_all(item: Item, looked: Sequence[Span], frames: Sequence[float]) -> Item:
    """The item, its ends between frames of whatever looks."""
    if item.shown is None:
        return item
    run = next((run for run in looked if run.start_s <= item.shown.start_s <= run.end_s), item.span)
    return replace(item, span=between(item.shown, run, frames))


def _as_good(had: Span, wanted: Span) -> bool:
    """A look that covers the wanted window and is hardly wider need not be made again."""
    return wanted.overlap_s(had) >= 0.95 * wanted.length_s and had.length_s <= 1.5 * wanted.length_s


def _touch(item: Item, other: Item, looked: Sequence[Span], frames: Sequence[float]) -> bool:
    """Speech comes whole, so that only the same phrase twice is one. Text on screen is one where looks have gone all
    the way from one piece to the other, and no frame in between is without it."""
    if item.sense == "hear":
        return item.span == other.span
    if item.shown is not None and other.shown is not None:
        apart = Span(other.shown.end_s, max(other.shown.end_s, item.shown.start_s))
        without = any(apart.start_s < time_s < apart.end_s for time_s in frames)
        return not without and any(run.start_s <= apart.start_s and apart.end_s <= run.end_s for run in looked)
    return item.span.start_s <= other.span.end_s + 2 * TOUCH_S
