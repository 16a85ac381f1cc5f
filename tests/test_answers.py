import random
from collections import Counter
from dataclasses import replace

import pytest

from schemas.errors import InputError
from schemas.source import LETTERS, Answer, Kind, Question
from schemas.span import Span
from transforms.answers import ask_form, judge, parse_number, parse_span, state
from transforms.read.given_answers import Given, answer_of, choices_of


def make(kind: Kind, answer: Answer, choices: tuple[str, ...] = ()) -> Question:
    return Question("q", "v", "What is it?", kind, answer, choices)


CHOICE = make("choice", "Gate 15", ("Gate 14", "Gate 15", "A bridge", "The tower"))
ORDER = make("order", ("Gate A", "Gate B", "Pier, north"), ("Gate B", "Gate A", "Pier, north"))
SPAN = make("span", Span(12.0, 18.5))
COUNT = make("count", 3.0)
OPEN = make("open", "Gate 14")

EVERY = pytest.mark.parametrize("question", [CHOICE, ORDER, SPAN, COUNT, OPEN], ids=lambda q: q.kind)


@pytest.mark.parametrize(
    ("question", "spelled"),
    [
        (CHOICE, "B"),
        (ORDER, "B, A, C"),
        (SPAN, "12.0-18.5"),
        (COUNT, "3"),
        (make("count", 2.5), "2.5"),
        (make("count", 1234567.0), "1234567"),
        (make("count", 1e-07), "0.0000001"),
        (make("span", Span(10.01, 10.04)), "10.01-10.04"),
        (make("span", Span(3.1, 4.125)), "3.1-4.125"),
        (OPEN, "Gate 14"),
        (make("list", ("-5", "7")), "-5, 7"),
        (make("list", ("choice", "beef")), "choice, beef"),
        (make("list", ("the answer", "a question")), "the answer, a question"),
        (make("list", ("1. a b", "c")), "1. a b, c"),
        (make("list", ("*", "x")), "*, x"),
        (make("list", ("R&B", "black and white", "jazz")), "R&B, black and white, jazz"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_the_right_answer_is_spelled_by_kind_and_judged_right(question: Question, spelled: str) -> None:
    assert state(question) == spelled
    judgement = judge(question, spelled)
    assert (judgement.right, judgement.measure) == (True, 1.0)


PIECES = (
    *("a", "b", "A", "I", "5", "-5", "1.", "2)", "(c)", "3.5", "10:30", "one", "twenty", "五", "红", "蓝", "ß", "C++"),
    *("*", "-", "•", "&", "/", "#", "%", "$", "|", ".", "...", ":", "`", '"', "'", "(", ")", ">", "→", "+", "_"),
    *(",", ";", "、", "，", "；", "and", "or", "then", "not", "no", "the", "is", "answer", "choice", "option", "so"),
)


def accepted(kind: Kind, given: Given, choices: list[str] | None = None) -> Question | None:
    """The question of a manifest's line; None for one that is turned away."""
    try:
        among = choices_of(kind, choices)
        return make(kind, answer_of(kind, given, among), among)
    except InputError:
        return None


def test_every_answer_a_manifest_may_give_is_judged_right_as_it_is_spelled() -> None:
    chance = random.Random(7)

    def text() -> str:
        return "".join(piece + chance.choice(("", " ")) for piece in chance.choices(PIECES, k=chance.randint(1, 4)))

    judged: Counter[Kind] = Counter()
    for _ in range(3000):
        choices = [text() for _ in range(chance.randint(2, 5))]
        length = chance.choice((0.001, 0.25, 7, 3000.125))
        start_s = chance.choice((0, 0.001, 9.95, round(chance.uniform(0, 9000), chance.randint(0, 3))))
        number = chance.choice((0, 2**49, chance.randint(0, 99), chance.uniform(0, 9), chance.uniform(0, 1e-6)))
        given = [
            accepted("choice", chance.choice(choices), choices),
            accepted("order", chance.sample(choices, len(choices)), choices),
            accepted("open", text()),
            accepted("list", [text() for _ in range(chance.randint(1, 4))]),
            accepted("count", number),
            accepted("span", [start_s, start_s + length]),
        ]
        for question in filter(None, given):
            judgement = judge(question, state(question), span_iou=1.0)
            assert (judgement.right, judgement.measure) == (True, 1.0), (question, judgement)
            judged[question.kind] += 1
    assert len(judged) == 6 and min(judged.values()) > 500, judged


def test_a_question_is_asked_with_its_choices_and_how_to_answer() -> None:
    assert ask_form(make("choice", "b", ("a\nc", "b"))) == "What is it?\nA. a c\nB. b\nAnswer with the letter."
    assert ask_form(ORDER).endswith("Answer with the letters in order, separated by commas.")
    assert (
        ask_form(SPAN)
        == "What is it?\nMake sure of both ends, then answer with start and end in seconds, as 12.0-18.5."
    )


@EVERY
@pytest.mark.parametrize("said", ["", "  \n", "**", "I do not know.", "…", "<answer>"])
def test_what_is_empty_or_no_answer_is_wrong_with_measure_zero(question: Question, said: str) -> None:
    judgement = judge(question, said)
    assert (judgement.right, judgement.measure) == (False, 0.0)
    assert judgement.detail


@pytest.mark.parametrize(
    "said",
    """B|b|B.|(B)|[B]|B)|B) Gate 15|B. gate 15|B Gate 15|B, Gate 15|(B) Gate 15|**B**|"B"|Gate 15|gate 15.|GATE 15
    |Answer: B|The answer is B.|The answer is (B) Gate 15|Option B|The correct answer is option B
    |B. The sign says so, as I remember.|My answer is: B""".replace("\n    ", "").split("|"),
)
def test_a_choice_is_read_in_its_usual_spellings(said: str) -> None:
    assert judge(CHOICE, said).right


@pytest.mark.parametrize(
    "said",
    [
        *("A", "C", "The…", "The tower", "A bridge", "Because", "E", "E. Gate 15", "Z", "BB", "I", "AB"),
        *("B or C", "A, B", "A and B", "B. Not (A)", "B. Or maybe C", "B) A", "B. Gate 14", "B. It is a bridge"),
        *("Gate 14", "Gate 14 Gate 15", "B Gate 14", "Gate 1 5", "A bridge near Gate 15"),
    ],
)
def test_another_choice_two_letters_or_a_first_letter_is_not_a_right_choice(said: str) -> None:
    assert not judge(CHOICE, said).right


@pytest.mark.parametrize(
    "said", ["B) is wrong", "B. Not that one", "(B) isn't right", "B: incorrect", "B) no", "B) or another one"]
)
def test_a_letter_that_is_denied_or_left_open_is_no_choice(said: str) -> None:
    assert not judge(CHOICE, said).right


def test_a_choice_may_hold_a_negation_of_its_own() -> None:
    question = make("choice", "Do not enter", ("Do not run", "Do not enter"))
    assert judge(question, "B) Do not enter").right
    assert judge(question, "B) The sign says do not enter").right
    assert not judge(question, "B) Do not enter is wrong").right


def test_a_letter_that_is_also_a_text_is_the_letter_that_was_asked_for() -> None:
    swapped = make("choice", "A", ("B", "A"))
    assert judge(swapped, "A").right is False
    assert judge(swapped, "(B)").right is True
    assert judge(swapped, "B").right is True
    turned = make("choice", "A", ("B", "A", "C"))
    assert (state(turned), judge(turned, "B").right, judge(turned, "A").right) == ("B", True, False)
    vowels = make("choice", "A", ("A", "E"))
    assert judge(vowels, "A").right is True


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3.0),
        ("three", 3.0),
        ("3 times.", 3.0),
        ("three times", 3.0),
        ("5 boats are over the bridge", 5.0),
        ("3 (three)", 3.0),
        ("There are three of them", 3.0),
        ("twenty-three", 23.0),
        ("two hundred and five", 205.0),
        ("nineteen thousand two hundred", 19200.0),
        ("1,234", 1234.0),
        ("3.5", 3.5),
        ("-3", -3.0),
        ("twice", 2.0),
        ("none", 0.0),
        ("3 or 4", None),
        ("3-4", None),
        ("three and four", None),
        ("one of the 3", None),
        ("a hundred and five", 105.0),
        ("five million", 5_000_000.0),
        ("2.3 million", 2_300_000.0),
        ("5 hundred", 500.0),
        ("one million two hundred thousand and five", 1_200_005.0),
        ("two hundred (200)", 200.0),
        ("５", 5.0),
        ("−3", -3.0),
        ('{"answer":3}', 3.0),
        ("<answer>3</answer>", 3.0),
        ("count = 3", 3.0),
        ("$3", 3.0),
        ("No, 3.", 3.0),
        ("exactly 3 boats, on the 14th slide", 3.0),
        ("GPT-4 is named 3 times", 3.0),
        ("5 min", 5.0),
        ("1e-07", None),
        (".5", None),
        ("5½", None),
        ("5²", None),
        ("3:3", None),
        ("1.1.1.1", None),
        ("5*5", None),
        ("5 times 5", None),
        ("5 and 5", None),
        ("two thirds", None),
        ("twenty-first", None),
        ("minus five", None),
        ("point five", None),
        ("five million million", None),
        ("hundreds", None),
        ("5 dozen", None),
        ("5 lakh", None),
        ("5 万人", None),
        ("5k", None),
        ("5 k", None),
        ("9" * 400, None),
        ("14th", None),
        ("B2", None),
        ("many", None),
        ("", None),
    ],
)
def test_exactly_one_number_is_read(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "said",
    [
        *("five million", "5 million", "5 hundred", "5 thousand", "five dozen", "5 and a half", "5%", "5 percent"),
        *(
            "more than 5",
            "at least 5",
            "5 or more",
            "5 or so",
            "fewer than 5",
            "less than five",
            "up to 5",
            "at most 5",
        ),
        *("over 5", "under 5", "about 5", "around five", "nearly 5", "almost 5", "roughly 5", "5+", ">5", "≥ 5", "~5"),
        *("not 5", "It isn't 5", "no 5", "neither 5", "5 or 6", "either 5", "5 plus", "per cent: 5", "5-5", "5/5"),
    ],
)
def test_a_count_that_says_more_than_its_number_is_wrong(said: str) -> None:
    judgement = judge(make("count", 5.0), said)
    assert (judgement.right, judgement.measure) == (False, 0.0)


