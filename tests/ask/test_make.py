"""All questions about a video: true by construction, balanced, and of no use to someone who has not seen it."""

import functools
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.codec import digest, to_json
from schemas.settings import QUESTION_TEMPLATES, Ask
from schemas.source import Question
from schemas.span import Span
from schemas.timeline import TextLine, Timeline
from tests.timelines import make_timeline, random_timeline
from transforms.answers import ask_form, judge, state
from transforms.ask.make import FORMS, make_questions
from transforms.ask.readable import tidy
from transforms.perceive.subtitles import read_subtitles
from transforms.text import contains, same_text, similar, tokens

NAMES = [f"film {n}" for n in range(9)]
EVERYTHING = Ask(per_video=1000)


@pytest.fixture(scope="module")
def films() -> list[tuple[Timeline, tuple[Question, ...]]]:
    timelines = [random_timeline(name) for name in NAMES]
    return [(timeline, make_questions(timeline, EVERYTHING)) for timeline in timelines]


@pytest.fixture(scope="module")
def questions(films: list[tuple[Timeline, tuple[Question, ...]]]) -> list[Question]:
    return [question for _, made in films for question in made]


def lines_of(timeline: Timeline, text: str) -> list[TextLine]:
    return [line for line in timeline.lines if same_text(line.text, text)]


def only_line(timeline: Timeline, text: str) -> TextLine:
    (line,) = lines_of(timeline, text)
    return line


def said_span(timeline: Timeline, text: str) -> Span:
    """Where a phrase is said, found by its letters alone."""
    words = [word for speech in timeline.speech for word in speech.words]
    parts = tokens(text)
    heard = [tokens(word.text) for word in words]
    (at,) = [
        n for n in range(len(words)) if tuple(t for tokens_of in heard[n : n + len(parts)] for t in tokens_of) == parts
    ]
    return Span(words[at].span.start_s, words[at + len(parts) - 1].span.end_s)


def quotes(text: str) -> list[str]:
    return re.findall(r'"([^"]*)"', text)


def seconds_in(text: str) -> int:
    (number,) = re.findall(r"\b(\d+)(?=[ -]seconds?\b)", re.sub(r'"[^"]*"', "", text))
    return int(number)


def begins(timeline: Timeline, event: str) -> float:
    """When an event of an order question begins, whichever kind it is."""
    quoted = quotes(event)
    if event.startswith("the speaker says"):
        return said_span(timeline, quoted[0]).start_s
    if event.endswith("appears on screen"):
        return only_line(timeline, quoted[0]).span.start_s
    return only_line(timeline, event).span.start_s if lines_of(timeline, event) else said_span(timeline, event).start_s


def right_choices(timeline: Timeline, question: Question) -> list[str]:
    """The choices that are true, by a rule of its own for every way of asking."""
    text, quoted = question.text, quotes(question.text)
    on_screen = [choice for choice in question.choices if lines_of(timeline, choice)]
    by_time = re.search(r"\d+[ -]seconds?\b", re.sub(r'"[^"]*"', "", text)) is not None
    if quoted and "____" in quoted[0]:
        filled = [quoted[0].replace("____", choice) for choice in question.choices]
        items = timeline.lines if question.origin == "ask/screen_text" else timeline.speech
        return [c for c, f in zip(question.choices, filled, strict=True) if any(contains(i.text, f) for i in items)]
    if question.origin == "ask/order":
        ordered = sorted(question.choices, key=lambda choice: begins(timeline, choice))
        return [ordered[-1] if " last" in text else ordered[0]]
    if by_time and len(on_screen) == len(question.choices):
        t = seconds_in(text)
        spans = {choice: only_line(timeline, choice).span for choice in question.choices}
        if "comes up" in text or "appear" in text:
            return [choice for choice, span in spans.items() if abs(span.start_s - t) <= 0.5]
        return [choice for choice, span in spans.items() if span.contains(t)]
    if by_time:
        return [choice for choice in question.choices if said_span(timeline, choice).contains(seconds_in(text))]
    if lines_of(timeline, quoted[0]):
        while_s = only_line(timeline, quoted[0]).span
        find = (lambda c: only_line(timeline, c).span) if on_screen else (lambda c: said_span(timeline, c))
        return [choice for choice in question.choices if find(choice).overlap_s(while_s) > 0]
    before = said_span(timeline, quoted[0])
    if on_screen:
        return [c for c in question.choices if only_line(timeline, c).span.overlap_s(before) > 0]
    return [c for c in question.choices if 0 <= said_span(timeline, c).start_s - before.end_s <= 5]


