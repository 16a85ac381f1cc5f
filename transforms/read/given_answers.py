"""Brings the answers of given questions to one form by kind, or says why that cannot be done."""

from schemas.errors import InputError
from schemas.source import LETTERS, Answer, Kind
from schemas.span import Span, seconds
from transforms.answers import SEPARATORS
from transforms.numbers import parse_number, spell_number
from transforms.text import normalise
from transforms.times import LATEST_S, parse_span

Given = str | int | float | list[str | int | float]

MOST = 10**15
"""Greatest count: beyond it, floats do not hold every whole number."""


def choices_of(kind: Kind, given: list[str] | None) -> tuple[str, ...]:
    """The choices of a question, spaces tidied.

    Raises:
        InputError: `missing_choices`, `unexpected_choices`, `empty_text`, `duplicate_choices`.
    """
    if kind not in ("choice", "order"):
        if given:
            raise InputError("unexpected_choices", f"a question of kind {kind} has no choices; is its kind `choice`?")
        return ()
    choices = tuple(" ".join(text.split()) for text in given or ())
    if len(choices) < 2 or len(choices) > len(LETTERS):
        raise InputError(
            "missing_choices", f"a question of kind {kind} needs 2 to {len(LETTERS)} `choices`, not {len(choices)}"
        )
    for letter, text in zip(LETTERS, choices, strict=False):
        if not normalise(text):
            raise InputError("empty_text", f"choice {letter} is empty")
    folded = [text.casefold() for text in choices]
    for n, text in enumerate(folded):
        if text in folded[:n]:
            raise InputError(
                "duplicate_choices", f"choices {LETTERS[folded.index(text)]} and {LETTERS[n]} are the same; keep one"
            )
    return choices


def answer_of(kind: Kind, given: Given, choices: tuple[str, ...]) -> Answer:
    """The answer in the form that `schemas.source.Answer` tells of.

    Raises:
        InputError: `answer_not_a_choice`, `ambiguous_answer`, `not_a_permutation`, `not_a_number`, `bad_span`,
            `empty_text` or `wrong_type`.
    """
    if kind == "choice":
        return choices[_index(given, choices)]
    if kind == "order":
        return _order(given, choices)
    if kind == "list":
        return _list(given)
    if kind == "count":
        return _number(given)
    if kind == "span":
        return _span(given)
    if isinstance(given, list):
        raise InputError("wrong_type", "the answer to an open question is one text, not a list")
    text = " ".join(_spelled(given).split())
    if not normalise(text):
        raise InputError("empty_text", "`answer` is empty; write the right answer")
    return text


def _index(given: str | int | float | list[str | int | float], choices: tuple[str, ...]) -> int:
    """A choice's text, its letter, or a number that is itself the text of a choice.

    Other numbers are not read as places: half of the known datasets count from 0 and half from 1.
    """
    if isinstance(given, list):
        raise InputError("wrong_type", "the answer to a choice is one text or letter, not a list")
    said = " ".join(_spelled(given).split())
    folded = [text.casefold() for text in choices]
    by_text = folded.index(said.casefold()) if said.casefold() in folded else None
    letter = said.removeprefix("(").rstrip(".):")
    by_letter = LETTERS[: len(choices)].find(letter.upper()) if len(letter) == 1 and letter.isascii() else -1
    if by_text is not None and by_letter >= 0 and by_text != by_letter:
        raise InputError(
            "ambiguous_answer",
            f"{said!r} is the text of choice {LETTERS[by_text]} and a letter; write the letter that is meant in"
            f" brackets: `({LETTERS[by_text]})` or `({LETTERS[by_letter]})`",
        )
    index = by_text if by_text is not None else by_letter
    if index < 0:
        hint = (
            "write its letter, because numbers may count from 0 or from 1"
            if isinstance(given, int | float)
            else (f"write one of their texts or a letter from A to {LETTERS[len(choices) - 1]}")
        )
        raise InputError("answer_not_a_choice", f"the answer {said[:60]!r} is none of the choices; {hint}")
    return index


def _order(given: Given, choices: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise InputError("wrong_type", "the answer to an order is the list of the choices, or of their letters")
    order = [_index(item, choices) for item in given]
    if sorted(order) != list(range(len(choices))):
        raise InputError("not_a_permutation", f"the answer must name each of the {len(choices)} choices once")
    return tuple(choices[index] for index in order)


def _list(given: Given) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise InputError("wrong_type", "the answer to a list is a list of texts")
    texts = tuple(" ".join(_spelled(item).split()) for item in given)
    if not texts or not all(map(normalise, texts)):
        raise InputError("empty_text", "`answer` is empty, or one of its texts is; write the right answer")
    if len({text.casefold() for text in texts}) < len(texts):
        raise InputError("duplicate_choices", "the answer names something twice; keep one")
    if not all(set(SEPARATORS).isdisjoint(text) for text in texts):
        raise InputError("wrong_type", "a text of a list holds a comma or semicolon, which stands between texts")
    return texts


def _number(given: Given) -> float:
    number = parse_number(given) if isinstance(given, str) else given
    if number is None or isinstance(number, list):
        raise InputError("not_a_number", "the answer to a count must be one number, and nothing that changes it")
    if number < 0:
        raise InputError("not_a_number", f"a count cannot be {_clipped(number)}")
    if number > MOST:
        raise InputError("not_a_number", f"a count can be at most {MOST}, not {_clipped(number)}")
    if parse_number(spell_number(number)) != number:
        raise InputError("not_a_number", f"{number!r} has more digits than an answer can spell; round it")
    return float(number)


def _span(given: Given) -> Span:
    pair: tuple[int | float, int | float] | None = None
    if isinstance(given, str):
        pair = parse_span(given)
    elif isinstance(given, list) and len(given) == 2:
        first, last = given
        pair = None if isinstance(first, str) or isinstance(last, str) else (first, last)
    if pair is None:
        raise InputError("bad_span", "the answer to a span must be [start_s, end_s], two numbers of seconds")
    if max(pair) > LATEST_S:
        raise InputError("bad_span", f"the span reaches {_clipped(max(pair))} s, longer than a video; write seconds")
    if pair[0] < 0:
        raise InputError(
            "bad_span", f"the span starts at {_clipped(pair[0])} s; times count from the first frame, at 0 s"
        )
    start_s, end_s = seconds(pair[0]), seconds(max(pair[1], 0))
    if end_s <= start_s:
        raise InputError(
            "bad_span", f"the span ends at {_clipped(pair[1])} s, not after its start at {_clipped(pair[0])} s"
        )
    return Span(start_s, end_s)


def _clipped(number: int | float) -> str:
    """A number for a person to recognise; integers of any length are safe."""
    text = f"{number:g}" if isinstance(number, float) else str(number)
    return text if len(text) <= 30 else f"{text[:27]}..."


def _spelled(given: str | int | float) -> str:
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    return str(given)
