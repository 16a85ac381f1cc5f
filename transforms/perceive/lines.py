"""From the readings of single screens to lines of text that last: what persists is one item with one span."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from schemas.span import Span, seconds
from schemas.timeline import TextLine
from transforms.engines.ocr import OcrLine
from transforms.perceive.follow import CLEAR, Followed, follow
from transforms.perceive.fragments import whole_lines

Reading = tuple[float, float, tuple[OcrLine, ...]]
"""From when until when what a picture shows is taken to be there (seconds), and its lines."""

GAP_S = 1.5
"""A text that a screen in between did not show is taken to have stayed: OCR misses a line now and then."""
_LEAST_ALNUM = 2


def join_lines(
    readings: Sequence[Reading], duration_s: float, engine_name: str, min_score: float
) -> tuple[TextLine, ...]:
    """Joins readings, in order of time, into lines; each is there until the next one is.

    A line goes on while each next reading says the same text, or nearly the same at the same place with the same
    digits; near-twins that differ in a digit, or that are both read surely, stay apart. Its text and score are those of
    its best reading, its box that of its first. `sure` needs `min_score`, at least two letters or digits, and none that
    is not clear.
    """
    opened: list[Followed] = []
    done: list[Followed] = []
    for start_s, end_s, lines in readings:
        done += [line for line in opened if _is_gone(line, start_s)]
        opened = [line for line in opened if not _is_gone(line, start_s)]
        opened += follow(opened, lines, start_s, end_s)
    ended = [replace(line, end_s=min(line.end_s, duration_s)) for line in done + opened]
    next_s = {before[1]: after[0] for before, after in pairwise(readings)}
    whole = whole_lines([line for line in ended if seconds(line.start_s) < seconds(line.end_s)], next_s)
    whole.sort(key=lambda line: (line.start_s, line.box[1], line.box[0], line.best.text))
    return tuple(
        TextLine(
            id=f"t{number}",
            span=Span(seconds(line.start_s), seconds(line.end_s)),
            text=line.best.text,
            box=line.box,
            score=line.best.score,
            sure=_sure(line.best, min_score),
            engine=engine_name,
        )
        for number, line in enumerate(whole, 1)
    )


def _is_gone(line: Followed, read_s: float) -> bool:
    return line.missed and read_s - line.end_s > GAP_S


def _sure(line: OcrLine, min_score: float) -> bool:
    letters = sum(c.isalnum() for c in line.text)
    return line.score >= min_score and line.weakest >= CLEAR and letters >= _LEAST_ALNUM