def test_every_choice_is_true_and_the_others_are_not(films: list[tuple[Timeline, tuple[Question, ...]]]) -> None:
    checked = Counter[str]()
    for timeline, made in films:
        for question in made:
            if question.kind == "choice":
                assert right_choices(timeline, question) == [question.answer], ask_form(question)
                checked[question.origin] += 1
    assert set(checked) == {"ask/screen_text", "ask/speech", "ask/order", "ask/two_hop"}
    assert min(checked.values()) >= 20


def test_counts_orders_spans_and_words_are_true(films: list[tuple[Timeline, tuple[Question, ...]]]) -> None:
    checked = Counter[str]()
    for timeline, made in films:
        spoken = [t for speech in timeline.speech for t in tokens(speech.text)]
        for question in made:
            quoted = quotes(question.text)
            if question.kind == "count" and "texts" in question.text:
                t = seconds_in(question.text)
                count = sum(only_line(timeline, text).span.start_s <= t for text in quoted)
            elif question.kind == "count" and (
                "said" in question.text or "spoken" in question.text or "speaker" in question.text
            ):
                count = spoken.count(quoted[0])
            elif question.kind == "count":
                count = len({tidy(line.text) for line in timeline.lines if quoted[0] in tokens(line.text)})
            elif question.kind == "order":
                assert isinstance(question.answer, tuple)
                starts = [begins(timeline, event) for event in question.answer]
                assert all(b - a >= 2.0 for a, b in zip(starts, starts[1:], strict=False))
                assert sorted(question.answer) == sorted(question.choices)
                checked["order"] += 1
                continue
            elif question.kind == "span":
                found = lines_of(timeline, quoted[0])
                assert question.answer == (found[0].span if found else said_span(timeline, quoted[0]))
                assert isinstance(question.answer, Span) and 2.0 <= question.answer.length_s <= timeline.duration_s / 2
                checked["span"] += 1
                continue
            elif question.kind == "open" and "____" in question.text:
                assert isinstance(question.answer, str)
                items = timeline.lines if question.origin == "ask/screen_text" else timeline.speech
                assert sum(contains(item.text, quoted[0].replace("____", question.answer)) for item in items) == 1
                checked["open"] += 1
                continue
            else:
                continue
            assert question.answer == count, ask_form(question)
            checked["count"] += 1
    assert min(checked[kind] for kind in ("count", "order", "span", "open")) >= 20


def test_evidence_is_in_the_timeline_and_holds_what_it_says(films: list[tuple[Timeline, tuple[Question, ...]]]) -> None:
    for timeline, made in films:
        for question in made:
            assert question.evidence
            for piece in question.evidence:
                assert 0 <= piece.span.start_s < piece.span.end_s <= timeline.duration_s
                assert piece.text
                if piece.modality == "screen":
                    line = only_line(timeline, piece.text)
                    assert piece.box == line.box
                    assert line.span.start_s <= piece.span.start_s and piece.span.end_s <= line.span.end_s
                else:
                    assert piece.modality == "speech"
                    told = [s for s in timeline.speech if s.span.overlap_s(piece.span) > 0]
                    assert any(contains(speech.text, piece.text) for speech in told)


def test_the_form_of_every_question_is_sound(questions: list[Question]) -> None:
    for question in questions:
        assert judge(question, state(question)).right
        assert re.fullmatch(r"film \d+/[a-z_]+/[0-9a-f]{8}", question.id)
        assert question.origin == f"ask/{question.id.split('/')[1]}"
        assert len(set(question.choices)) == len(question.choices)
        assert (len(question.choices) in (3, 4)) == (question.kind in ("choice", "order"))
        if question.kind == "open":
            assert isinstance(question.answer, str)
            assert question.answer.casefold() not in tokens(question.text)
        if question.kind == "choice":
            assert not any(choice in question.text for choice in question.choices)
    assert len({question.id for question in questions}) == len(questions)
    assert {question.kind for question in questions} == {"choice", "open", "count", "order", "span"}


