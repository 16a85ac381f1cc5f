"""One line of text followed from screen to screen, though OCR reads it a little differently each time."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.source import Box
from transforms.engines.ocr import OcrLine
from transforms.text import digits, part_of, same_text, similar

MISREAD = 0.8
"""Edit similarity from which two readings at the same place are the same line, unless both are sure."""
_SURE = 0.95
"""OCR hardly ever scores this much on a misread word, so two such readings whose letters differ are two texts."""
CLEAR = 0.7
"""Of the lines of real footage (a trailer, an explainer, lectures, films) that scored 0.85 or more, those with a letter
under this were misread ("smaíl", "Foundatior", "M&viePy"), cut off or formulas, but for one in five; "licensor" was
once read as "ar licensor" with 0.74."""
_CUT_SHORT = 0.9
"""Edit similarity of a line and the same line without its end, which OCR misses at times."""
SAME_PLACE = 0.5
"""Intersection over union of boxes at the same place."""
_FARTHEST = 0.35
"""How far the same text may move between two readings, in parts of the picture's sides."""


@dataclass(slots=True)
class Followed:
    """A line as far as it has been followed, from its first reading. `last` is its latest, `best` its best reading;
    `missed` says that the picture read last did not show it."""

    first_s: float
    start_s: float
    end_s: float
    box: Box
    best: OcrLine
    last: OcrLine
    missed: bool = False


def follow(opened: Sequence[Followed], lines: Iterable[OcrLine], start_s: float, end_s: float) -> list[Followed]:
    """Extends open lines to `end_s` by what is read at `start_s`, best fits first; returns the lines that are new."""
    read = list(lines)
    fits = [(_fit(line, now), i, j) for i, line in enumerate(opened) for j, now in enumerate(read)]
    extended: set[int] = set()
    taken: set[int] = set()
    for fit, i, j in sorted(fits, key=lambda entry: (-entry[0], entry[1], entry[2])):
        if fit <= 0 or i in extended or j in taken:
            continue
        extended.add(i)
        taken.add(j)
        opened[i].end_s, opened[i].last = end_s, read[j]
        opened[i].best = _better(opened[i].best, read[j])
    for i, line in enumerate(opened):
        line.missed = i not in extended
    new = [now for j, now in enumerate(read) if j not in taken]
    return [Followed(start_s, start_s, end_s, now.box, now, now) for now in new]


def _better(best: OcrLine, now: OcrLine) -> OcrLine:
    """The reading whose letters are all clear; of two such, or of none, the one that scores more, or, where both are
    sure and one is cut short, the longer."""
    if (best.weakest >= CLEAR) != (now.weakest >= CLEAR):
        return max(best, now, key=lambda line: line.weakest)
    if min(best.score, now.score) >= _SURE and part_of(best.text, now.text):
        return now
    if min(best.score, now.score) >= _SURE and part_of(now.text, best.text):
        return best
    return now if now.score > best.score else best


def _fit(line: Followed, now: OcrLine) -> float:
    """How well a reading goes on with an open line: 0 not at all; the same text fits better than a similar one."""
    overlap, distance = iou(line.last.box, now.box), _distance(line.last.box, now.box)
    if same_text(line.best.text, now.text) or same_text(line.last.text, now.text):
        return 2.0 + overlap - distance if distance <= _FARTHEST else 0.0
    if line.missed or overlap < SAME_PLACE or not _may_be_misread(line.last, now):
        return 0.0
    if any(digits(text) != digits(now.text) for text in (line.best.text, line.last.text)):
        return 0.0
    alike = similar(line.last.text, now.text)
    return alike if alike >= MISREAD else 0.0


def _may_be_misread(a: OcrLine, b: OcrLine) -> bool:
    """Whether two readings that differ may be of one line: one is not sure, or they differ in signs or at an end."""
    if min(a.score, b.score) < _SURE or _letters(a.text) == _letters(b.text):
        return True
    cut_short = part_of(a.text, b.text) or part_of(b.text, a.text)
    return cut_short and similar(a.text, b.text) >= _CUT_SHORT


def _letters(text: str) -> str:
    """Letters and digits without the raised, lowered and mathematical signs that OCR sees or misses by chance."""
    return "".join(c for c in text.casefold() if unicodedata.category(c) in ("Ll", "Lo", "Nd"))


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def _distance(a: Box, b: Box) -> float:
    """Between the middles, in parts of the picture's width and height."""
    return float(((a[0] + a[2] - b[0] - b[2]) ** 2 + (a[1] + a[3] - b[1] - b[3]) ** 2) ** 0.5 / 2)