def test_one_and_a_half_is_not_one() -> None:
    assert not judge(make("count", 1.0), "one and a half").right
    assert not judge(make("count", 1.0), "one third").right


def test_a_count_may_be_off_by_the_tolerance_and_no_more() -> None:
    assert [judge(COUNT, said).right for said in ("three", "3.0", "4", "-3", "3 4")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert judge(COUNT, "4", number_tolerance=1.0).right
    assert not judge(COUNT, "5", number_tolerance=1.0).right


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("12-18.5", (12.0, 18.5)),
        ("12 – 18.5 s", (12.0, 18.5)),
        ("from 12 s to 18.5 s", (12.0, 18.5)),
        ("It is shown from 12.0 to 18.5 seconds, so for 6.5 s.", (12.0, 18.5)),
        ("00:12-00:18.5", (12.0, 18.5)),
        ("1:02:03 to 1:02:10", (3723.0, 3730.0)),
        ("1 min 5 s to 1 min 9 s", (65.0, 69.0)),
        ("[12.0, 18.5]", (12.0, 18.5)),
        ('{"start_s": 12.0, "end_s": 18.5}', (12.0, 18.5)),
        ("start 12, end 18.5", (12.0, 18.5)),
        ("between 12 and 18.5", (12.0, 18.5)),
        ("18-12", (18.0, 12.0)),
        ("12", None),
        ("at 12 seconds", None),
        ("-5-10", None),
        ("12-18 or 20-24", None),
        ("2020-12-18", None),
        ("12,18", (12.0, 18.0)),
        ("[12.0,18.5]", (12.0, 18.5)),
        ("12,5-18,5", (12.5, 18.5)),
        ("12,5 s to 18,25 s", (12.5, 18.25)),
        ("12,5-18", None),
        ("12-18,5", None),
        ("12 to 18,25", None),
        ("12,15 and 18", None),
        ("12,000-18,000", None),
        ("not 12.5-18.5", None),
        ("It isn't 12.5 to 18.5", None),
        ("outside 12.5-18.5", None),
        ("12.5-18.5 or later", None),
        ("1-" + "9" * 400, None),
        ("9" * 400 + ":00:01-12", None),
    ],
)
def test_exactly_one_stretch_of_time_is_read(text: str, span: tuple[float, float] | None) -> None:
    assert parse_span(text) == span


