"""How much, how long and how often when a remote file is fetched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """A connection ends on which less than `least_bytes` come in `patience_s`: 17 kB a second, slower than which a
    video of a gigabyte takes most of a day. Five redirects are what the longest known chains of file hosts need (three)
    and some."""

    patience_s: float = 60.0
    least_bytes: int = 1_000_000
    redirects: int = 5


LIMITS = Limits()
