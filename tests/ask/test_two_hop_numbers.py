"""A number is asked for only where it is the only one that is said, in figures or in words."""

import pytest

from schemas.settings import Ask
from tests.timelines import make_timeline
from transforms.ask.make import make_questions


def asked(said: str) -> list[str]:
    lines = [("Quiet harbour guide", 0.0, 8.0), ("Wooden markets by the sea", 20.0, 28.0)]
    speech = [(said, 1.0, 7.0), ("Oliver carries lamps.", 21.0, 24.0)]
    made = make_questions(make_timeline(lines, speech), Ask(templates=("two_hop",), per_video=1000))
    return [str(question.answer) for question in made if question.kind == "open"]


def test_the_only_number_that_is_said_is_asked_for() -> None:
    assert asked("The fishermen sold exactly 17 barrels today.") == ["17"]
    assert asked("This one sold exactly 17 barrels today.") == ["17"]


@pytest.mark.parametrize(
    "word",
    [
        *("zero", "two", "twelve", "thirteen", "nineteen", "twenty", "thirty", "fifty", "ninety", "hundred"),
        *("thousand", "million", "billion", "thousands", "dozen"),
    ],
)
def test_no_number_is_asked_for_beside_one_in_words(word: str) -> None:
    assert asked(f"Around {word} fishermen sold exactly 17 barrels.") == []


def test_no_number_is_asked_for_beside_one_with_a_hyphen() -> None:
    assert asked("Around twenty-three fishermen sold exactly 17 barrels.") == []


def test_no_number_is_asked_for_where_its_line_of_the_transcript_has_another() -> None:
    """Who sees "[1-14] … 17 barrels … 30 lamps" cannot say which is said while a text is there until 8 seconds."""
    lines = [("Quiet harbour guide", 0.0, 8.0), ("Wooden markets by the sea", 20.0, 28.0)]
    parts = [("This one sold exactly 17 barrels today.", 1.0, 7.0), ("And then 30 lamps were lit again.", 9.5, 14.0)]
    whole = [(" ".join(text for text, _, _ in parts), 1.0, 14.0)]
    asked = Ask(templates=("two_hop",), per_video=1000)
    for speech, numbers in ((parts, ["17"]), (whole, [])):
        made = make_questions(make_timeline(lines, speech), asked)
        assert [question.answer for question in made if question.kind == "open"] == numbers


@pytest.mark.parametrize("number", ["17", "7"])
def test_a_number_that_stands_alone_in_its_line_is_in_the_evidence(number: str) -> None:
    lines = [("Quiet harbour guide", 0.0, 8.0), ("Wooden markets by the sea", 20.0, 28.0)]
    speech = [("This harbour sold exactly", 1.0, 3.0), (number, 3.0, 3.6), ("barrels of fish today.", 3.6, 6.0)]
    made = make_questions(make_timeline(lines, speech), Ask(templates=("two_hop",), per_video=1000))
    (evidence,) = [question.evidence for question in made if question.kind == "open"]
    assert number in [piece.text for piece in evidence]
