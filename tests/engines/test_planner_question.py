"""What the planner makes of a question's words, and of what tools answer."""

import pytest

from schemas.span import Span
from transforms.answers import ASK_FOR
from transforms.engines.planner.observation import read_duration, read_observation
from transforms.engines.planner.question import read_question
from transforms.engines.planner.quotes import blank, quotes
from transforms.engines.planner.times import named_edge, named_time, time_of
from transforms.engines.planner.words import likeness, matter, value

OPEN = "Answer with a word or a short phrase."


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("What does the speaker call the operator?", "hear"),
        ("Which logo is at the end?", "see"),
        ("Who is credited as the narrator?", "see"),
        ("According to the narrator, what protects your work?", "hear"),
        ("How many bullet points are on the slide titled 'Data models'?", "see"),
        ("What is the name of the sister?", "any"),
    ],
)
def test_side(text: str, side: str) -> None:
    assert read_question(f"{text}\n{OPEN}", 60.0).side == side


@pytest.mark.parametrize(
    ("text", "main", "clause", "relation"),
    [
        ('What is shown while he says "a b"?', "What is shown", 'he says "a b"', "while"),
        ('While "X" is on screen, what is said?', "what is said?", '"X" is on screen', "while"),
        ('What does she say right after "Y"?', "What does she say", '"Y"', "after"),
        ('The man says "go". What is said next?', "What is said next?", 'The man says "go".', "after"),
        ("What comes before the title 'Rules'?", "What comes", "the title 'Rules'", "before"),
    ],
)
def test_clauses(text: str, main: str, clause: str, relation: str) -> None:
    ask = read_question(f"{text}\n{OPEN}", 60.0)
    assert ask.anchor is not None
    assert (ask.main, ask.anchor.text, ask.anchor.relation) == (main, clause, relation)


@pytest.mark.parametrize(
    "text",
    ["When does the card appear?", "Who is known as the king?", "During which seconds is it on?", "When is it said?"],
)
def test_no_clause(text: str) -> None:
    assert read_question(f"{text}\n{OPEN}", 60.0).anchor is None


@pytest.mark.parametrize(
    ("text", "at_s", "span"),
    [
        ("What is shown at 20 s?", 20.0, Span(17.0, 23.0)),
        ("What is read 0:45 into the video?", 45.0, Span(42.0, 48.0)),
        ("Which text is there at the 12-second mark?", 12.0, Span(9.0, 15.0)),
        ("What is said between 0:10 and 0:20?", None, Span(10.0, 20.0)),
        ("What happens in the first ten seconds?", None, Span(0.0, 10.0)),
        ("What is seen in the last 5 seconds?", None, Span(55.0, 60.0)),
        ('What does "at 20 s" mean?', None, None),
        ("How many minutes does it take?", None, None),
        ("What is shown at 99 s?", 99.0, None),
    ],
)
def test_times(text: str, at_s: float | None, span: Span | None) -> None:
    when = named_time(text, 60.0)
    assert (when.at_s, when.span) == (at_s, span)


def test_edges_and_choices_of_time() -> None:
    assert named_edge("Which logo is at the very end?") == "end"
    assert named_edge("What is the opening title?") == "start"
    assert named_edge("What is at the end of the sentence?") == ""
    assert time_of("12.0-18.5 s") == Span(12.0, 18.5)
    assert time_of("at 1:05") == Span(65.0, 65.0)
    assert time_of("Gate 14") is None


@pytest.mark.parametrize(
    ("how", "choices", "kind"),
    [
        ("Answer with the letter.", "A. one\nB. two\n", "choice"),
        ("Answer with the letters in order, separated by commas.", "A. one\nB. two\n", "order"),
        ("Answer with a number.", "", "count"),
        (ASK_FOR["span"], "", "span"),
        (OPEN, "", "open"),
    ],
)
def test_kinds(how: str, choices: str, kind: str) -> None:
    ask = read_question(f"What is it?\n{choices}{how}", None)
    assert (ask.kind, ask.text, len(ask.choices)) == (kind, "What is it?", 2 if choices else 0)


def test_a_not_counts_only_where_it_speaks_of_being_there() -> None:
    assert read_question("Which of these is not shown?\nA. a\nB. b\nAnswer with the letter.", None).negative
    assert not read_question("What protects against uses you don't consent to?\n" + OPEN, None).negative


def test_quotes_and_gaps() -> None:
    assert quotes("""Is "it's A" or 'B c' or “D” the speaker's?""") == ("it's A", "B c", "D")
    assert blank("How to ____ your ideas") == ("How to", "your ideas")
    assert blank("How to go on") is None


def test_words() -> None:
    assert matter("What does the speaker say about the red harbour?") == ["red", "harbour"]
    assert likeness("Gate 14", "the GATE 14 opens") == 1.0
    assert likeness("Gate 14", "GATE 41") == 0.0
    assert 0.5 < likeness("Creative Commons", "creative comments") < 1.0
    assert (value("fifty"), value("1,200"), value("9.20"), value("gate")) == (50.0, 1200.0, 9.2, None)


def test_observations_are_read_back_line_by_line() -> None:
    lines = ("[1.0-9.0] seen: blue", '[2.0-4.0] text on screen: "He said "no""', "nonsense", "[9.0-1.0] seen: x")
    text = "\n".join(("From 1.0 s to 9.0 s:", *lines))
    seen = read_observation("caption_zoom", text)
    assert (seen.understood, seen.window) == (True, Span(1.0, 9.0))
    assert [(item.sense, item.text) for item in seen.items] == [("picture", "blue"), ("see", 'He said "no"')]
    clips = read_observation("clip_retrieval", '1 matching clip:\n[1.0-9.0]\n  text on screen: "A"').clips
    assert [(clip.span, clip.lines) for clip in clips] == [(Span(1.0, 9.0), ("A",))]
    assert not read_observation("caption_zoom", "There is no tool 'x'.").understood
    assert read_duration("The video lasts 12.5 s.\nmore") == 12.5
    assert read_duration("end_s must lie in the video, which ends at 100.0 s, not at 102.") == 100.0
