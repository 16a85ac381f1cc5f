"""Choosing "at random" without a random state: by the sha256 of what is chosen and why."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from schemas.codec import digest

T = TypeVar("T")


def rank(*seed: Any) -> int:
    """A number of 60 bits that hangs on the seed alone; the seed is plain data."""
    return int(digest(*seed)[:15], 16)


def pick(options: Sequence[T], *seed: Any) -> T:
    """One of the options, each as likely over many seeds."""
    return options[rank("pick", *seed) % len(options)]


def shuffled(options: Iterable[T], *seed: Any) -> list[T]:
    """The options in an order that hangs on the seed, every order as likely over many seeds."""
    ranked = [(rank("shuffle", n, *seed), n, option) for n, option in enumerate(options)]
    return [option for _, _, option in sorted(ranked, key=lambda entry: entry[:2])]
