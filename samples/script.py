"""What a sample film is made of: scenes in a row, each with cards, moving shapes and spoken sentences.

Lengths and times are seconds; times inside a scene count from the start of the scene. Positions are fractions of the
picture, sizes are pixels.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from samples.backdrops import Backdrop

Place = tuple[float, float]
Move = Callable[[float], Place]
Align = Literal["left", "centre"]
Kind = Literal["circle", "square", "triangle"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card; `size` is the font size in pixels."""

    text: str
    size: int


@dataclass(frozen=True, slots=True)
class Card:
    """Lines of text that come and go together, centred on `at`. Without `panel` they stand on the backdrop itself."""

    lines: tuple[Line, ...]
    at: Place
    start_s: float
    end_s: float
    ink: str
    panel: str | None
    align: Align


@dataclass(frozen=True, slots=True)
class Shape:
    """One run of a shape: `move` takes how much of the run is over, 0..1, and gives the place of its centre."""

    kind: Kind
    color: str
    size: int
    start_s: float
    end_s: float
    move: Move
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence. Without `start_s` it follows the one before it in the scene, after a breath."""

    text: str
    start_s: float | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """From one hard cut to the next."""

    length_s: float
    backdrop: Backdrop
    cards: tuple[Card, ...] = ()
    shapes: tuple[Shape, ...] = ()
    says: tuple[Say, ...] = ()


@dataclass(frozen=True, slots=True)
class Film:
    """A whole film. `fps` is None for a variable frame rate."""

    name: str
    width: int
    height: int
    fps: int | None
    scenes: tuple[Scene, ...]


def card(
    at: Place,
    start_s: float,
    end_s: float,
    *lines: tuple[str, int],
    ink: str = "#1c2530",
    panel: str | None = "#f6f3ea",
    align: Align = "centre",
) -> Card:
    """A card from pairs of text and font size, dark on a light panel unless told otherwise."""
    return Card(tuple(Line(text, size) for text, size in lines), at, start_s, end_s, ink, panel, align)


def line_of_runs(shape: Shape, runs: int, pause_s: float) -> tuple[Shape, ...]:
    """The same run again and again, with the shape out of the picture for `pause_s` between two runs."""
    length_s = shape.end_s - shape.start_s
    starts = [shape.start_s + i * (length_s + pause_s) for i in range(runs)]
    return tuple(replace(shape, start_s=start, end_s=start + length_s) for start in starts)


def across(y: float, reverse: bool = False) -> Move:
    """From the left edge to the right one, or back, at height `y`."""
    return lambda part: (1 - part if reverse else part, y)


def down(x: float, top: float, bottom: float) -> Move:
    """Falls from `top` to `bottom` at `x`, ever faster."""
    return lambda part: (x, top + (bottom - top) * part * part)
