"""Questions that are answered by counting what is surely there."""

from collections import defaultdict
from collections.abc import Iterator

from schemas.source import Evidence, Question
from schemas.span import Span, seconds
from transforms.ask.likeness import EchoIndex
from transforms.ask.material import Material, ask
from transforms.ask.pick import pick, rank
from transforms.ask.readable import COMMON, tidy
from transforms.ask.said import trimmed
from transforms.text import tokens

MOST = 5
"""Greatest count that is asked for: each piece is evidence that has to be looked at."""

SURE_ANSWER = 0.7
"""Least score of every saying of a word that is counted."""

SHORTEST_WORD = 4

CLEAR_S = 1.5
"""No text comes up within this time of the moment up to which texts are counted, in seconds."""

PAD_S = 0.25
"""A word is looked for a little around its time, because word times are that uncertain."""


def times_said(material: Material) -> Iterator[Question]:
    """How often a word is said. Only where all speech is sure: what was not understood might hold the word."""
    if not material.words or not all(word.sure for word in material.words):
        return
    heard = defaultdict(list)
    for word in material.words:
        for token in tokens(word.text):
            heard[token].append(word)
    index = EchoIndex(heard)
    spellings = list(heard)
    found = []
    for token, words in heard.items():
        sure = all(word.score >= SURE_ANSWER and _by_itself(token, word.text) for word in words)
        if sure and len(words) <= MOST and _countable(token, spellings, index):
            found.append((token, len(words)))
    for token, count in _varied(material, found):
        evidence = [
            Evidence(_padded(word.span, material.timeline.duration_s), None, "speech", token) for word in heard[token]
        ]
        wording = material.pick(
            (
                f'How many times does the speaker say the word "{token}"?',
                f'How often is the word "{token}" said in the video?',
                f'Count how many times "{token}" is spoken.',
            ),
            "said",
            token,
        )
        yield ask(material, "count", wording, "count", float(count), evidence=evidence)


def lines_with_word(material: Material) -> Iterator[Question]:
    """How many different lines on screen hold a word."""
    holders = defaultdict(set)
    for n, line in enumerate(material.timeline.lines):
        for token in tokens(tidy(line.text)):
            holders[token].add(n)
    asked = {line.text: line for line in material.lines}
    index = EchoIndex(holders)
    spellings = list(holders)
    found, shown = [], {}
    for token, numbers in holders.items():
        lines = [asked.get(tidy(material.timeline.lines[n].text)) for n in sorted(numbers)]
        good = [line for line in lines if line is not None and _by_itself(token, line.text)]
        if len(good) == len(lines) <= MOST and _countable(token, spellings, index):
            found.append((token, len(lines)))
            shown[token] = good
    for token, count in _varied(material, found):
        wording = material.pick(
            (
                f'How many different lines of text with the word "{token}" are shown in the video?',
                f'Count the different on-screen lines that contain the word "{token}".',
                f'In how many different lines on screen does the word "{token}" occur?',
            ),
            "lines",
            token,
        )
        yield ask(material, "count", wording, "count", float(count), evidence=[line.seen() for line in shown[token]])


def shown_so_far(material: Material) -> Iterator[Question]:
    """How many of some texts have come up by a given second."""
    for group in material.onsets:
        ordered = sorted(group, key=lambda line: line.span.start_s)
        starts = [line.span.start_s for line in ordered]
        bounds = [*starts[1:], material.timeline.duration_s]
        room = [
            (count, t)
            for count, (a, b) in enumerate(zip(starts, bounds, strict=True), start=1)
            for t in range(int(a + CLEAR_S) + 1, int(b - CLEAR_S) + 1)
        ]
        if not room or max(len(line.text) for line in group) > 60:
            continue
        wanted = sorted({count for count, _ in room}, key=lambda c: rank(material.timeline.video_id, starts, c))[0]
        times = [t for count, t in room if count == wanted]
        t = times[rank("by", material.timeline.video_id, starts) % len(times)]
        names = [f'"{line.text}"' for line in sorted(group, key=lambda line: rank(line.text))]
        listed = f"{', '.join(names[:-1])} and {names[-1]}"
        wording = material.pick(
            (
                f"How many of these texts have appeared on screen by {t} seconds into the video: {listed}?",
                f"Of the texts {listed}, how many have been shown when the video is {t} seconds in?",
            ),
            "by",
            listed,
        )
        # Only what has come up need be found: the others are known to be absent from the same stretch.
        evidence = [line.seen(end_s=t) for line in ordered[:wanted]]
        yield ask(material, "count", wording, "count", float(wanted), evidence=evidence)


def _varied(material: Material, found: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """One word for each count, and a count of one only for one video in four.

    Most words occur once: asked as they come, most answers would be one, and a guesser would know that.
    """
    by_count: dict[int, list[str]] = defaultdict(list)
    for token, count in found:
        by_count[count].append(token)
    if rank("once", material.timeline.video_id, len(found)) % 4:
        by_count.pop(1, None)
    return [(pick(sorted(words), material.timeline.video_id), count) for count, words in sorted(by_count.items())]


def _by_itself(token: str, text: str) -> bool:
    """Whether the token is a word of the text, not a part of an address or a hyphenated word."""
    return any(trimmed(part).casefold() == token for part in text.split())


def _countable(token: str, spellings: list[str], index: EchoIndex) -> bool:
    """Whether a word carries content and no other word of the video could be taken for it or is a form of it.

    `index` holds the `spellings`, in their order.
    """
    if not token.isalpha() or len(token) < SHORTEST_WORD or token in COMMON:
        return False
    found = index.only(token)
    return found is not None and spellings[found] == token and not _inflected(token, spellings)


def _inflected(token: str, spellings: list[str]) -> bool:
    """Whether the word also occurs with another ending: then it is not clear which ones count."""
    return any(
        other != token and (other.startswith(token) or token.startswith(other)) and abs(len(other) - len(token)) <= 3
        for other in spellings
        if len(other) >= SHORTEST_WORD
    )


def _padded(span: Span, duration_s: float) -> Span:
    return Span(seconds(max(0.0, span.start_s - PAD_S)), seconds(max(span.end_s, min(duration_s, span.end_s + PAD_S))))


FORMS = (times_said, lines_with_word, shown_so_far)
