"""What a video says and shows by itself, and what only its captions say: made ready once for all its trajectories."""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from schemas.source import Box
from schemas.span import Span
from schemas.timeline import Speech, TextLine, Timeline
from transforms.text import tokens

_QUOTED = re.compile(r'["“]([^"“”]+)["”]')

LEAK_WORDS = 6
"""So many words of a caption in a row are not chance (the overlap length that n-gram decontamination starts from)."""
LEAK_LETTERS = 16
"""And so many letters: in scripts that are written without spaces a token is one character, and six are chance."""
LEAK_CONTENT = 3
"""And so many words of four letters or more: `on the left side of the` is everybody's."""

SHORT_LETTERS = 10
"""A text on screen of several words, with so many letters and digits, is known from having seen it where it is quoted;
unquoted, two words may be anybody's."""

SLACK_S = 0.5
"""Text is on screen up to a sampling step longer than is known (`perceive.sample_fps`, `perceive/bounds.py`)."""


Place = tuple[Span, Box]
"""When a text may be on screen, and where in the picture."""

Telling = tuple[tuple[str, ...], str, tuple[Place, ...]]
"""The words of a text, the same with spaces between, and the places where it may be on screen."""


@dataclass(frozen=True, slots=True)
class Known:
    """`quotes` are the text on screen and the speech, line by line; `words` its words. `runs` are the runs of words
    that captions have, as `runs_of` gives them, and `openings` the words they begin with. `texts` are texts that one
    only knows from having seen or heard them, by their first word and their second (speech is at no place on screen);
    `short` are those on screen that tell this only where they are quoted, each with its places.
    `lines` are the words of every line, and the place where it may be on screen; `speech` is what is said, by its id,
    and `spoken` the words of that in quotes, where a minus at its beginning is none.
    """

    quotes: str
    words: str
    runs: frozenset[str]
    openings: frozenset[tuple[str, ...]]
    texts: Mapping[str, Mapping[str, tuple[Telling, ...]]]
    short: Mapping[str, tuple[Place, ...]]
    lines: tuple[tuple[str, Place], ...]
    speech: Mapping[str, Speech]
    spoken: Mapping[str, str]


_MOST_HELD = 32
_held: OrderedDict[int, tuple[Timeline, Known]] = OrderedDict()


def known_of(timeline: Timeline) -> Known:
    """Kept for the next trajectories of the same timeline, by identity: to hash one takes longer than to verify."""
    of, known = _held.get(id(timeline), (None, None))
    if of is not timeline or known is None:
        known = _make(timeline)
        _held[id(timeline)] = (timeline, known)
        while len(_held) > _MOST_HELD:
            _held.popitem(last=False)
    return known


def _make(timeline: Timeline) -> Known:
    quotes = "\n".join([line.text for line in timeline.lines] + [item.text for item in timeline.speech])
    runs = frozenset(runs_of(caption.text for caption in timeline.captions))
    openings = frozenset(opening for caption in timeline.captions for opening in openings_of(caption.text))
    lines = tuple((spaced(line.text), _place(line)) for line in timeline.lines)
    speech = {item.id: item for item in timeline.speech}
    spoken = {item.id: spaced(f'"{item.text}"') for item in timeline.speech}
    return Known(quotes, spaced(quotes), runs, openings, _texts(timeline), _short(timeline), lines, speech, spoken)


def _texts(timeline: Timeline) -> dict[str, dict[str, tuple[Telling, ...]]]:
    on_screen: dict[tuple[str, ...], list[Place]] = {}
    for line in timeline.lines:
        words = tokens(line.text)
        if line.sure and _is_telling(words):
            on_screen.setdefault(words, []).append(_place(line))
    spoken = [tuple(run.split()) for run in runs_of(item.text for item in timeline.speech if item.sure)]
    found: dict[str, dict[str, tuple[Telling, ...]]] = {}
    for words, places in [*on_screen.items(), *((words, []) for words in spoken if words not in on_screen)]:
        seconds = found.setdefault(words[0], {})
        seconds[words[1]] = (*seconds.get(words[1], ()), (words, " ".join(words), tuple(places)))
    return found


def _short(timeline: Timeline) -> dict[str, tuple[Place, ...]]:
    found: dict[str, tuple[Place, ...]] = {}
    for line in timeline.lines:
        words = tokens(line.text)
        if line.sure and len(words) > 1 and not _is_telling(words) and sum(map(len, words)) >= SHORT_LETTERS:
            found[" ".join(words)] = (*found.get(" ".join(words), ()), _place(line))
    return found


def _place(line: TextLine) -> Place:
    return widened(line.span), line.box


def widened(span: Span) -> Span:
    """The span in which a line may be on screen."""
    return Span(max(0.0, span.start_s - SLACK_S), span.end_s + SLACK_S)


def _is_telling(words: tuple[str, ...]) -> bool:
    """Whether nobody would say these words by chance: several, or a word with a number of two digits. A time or a
    number alone is none: clocks run on screen."""
    letters = sum(c.isalpha() for word in words for c in word)
    digits = max(sum(c.isdecimal() for c in word) for word in words) if words else 0
    of_three = len(words) > 2 and letters >= (12 if digits else 14)
    return letters > 2 and (len(words) > 3 or of_three or len(words) > 1 and digits > 1)


def texts_in(known: Known, said: str) -> Iterator[tuple[str, tuple[Place, ...]]]:
    """The known texts that are said, as words with spaces between, and where they are on screen (nowhere: spoken)."""
    words, texts = tokens(said), known.texts
    for at in [at for at, first in enumerate(words[:-1]) if first in texts]:
        for text, spelled, places in texts[words[at]].get(words[at + 1], ()):
            if words[at : at + len(text)] == text:
                yield spelled, places
    if known.short:
        for quoted in _QUOTED.findall(said):
            spelled = " ".join(tokens(quoted))
            if spelled in known.short:
                yield spelled, known.short[spelled]


@lru_cache(maxsize=4096)
def spaced(text: str) -> str:
    """The words of a text with a space around each, so that a run of words is a substring."""
    return f" {' '.join(tokens(text))} "


def openings_of(text: str) -> Iterator[tuple[str, ...]]:
    """Every three words in a row: no run of words is shared by texts that share none of these."""
    words = tokens(text)
    return zip(words, words[1:], words[2:], strict=False)


def runs_of(texts: Iterable[str]) -> Iterator[str]:
    """From every word of each text on, the shortest run of words that is long enough to be no chance."""
    for text in texts:
        words = tokens(text)
        letters = [0, *accumulate(map(len, words))]
        content = [0, *accumulate(len(word) > 3 or not word.isascii() for word in words)]

        def short(start: int, end: int, letters: list[int] = letters, content: list[int] = content) -> bool:
            return letters[end] - letters[start] < LEAK_LETTERS or content[end] - content[start] < LEAK_CONTENT

        for start in range(len(words) - LEAK_WORDS + 1):
            end = start + LEAK_WORDS
            while end < len(words) and short(start, end):
                end += 1
            if not short(start, end):
                yield " ".join(words[start:end])
