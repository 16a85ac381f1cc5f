"""inspect: what is told of a window by somebody who looks, or by what is written and said there."""

import asyncio
import json
from dataclasses import replace

import pytest

from schemas.settings import INSPECTING as CALLED
from schemas.span import Span
from tests.timelines import make_timeline
from tests.tools.test_tools import VIEW, scene
from transforms.tools.base import Look, Observation, parse_arguments
from transforms.tools.registry import INSPECTING, TOOLS, call_tool
from transforms.tools.scene import Scene


def call(of: Scene, **arguments: object) -> Observation:
    return asyncio.run(call_tool(of, ("inspect",), "inspect", json.dumps(arguments)))


def test_without_a_model_the_words_of_the_window_are_told() -> None:
    assert call(scene(), start_s=2, end_s=31, question="Which gate?") == Observation(
        'From 2.0 s to 31.0 s:\n[2.0-4.0] said: "Welcome to the harbour."\n[3.0-8.0] text on screen: "Gate 14 opens"\n'
        '[22.0-29.0] text on screen: "Gate 41 closes"\n[30.0-31.0] said: "The ferry leaves at noon."',
        (Span(2.0, 31.0),),
        ("line-0", "line-1", "speech-0", "speech-1"),
    )
    nothing = call(scene(), start_s=10, end_s=20, question="Which gate?")
    assert nothing.text == "From 10.0 s to 20.0 s:\nSearch more: nothing is written or said here."


@pytest.mark.parametrize("tool", ["inspect", "subtitle_zoom"])
def test_a_phrase_that_ends_as_the_window_begins_is_not_told(tool: str) -> None:
    timeline = make_timeline(speech=[("Just before.", 0.0, 10.02), ("Meanwhile.", 11.0, 12.0)])

    of = replace(scene(), timeline=timeline, speech=timeline.speech)
    asked = {"question": "What is said?"} if tool == "inspect" else {}
    told = asyncio.run(call_tool(of, (tool,), tool, json.dumps({"start_s": 10, "end_s": 14, **asked})))
    assert told.item_ids == ("speech-1",)


def test_somebody_who_looks_is_asked_about_the_window() -> None:
    asked: list[tuple[Span, str]] = []

    async def inspector(span: Span, question: str) -> str:
        asked.append((span, question))
        return "Answer: 14"

    seen = call(replace(scene(), inspector=inspector), start_s=2, end_s=8, question="Which gate?")
    assert asked == [(Span(2.0, 8.0), "Which gate?")]
    assert seen == Observation("From 2.0 s to 8.0 s:\nAnswer: 14", (Span(2.0, 8.0),))


def test_the_deployed_tool_says_the_same() -> None:
    seen = call(scene(), start_s=2, end_s=8, question="Which gate?")
    tool = TOOLS["inspect"]
    args = parse_arguments(tool, '{"start_s": 2, "end_s": 8, "question": "Which gate?"}')
    assert tool.look(seen, args, VIEW) == Look(seen.text, (Span(2.0, 8.0),))


def test_nobody_is_sent_to_look_at_half_the_video() -> None:
    """One look at all of it would have seen everything, and teaches nothing of where to look."""
    told = call(scene(), start_s=2, end_s=35, question="Which gate?")
    assert told == Observation("Ask about at most 30.0 s, not 33 s: look at a part of it.", error=True)


@pytest.mark.parametrize("question", ["", " \n", "a" * 501])
def test_a_question_must_be_asked(question: str) -> None:
    told = call(scene(), start_s=2, end_s=8, question=question)
    assert told == Observation("Ask a question of 1 to 500 characters.", error=True)


def test_settings_know_which_tools_have_somebody_look() -> None:
    assert {TOOLS[name].grounded.name for name in CALLED} == INSPECTING
