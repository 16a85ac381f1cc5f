"""What is fit to be asked about, and what is not."""

from dataclasses import replace

import pytest

from schemas.span import Span
from tests.timelines import MIDDLE, make_timeline
from transforms.ask.cloze import clozes
from transforms.ask.groups import given_away, sets_of
from transforms.ask.likeness import EchoIndex, echoes
from transforms.ask.numbers import rivals
from transforms.ask.readable import readable_line, tidy
from transforms.ask.said import said_phrases
from transforms.ask.shown import Shown, shown_lines


@pytest.mark.parametrize(
    "text",
    [
        "GATE 14 OPENS AT 09:30",
        "How to make a good map",
        "junell.net",
        "MUSIC + SOUND DESIGN",
        "Adult 18.50",
        "Überfahrt",
        "开放时间表",
        "Catherine T. MacArthur Foundation",
    ],
)
def test_lines_that_make_sense_are_asked(text: str) -> None:
    assert readable_line(tidy(text))


@pytest.mark.parametrize(
    "text",
    [
        "", "14", "cc", "Yes", "is the new", "What is this", "AdVpRG derived", "l1I0l rest", "jmmnk", "0 1 b c 4",
        "b ← m0 ⊕ G(k)", "compu-", "G:K→{0,1}", "a <image> here", "<tool_call>", "<|im_start|>user", "[INST] hello",
        'he said "hello"', "under_____line", "x" * 81, "Adv[A,E] ≤ 2", "\N{WHITE SMILING FACE} happy face",
        "half \ud800 character", "bell \x07 sound", "`code here`",
    ],
)  # fmt: skip
def test_debris_markup_and_common_words_are_not(text: str) -> None:
    assert not readable_line(tidy(text))


def test_bullets_and_hanging_punctuation_are_taken_off() -> None:
    assert tidy("  •  Mapping and   analysis: ") == "Mapping and analysis"
    assert tidy("You will learn about...") == "You will learn about"


@pytest.mark.parametrize(
    ("part", "whole", "echo"),
    [
        ("GATE 14 OPENS", "gate 14 opens.", True),
        ("GATE 14 OPENS", "GATE l4 OPENS", True),
        ("Harbour guide", "The harbour guide", True),
        ("The harbour guide", "Harbour guide", False),
        ("IT ONLY TAKES AMINUTE", "It only takes a minute", True),
        ("Hel", "Hello", True),
        ("harbor", "Harbour", True),
        ("GATE 14 OPENS", "GATE 15 OPENS", False),
        ("GATE 1", "GATE 14", False),
        ("North pier", "South pier", False),
        ("Last boat 22:15", "Last boat 21:15", False),
    ],
)
def test_echo(part: str, whole: str, echo: bool) -> None:
    assert echoes(part, whole) is echo
    assert (EchoIndex([whole]).only(part) == 0) is echo


def test_a_line_is_asked_only_when_it_is_sure_alone_and_stays() -> None:
    timeline = make_timeline(
        [
            ("Harbour guide", 0.0, 60.0),
            ("North pier open", 2.0, 8.0),
            ("South pier open", 2.0, 8.0),
            ("Twice shown text", 10.0, 14.0),
            ("TWICE SHOWN TEXT", 40.0, 44.0),
            ("Unsure reading", 10.0, 14.0, MIDDLE, False),
            ("Blurry ticket price", 15.0, 19.0),
            ("Blurry ticket pnice", 20.0, 22.0, MIDDLE, False),
            ("Gone too soon", 15.0, 15.8),
            ("Tiny print below", 15.0, 19.0, (0.1, 0.9, 0.9, 0.92)),
            ("Welc", 30.0, 31.5),
            ("Welcome home", 31.5, 36.0),
        ]
    )
    assert [line.text for line in shown_lines(timeline)] == ["North pier open", "South pier open", "Welcome home"]


def test_a_clock_that_counts_is_not_asked() -> None:
    ticks = [(f"Recording 00:0{n}", float(n), n + 1.0) for n in range(8)]
    assert shown_lines(make_timeline([*ticks, ("Steady caption", 1.0, 6.0)])) == (
        Shown("Steady caption", Span(1.0, 6.0), MIDDLE),
    )


