"""Where a line is taken apart, from the places of its letters and the contrast between them alone."""

import numpy as np
import pytest

from transforms.engines.columns import columns


def drawn(text: str, letter: int = 10, space: int = 10, faint: str = "") -> tuple[list[float], np.ndarray]:
    """The middles of the letters and the contrast of a line whose letters are 8 pixels of ink in `letter` pixels.

    A space is `space` pixels wide; letters in `faint` have a quarter of the contrast of the others.
    """
    places: list[float] = []
    contrast: list[int] = []
    for char in text:
        if char == " ":
            contrast += [4] * space
            continue
        places.append(len(contrast) + letter / 2)
        ink = 50 if char in faint else 200
        contrast += [4, *[ink] * 8, 4] + [4] * (letter - 10)
    return places, np.array(contrast)


def parts(text: str, letter: int = 10, space: int = 10, faint: str = "") -> list[str]:
    return [text[part.begin : part.end] for part in columns(text, *drawn(text, letter, space, faint))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("libexec  sbin", ["libexec", "sbin"]),
        ("bin  lib64   share", ["bin", "lib64", "share"]),
        ("about us     contact", ["about us", "contact"]),
        (" the boat leaves ", [" the boat leaves "]),
        ("prints  no more  than it", ["prints  no more  than it"]),
        ("1.   Boil the water", ["1.   Boil the water"]),
        ("Name:   Martin", ["Name:   Martin"]),
        ("It is late.   We go", ["It is late.   We go"]),
        ("SOUND   + DESIGN", ["SOUND   + DESIGN"]),
        ("P E A C H", ["P E A C H"]),
        ("", [""]),
    ],
)
def test_a_line_is_taken_apart_where_nobody_would_read_on(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_letters_that_are_spaced_do_not_make_columns_of_words() -> None:
    assert parts("PEACH PROJECT", letter=24, space=21) == ["PEACH PROJECT"]


def test_a_letter_that_was_not_read_makes_no_column() -> None:
    places, contrast = drawn("still  lit")
    assert len(columns("stilllit", places, contrast)) == 1


def test_words_that_are_still_faint_are_no_gap() -> None:
    assert parts("all but few gusts", faint="few") == ["all but few gusts"]


def test_parts_reach_a_quarter_into_the_gap() -> None:
    places, contrast = drawn("ab  cd")
    left, right = columns("ab  cd", places, contrast)
    # 19 to 41 are blank: 22 pixels, a last one of b and a first one of c among them.
    assert (left.left, left.right) == (0.0, pytest.approx(24.5 / 60))
    assert (right.left, right.right) == (pytest.approx(35.5 / 60), 1.0)
