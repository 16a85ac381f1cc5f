"""Questions that need two looks: find one thing in time, then read or hear the other."""

import re
from collections.abc import Iterator

from schemas.source import Evidence, Question
from schemas.span import Span
from transforms.ask.likeness import echoes
from transforms.ask.material import AROUND_S, MARGIN_S, Material, ask, ask_which, leads_to
from transforms.ask.pick import pick
from transforms.ask.readable import content_words
from transforms.ask.said import Phrase
from transforms.ask.shown import Shown
from transforms.numbers import NUMBER_WORDS
from transforms.text import tokens

_SPOKEN_NUMBERS = NUMBER_WORDS - {"one"}
"""Words of which one makes "the number that is spoken" unclear; `one` mostly stands for a thing, as in "this one"."""


def shown_while_said(material: Material) -> Iterator[Question]:
    """Which text is on screen while something is said."""
    for group in material.separate:
        for line in group:
            phrases = [
                phrase
                for phrase in material.phrases
                if _during(phrase, line) and leads_to(phrase, line, group) and not _same_words(line.text, phrase.text)
            ]
            if not phrases:
                continue
            phrase = pick(phrases, material.timeline.video_id, line.text)
            wording = material.pick(
                (
                    f'Which of these texts is on screen while the speaker says "{phrase.text}"?',
                    f'What can be read on screen when the words "{phrase.text}" are spoken?',
                    f'The speaker says "{phrase.text}". Which text is shown at that time?',
                ),
                "shown",
                line.text,
            )
            seen = _seen(line, phrase)
            yield ask_which(material, "two_hop", wording, line, group, [*phrase.heard(), seen])


def said_while_shown(material: Material) -> Iterator[Question]:
    """Which phrase is said while a text is on screen."""
    for group in material.spoken:
        for phrase in group:
            lines = [
                line
                for line in material.lines
                if _during(phrase, line) and leads_to(line, phrase, group) and not _same_words(line.text, phrase.text)
            ]
            if not lines:
                continue
            line = pick(lines, material.timeline.video_id, phrase.text)
            wording = material.pick(
                (
                    f'What does the speaker say while "{line.text}" is on screen?',
                    f'Which of these phrases is heard while the text "{line.text}" is shown?',
                    f'While "{line.text}" can be read on screen, what is said?',
                ),
                "said",
                phrase.text,
            )
            seen = _seen(line, phrase)
            yield ask_which(material, "two_hop", wording, phrase, group, [seen, *phrase.heard()])


def number_while_shown(material: Material) -> Iterator[Question]:
    """Which number is said while a text is on screen: the only one, in speech that is surely understood."""
    for line in material.lines:
        near_by = material.times.told(line.span.start_s - MARGIN_S, line.span.end_s + MARGIN_S)
        if not near_by or not all(word.sure for word in near_by):
            continue
        spoken = [token for word in near_by for token in tokens(word.text)]
        numbers = [token for token in spoken if re.search(r"[0-9]", token)]
        if len(numbers) != 1 or _SPOKEN_NUMBERS.intersection(spoken) or not numbers[0].isdigit():
            continue
        holders = [p for p in material.phrases if _during(p, line) and _says(p, numbers[0], line.span)]
        if len(holders) != 1 or numbers[0] in content_words(line.text):
            continue
        wording = material.pick(
            (
                f'Which number does the speaker mention while "{line.text}" is on screen?',
                f'While "{line.text}" is shown, one number is spoken. Which?',
            ),
            "number",
            line.text,
        )
        seen = _seen(line, holders[0])
        evidence = [seen, *holders[0].heard()]
        yield ask(material, "two_hop", wording, "open", numbers[0], evidence=evidence)


def _seen(line: Shown, phrase: Phrase) -> Evidence:
    """Where a line is to be read that is on screen while a phrase is said."""
    return line.seen(phrase.span.start_s - AROUND_S, phrase.span.end_s + AROUND_S)


def _during(phrase: Phrase, line: Shown) -> bool:
    """Whether a phrase and a line share at least `MARGIN_S`, and half of the shorter one."""
    shared = phrase.span.overlap_s(line.span)
    return shared >= max(MARGIN_S, 0.5 * min(phrase.span.length_s, line.span.length_s))


def _says(phrase: Phrase, number: str, during: Span) -> bool:
    """Whether the number is said in the phrase, and wholly within a span."""
    return any(
        number in tokens(word.text) and during.start_s <= word.span.start_s and word.span.end_s <= during.end_s
        for word in phrase.words
    )


def _same_words(line: str, phrase: str) -> bool:
    """Whether one of them is the other's caption: then a single look answers."""
    return echoes(line, phrase) or echoes(phrase, line)


FORMS = (shown_while_said, said_while_shown, number_while_shown)
