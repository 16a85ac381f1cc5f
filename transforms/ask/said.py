"""The phrases of speech that questions may be about."""

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.source import Evidence
from schemas.span import Span, iou, seconds
from schemas.timeline import Speech, Timeline
from transforms.ask.likeness import EchoIndex, same_word
from transforms.ask.pick import rank
from transforms.ask.readable import COMMON, content_words, quotable, weight
from transforms.text import normalise

SURE_WORD = 0.5
"""Least score of a word with content in a phrase that is quoted; a recogniser's probability."""

LEAST_WORD = 0.3
"""Least score of any of its words. Of 91 phrases of real footage six had a word below, and three of these six make no
sense or are not what stands on screen ("Now we take some minutes" where that says it only takes a minute)."""

FEWEST, MOST_WORDS = 4, 16
"""Words of a phrase: fewer are no phrase, more are no quotation."""

PAUSE_S = 1.0
"""A pause longer than this ends a phrase, whatever the punctuation says."""

LONGEST = 110
"""Characters of a phrase that is quoted in a question."""

MOST = 240
"""Phrases of one video that are considered."""

_END = re.compile(r"[.?!…。？！]['’)]?$")
_BREAK = re.compile(r"[,;:，；：]$")
_ASIDE = re.compile(r"[()*♪♫]|https?:")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Heard:
    """A word as it stands in segment number `segment`; without word times its span is that of the whole segment."""

    text: str
    span: Span
    score: float
    segment: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words that is surely heard, can be quoted, and is said once in the whole video.

    `told` is the span of the lines of a transcript that it stands in, all that a transcript tells of its time.
    `sentence`: it begins and ends as a sentence does. `exact`: by what is told it has about its own span (IoU of at
    least 0.7).
    """

    text: str
    span: Span
    told: Span
    words: tuple[Heard, ...]
    sentence: bool
    exact: bool

    @property
    def segments(self) -> frozenset[int]:
        """The lines of a transcript that it stands in."""
        return frozenset(word.segment for word in self.words)

    def heard(self) -> tuple[Evidence, ...]:
        """Where it is heard, one piece for each segment, so that each piece stands in one line of a transcript. A
        common word that stands alone in its line is none: it tells nothing of the phrase."""
        pieces = [[word for word in self.words if word.segment == segment] for segment in sorted(self.segments)]
        return tuple(_piece(words) for words in [piece for piece in pieces if _tells(piece)] or pieces)


class WordTimes:
    """Finds the words of a stretch of time without going through all of them."""

    def __init__(self, words: Iterable[Heard]) -> None:
        self._words = sorted(words, key=lambda word: word.span.start_s)
        self._lines: defaultdict[int, list[Heard]] = defaultdict(list)
        for word in self._words:
            self._lines[word.segment].append(word)
        self._starts = [word.span.start_s for word in self._words]
        self._longest_s = max((word.span.length_s for word in self._words), default=0.0)

    def touching(self, start_s: float, end_s: float) -> list[Heard]:
        """Words that are heard after `start_s` and before `end_s`."""
        first = bisect.bisect_left(self._starts, start_s - self._longest_s)
        last = bisect.bisect_left(self._starts, end_s)
        return [word for word in self._words[first:last] if word.span.end_s > start_s]

    def told(self, start_s: float, end_s: float) -> list[Heard]:
        """All words of the lines of a transcript in which some are."""
        lines = {word.segment for word in self.touching(start_s, end_s)}
        return [word for line in sorted(lines) for word in self._lines[line]]


def said_phrases(timeline: Timeline) -> tuple[Phrase, ...]:
    """By start. A phrase that anything else in the video could be taken for is left out, sure or not."""
    everything = all_phrases(timeline)
    texts = [phrase.text for phrase in everything]
    good = [n for n, phrase in enumerate(everything) if _clear(phrase)]
    if len(good) > MOST:
        good = sorted(good, key=lambda n: rank("phrase", timeline.video_id, n))[:MOST]
    index = EchoIndex(texts)
    alone = [n for n in good if index.only(texts[n]) == n]
    others = {n: [everything[other] for other in index.alike(texts[n]) if other != n] for n in alone}
    kept = [everything[n] for n in alone if not any(_may_say(other, everything[n]) for other in others[n])]
    return tuple(sorted(kept, key=lambda phrase: (phrase.span, phrase.text)))


def all_phrases(timeline: Timeline) -> list[Phrase]:
    """Everything that is said, sure or not, as phrases."""
    return list(_phrases(timeline))


def heard_words(timeline: Timeline) -> list[Heard]:
    """Every word of the speech, sure or not, in order."""
    return [word for n, segment in enumerate(_segments(timeline)) for word in _words_of(segment, n)]


def trimmed(text: str) -> str:
    """A phrase without the punctuation at its ends, which would tell it apart from others."""
    return text.strip(" .,;:!?…-–—。，？！、")


def _segments(timeline: Timeline) -> list[Speech]:
    return sorted(timeline.speech, key=lambda speech: (speech.span, speech.id))


def _words_of(speech: Speech, segment: int) -> list[Heard]:
    joined = " ".join(word.text.strip() for word in speech.words)
    if speech.words and normalise(joined) == normalise(speech.text):
        timed = [word for word in speech.words if word.text.strip()]
        return [Heard(word.text.strip(), word.span, word.score, segment, speech.sure) for word in timed]
    return [Heard(part, speech.span, speech.score, segment, speech.sure) for part in speech.text.split()]


def _phrases(timeline: Timeline) -> Iterator[Phrase]:
    """All speech, cut at the ends of sentences, at pauses, and at commas where a sentence is long."""
    segments = _segments(timeline)
    sizes = Counter(word.segment for word in heard_words(timeline))
    begins = True
    for run in _runs(heard_words(timeline)):
        ends = bool(_END.search(run[-1].text))
        pieces = list(_pieces(run))
        for piece in pieces:
            span = _covered(piece)
            told = Span(segments[piece[0].segment].span.start_s, segments[piece[-1].segment].span.end_s)
            partly = sum(sizes[n] for n in {word.segment for word in piece}) > len(piece)
            untimed = any(word.span == segments[word.segment].span for word in piece)
            yield Phrase(
                text=trimmed(" ".join(word.text for word in piece)),
                span=span,
                told=told,
                words=tuple(piece),
                sentence=begins and ends and len(pieces) == 1 and not piece[0].text[:1].islower(),
                exact=iou(span, told) >= 0.7 and not (partly and untimed),
            )
        begins = ends


def _runs(words: list[Heard]) -> Iterator[list[Heard]]:
    """Words up to the end of a sentence or a pause."""
    run: list[Heard] = []
    for word in words:
        if run and word.span.start_s - run[-1].span.end_s > PAUSE_S:
            yield run
            run = []
        run.append(word)
        if _END.search(word.text):
            yield run
            run = []
    if run:
        yield run


def _pieces(run: list[Heard]) -> Iterator[list[Heard]]:
    """A long run in pieces: cut after a comma, else where a segment ends, else before a common word such as "and"."""
    start = 0
    while len(run) - start > MOST_WORDS:
        room = range(start + FEWEST, start + MOST_WORDS)
        cut = max(room, key=lambda n: (_joint(run[n - 1], run[n]), n))
        yield run[start:cut]
        start = cut
    yield run[start:]


def _joint(before: Heard, after: Heard) -> int:
    """How good a place between two words is to cut a sentence, 0 to 3."""
    if _BREAK.search(before.text):
        return 3
    if content_words(before.text):
        return 2 if before.segment != after.segment else int(not content_words(after.text))
    return 0


def _may_say(other: Phrase, phrase: Phrase) -> bool:
    """Whether a phrase may be said in one that is like it, of which words that were not surely heard may be any."""
    size = len(phrase.words)
    return any(
        all(map(_may_be, other.words[start : start + size], phrase.words))
        for start in range(len(other.words) - size + 1)
    )


def _may_be(heard: Heard, word: Heard) -> bool:
    return heard.score < SURE_WORD or same_word(normalise(trimmed(heard.text)), normalise(trimmed(word.text)))


def _clear(phrase: Phrase) -> bool:
    wide = sum(weight(word.text) // 2 for word in phrase.words if _WIDE.search(word.text))
    size = len(phrase.words) + wide
    return (
        FEWEST <= size <= MOST_WORDS
        and len(phrase.text) <= LONGEST
        and all(word.sure for word in phrase.words)
        and all(word.score >= (SURE_WORD if content_words(word.text) else LEAST_WORD) for word in phrase.words)
        and quotable(phrase.text)
        and not _ASIDE.search(phrase.text)
        and len(content_words(phrase.text)) >= 2
        and all(piece.span.length_s > 0 for piece in phrase.heard())
    )


def _tells(words: list[Heard]) -> bool:
    """Whether the words of one line tell something of a phrase: several, or one with content ("17", not "There's")."""
    if len(words) > 1 or re.search(r"[0-9]", words[0].text):
        return True
    stem = re.split(r"['’]", words[0].text)[0]
    return bool(content_words(words[0].text)) and normalise(stem) not in COMMON


def _piece(words: list[Heard]) -> Evidence:
    return Evidence(_covered(words), None, "speech", trimmed(" ".join(word.text for word in words)))


def _covered(words: list[Heard]) -> Span:
    return Span(seconds(min(w.span.start_s for w in words)), seconds(max(w.span.end_s for w in words)))