def test_a_text_that_was_read_in_two_ways_is_not_asked() -> None:
    """As OCR read it over moving stars, each time with a score above 0.99."""
    timeline = make_timeline(
        lines=[
            ("Night train to Aldford", 4.0, 5.0),
            ("Night train o Aldford", 5.0, 7.5),
            ("Night train to Aldford", 7.5, 9.0),
            ("Last boat 22:15", 20.0, 25.0),
            ("Last boat 21:15", 25.5, 30.0),
            ("North pier open", 40.0, 45.0),
            ("South pier open", 50.0, 55.0),
        ]
    )
    assert [line.text for line in shown_lines(timeline)] == [
        "Last boat 22:15", "Last boat 21:15", "North pier open", "South pier open"
    ]  # fmt: skip


def test_phrases_are_sentences_cut_across_segments_with_a_piece_of_evidence_for_each() -> None:
    timeline = make_timeline(
        speech=[
            ("The bridge was built in the", 1.0, 4.0),
            ("year 1937. It carries four trains.", 4.0, 7.0),
            ("It carries four trains.", 20.0, 22.0),
            ("This was never surely understood.", 30.0, 33.0, False),
            ("Please wait (applause) for the doctor.", 35.0, 38.0),
        ]
    )
    (phrase,) = said_phrases(timeline)
    assert phrase.text == "The bridge was built in the year 1937"
    assert (phrase.sentence, phrase.span) == (True, Span(1.0, 5.0))
    assert [(e.text, e.span.start_s, e.span.end_s, e.modality) for e in phrase.heard()] == [
        ("The bridge was built in the", 1.0, 4.0, "speech"),
        ("year 1937", 4.0, 5.0, "speech"),
    ]


def test_a_common_word_alone_in_its_segment_is_no_piece_of_evidence() -> None:
    timeline = make_timeline(speech=[("There's", 1.0, 1.1), ("still a problem with the old bridge.", 1.1, 4.0)])
    (phrase,) = said_phrases(timeline)
    assert phrase.text == "There's still a problem with the old bridge"
    assert [(e.text, e.span) for e in phrase.heard()] == [("still a problem with the old bridge", Span(1.1, 4.0))]


@pytest.mark.parametrize(
    ("misheard", "score", "kept"),
    [
        ("Good morning and welcome to our island's lesson.", 0.3, False),
        ("Good morning and welcome to our island's lesson.", 0.6, True),
        ("So a good morning and welcome to our island's lesson on stones.", 0.3, False),
        ("Good evening and welcome to our island's lesson.", 0.3, True),
        ("Good morning and welcome to island's lesson.", 0.3, True),
    ],
    ids=["it may be any word", "surely another word", "inside a longer one", "another word too", "shorter"],
)
def test_a_phrase_that_was_perhaps_said_twice_is_left_out(misheard: str, score: float, kept: bool) -> None:
    timeline = make_timeline(
        speech=[("Good morning and welcome to our science lesson.", 1.0, 5.0), (misheard, 20.0, 24.0)]
    )
    first, other = timeline.speech
    words = tuple(replace(word, score=score) if word.text == "island's" else word for word in other.words)
    timeline = replace(timeline, speech=(first, replace(other, words=words)))
    wanted = "Good morning and welcome to our science lesson"
    assert (wanted in {phrase.text for phrase in said_phrases(timeline)}) == kept


def test_words_that_nobody_understood_stand_for_no_phrase() -> None:
    timeline = make_timeline(
        speech=[("Good morning and welcome to our science lesson.", 1.0, 5.0), ("A b c d e our go s.", 20.0, 24.0)]
    )
    first, other = timeline.speech
    words = tuple(replace(word, score=0.2) if len(word.text) < 3 else word for word in other.words)
    timeline = replace(timeline, speech=(first, replace(other, words=words)))
    assert [phrase.text for phrase in said_phrases(timeline)] == ["Good morning and welcome to our science lesson"]