def test_a_span_is_right_by_its_iou() -> None:
    exact, half, reversed_ = judge(SPAN, "12-18.5"), judge(SPAN, "12.0-15.0"), judge(SPAN, "18.5-12")
    assert (exact.right, exact.measure) == (True, 1.0)
    assert (half.right, half.measure) == (False, round(3 / 6.5, 4))
    assert judge(SPAN, "12.0-15.0", span_iou=0.4).right
    assert (reversed_.right, reversed_.measure) == (False, 0.0)
    assert not judge(SPAN, "30-40", span_iou=0.0).right


@pytest.mark.parametrize(
    "said",
    [
        "B, A, C",
        "B A C",
        "BAC",
        "b,a,c",
        "B > A > C",
        "B → A → C",
        "(B), (A), (C)",
        "B then A then C",
        "B, A, and C.",
        "1. B\n2. A\n3. C",
        "The order is B, A, C.",
        "Gate A; Gate B; Pier, north",
        "Gate A\nGate B\nPier, north",
        "B) Gate A\nA) Gate B\nC) Pier, north",
    ],
)
def test_an_order_is_read_in_its_usual_spellings(said: str) -> None:
    assert judge(ORDER, said).right


@pytest.mark.parametrize(
    ("said", "measure"),
    [
        ("A, B, C", 0.3333),
        ("C, B, A", 0.0),
        ("B, A", 0.0),
        ("B, B, C", 0.0),
        ("B, A, D", 0.0),
        ("BAD", 0.0),
        ("B, A, C, A", 0.0),
    ],
)
def test_another_order_or_none_is_wrong(said: str, measure: float) -> None:
    judgement = judge(ORDER, said)
    assert (judgement.right, judgement.measure) == (False, measure)