def test_every_way_of_asking_occurs_in_several_wordings(questions: list[Question]) -> None:
    openings = {" ".join(re.sub(r'"[^"]*"', '""', re.sub(r"\d+", "0", q.text)).split()) for q in questions}
    assert len(openings) >= 2 * sum(len(forms) for forms in FORMS.values())


def first_number(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found[0]) if found else -1


def shared_with_question(question: Question, choice: str) -> int:
    return len(set(tokens(choice)).intersection(tokens(question.text)))


@functools.cache
def alike(a: str, b: str) -> float:
    return similar(a, b)


GUESSERS: dict[str, Callable[[Question], str]] = {
    "first": lambda q: q.choices[0],
    "last": lambda q: q.choices[-1],
    "longest": lambda q: max(q.choices, key=len),
    "shortest": lambda q: min(q.choices, key=len),
    "middling": lambda q: sorted(q.choices, key=len)[len(q.choices) // 2],
    "digits": lambda q: max(q.choices, key=lambda c: sum(d.isdigit() for d in c)),
    "no digits": lambda q: min(q.choices, key=lambda c: sum(d.isdigit() for d in c)),
    "capitals": lambda q: max(q.choices, key=lambda c: sum(d.isupper() for d in c)),
    "greatest number": lambda q: max(q.choices, key=first_number),
    "least number": lambda q: min(q.choices, key=first_number),
    "like the others": lambda q: max(q.choices, key=lambda c: sum(alike(c, o) for o in q.choices)),
    "unlike the others": lambda q: min(q.choices, key=lambda c: sum(alike(c, o) for o in q.choices)),
    "like the question": lambda q: max(q.choices, key=lambda c: shared_with_question(q, c)),
    "unlike the question": lambda q: min(q.choices, key=lambda c: shared_with_question(q, c)),
    "alphabet": lambda q: min(q.choices),
}


@pytest.mark.parametrize("name", GUESSERS)
def test_a_guesser_who_has_seen_nothing_is_right_by_chance_only(questions: list[Question], name: str) -> None:
    asked = [question for question in questions if question.kind == "choice"]
    assert len(asked) >= 600
    hits = sum(GUESSERS[name](question) == question.answer for question in asked) / len(asked)
    chance = sum(1 / len(question.choices) for question in asked) / len(asked)
    assert abs(hits - chance) < 0.06


def test_no_count_and_no_order_is_the_usual_one(films: list[tuple[Timeline, tuple[Question, ...]]]) -> None:
    first = [question for _, made in films for question in made[:24]]
    counts = Counter(question.answer for question in first if question.kind == "count")
    assert len(counts) >= 4
    assert max(counts.values()) < 0.5 * sum(counts.values())
    orders = Counter(state(question) for question in first if question.kind == "order" and len(question.choices) == 4)
    assert max(orders.values()) < 0.25 * sum(orders.values())


def test_the_limit_takes_templates_in_turn_and_a_smaller_one_is_the_beginning_of_a_larger() -> None:
    timeline = random_timeline("film 0")
    many = make_questions(timeline, Ask(per_video=24))
    assert len(many) == 24
    per_template = Counter(q.origin for q in many)
    assert len(per_template) == 6 and max(per_template.values()) - min(per_template.values()) <= 1
    assert make_questions(timeline, Ask(per_video=7)) == many[:7]
    assert len({q.kind for q in many}) == 5
    used = Counter(piece.text for q in many for piece in q.evidence)
    assert max(used.values()) <= 5
    thirds = Counter(int(3 * q.evidence[0].span.middle_s / timeline.duration_s) for q in many)
    assert min(thirds[n] for n in range(3)) >= 3


def test_only_the_templates_that_are_named_are_asked() -> None:
    timeline = random_timeline("film 0")
    assert make_questions(timeline, Ask(templates=())) == ()
    assert make_questions(timeline, Ask(per_video=0)) == ()
    for template in QUESTION_TEMPLATES:
        made = make_questions(timeline, Ask(templates=(template,)))
        assert {question.origin for question in made} == {f"ask/{template}"}


def test_the_same_timeline_gives_the_same_questions_in_another_process() -> None:
    code = (
        "from schemas.codec import digest, to_json; from schemas.settings import Ask; from transforms.ask.make import"
        " make_questions; from tests.timelines import random_timeline\n"
        "print(digest([to_json(q).decode() for q in make_questions(random_timeline('film 1'), Ask())]))"
    )
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(root)}
    there = subprocess.run([sys.executable, "-c", code], env=env, cwd=root, capture_output=True, text=True, check=True)
    here = digest([to_json(q).decode() for q in make_questions(random_timeline("film 1"), Ask())])
    assert there.stdout.strip() == here


