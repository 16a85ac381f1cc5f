"""Questions that are answered by a stretch of time."""

from collections.abc import Iterator

from schemas.source import Question
from schemas.span import Span, seconds
from transforms.ask.material import Material, ask

SHORTEST_S = 2.0
"""Times are known to half a second at worst: of a shorter span an IoU of 0.5 could be missed by sampling alone."""

MOST_OF_VIDEO = 0.5
"""A longer span would be guessed by naming the whole video."""


def line_shown(material: Material) -> Iterator[Question]:
    """When a line is on screen."""
    for line in material.lines:
        if _askable(line.span, material.timeline.duration_s):
            wording = material.pick(
                (
                    f'When is "{line.text}" on screen?',
                    f'From when to when is the text "{line.text}" visible?',
                    f'During which part of the video can "{line.text}" be read on screen?',
                ),
                "when",
                line.text,
            )
            yield ask(material, "when", wording, "span", _rounded(line.span), evidence=[line.seen()])


def phrase_said(material: Material) -> Iterator[Question]:
    """When a phrase is said."""
    for phrase in material.phrases:
        if phrase.exact and _askable(phrase.span, material.timeline.duration_s):
            wording = material.pick(
                (
                    f'When does the speaker say "{phrase.text}"?',
                    f'In which part of the video are the words "{phrase.text}" spoken?',
                    f'From when to when is "{phrase.text}" said?',
                ),
                "when",
                phrase.text,
            )
            yield ask(material, "when", wording, "span", _rounded(phrase.span), evidence=phrase.heard())


def _askable(span: Span, duration_s: float) -> bool:
    return SHORTEST_S <= span.length_s <= MOST_OF_VIDEO * duration_s


def _rounded(span: Span) -> Span:
    return Span(seconds(span.start_s), seconds(span.end_s))


FORMS = (line_shown, phrase_said)
