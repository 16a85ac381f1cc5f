"""Questions about what is said."""

from collections.abc import Iterator

from schemas.source import Question
from schemas.span import Span
from transforms.ask.cloze import Cloze, clozes
from transforms.ask.groups import given_away, sets_of
from transforms.ask.material import Material, ask, ask_which, hardest, moment, near, told_apart
from transforms.ask.numbers import rivals
from transforms.ask.pick import shuffled
from transforms.ask.readable import content_words
from transforms.ask.said import PAUSE_S, Phrase

SURE_ANSWER = 0.7
"""Least score of a word that is itself the answer."""

FOLLOWS_S = 5.0
"""What is said "right after" begins within this time, in seconds."""

SOON_S = 10.0
"""A distractor is not said within this time after the quoted sentence: it would be said after it as well."""


def missing_word(material: Material) -> Iterator[Question]:
    """Which word or number completes a phrase, in one's own words."""
    for phrase, cloze in (*_unfinished(material, True), *_unfinished(material, False)):
        thing = "number" if cloze.number else "word"
        wording = material.pick(
            (
                f'Which {thing} is missing from what the speaker says: "{cloze.text}"?',
                f'Listen for this phrase and fill the gap: "{cloze.text}".',
                f'The speaker says "{cloze.text}". Which {thing} belongs in the gap?',
            ),
            "gap",
            cloze.text,
        )
        yield ask(material, "speech", wording, "open", cloze.word, evidence=phrase.heard())


def missing_number(material: Material) -> Iterator[Question]:
    """Which of four numbers is said."""
    for phrase, cloze in _unfinished(material, True):
        choices = rivals(cloze.word, material.timeline.video_id, cloze.text)
        if not choices:
            continue
        wording = material.pick(
            (
                f'Which number does the speaker say here: "{cloze.text}"?',
                f'In the speech, which number completes "{cloze.text}"?',
            ),
            "number",
            cloze.text,
        )
        order = shuffled(choices, material.timeline.video_id, wording)
        yield ask(material, "speech", wording, "choice", cloze.word, order, phrase.heard())


def said_next(material: Material) -> Iterator[Question]:
    """Which sentence follows another one. Only whole sentences: the end of one would give away its beginning."""
    following = _following(material)
    for group in material.spoken:
        for phrase in group:
            before = following.get(phrase)
            if before is None or before in group:
                continue
            others = [other for other in group if other is not phrase]
            soon = any(0 <= other.span.start_s - before.span.end_s <= SOON_S for other in others)
            if soon or given_away(phrase.text, [other.text for other in others], before.text):
                continue
            wording = material.pick(
                (
                    f'What does the speaker say right after "{before.text}"?',
                    f'Which sentence comes directly after "{before.text}" in the speech?',
                    f'The speaker says "{before.text}". What is said next?',
                ),
                "next",
                phrase.text,
            )
            yield ask_which(material, "speech", wording, phrase, group, [*before.heard(), *phrase.heard()])


def said_at_a_moment(material: Material) -> Iterator[Question]:
    """Which phrase is said at a given second.

    Sets are formed of phrases that are all long enough to be asked for; else the longest would be right more often.
    """
    long = [phrase for phrase in material.phrases if moment(phrase.span) is not None]
    for group in sets_of(long, told_apart):
        for phrase in group:
            t = moment(phrase.span, material.timeline.video_id, phrase.text)
            if t is None or any(near(other.span, Span(t, t)) for other in group if other is not phrase):
                continue
            wording = material.pick(
                (
                    f"What is being said {t} seconds into the video?",
                    f"Which of these phrases is spoken at the {t}-second mark?",
                    f"At {t} seconds, what does the speaker say?",
                ),
                "at",
                phrase.text,
            )
            yield ask_which(material, "speech", wording, phrase, group, phrase.heard())


def _unfinished(material: Material, number: bool) -> Iterator[tuple[Phrase, Cloze]]:
    """Phrases with a number or a word left out, by hash, where nothing else that is said would fit the gap."""
    for phrase in material.phrases:
        options = [
            cloze
            for cloze in clozes(phrase.text)
            if cloze.number == number
            and cloze.position > 0
            and phrase.words[cloze.position].score >= SURE_ANSWER
            and len(content_words(cloze.rest)) > 1
        ]
        for cloze in hardest(material, options):
            if material.heard.only(cloze.rest) is not None:
                yield phrase, cloze
                break


def _following(material: Material) -> dict[Phrase, Phrase]:
    """Sentence → the sentence right before it, with no other speech between them."""
    found = {}
    for before, phrase in zip(material.phrases, material.phrases[1:], strict=False):
        own = {*before.words, *phrase.words}
        between = set(material.times.touching(before.span.end_s, phrase.span.start_s)) - own
        gap = phrase.span.start_s - before.span.end_s
        if before.sentence and phrase.sentence and -PAUSE_S < gap <= FOLLOWS_S and not between:
            found[phrase] = before
    return found


FORMS = (missing_word, said_next, missing_number, said_at_a_moment)
