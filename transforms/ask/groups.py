"""Sets of choices that do not betray which of them is right.

A set is formed before anything is asked about it, by likeness of form, and then any of its members is asked for. So no
member is right because of how it looks: whatever rule a guesser follows, it is right as often as chance.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from transforms.ask.readable import content_words, weight

SIZE, LEAST = 4, 3
"""Choices of a question: four, or three where a video holds no more that fit together."""

MOST_UNEVEN = 3.0
"""The longest choice of a set has at most this many times the letters of the shortest."""


class Item(Protocol):
    @property
    def text(self) -> str: ...


T = TypeVar("T", bound=Item)


def sets_of(items: Iterable[T], apart: Callable[[T, T], bool]) -> list[tuple[T, ...]]:
    """Disjoint sets of `LEAST` to `SIZE` items of like form, near-twins together; any two of a set are `apart`.

    What finds no set among its like is put together with others in a second round.
    """
    ordered = sorted(items, key=lambda item: (_form(item.text), item.text))
    alike = _first_fit(ordered, lambda a, b: apart(a, b) and _form(a.text)[:2] == _form(b.text)[:2])
    rest = [item for group in alike if len(group) < LEAST for item in group]
    mixed = _first_fit(rest, apart)
    return [tuple(group) for group in (*alike, *mixed) if len(group) >= LEAST]


def _first_fit(items: Iterable[T], fit: Callable[[T, T], bool]) -> list[list[T]]:
    groups: list[list[T]] = []
    waiting: list[list[T]] = []
    for item in items:
        for group in waiting:
            if all(fit(item, other) and _even(item.text, other.text) for other in group):
                group.append(item)
                break
        else:
            group = [item]
            groups.append(group)
            waiting.append(group)
        if len(group) == SIZE:
            waiting.remove(group)
    return groups


def _form(text: str) -> tuple[bool, str, str, int]:
    """What a guesser sees without knowing anything: digits, case, the frame around numbers, length."""
    case = "upper" if text.isupper() else "lower" if text[:1].islower() else "mixed"
    frame = re.sub(r"\d", "0", text) if any(c.isdigit() for c in text) else ""
    return (bool(frame), case, frame, weight(text))


def given_away(answer: str, others: Sequence[str], quoted: str) -> bool:
    """Whether the question points at the answer: it shares more words with what is quoted than any other choice."""
    words = set(content_words(quoted))
    shared = [len(words.intersection(content_words(text))) for text in (answer, *others)]
    return shared[0] > 0 and shared[0] > max(shared[1:], default=0)


def _even(a: str, b: str) -> bool:
    short, long = sorted((weight(a), weight(b)))
    return long <= MOST_UNEVEN * short
