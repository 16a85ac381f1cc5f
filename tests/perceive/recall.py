"""How much of the text that can be read is found: what reading fewer frames costs in lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.perceive.lines import Reading
from transforms.text import digits, same_text, similar

CERTAIN = 0.9
"""A line read once counts when it scored this much; below, it has to be read in two pictures."""

ALIKE = 0.85
NEAR_S = 2.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A distinct text and the stretches `(start_s, end_s)` in which the full reading shows it."""

    text: str
    shown: tuple[tuple[float, float], ...]


def wanted_lines(reference: Sequence[Reading], min_score: float) -> tuple[Wanted, ...]:
    """The distinct texts of a full reading that deserve to be found, in order of appearance.

    They have at least two letters or digits, and were read with `min_score` in two pictures or with `CERTAIN` in one.
    """
    groups: list[tuple[str, list[tuple[float, float]], list[float]]] = []
    for start_s, end_s, lines in reference:
        for line in lines:
            if line.score < min_score or sum(c.isalnum() for c in line.text) < 2:
                continue
            group = next((g for g in groups if same_text(g[0], line.text)), None)
            if group is None:
                group = (line.text, [], [])
                groups.append(group)
            group[1].append((start_s, end_s))
            group[2].append(line.score)
    return tuple(
        Wanted(text, tuple(sorted(set(shown))))
        for text, shown, scores in groups
        if len(set(shown)) >= 2 or max(scores) >= CERTAIN
    )


def lines_lost(wanted: Sequence[Wanted], ours: Sequence[Reading], min_score: float) -> tuple[Wanted, ...]:
    """The wanted texts that no line of ours says, or nearly says with the same digits, within two seconds."""
    return tuple(want for want in wanted if not any(_finds(want, reading, min_score) for reading in ours))


def _finds(want: Wanted, reading: Reading, min_score: float) -> bool:
    start_s, end_s, lines = reading
    if not any(start_s <= until + NEAR_S and since <= end_s + NEAR_S for since, until in want.shown):
        return False
    return any(line.score >= min_score and _alike(want.text, line.text) for line in lines)


def _alike(a: str, b: str) -> bool:
    return same_text(a, b) or (digits(a) == digits(b) and similar(a, b) >= ALIKE)
