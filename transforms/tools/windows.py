"""Which windows of the picture may be opened: of a sensible length, and not one that was opened before.

The teacher is held to it as it explores, and verifiers hold every conversation to the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from schemas.chat import Call, read_json
from schemas.settings import Verify
from schemas.source import Box
from schemas.span import Span, iou

SHORT_S = 20.0
"""So much may be opened at once of any video: half of a short one is less than two clips, and what one would watch."""

_WRITTEN_S = 0.1
"""Windows are written with one decimal, and need not be stricter than that."""

_HAIR_S = 1e-6
"""64.6 - 63.6 is a hair less than 1."""

FAR_S = 1e12
"""No video lasts so long."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Shortest and longest window in seconds, and the IoU above which one was opened before."""

    shortest_s: float
    longest_s: float
    most_alike: float

    def is_short(self, span: Span) -> bool:
        return span.length_s < self.shortest_s - _HAIR_S

    def is_long(self, span: Span) -> bool:
        return span.length_s > self.longest_s + _WRITTEN_S

    def refusal(self, wanted: Span, opened: Iterable[Span]) -> str:
        """What the teacher is told of a window that may not be opened; empty when it may. `opened` are those of the
        same tool."""
        if self.is_short(wanted) or self.is_long(wanted):
            bounds = f"at least {self.shortest_s:g} s and at most {self.longest_s:.1f} s"
            return f"The window must be {bounds} long, but this one is {wanted.length_s:g} s long."
        alike = [span for span in opened if iou(span, wanted) > self.most_alike]
        if alike:
            before = f"{alike[0].start_s:g} to {alike[0].end_s:g} s"
            told = f"You looked from {before}, which is nearly the same: its result stands above."
            return f"{told} Look elsewhere, or answer."
        return ""


def windows_of(duration_s: float, settings: Verify) -> Windows:
    """What is allowed in a video of that length."""
    longest_s = min(max(duration_s * settings.window_share, SHORT_S), settings.window_max_s)
    # Of a video of two seconds a window of one is half. Some window is always allowed.
    shortest_s = min(settings.window_min_s, duration_s / 4, longest_s)
    return Windows(shortest_s, longest_s, settings.window_iou)


def arguments_of(call: Call) -> Mapping[str, Any]:
    """What a call is made with; nothing where that is no JSON object. Kept: many ask it of the same few calls."""
    return _arguments(call.arguments_json)


def window_of(call: Call) -> Span | None:
    """The window that a zoom asks for; None for other calls, and for one that ends before it starts."""
    return _window(call.arguments_json)


@lru_cache(maxsize=4096)
def _arguments(arguments_json: str) -> Mapping[str, Any]:
    try:
        arguments = read_json(arguments_json)
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}


@lru_cache(maxsize=4096)
def _window(arguments_json: str) -> Span | None:
    arguments = _arguments(arguments_json)
    start_s, end_s = (_time(arguments.get(name)) for name in ("start_s", "end_s"))
    return Span(start_s, end_s) if 0 <= start_s <= end_s else None


def moment_of(call: Call) -> Span | None:
    """The moment that a call asks for, as a span without length; None for other calls."""
    t_s = _time(arguments_of(call).get("t_s"))
    return Span(t_s, t_s) if t_s >= 0 else None


def box_of(call: Call) -> Box | None:
    """The region of the picture that a call asks for; None for other calls."""
    arguments = arguments_of(call)
    if "x0" not in arguments:
        return None
    edges = [arguments.get(name) for name in ("x0", "y0", "x1", "y1")]
    numbers = [float(edge) for edge in edges if isinstance(edge, int | float)]
    if len(numbers) < len(edges):
        return None
    x0, y0, x1, y1 = numbers
    return x0, y0, x1, y1


def _time(value: Any) -> float:
    """A time in seconds; -1 for what is none."""
    is_time = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < FAR_S
    return float(value) if is_time else -1.0
