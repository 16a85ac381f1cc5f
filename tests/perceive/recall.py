"""How much of the text that can be read is found: what reading fewer frames costs in lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.source import Box
from transforms.engines.ocr import OcrLine
from transforms.perceive.follow import SAME_PLACE, iou
from transforms.perceive.lines import Reading
from transforms.text import digits, same_text, similar

CERTAIN = 0.9
"""A line read once counts when it scored this much; below, it has to be read in two pictures."""

ALIKE = 0.85
ALIKE_THERE = 0.5
"""Edit similarity from which a text at the very place is the same line read otherwise: OCR reads print that is too
small for it in another way on every picture, which says nothing about the choice of pictures."""
NEAR_S = 2.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A distinct text, the stretches `(start_s, end_s)` in which the full reading shows it, and where."""

    text: str
    shown: tuple[tuple[float, float], ...]
    boxes: tuple[Box, ...]


def wanted_lines(reference: Sequence[Reading], min_score: float) -> tuple[Wanted, ...]:
    """The distinct texts of a full reading that deserve to be found, in order of appearance.

    They have at least two letters or digits, and were read with `min_score` in two pictures or with `CERTAIN` in one.
    """
    groups: list[tuple[str, set[tuple[float, float]], list[OcrLine]]] = []
    for start_s, end_s, lines in reference:
        for line in lines:
            if line.score < min_score or sum(c.isalnum() for c in line.text) < 2:
                continue
            group = next((g for g in groups if same_text(g[0], line.text)), None)
            if group is None:
                group = (line.text, set(), [])
                groups.append(group)
            group[1].add((start_s, end_s))
            group[2].append(line)
    return tuple(
        Wanted(text, tuple(sorted(shown)), tuple(line.box for line in lines))
        for text, shown, lines in groups
        if len(shown) >= 2 or max(line.score for line in lines) >= CERTAIN
    )


def lines_lost(wanted: Sequence[Wanted], ours: Sequence[Reading], min_score: float) -> tuple[Wanted, ...]:
    """The wanted texts that no line of ours says within two seconds, be it read a little differently.

    Nearly the same letters with the same digits will do, at the very place half of them.
    """
    return tuple(want for want in wanted if not any(_finds(want, reading, min_score) for reading in ours))


def _finds(want: Wanted, reading: Reading, min_score: float) -> bool:
    start_s, end_s, lines = reading
    if not any(start_s <= until + NEAR_S and since <= end_s + NEAR_S for since, until in want.shown):
        return False
    return any(line.score >= min_score and _is(want, line) for line in lines)


def _is(want: Wanted, line: OcrLine) -> bool:
    if same_text(want.text, line.text):
        return True
    there = any(iou(box, line.box) >= SAME_PLACE for box in want.boxes)
    return digits(want.text) == digits(line.text) and similar(want.text, line.text) >= (ALIKE_THERE if there else ALIKE)
