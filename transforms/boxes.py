"""How boxes lie in one another."""

from schemas.source import Box

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
"""The whole picture."""

MOSTLY = 0.7
"""So much of a box lies in another that it is there: boxes of one text, read twice, differ by less."""


def share_within(part: Box, whole: Box) -> float:
    """Share (0 to 1) of a box's area that lies in another box."""
    width = min(part[2], whole[2]) - max(part[0], whole[0])
    height = min(part[3], whole[3]) - max(part[1], whole[1])
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / ((part[2] - part[0]) * (part[3] - part[1]))
