"""Near-duplicate questions: what is forgiven and what never is, on made-up pairs, the samples and published lists."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.benchmark import Benchmark, BenchmarkQuestion
from schemas.settings import Curate
from transforms.curate.benchmark_file import read_benchmark
from transforms.curate.same_question import SHORTEST, Gist, QuestionIndex, gist, likeness
from transforms.curate.sift import index_of

LEAST = Curate().benchmark_question
TWICE = Curate().duplicate_question

LONG = "What does the man in the green coat put on the table after the woman has left the room with the dog?"

ALIKE = {
    "the same": (LONG, LONG),
    "case, spaces and marks": (LONG, f"  {LONG.upper().rstrip('?').replace('TABLE', 'TABLE,')} "),
    "curly quotes": (
        'Who says “open the door” while "GATE 14" is shown?',
        'Who says "Open the door" while “GATE 14” is shown?',
    ),
    "one word of many": (LONG, LONG.replace("table", "desk")),
    "a word more": (LONG, LONG.replace("the man", "the old man")),
    "Chinese": (
        "女人离开房间以后穿绿色外套的男人把什么放在桌子上",
        "女人离开房间以后，穿绿色外套的男人把什么放在桌子上？",
    ),
}


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE.keys())
def test_alike(one: str, other: str) -> None:
    assert likeness(gist(one), gist(other)) >= LEAST


APART = {
    "a digit": (
        "Which gate opens at 09:30 for those who go to the island by the late boat?",
        "Which gate opens at 09:50 for those who go to the island by the late boat?",
    ),
    "a number of the same template": (
        "What is being said 49 seconds into the video?",
        "What is being said 68 seconds into the video?",
    ),
    "a quoted string": (
        'What does the speaker say while "YOU NEED" is on screen?',
        'What does the speaker say while "HOMEWORK" is on screen?',
    ),
    "two quoted strings in another order": (
        'Does "A" come before "B" in the video that is shown here?',
        'Does "B" come before "A" in the video that is shown here?',
    ),
    "how and why": ("how does the boy move the toy car backwards", "why does the boy move the toy car backwards"),
    "the other one": (
        "What does the lady hold in her right hand while standing?",
        "What does the lady hold in her left hand while standing?",
    ),
    "the end": ("What did the boy do after the girl sat?", "What did the boy do after the girl stood?"),
    "nothing in common": (LONG, "Who opens the box that the postman brought on Monday morning?"),
    "no words": ("", ""),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART.keys())
def test_apart(one: str, other: str) -> None:
    assert likeness(gist(one), gist(other)) < LEAST


def test_a_name_in_a_long_question_is_forgiven_against_a_benchmark_but_not_within_a_video() -> None:
    one = "Which side of the chair beside the table with drinks should the robot find Chris' bag?"
    assert LEAST <= likeness(gist(one), gist(one.replace("Chris'", "Joy's"))) < TWICE


def test_choices_tell_questions_of_one_template_apart() -> None:
    text = "In which order do these things happen in the video?"
    fruit, ships = gist(text, ["apple", "pear", "plum"]), gist(text, ["ship", "boat", "raft"])
    assert likeness(fruit, ships) == 0.0
    assert likeness(fruit, gist(text, ["Pear", "apple", "quince"])) == 1.0
    assert likeness(fruit, gist(text)) == 1.0


def test_the_likest_is_found_and_the_first_of_equals() -> None:
    index = QuestionIndex()
    for name, text in (("a", LONG.replace("table", "desk")), ("b", LONG), ("c", LONG), ("d", "Who?"), ("e", "")):
        index.add(name, gist(text))
    assert index.likest(gist(LONG.upper()), LEAST) == "b"
    assert index.likest(gist("Why?"), 0.1) is None
    assert index.likest(gist(""), 0.1) is None
    assert QuestionIndex().likest(gist(LONG), LEAST) is None


def test_short_questions_of_a_benchmark_say_nothing_of_where_they_are_from() -> None:
    short, long = "What is the man in red doing?", "What is the man in red doing there?"
    assert (gist(short).words, gist(long).words) == (SHORTEST - 1, SHORTEST)
    index = index_of(Benchmark("b", "", (), (BenchmarkQuestion(short), BenchmarkQuestion(long))))
    assert (index.likest(gist(short), 1.0), index.likest(gist(long), 1.0)) == (None, long)


def found_in(asked: Sequence[Gist], index: QuestionIndex) -> int:
    return sum(index.likest(one, LEAST) is not None for one in asked)


def test_a_list_that_is_part_of_another_is_found_and_no_question_of_others(annotations: Path) -> None:
    """NExT-GQA asks a part of what NExT-QA asks; the others have nothing to do with one another."""
    names = ("nextgqa_val.csv", "nextqa_val.csv", "rextime_val.jsonl", "m3bench_robot.json")
    lists = {name: read_benchmark(name, annotations / name) for name in names}
    asked = {name: [gist(one.text, one.choices) for one in held.questions] for name, held in lists.items()}
    found = {
        (name, other): found_in(asked[name], index)
        for other, index in ((other, index_of(held)) for other, held in lists.items())
        for name in names
        if name != other
    }
    long = sum(one.words >= SHORTEST for one in asked["nextgqa_val.csv"])
    assert found.pop(("nextgqa_val.csv", "nextqa_val.csv")) == long == 3195
    assert found.pop(("nextqa_val.csv", "nextgqa_val.csv")) == 3196
    assert set(found.values()) == {0}
