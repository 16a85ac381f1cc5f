"""Tools that find by name, by event and by what is said: both faces, and where nothing is found."""

import asyncio
import json
from dataclasses import replace

import pytest

from schemas.span import Span
from schemas.timeline import Entity, Shot, Timeline
from tests.timelines import found_by_words, make_timeline
from tests.tools.test_tools import NAMES, call, look, scene
from transforms.tools.base import Observation
from transforms.tools.registry import call_tool
from transforms.tools.subtitle_summary import MOST_CHARS

WOMAN = Entity("e1", "person", "woman in a red coat", ("a lady (red coat)",), (Span(0.0, 10.0), Span(20.0, 30.0)), "t")
DOG = Entity("e2", "object", "the brown dog", ("puppy",), (Span(10.0, 20.0),), "t")


def within(timeline: Timeline, name: str, /, **arguments: object) -> Observation:
    return asyncio.run(call_tool(found_by_words(timeline), NAMES, name, json.dumps(arguments)))


def peopled() -> Timeline:
    return replace(scene().timeline, entities=(WOMAN, DOG))


def test_entity_search_tells_kinds_to_the_teacher_alone() -> None:
    seen = within(peopled(), "entity_search", name="the lady in the red coat")
    assert seen.text == "1 match:\nwoman in a red coat (person): [0.0-10.0] [20.0-30.0]"
    assert (seen.spans, seen.item_ids) == ((), ("e1",))
    shown = look("entity_search", seen, name="the lady in the red coat")
    assert shown == ("1 match:\nwoman in a red coat: [0.0-10.0] [20.0-30.0]", [], ())


def test_entities_are_found_by_any_name_they_had_the_closest_first() -> None:
    assert within(peopled(), "entity_search", name="PUPPY").item_ids == ("e2",)
    both = within(peopled(), "entity_search", name="dog with a coat")
    assert (both.text.split("\n")[0], both.item_ids) == ("2 matches, best first:", ("e2", "e1"))
    assert within(peopled(), "entity_search", name="dog with a coat", top_k=1).item_ids == ("e2",)


def test_of_one_who_is_everywhere_the_first_stretches_are_told() -> None:
    often = replace(DOG, spans=tuple(Span(n * 2.0, n * 2.0 + 1) for n in range(15)))
    seen = within(replace(scene().timeline, entities=(often,)), "entity_search", name="dog")
    assert seen.text.endswith(" [22.0-23.0] and 3 more")
    assert look("entity_search", seen, name="dog")[0] == seen.text.replace(" (object)", "")


def test_nobody_of_that_name() -> None:
    none = within(peopled(), "entity_search", name="the a")
    assert none.text == "Nobody and nothing of that name is known. Try other words for it."
    assert look("entity_search", none, name="the a") == (none.text, [], ())
    told = "Nobody and nothing of that name is known. No names are known in this video."
    assert call("entity_search", name="dog").text == told


def test_event_grounding_gives_one_stretch_and_grounded_only_that() -> None:
    seen = call("event_grounding", event="gate 41 closes")
    assert seen.text == '[20.0-30.0]\n  seen: scene number 2\n  text on screen: "Gate 41 closes"'
    assert (seen.spans, seen.item_ids) == ((Span(20.0, 30.0),), ("c2", "line-1"))
    assert look("event_grounding", seen, event="gate 41 closes") == ("[20.0-30.0]", [], ())
    none = call("event_grounding", event="a dragon")
    assert none.text == "Nothing fits. Describe the event in other words."
    assert look("event_grounding", none, event="a dragon") == (none.text, [], ())


def test_what_is_said_counts_for_an_event_too() -> None:
    assert call("event_grounding", event="the ferry leaves").spans == (Span(30.0, 40.0),)
    written = make_timeline(lines=[("ferry", 2.0, 8.0), ("ferry", 42.0, 48.0)], speech=[("The ferry.", 43.0, 44.0)])
    clips = tuple(Shot(f"k{n}", Span(n * 10.0, n * 10.0 + 10)) for n in range(6))
    assert within(replace(written, clips=clips), "event_grounding", event="ferry").spans == (Span(40.0, 50.0),)


