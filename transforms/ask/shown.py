"""The lines on screen that questions may be about."""

from dataclasses import dataclass

from schemas.source import Box, Evidence
from schemas.span import Span, seconds
from schemas.timeline import TextLine, Timeline
from transforms.ask.likeness import EchoIndex
from transforms.ask.pick import rank
from transforms.ask.readable import readable_line, tidy

SHORTEST_S = 1.0
"""A line that is gone sooner is hardly read by a person, and by two sampled frames at most."""

LEAST_HEIGHT = 0.035
"""Of the picture. Smaller print is misread on small pictures and lost when frames are scaled to a model's budget."""

LEAST_SCORE = 0.9
"""Small print at 11 pixels was misread at 0.5 to 0.94 in trial footage; titles were read at 0.97 and more."""

STANDING = 0.7
"""Share of the video from which on a line is part of the furniture (logo, channel name) and says nothing of time."""

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
        and min(other.span.length_s, mine.span.length_s) < 2.0
        and max(other.span.start_s, mine.span.start_s) - min(other.span.end_s, mine.span.end_s) < 1.0
        and _same_place(mine.box, other.box)
        and len(mine.text) == len(other.text)
        and sum(a != b for a, b in zip(mine.text, other.text, strict=True)) == 1
        for other in lines
    )


def _same_place(a: Box, b: Box) -> bool:
    """Boxes that share at least half of the smaller one."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width > 0 and height > 0 and width * height >= 0.5 * smaller
