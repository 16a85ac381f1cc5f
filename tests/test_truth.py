"""The judge of answers is tolerant of a misheard word, and of nothing else."""

import pytest

from schemas.source import Answer, Kind, Question
from schemas.span import Span
from tests.truth import Shown, Truth, is_true, sentence_spans

TRUTH = Truth(
    (Shown("GATE 14", Span(1.0, 5.0)), Shown("GATE 41", Span(8.0, 12.0))),
    (
        Shown("Bring your answers to the library on Thursday.", Span(10.0, 14.0)),
        Shown("Dogs are welcome, but they must stay outside.", Span(14.5, 18.5)),
        Shown("Please talk to the person next to you.", Span(40.0, 43.0)),
    ),
    (0.0,),
)


def asked(template: str, text: str, kind: Kind, answer: Answer, choices: tuple[str, ...] = ()) -> Question:
    return Question("q", "v", text, kind, answer, choices, (), f"ask/{template}")


@pytest.mark.parametrize(
    ("quoted", "word", "right"),
    [
        ("bring your answers to the library on ____", "Thursday", True),
        ("bring your answers to library on ____", "Thursday", True),
        ("bring your answers to library on ____", "Friday", False),
        ("bring your answers to library on ____", "library", False),
        ("bring your ____ to library on Thursday", "answers", True),
        ("bring your ____ to library on Thursday", "library", False),
        ("talk to the ____ next to dogs", "person", False),
    ],
)
def test_a_word_may_be_misheard_but_not_the_answer(quoted: str, word: str, right: bool) -> None:
    question = asked("speech", f'Which word is missing from what the speaker says: "{quoted}"?', "open", word)
    assert is_true(question, word, TRUTH) is right


def test_a_phrase_may_run_over_sentences_in_a_row() -> None:
    phrase = "Bring your answers to the library on Thursday, dogs are welcome"
    assert sentence_spans(TRUTH, phrase) == [Span(10.0, 18.5)]
    assert sentence_spans(TRUTH, "Dogs are welcome") == [Span(14.5, 18.5)]
    question = asked("when", f'When does the speaker say "{phrase}"?', "span", Span(10.0, 18.5))
    assert is_true(question, "10.0-18.5", TRUTH)
    assert not is_true(question, "10.0-14.0", TRUTH)


def test_what_follows_a_phrase_follows_its_last_sentence() -> None:
    after = "Please talk to the person next to you"
    for before, right in (("they must stay outside", True), ("Bring your answers to the library", False)):
        text = f'What does the speaker say right after "{before}"?'
        assert is_true(asked("speech", text, "choice", after, (after, "GATE 14")), "A", TRUTH) is right


def test_a_text_that_is_never_there_has_no_place_in_an_order() -> None:
    sort = "Put these texts in the order in which they first appear on screen."
    for last, right in (("GATE 41", True), ("GATE 44", False)):
        assert is_true(asked("order", sort, "order", ("GATE 14", last), (last, "GATE 14")), "B, A", TRUTH) is right
        which = "Which of these texts appears on screen first?"
        assert is_true(asked("order", which, "choice", "GATE 14", (last, "GATE 14")), "B", TRUTH) is right


def test_what_comes_up_is_not_what_just_goes() -> None:
    text = "Which of these lines comes up on screen about 5 seconds into the video?"
    later = Truth((Shown("GATE 14", Span(1.0, 5.0)), Shown("GATE 41", Span(5.2, 12.0))), (), (0.0,))
    for answer, right in (("GATE 41", True), ("GATE 14", False)):
        question = asked("screen_text", text, "choice", answer, ("GATE 14", "GATE 41"))
        assert is_true(question, answer, later) is right
    # Nothing comes up at 5 seconds, or both do.
    assert not is_true(asked("screen_text", text, "choice", "GATE 41", ("GATE 14", "GATE 41")), "B", TRUTH)
    twice = Truth((Shown("GATE 14", Span(4.8, 6.0)), Shown("GATE 41", Span(5.2, 12.0))), (), (0.0,))
    assert not is_true(asked("screen_text", text, "choice", "GATE 41", ("GATE 14", "GATE 41")), "B", twice)
