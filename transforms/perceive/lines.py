"""From readings of single screens to lines of text that stay: one item with a span and a box for each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.source import Box
from schemas.span import Span, seconds
from schemas.timeline import TextLine
from transforms.engines.ocr import OcrLine
from transforms.perceive.recall import Reading
from transforms.text import digits, same_text, similar

GAP_S = 1.5
"""A line that one reading in between missed is still the same line."""

ALIKE = 0.85
"""Two readings of a line in the same place are the same text from this edit similarity on, if their digits agree."""

OVERLAP = 0.3
"""Intersection over the smaller box from which two lines stand in the same place."""


@dataclass
class _Item:
    start_s: float
    end_s: float
    box: Box
    readings: list[OcrLine] = field(default_factory=list)

    @property
    def best(self) -> OcrLine:
        return max(self.readings, key=lambda line: line.score)


def join_lines(readings: Sequence[Reading], duration_s: float, engine: str, min_score: float) -> tuple[TextLine, ...]:
    """Readings in order of time → lines with ids `t1`, `t2` and so on, in order of start and place.

    What a screen shows holds until the next reading. The best-scored reading of a line gives its text. A line is `sure`
    when that score is at least `min_score` and the text has two letters or digits.
    """
    items: list[_Item] = []
    for start_s, until_s, lines in readings:
        near = [item for item in items if start_s - item.end_s <= GAP_S]
        for line in lines:
            item = _same(line, near)
            if item is None:
                item = _Item(start_s, until_s, line.box)
                items.append(item)
            else:
                near.remove(item)
            item.end_s = until_s
            item.readings.append(line)
    ordered = sorted(items, key=lambda item: (item.start_s, item.box[1], item.box[0]))
    return tuple(
        TextLine(
            f"t{number}",
            Span(seconds(item.start_s), seconds(min(item.end_s, duration_s))),
            item.best.text,
            item.box,
            item.best.score,
            item.best.score >= min_score and sum(c.isalnum() for c in item.best.text) >= 2,
            engine,
        )
        for number, item in enumerate(ordered, 1)
    )


def _same(line: OcrLine, items: list[_Item]) -> _Item | None:
    """The item that the line is another reading of: the same text, or nearly the same in the same place."""
    exact = [item for item in items if same_text(item.best.text, line.text)]
    if exact:
        return max(exact, key=lambda item: _overlap(item.box, line.box))
    alike = [
        item
        for item in items
        if digits(item.best.text) == digits(line.text)
        and _overlap(item.box, line.box) >= OVERLAP
        and similar(item.best.text, line.text) >= ALIKE
    ]
    return max(alike, key=lambda item: similar(item.best.text, line.text)) if alike else None


def _overlap(a: Box, b: Box) -> float:
    """Intersection over the smaller of two boxes, 0 to 1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / smaller if smaller > 0 else 0.0