def test_a_video_with_nothing_to_read_or_hear_gives_no_questions() -> None:
    assert make_questions(make_timeline(), EVERYTHING) == ()


def test_markup_of_models_never_enters_a_question() -> None:
    bad = ["<image>", "<tool_call>", "</tool_response>", "<|im_start|>", "[INST]", "<think>"]
    lines = [(f"Ticket office number {n} {tag}", 4.0 * n, 4.0 * n + 3) for n, tag in enumerate(bad)]
    speech = [(f"Please read {tag} and wait for the {n} ferry.", 4.0 * n, 4.0 * n + 3) for n, tag in enumerate(bad)]
    assert make_questions(make_timeline(lines, speech), EVERYTHING) == ()


def test_unsure_items_are_neither_answers_nor_distractors_nor_evidence() -> None:
    cards = ["Quiet harbour guide", "Northern bridge tour", "Wooden market hall", "Silver garden gate", "Old river map"]
    box = (0.1, 0.4, 0.9, 0.6)
    lines = [(text, 10.0 * n, 10.0 * n + 6, box, n != 2) for n, text in enumerate(cards)]
    talk = [f"We now visit the {text.split()[-1]} near town." for text in cards]
    speech = [(text, 10.0 * n, 10.0 * n + 4, n != 3) for n, text in enumerate(talk)]
    made = make_questions(make_timeline(lines, speech), EVERYTHING)
    shown = "\n".join([ask_form(q) for q in made] + [piece.text for q in made for piece in q.evidence])
    assert "Quiet harbour guide" in shown and "visit the tour" in shown
    assert "Wooden" not in shown and "visit the gate" not in shown
    assert not any(re.search("How many times|How often|spoken", q.text) for q in made if q.kind == "count")


def test_a_line_that_stands_all_the_time_is_evidence_for_nothing() -> None:
    cards = [
        (f"{word} harbour guide", 10.0 * n, 10.0 * n + 6) for n, word in enumerate(["Quiet", "Noisy", "Early", "Later"])
    ]
    made = make_questions(make_timeline([("Channel nine news", 0.0, 59.0), *cards]), EVERYTHING)
    assert made and not any("Channel" in ask_form(q) for q in made)


def test_a_slide_that_its_speaker_reads_aloud_is_no_two_hop() -> None:
    cards = [
        "Quiet harbour walks at night",
        "Northern bridges of stone",
        "Wooden markets by the sea",
        "Silver gardens in spring",
    ]
    lines = [(text, 10.0 * n, 10.0 * n + 6) for n, text in enumerate(cards)]
    read_aloud = [(f"{text}.", 10.0 * n + 1, 10.0 * n + 5) for n, text in enumerate(cards)]
    assert make_questions(make_timeline(lines, read_aloud), Ask(templates=("two_hop",))) == ()
    others = [("We will meet Laura there.", 1.0, 4.0), ("Oliver carries forty lamps.", 11.0, 14.0)]
    assert make_questions(make_timeline(lines, others), Ask(templates=("two_hop",))) != ()


