"""What the door lets through can be answered: its right answer, as a row spells it, is judged right."""

import json
import random
from typing import Any

import pytest

from schemas.source import LETTERS, Question
from transforms.answers import judge, state
from transforms.read.manifest import parse_question_line

CHOICES: list[list[str]] = [
    ["B", "A", "C"],
    ["b", "c", "a", "d"],
    ["Answer: B", "The answer is A", "Option C"],
    ["B) Gate", "A) Gate", "not B"],
    ["1", "2", "-1", "1.0"],
    ["**", "``", "...", "?"],
    ["A, B", "B, A", "A and B", "B then A"],
    ["Straße 5", "strasse", "5%", "$5"],
    ["ﬆ", "I", "a", "五", "½"],
    list(reversed(LETTERS)),
]
SPANS: list[Any] = [
    *([10.01, 10.04], [0, 0.001], [0.0004, 0.0016], [12, 18.5], [3.1, 4.125], [1e-9, 0.5], [359999.999, 360000]),
    *([0.1 + 0.2, 0.7], [1e6 + 0.001, 1e6 + 0.002], "1:02:03.25-1:02:03.5", "12,5-18,5", "1 min 5 s to 1 min 9.001 s"),
]
COUNTS: list[Any] = [
    *(0, 3, 2.5, 1e-07, 0.1 + 0.2, 2 / 3, 1e15, 123456789.125, 10**15, 1e14 + 0.5, "five million", "1,234", "twice"),
    *("none", "a hundred", "2.3 million"),
]
TEXTS: list[Any] = [
    *(
        "a",
        "the",
        "*",
        "***",
        "`x`",
        "**bold**",
        "'",
        "...",
        "$5",
        "5%",
        "x < 5",
        "C++",
        "-5",
        "−5",
        "½",
        "(",
        "#",
        "_",
    ),
    *(
        "not 5",
        "5 or 6",
        "never",
        "B",
        "answer is",
        "五百",
        "İ",
        "ﬆ",
        "a\u0301",
        "°",
        "|",
        "says",
        1961,
        1e22,
        0.1,
        -0.0,
    ),
]


def given(kind: str, answer: Any, choices: list[str] | None = None) -> Question:
    row = {"id": "q", "video_id": "v", "text": "?", "kind": kind, "answer": answer}
    question = parse_question_line(json.dumps(row | ({"choices": choices} if choices else {})).encode(), 1, "q.jsonl")
    assert isinstance(question, Question), question
    return question


def rows() -> list[tuple[str, Any, list[str] | None]]:
    chance = random.Random(3)
    orders = [(chance.sample(range(len(texts)), len(texts)), texts) for texts in CHOICES for _ in range(3)]
    return [
        *(("choice", f"({LETTERS[n]})", texts) for texts in CHOICES for n in range(len(texts))),
        *(("order", [f"({LETTERS[n]})" for n in order], texts) for order, texts in orders),
        *(("span", answer, None) for answer in SPANS),
        *(("count", answer, None) for answer in COUNTS),
        *(("open", answer, None) for answer in TEXTS),
    ]


@pytest.mark.parametrize(("kind", "answer", "choices"), rows(), ids=lambda value: ascii(value)[:20])
def test_a_rows_own_answer_is_right(kind: str, answer: Any, choices: list[str] | None) -> None:
    question = given(kind, answer, choices)
    said = state(question)
    judgement = judge(question, said)
    assert (judgement.right, judgement.measure) == (True, 1.0), (said, judgement.detail)
    assert judge(question, said, span_iou=1.0).right


def test_random_spans_and_counts_are_right_as_they_are_spelled() -> None:
    chance = random.Random(5)
    for _ in range(300):
        start = chance.random() * 10 ** chance.randint(-3, 5)
        span = given("span", [start, start + 0.001 + chance.random() * 10 ** chance.randint(-3, 3)])
        count = given("count", chance.random() * 10 ** chance.randint(-6, 14))
        for question in (span, count):
            assert judge(question, state(question), span_iou=1.0).right, question.answer
