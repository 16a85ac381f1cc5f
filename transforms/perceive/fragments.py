"""Lines that are only a line being typed, written, uncovered or wiped away, and the whole lines they belong to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from schemas.source import Box
from transforms.boxes import MOSTLY, share_within
from transforms.perceive.follow import MISREAD, Followed
from transforms.text import continues, digits, part_of, similar

FLEETING_S = 2.0
"""A part of a line is a fragment when it stays for no longer; what stays longer was meant to be read by itself."""


def whole_lines(lines: Sequence[Followed], next_s: Mapping[float, float]) -> list[Followed]:
    """The lines without fragments. A beginning that lacks little hands its time over to the whole line.

    `next_s` tells, of each moment at which a picture holds no longer, when the one read next does.
    """
    begin_at: defaultdict[float, list[Followed]] = defaultdict(list)
    end_at: defaultdict[float, list[Followed]] = defaultdict(list)
    for line in lines:
        begin_at[line.first_s].append(line)
        end_at[next_s.get(line.end_s, line.end_s)].append(line)
    becomes: dict[int, Followed] = {}
    whole: list[Followed] = []
    for line in sorted(lines, key=lambda line: (-line.first_s, line.box, line.best.text)):
        if line.end_s - line.first_s > FLEETING_S:
            whole.append(line)
            continue
        then_s = next_s.get(line.end_s, line.end_s)
        grown = next((other for other in begin_at[then_s] if _is_beginning(line, other)), None)
        if grown is not None:
            final = becomes[id(line)] = becomes.get(id(grown), grown)
            if final.start_s == then_s and _nearly(line.best.text, final.best.text):
                final.start_s = line.start_s
        elif not any(_is_rest(line, other) for other in end_at[line.first_s]):
            whole.append(line)
    return whole


def _is_beginning(line: Followed, other: Followed) -> bool:
    """Whether the other line stands where this one ended, and says more."""
    return continues(line.best.text, other.best.text) and _begin_together(line.last.box, other.box)


def _is_rest(line: Followed, other: Followed) -> bool:
    """Whether this line is what is left of the other one."""
    return part_of(line.best.text, other.best.text) and _inside(line.box, other.last.box)


def _nearly(beginning: str, text: str) -> bool:
    return digits(beginning) == digits(text) and similar(beginning, text) >= MISREAD


def _begin_together(a: Box, b: Box) -> bool:
    """Whether two boxes stand at the same height and begin at the same place, within a line's height."""
    height = min(a[3] - a[1], b[3] - b[1])
    return min(a[3], b[3]) - max(a[1], b[1]) >= height / 2 and abs(a[0] - b[0]) <= height


def _inside(part: Box, whole: Box) -> bool:
    """Whether most of one box lies within the other."""
    return share_within(part, whole) >= MOSTLY
