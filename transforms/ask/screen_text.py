"""Questions about what is written on screen."""

import math
from collections.abc import Iterator

from schemas.source import Question
from schemas.span import Span
from transforms.ask.cloze import Cloze, clozes
from transforms.ask.material import (
    AROUND_S,
    MARGIN_S,
    ONSET_S,
    Material,
    ask,
    ask_which,
    hardest,
    leads_to,
    moment,
    near,
)
from transforms.ask.numbers import rivals
from transforms.ask.pick import pick, shuffled
from transforms.ask.readable import content_words
from transforms.ask.shown import Shown


def at_a_moment(material: Material) -> Iterator[Question]:
    """Which text is on screen at a given second; the others are on screen at other times."""
    for group in material.separate:
        for line in group:
            t = moment(line.span, material.timeline.video_id, line.text)
            if t is None or any(near(other.span, Span(t, t)) for other in group if other is not line):
                continue
            wording = material.pick(
                (
                    f"Which of these texts is on screen {t} seconds into the video?",
                    f"What can be read on screen at the {t}-second mark?",
                    f"At {t} seconds, which of these lines is shown?",
                ),
                "at",
                line.text,
            )
            yield ask_which(material, "screen_text", wording, line, group, [line.seen(t - AROUND_S, t + AROUND_S)])


def coming_up(material: Material) -> Iterator[Question]:
    """Which text comes up at a given second; made for slides that are built up line by line."""
    for group in material.onsets:
        for line in group:
            t = math.floor(line.span.start_s + 0.5)
            if line.span.start_s < MARGIN_S or line.span.length_s < MARGIN_S:
                continue
            wording = material.pick(
                (
                    f"Which of these lines comes up on screen about {t} seconds into the video?",
                    f"Around {t} seconds, a new line of text appears. Which one?",
                    f"Which of these texts first appears at about {t} seconds?",
                ),
                "up",
                line.text,
            )
            yield ask_which(
                material, "screen_text", wording, line, group, [line.seen(end_s=line.span.start_s + ONSET_S)]
            )


def together(material: Material) -> Iterator[Question]:
    """Which text is on screen at the same time as another one."""
    for group in material.separate:
        for line in group:
            beside = [
                mate
                for mate in material.lines
                if mate not in group and mate.span.overlap_s(line.span) >= MARGIN_S and leads_to(mate, line, group)
            ]
            if not beside:
                continue
            mate = pick(beside, material.timeline.video_id, "together", line.text)
            wording = material.pick(
                (
                    f'Which of these texts is on screen at the same time as "{mate.text}"?',
                    f'While "{mate.text}" is shown, which of these lines can be read as well?',
                    f'What else is written on screen while "{mate.text}" is visible?',
                ),
                "with",
                line.text,
            )
            start_s, end_s = max(mate.span.start_s, line.span.start_s), min(mate.span.end_s, line.span.end_s)
            evidence = [mate.seen(start_s, end_s), line.seen(start_s, end_s)]
            yield ask_which(material, "screen_text", wording, line, group, evidence)


def missing_word(material: Material) -> Iterator[Question]:
    """Which word or number completes a line, in one's own words."""
    for line, cloze in (*_unfinished(material, True), *_unfinished(material, False)):
        thing = "number" if cloze.number else "word"
        wording = material.pick(
            (
                f'One line on screen reads "{cloze.text}". Which {thing} is missing?',
                f'Complete the line that is shown in the video: "{cloze.text}".',
                f'What fills the gap in this text from the screen: "{cloze.text}"?',
            ),
            "gap",
            cloze.text,
        )
        yield ask(material, "screen_text", wording, "open", cloze.word, evidence=[line.seen()])


def missing_number(material: Material) -> Iterator[Question]:
    """Which of four numbers completes a line."""
    for line, cloze in _unfinished(material, True):
        choices = rivals(cloze.word, material.timeline.video_id, cloze.text)
        if not choices:
            continue
        wording = material.pick(
            (
                f'The line "{cloze.text}" is shown in the video. Which number is missing?',
                f'Which number completes the text on screen, "{cloze.text}"?',
                f'Read the line "{cloze.text}" on screen. What is the number in the gap?',
            ),
            "number",
            cloze.text,
        )
        yield ask(
            material,
            "screen_text",
            wording,
            "choice",
            cloze.word,
            shuffled(choices, material.timeline.video_id, wording),
            [line.seen()],
        )


def _unfinished(material: Material, number: bool) -> Iterator[tuple[Shown, Cloze]]:
    """Lines with a number or a word left out, by hash, where no other line would fit the gap."""
    for line in material.lines:
        options = [cloze for cloze in clozes(line.text) if cloze.number == number and content_words(cloze.rest)]
        for cloze in hardest(material, options):
            if material.written.only(cloze.rest) is not None:
                yield line, cloze
                break


FORMS = (at_a_moment, missing_word, together, coming_up, missing_number)
