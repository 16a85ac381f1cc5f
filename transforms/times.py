"""Stretches of time as people write them, and as rows spell them: in seconds from the first displayed frame."""

import re

from schemas.span import Span
from transforms.denial import denies

LATEST_S = 1e9
"""No video is longer, in seconds; a later time is counted in something else."""

_TIME = (
    r"(?:(?:(?P<h{n}>\d+):)?(?P<m{n}>\d+):(?P<s{n}>[0-5]\d(?:\.\d+)?)"
    r"|(?P<min{n}>\d+)\s*(?:m|min|mins|minutes?)\s*(?:and\s+)?(?P<sec{n}>\d+(?:\.\d+)?)"
    r"|(?P<only{n}>\d+(?:\.\d+)?))\s*(?:s|secs?|seconds?)?(?![\w:])"
)
_RANGE = re.compile(
    r"(?<![\w.:\-–])(?<!\d,)" + _TIME.replace("{n}", "1") + r"[\s\"']*"
    r"(?:(?:-|–|—|−|→|->|\.\.|,|;|to\b|until\b|till\b|and\b)[\s\"']*(?:at\s+)?(?:the\s+)?(?:end(?:_s|s)?\b[\s\"':=]*(?:at\s+)?)?"
    r"|end(?:_s|s)?\b[\s\"':=]*(?:at\s+)?)" + _TIME.replace("{n}", "2") + r"(?!\.\d|,\d|\s*[-–]\s*\d)",
    re.IGNORECASE,
)
_BETWEEN = r"\s*(?:s|secs?|seconds?)?\s*(?:-|–|—|−|→|->|to\b|until\b|till\b|and\b)\s*"
_DECIMAL_COMMAS = re.compile(
    rf"(?<![\d.,:])(\d+),(\d{{1,2}})({_BETWEEN})(\d+),(\d{{1,2}})(?![\d:]|[.,]\d)", re.IGNORECASE
)
_STRAY_COMMA = re.compile(rf"\d,\d+{_BETWEEN}\d|\d{_BETWEEN}\d+,\d", re.IGNORECASE)
"""A comma inside a number of a range, where the other number has none: it may part numbers or decimals."""


def parse_span(text: str) -> tuple[float, float] | None:
    """The one stretch of time that a text names, as (start, end) in seconds; None for none, several or a denied one.

    Both times are at most `LATEST_S`; that the end comes after the start is not checked.
    """
    plain = _DECIMAL_COMMAS.sub(r"\1.\2\3\4.\5", " ".join(text.split()))
    if _STRAY_COMMA.search(plain) or denies(plain) or re.search(r"\bor\b", plain, re.IGNORECASE):
        return None
    ranges = {(_time(m, "1"), _time(m, "2")) for m in _RANGE.finditer(plain)}
    span = ranges.pop() if len(ranges) == 1 else None
    return span if span is not None and max(span) <= LATEST_S else None


def spell_span(span: Span) -> str:
    """A span as a row spells it, in seconds with one decimal, or up to three where it needs them: `12.0-18.525`."""
    return f"{_spell(span.start_s)}-{_spell(span.end_s)}"


def _spell(t_s: float) -> str:
    whole, decimals = f"{t_s:.3f}".split(".")
    return f"{whole}.{decimals.rstrip('0') or '0'}"


def _time(match: re.Match[str], side: str) -> float:
    units = {"h": 3600, "m": 60, "min": 60, "s": 1, "sec": 1, "only": 1}
    return sum(float(match[name + side] or 0) * weight for name, weight in units.items())
