import itertools
import random

import pytest

from transforms.text import (
    _pieces,
    _pieces_of_any,
    contains,
    continues,
    digits,
    normalise,
    part_of,
    same_text,
    similar,
    tokens,
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  Hello\t World\n", "hello world"),
        ("ＧＡＴＥ １４", "gate 14"),
        ("“Don’t” – said she…", '"don\'t" - said she...'),
        ("Stra\u00adße", "strasse"),
        ("−5 °C", "-5 °c"),
    ],
    ids=["space", "full width", "marks", "soft hyphen", "minus"],
)
def test_normalise_has_one_spelling(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_normalising_twice_changes_nothing() -> None:
    for text in ("´a`", "ǅ ﬁ ﬀ", "İstanbul", "\u2033 \u2032 5'", "½ kg"):
        assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't pay $3.50 at 12:30!", ("dont", "pay", "3.50", "at", "12:30")),
        ("GATE14, gate-15", ("gate14", "gate", "15")),
        ("it is -5 today", ("it", "is", "-5", "today")),
        ("你好 world", ("你", "好", "world")),
        ("नमस्ते", ("नमस्ते",)),
        ("1,000 / 2", ("1,000", "2")),
        ("...!?", ()),
        ("v1.2.3, 1.2.x at 1:05:30.5. 3,", ("v1.2.3", "1.2", "x", "at", "1:05:30.5", "3")),
        ("rock'n'roll `90s' o''clock 5'1.2 7'.5", ("rocknroll", "90s", "o", "clock", "51.2", "7", "5")),
        ("a-b 3-4 (-5) '-6' - 7 --8 \x1c-9 -1,000's", ("a", "b", "3", "4", "5", "6", "7", "8", "-9", "-1,000s")),
    ],
    ids=["english", "codes", "negative", "chinese", "hindi", "thousands", "marks only", "joints", "quotes", "minus"],
)
def test_tokens(text: str, words: tuple[str, ...]) -> None:
    assert tokens(text) == words


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("GATE14 opens", "Gate 14 opens"),
        ("Hello, World!", "hello world"),
        ("It’s easy", "ITS EASY"),
        ("Hot soup until 16:45", "Hot soup until16:45."),
        ("• to make works", "to make works"),
        ("再见。", "再 见"),
        ("!!!", " !!!"),
    ],
)
def test_same_text(a: str, b: str) -> None:
    assert same_text(a, b)
    assert same_text(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("GATE 14", "GATE 41"),
        ("GATE 1 4", "GATE 14"),
        ("Adult 18.50", "Adult 1850"),
        ("-5", "5"),
        ("5%", "5"),
        ("C++", "C"),
        ("Room 6", "Room 8"),
        ("Room A", "Room B"),
        ("!!!", "???"),
        ("", "a"),
    ],
)
def test_near_twins_are_not_the_same(a: str, b: str) -> None:
    assert not same_text(a, b)
    assert not same_text(b, a)


def test_similar_counts_edits() -> None:
    assert similar("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert similar("The same", "the  SAME.") == 1.0
    assert similar("abc", "") == 0.0
    assert similar("abc", "xyz") == 0.0


def test_similar_agrees_with_the_textbook_distance() -> None:
    chance = random.Random(7)
    for _ in range(300):
        a = "".join(chance.choice("abcd") for _ in range(chance.randint(1, 90)))
        b = "".join(chance.choice("abcd") for _ in range(chance.randint(1, 90)))
        assert similar(a, b) == pytest.approx(1 - _levenshtein(a, b) / max(len(a), len(b)))


def _levenshtein(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


@pytest.mark.parametrize(
    ("text", "needle", "inside"),
    [
        ("Gate14opens at noon", "gate 14 opens", True),
        ("seetheredfox run", "the red fox", True),
        ("GATE 14 OPENS AT 09:30", "gate 1", False),
        ("GATE 14 OPENS AT 09:30", "4", False),
        ("GATE 14 OPENS AT 09:30", "14", True),
        ("GATE14", "14", True),
        ("It costs 14.50", "14", False),
        ("a party", "art", False),
        ("minus -5 degrees", "5", False),
        ("本数据集为研究", "数据", True),
        ("anything", "", False),
        ("", "a", False),
    ],
)
def test_contains(text: str, needle: str, inside: bool) -> None:
    assert contains(text, needle) is inside


def test_digits_tell_twins_apart() -> None:
    assert digits("GATE 14 at 09:30") == ("14", "09", "30")
    assert digits("no number") == ()


def test_continues() -> None:
    assert continues("Hello wor", "Hello, world")
    assert not continues("Hello", "hello!")
    assert not continues("Page 1", "Page 12")
    assert not continues("", "a")


def test_part_of() -> None:
    assert part_of("ndation and", "The Foundation and")
    assert not part_of("The Foundation", "the foundation")
    assert not part_of("Page 1", "Page 12 of 20")
    assert part_of("Page 1", "Page 12, Page 1 again")


def test_ascii_is_taken_apart_as_any_other_text() -> None:
    rng = random.Random(7)
    for _ in range(20_000):
        text = "".join(rng.choices("abZ019  .,:/-''%$+|~^_\"`=\n\t()", k=rng.randint(0, 14)))
        # A soft hyphen is folded away, and is no ASCII.
        assert _pieces(text) == _pieces(f"{text}\u00ad") == _pieces_of_any(normalise(text)), text
        assert tokens(text) == tokens(f"{text}\u00ad"), text


def test_marks_join_what_they_join_in_any_other_text() -> None:
    texts = ("".join(chosen) for length in range(6) for chosen in itertools.product("a0 .'-\"", repeat=length))
    assert [text for text in texts if tokens(text) != tokens(f"{text}\u00ad")] == []


def test_ascii_is_normalised_as_any_other_text() -> None:
    for c in map(chr, range(128)):
        text = f" A{c}b{c}{c} "
        # A soft hyphen is folded away, and is no ASCII.
        assert normalise(text) == normalise(f"{text}\u00ad"), repr(c)