@pytest.mark.parametrize(
    "said",
    [
        "gate 14",
        "'Gate 14'",
        "GATE 14.",
        "The gate 14",
        "gate fourteen",
        'The sign says "Gate 14".',
        "It is Gate 14",
        "gate  14",
    ],
)
def test_an_open_answer_may_differ_in_case_articles_and_framing(said: str) -> None:
    assert judge(OPEN, said).right


GAP = replace(make("open", "52"), text='Complete the line that is shown in the video: "Read page ____".')


@pytest.mark.parametrize("said", ["52", "Read page 52", '"Read page 52."', "The line says: read page 52"])
def test_a_gap_may_be_filled_with_the_whole_line(said: str) -> None:
    assert judge(GAP, said).right


@pytest.mark.parametrize(
    "said", ["Read page 53", "Read page ____", "Read page 52 or 53", "Read page", "Do not read page 52", "page 52"]
)
def test_another_line_does_not_fill_the_gap(said: str) -> None:
    assert not judge(GAP, said).right


def test_a_gap_outside_of_one_quoted_line_is_filled_by_its_answer_alone() -> None:
    for text in ("Read page ____", '"Read ____ ____"', '"Read ____" or "see ____"'):
        assert not judge(replace(GAP, text=text), "Read page 52").right
        assert judge(replace(GAP, text=text), "52").right


@pytest.mark.parametrize(
    "said", ["Gate 15", "Gate 1 4", "Gate 14 or 15", "not Gate 14", "Gate 14 and Gate 15", "Gate", "14", "Gate 14 B"]
)
def test_an_open_answer_with_other_words_or_numbers_is_wrong(said: str) -> None:
    assert not judge(OPEN, said).right


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        *(("x < 5", "x > 5"), ("x=5", "x≠5"), ("x ≤ 5", "x < 5"), ("5 + 3", "5 × 3"), ("a → b", "a b")),
        *(("$5", "5%"), ("$5", "€5"), ("5%", "5‰"), ("$5 or €6", "€5 or $6")),
    ],
)
def test_an_open_answer_with_another_sign_or_unit_is_wrong(answer: str, said: str) -> None:
    assert not judge(make("open", answer), said).right
    assert not judge(make("open", said), answer).right


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        *(("$5", "5"), ("5%", "5"), ("17", "17%"), ("50", "$50"), ("5％", "5%"), ("$5-$6", "$5-6"), ("x<5", "x < 5")),
        *(
            ("Gate 14 | North", "gate 14 north"),
            ("Harbour®", "harbour"),
            ("−5 °C", "-5 °C"),
            ("***", "***"),
            ("a", "A"),
        ),
    ],
)
def test_a_unit_may_be_left_out_of_an_open_answer(answer: str, said: str) -> None:
    assert judge(make("open", answer), said).right


def test_symbols_that_are_part_of_a_name_count() -> None:
    assert not judge(make("open", "C++"), "C").right
    assert judge(make("open", "C++"), "c++").right
    assert judge(make("open", "harbour guide"), "harbourguide").right


NASTY = (
    *"0123456789.,:;-–—−+*/^%$€<>=~|()[]{}\"'“”’`#@& \n\t_",
    *("\ud800", "\udfff", "\x00", "\u200b", "\ufeff", "五", "百", "万", "ァ", "½", "²", "Ⅴ", "٣", "５", "ﬆ", "İ", "ß"),
    *("A", "B", "C", "I", "Z", " or ", " not ", " and ", " to ", " the ", "hundred", "million", "five", "twenty", "h"),
    *("min", " s", "->", "...", "9" * 400, "1e999", "NaN", "inf", "answer is ", "option ", "end_s", "<answer>"),
)


@pytest.mark.parametrize(
    "question",
    [CHOICE, ORDER, SPAN, COUNT, OPEN, make("order", tuple("BACDEFGHIJKLMNOPQRSTUVWXYZ"), tuple(LETTERS))],
    ids=["choice", "order", "span", "count", "open", "long order"],
)
def test_whatever_is_said_is_judged(question: Question) -> None:
    chance = random.Random(20)
    for _ in range(2000):
        said = "".join(chance.choices(NASTY, k=chance.randint(0, 30)))
        judgement = judge(question, said)
        assert judgement.measure is not None and 0 <= judgement.measure <= 1, said
        judgement.detail.encode()


def test_a_ligature_of_two_letters_is_no_letter() -> None:
    question = make("order", tuple(LETTERS), tuple(LETTERS))
    assert not judge(question, ", ".join("ﬆ" if letter == "S" else letter for letter in LETTERS)).right