def test_phrases_that_a_transcript_tells_in_one_line_are_not_told_apart_by_time() -> None:
    """Who sees "[0-10] Martin feeds the ducks. The ferry leaves at noon." cannot say which is heard at 2 seconds."""
    speech = [
        ("Martin feeds the hungry ducks every day. The ferry leaves this harbour at noon.", 0.0, 10.0),
        ("Laura paints the wooden door with care.", 20.0, 25.0),
        ("Nobody visits the narrow bridge at night.", 40.0, 45.0),
    ]
    lines = [("Old lighthouse", 0.0, 5.0), ("Fresh bread", 5.5, 10.0), ("Museum shop", 20.0, 25.0)]
    asked = Ask(templates=("speech", "two_hop"), per_video=1000)
    made = make_questions(make_timeline(lines, speech), asked)
    whose = [question for question in made if question.answer in question.choices and "after" not in question.text]
    together = {"Martin feeds the hungry ducks every day", "The ferry leaves this harbour at noon"}
    assert any(together.intersection(question.choices) for question in whose)
    assert not [question.text for question in whose if together <= set(question.choices)]


def test_a_line_of_a_transcript_leads_to_no_text_that_comes_or_goes_while_it_lasts() -> None:
    """By "[0-14] Martin feeds the ducks. The ferry leaves at noon." both texts are shown while either is said."""
    speech = [("Martin feeds the hungry ducks every day. The ferry leaves this harbour at noon.", 0.0, 14.0)]
    lines = [
        *(("Old lighthouse", 0.0, 8.0), ("Museum shop", 9.2, 14.0)),
        *(("Fresh bread", 24.0, 30.0), ("Green garden", 34.0, 40.0)),
    ]
    asked = Ask(templates=("two_hop",), per_video=1000)
    assert make_questions(make_timeline(lines, speech), asked) == ()
    parted = [("Martin feeds the hungry ducks every day.", 0.0, 7.0), ("The ferry leaves this harbour.", 9.4, 14.0)]
    assert {question.answer for question in make_questions(make_timeline(lines, parted), asked)} == {
        "Old lighthouse",
        "Museum shop",
    }


def test_numbered_steps_are_not_put_in_order() -> None:
    steps = [
        (f"Mix bowl {n} with {word}", 10.0 * n, 10.0 * n + 6)
        for n, word in enumerate(["flour", "sugar", "butter", "cream"])
    ]
    assert make_questions(make_timeline(steps), Ask(templates=("order",))) == ()


def test_lines_of_the_first_frame_come_up_in_no_order() -> None:
    cards = ["Quiet harbour guide", "Northern bridge tour", "Wooden market hall", "Silver garden gate", "Old river map"]
    timeline = make_timeline([(text, 10.0 * n, 10.0 * n + 6) for n, text in enumerate(cards)])
    made = make_questions(timeline, Ask(templates=("order",), per_video=1000))
    assert "Northern" in "".join(ask_form(q) for q in made)
    assert not any("Quiet" in ask_form(q) for q in made)


def test_who_speaks_in_subtitles_is_not_counted_as_said() -> None:
    said = ["Look at the market.", "John bakes the market bread.", "We leave the market."]
    cues = [f"00:00:{10 * n:02},000 --> 00:00:{10 * n + 5:02},000\nJOHN: {text}\n" for n, text in enumerate(said)]
    speech = read_subtitles("\n".join(cues).encode(), "talk.srt", 60.0).speech
    made = make_questions(replace(make_timeline(), speech=speech), Ask(templates=("count",), per_video=1000))
    counts = {token: q.answer for q in made for token in quotes(q.text)}
    assert counts["market"] == 3.0
    assert counts.get("john", 1.0) == 1.0


def test_bullets_that_build_up_are_asked_by_when_they_come_up() -> None:
    bullets = ["Mapping and analysis", "How to make a chart", "Using public data", "Sharing your results"]
    timeline = make_timeline([(text, 8.0 + 9.0 * n, 50.0) for n, text in enumerate(bullets)], (), 80.0)
    made = make_questions(timeline, Ask(templates=("screen_text", "order", "count"), per_video=1000))
    assert {q.kind for q in made} == {"choice", "open", "order", "count"}
    order = next(q for q in made if q.kind == "order")
    assert order.answer == tuple(bullets)
    assert any(q.text.endswith("about 17 seconds?") or "17 seconds" in q.text for q in made if q.kind == "choice")