@pytest.mark.parametrize(
    ("shots", "lines", "span"),
    [
        ([60.0], [(2.0, 8.0), (12.0, 18.0)], Span(0.0, 20.0)),
        ([10.0, 60.0], [(2.0, 8.0), (12.0, 18.0)], Span(0.0, 10.0)),
        ([60.0], [(2.0, 8.0), (22.0, 28.0)], Span(0.0, 10.0)),
        ([60.0], [(52.0, 58.0), (42.0, 48.0), (32.0, 38.0)], Span(30.0, 60.0)),
        ([4.0, 14.0, 60.0], [(11.0, 13.0), (2.0, 3.0), (22.0, 28.0)], Span(0.0, 20.0)),
    ],
    ids=["one shot", "a cut between", "a clip between", "to the end", "clips of several shots"],
)
def test_clips_of_one_shot_that_fit_alike_are_one_event(
    shots: list[float], lines: list[tuple[float, float]], span: Span
) -> None:
    timeline = make_timeline(lines=[("a red boat", *at) for at in lines])
    clips = tuple(Shot(f"k{n}", Span(n * 10.0, n * 10.0 + 10)) for n in range(6))
    cuts = [0.0, *shots]
    cut = tuple(Shot(f"s{n}", Span(a, b)) for n, (a, b) in enumerate(zip(cuts, cuts[1:], strict=False)))
    assert within(replace(timeline, clips=clips, shots=cut), "event_grounding", event="red boat").spans == (span,)


def test_subtitle_summary_quotes_in_the_order_of_time() -> None:
    speech = [("The ferry is late.", 1.0, 4.0), ("Lunch is served.", 5.0, 6.0), ("Ferry, ferry!", 9.0, 10.0)]
    seen = within(make_timeline(speech=speech), "subtitle_summary", query="ferry")
    assert seen.text == (
        "2 of 3 phrases of the speech, those that fit best, in order of time:\n"
        '[1.0-4.0] "The ferry is late."\n[9.0-10.0] "Ferry, ferry!"'
    )
    assert (seen.spans, seen.item_ids) == ((Span(1.0, 4.0), Span(9.0, 10.0)), ("speech-0", "speech-2"))
    assert look("subtitle_summary", seen, query="ferry") == (seen.text, [], seen.spans)


def test_subtitle_summary_is_short_and_cuts_nothing() -> None:
    many = [(f"The ferry number {n} leaves at noon today.", n * 2.0, n * 2.0 + 1) for n in range(30)]
    body = within(make_timeline(speech=many, duration_s=90.0), "subtitle_summary", query="ferry").text.split("\n", 1)[1]
    assert MOST_CHARS - 60 < len(body) <= MOST_CHARS
    assert all(row.endswith('today."') for row in body.split("\n"))
    long = [("ferry " * 300, 1.0, 50.0), ("No ferry.", 51.0, 52.0)]
    short = within(make_timeline(speech=long), "subtitle_summary", query="ferry")
    assert short.item_ids == ("speech-1",)
    assert short.text.startswith("1 of 2 phrases of the speech, those that fit best and are short enough, in order")
    told = within(make_timeline(speech=long[:1]), "subtitle_summary", query="ferry").text
    assert told == "What fits is too long to sum up. Read it with subtitle_zoom: [1.0-50.0]"


def test_no_speech_to_sum_up() -> None:
    assert within(make_timeline(), "subtitle_summary", query="ferry").text == "The video has no speech."
    none = "No speech matches. Try other words; text on screen is not searched here."
    assert call("subtitle_summary", query="dragon").text == none


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("entity_search", {"name": " "}, "The name is empty. Say who or what to look for."),
        ("entity_search", {"name": "dog", "top_k": 11}, "top_k must be from 1 to 10."),
        ("event_grounding", {"event": ""}, "The event is empty. Say what happens."),
        ("subtitle_summary", {"query": ""}, "The query is empty. Say what to look for."),
    ],
)
def test_what_cannot_be_looked_for(name: str, arguments: dict[str, object], told: str) -> None:
    assert call(name, **arguments) == Observation(told, error=True)