@pytest.mark.parametrize(
    ("word", "score", "kept"),
    [("Now", 0.31, True), ("Now", 0.29, False), ("ferry", 0.51, True), ("ferry", 0.49, False)],
)
def test_a_phrase_with_a_word_that_nobody_is_sure_of_is_left_out(word: str, score: float, kept: bool) -> None:
    (speech,) = make_timeline(speech=[("Now the ferry leaves the island.", 1.0, 4.0)]).speech
    doubted = replace(speech, words=tuple(replace(w, score=score) if w.text == word else w for w in speech.words))
    found = said_phrases(replace(make_timeline(), speech=(doubted,)))
    assert [phrase.text for phrase in found] == ["Now the ferry leaves the island"] * kept


def test_without_word_times_only_whole_segments_have_exact_times() -> None:
    timeline = make_timeline(
        speech=[
            ("The tram leaves from the old square.", 1.0, 4.0),
            ("We met twice. The museum opens every single morning.", 5.0, 9.0),
        ],
        timed_words=False,
    )
    found = {phrase.text: (phrase.exact, phrase.span) for phrase in said_phrases(timeline)}
    assert found == {
        "The tram leaves from the old square": (True, Span(1.0, 4.0)),
        "The museum opens every single morning": (False, Span(5.0, 9.0)),
    }


def test_long_sentences_are_cut_at_commas() -> None:
    text = "When the harbour freezes in winter, all ferries wait outside of the islands, and nobody can travel at all."
    assert [phrase.text for phrase in said_phrases(make_timeline(speech=[(text, 1.0, 8.0)]))] == [
        "When the harbour freezes in winter, all ferries wait outside of the islands",
        "and nobody can travel at all",
    ]


def test_sets_hold_three_or_four_items_of_like_form_that_are_apart() -> None:
    texts = [
        "GATE 14",
        "GATE 15",
        "GATE 16",
        "GATE 17",
        "A quiet guide",
        "A noisy guide",
        "One extremely long line about the history of a harbour",
        "A silent guide",
    ]
    lines = [Shown(text, Span(10.0 * n, 10.0 * n + 5), MIDDLE) for n, text in enumerate(texts)]
    assert [{line.text for line in group} for group in sets_of(lines, lambda a, b: True)] == [
        {"A quiet guide", "A noisy guide", "A silent guide"},
        {"GATE 14", "GATE 15", "GATE 16", "GATE 17"},
    ]
    assert sets_of(lines, lambda a, b: False) == []


@pytest.mark.parametrize(
    ("number", "step"),
    [("14", 1), ("1937", 1), ("1500", 100), ("45", 5), ("09:30", 30), ("09:35", 5), ("18.50", 10), ("007", 1)],
)
def test_rival_numbers_have_the_same_form_and_every_place(number: str, step: int) -> None:
    places = set()
    for seed in range(60):
        found = rivals(number, seed)
        assert found is not None and len(set(found)) == 4 and list(found) == sorted(found)
        assert {len(text) for text in found} == {len(number)}
        plain = [int(t.replace(".", "")) if ":" not in t else int(t[:2]) * 60 + int(t[3:]) for t in found]
        assert [b - a for a, b in zip(plain, plain[1:], strict=False)] == [step] * 3
        places.add(found.index(number))
    assert places == {0, 1, 2, 3}


@pytest.mark.parametrize("number", ["2", "10", "98", "00:30", "23:50", "abc", "1,234", "14th", ""])
def test_numbers_without_fair_rivals_are_refused_whatever_the_seed(number: str) -> None:
    assert all(rivals(number, seed) is None for seed in range(20))


def test_one_word_is_left_out_where_it_stands_once_and_carries_content() -> None:
    found = {
        cloze.word: (cloze.text, cloze.number) for cloze in clozes("GATE 14 opens near the lighthouse, near gate 15.")
    }
    assert found == {
        "14": ("GATE ____ opens near the lighthouse, near gate 15.", True),
        "opens": ("GATE 14 ____ near the lighthouse, near gate 15.", False),
        "lighthouse": ("GATE 14 opens near the ____, near gate 15.", False),
        "15": ("GATE 14 opens near the lighthouse, near gate ____.", True),
    }


def test_a_choice_that_shares_most_with_the_question_is_given_away() -> None:
    assert given_away("The silver bridge", ["The old town", "A narrow street"], "We cross the bridge")
    assert not given_away("The silver bridge", ["The old bridge", "A narrow street"], "We cross the bridge")
    assert not given_away("The old town", ["The silver bridge"], "We cross the bridge")
