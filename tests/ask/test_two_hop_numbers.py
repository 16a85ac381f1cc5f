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
