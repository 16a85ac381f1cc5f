"""The lines on screen that questions may be about."""

from dataclasses import dataclass

from schemas.source import Box, Evidence
from schemas.span import Span, seconds
from schemas.timeline import TextLine, Timeline
from transforms.ask.likeness import EchoIndex
from transforms.ask.pick import rank
from transforms.ask.readable import readable_line, tidy
from transforms.text import digits, similar

SHORTEST_S = 1.0
"""A line that is gone sooner is hardly read by a person, and by two sampled frames at most."""

LEAST_HEIGHT = 0.035
"""Of the picture. Smaller print is misread on small pictures and lost when frames are scaled to a model's budget."""

LEAST_SCORE = 0.9
"""Small print at 11 pixels was misread at 0.5 to 0.94 in trial footage; titles were read at 0.97 and more."""

STANDING = 0.7
"""Share of the video from which on a line is part of the furniture (logo, channel name) and says nothing of time."""

AGAIN_S = 1.0
"""Two lines of one place with less time than this between them may be two readings of one text, in seconds."""

MISREAD = 0.8
"""Edit similarity from which on they may (the same as where readings are joined)."""

MOST = 240
"""Lines of one video that are considered; a day of news has thousands, and questions need a few dozen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A line that is surely read, makes sense, stays long enough, and is on screen once in the whole video."""

    text: str
    span: Span
    box: Box

    def seen(self, start_s: float = 0.0, end_s: float = float("inf")) -> Evidence:
        """Where it is read, of the stretch `[start_s, end_s)`."""
        span = Span(seconds(max(self.span.start_s, start_s)), seconds(min(self.span.end_s, end_s)))
        return Evidence(span, self.box, "screen", self.text)


def shown_lines(timeline: Timeline) -> tuple[Shown, ...]:
    """By start. A text that any other line of the video could be taken for is left out, sure or not."""
    texts = [tidy(line.text) for line in timeline.lines]
    good = [
        n
        for n, line in enumerate(timeline.lines)
        if line.sure
        and line.score >= LEAST_SCORE
        and line.box[3] - line.box[1] >= LEAST_HEIGHT
        and line.span.length_s >= SHORTEST_S
        and line.span.length_s < STANDING * timeline.duration_s
        and line.span.end_s <= timeline.duration_s + SHORTEST_S
        and readable_line(texts[n])
    ]
    if len(good) > MOST:
        good = sorted(good, key=lambda n: rank("line", timeline.video_id, timeline.lines[n].id))[:MOST]
    index = EchoIndex(texts)
    alone = [n for n in good if index.only(texts[n]) == n and not _flickers(timeline.lines, n)]
    kept = [Shown(texts[n], timeline.lines[n].span, timeline.lines[n].box) for n in alone]
    return tuple(sorted(kept, key=lambda line: (line.span, line.text)))


def _flickers(lines: tuple[TextLine, ...], n: int) -> bool:
    """Whether the line is one of several readings of one place that change within a moment: a clock, or bad OCR."""
    mine = lines[n]
    return any(
        other is not mine
        and _gap_s(mine.span, other.span) < AGAIN_S
        and _same_place(mine.box, other.box)
        and (_ticks(mine, other) or _is_misread(mine, other))
        for other in lines
    )


def _gap_s(a: Span, b: Span) -> float:
    """How long after the first of them the other begins; below 0 where they overlap."""
    return max(a.start_s, b.start_s) - min(a.end_s, b.end_s)


def _ticks(a: TextLine, b: TextLine) -> bool:
    """Whether one character has changed after a short while."""
    return (
        min(a.span.length_s, b.span.length_s) < 2.0
        and len(a.text) == len(b.text)
        and sum(x != y for x, y in zip(a.text, b.text, strict=True)) == 1
    )


def _is_misread(a: TextLine, b: TextLine) -> bool:
    """Whether two lines, of which one follows the other, may be one text of which a reading is wrong; which one is not
    known, however sure OCR is of both. Near-twins that differ in a number are two texts."""
    return _gap_s(a.span, b.span) >= 0 and digits(a.text) == digits(b.text) and similar(a.text, b.text) >= MISREAD


def _same_place(a: Box, b: Box) -> bool:
    """Boxes that share at least half of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width > 0 and height > 0 and width * height >= 0.5 * smaller
