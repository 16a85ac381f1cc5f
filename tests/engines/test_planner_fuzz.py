"""The planner replies to every question about every video, however short, long or empty."""

import asyncio
from dataclasses import replace

import pytest

from schemas.chat import Call, ChatReply, ChatRequest, Message
from schemas.settings import DEFAULT_TOOLS
from schemas.source import Kind, Question
from schemas.span import Span
from schemas.timeline import Shot, Timeline
from tests.timelines import frame_times, make_timeline
from transforms.answers import ask_form
from transforms.engines.chat_planner import reply
from transforms.engines.embed import Bm25
from transforms.store import Store
from transforms.tools import overview
from transforms.tools.registry import call_tool, caption_specs
from transforms.tools.scene import open_scene

HUGE = "9" * 400
MOST_CALLS = 8

OPEN = (
    "What is the first word on screen?",
    "What is the last word on screen?",
    "What is shown at the very end?",
    "What does the opening title say?",
    "What is said in the first ten seconds?",
    "What is said in the last two minutes?",
    "What is on screen at 2 seconds?",
    "What is on screen at 1:00:00?",
    f"What is on screen at {HUGE} seconds?",
    f"What is on screen at {HUGE}:10?",
    f"What is said between {HUGE}:00 and {HUGE}:30?",
    f"What is said in the last {HUGE} seconds?",
    "What is said between 0:05 and 0:02?",
    'What comes up right after "Gate 14 opens"?',
    'What is shown before "Gate 14 opens"?',
    'What does the speaker say while "Gate 14 opens" is on screen?',
    'Fill the gap: "____ 14 opens".',
    'Fill the gap: "____".',
    "What?",
    "",
)
ASKED: list[tuple[str, Kind, tuple[str, ...]]] = [
    *((text, "open", ()) for text in OPEN),
    ("Which is the first word on screen?", "choice", ("Gate", "Harbour")),
    ("Which text is on screen last?", "choice", ("Gate 14 opens", "x")),
    ("When is it said?", "choice", (HUGE, f"{HUGE}:10", "0:10-0:20", f"{HUGE}-{HUGE}")),
    ("At what time does it open?", "choice", (f"{HUGE} s", f"between {HUGE} and {HUGE}1")),
    ("How many gates are there?", "choice", (HUGE, "2")),
    ("Is a gate shown?", "choice", ("Yes", "No")),
    ("Which of these is not shown?", "choice", ("Gate 14 opens", HUGE)),
    ("Put these in order.", "order", ("Gate 14 opens", "Welcome to the harbour.", HUGE)),
    ("How many words are shown at the end?", "count", ()),
    ('How often is the word "harbour" said?', "count", ()),
    ('How many of these have appeared by 5 seconds: "Gate 14 opens", "x"?', "count", ()),
    ('How many lines hold the word "Gate"?', "count", ()),
    ("How many bullet points stand under the title 'Gate 14 opens'?", "count", ()),
    ('When is "Gate 14 opens" on screen?', "span", ()),
    ("When does the closing title appear?", "span", ()),
    ("When does the speaker greet?", "span", ()),
    ("From when to when are the last credits shown?", "span", ()),
]


def timelines(duration_s: float) -> dict[str, Timeline]:
    """Odd videos of one length; `past` has items that go on after its end."""
    line, said = "Gate 14 opens", "Welcome to the harbour."
    whole = make_timeline([(line, 0.0, duration_s)], [(said, 0.0, duration_s)], duration_s)
    return {
        "empty": make_timeline(duration_s=duration_s),
        "no clips": replace(make_timeline([(line, 0.0, duration_s)], duration_s=duration_s), clips=(), shots=()),
        "one line": make_timeline([(line, duration_s / 3, duration_s / 2)], duration_s=duration_s),
        "one phrase": make_timeline(speech=[(said, duration_s / 3, duration_s / 2)], duration_s=duration_s),
        "all along": whole,
        "past": make_timeline(
            [(line, duration_s * 0.9, duration_s + 4)], [(said, duration_s * 0.9, duration_s + 4)], duration_s
        ),
        "a late clip": replace(whole, clips=(Shot("k", Span(duration_s * 0.9, duration_s + 3)),)),
    }


@pytest.mark.parametrize("duration_s", [0.04, 0.6, 3.0, 8.0, 3600.0])
@pytest.mark.parametrize("odd", timelines(1.0))
def test_the_planner_always_replies(duration_s: float, odd: str) -> None:
    asyncio.run(_ask_everything(timelines(duration_s)[odd]))


async def _ask_everything(timeline: Timeline) -> None:
    scene = replace(await open_scene(timeline, Bm25(), Store("memory://none")), times=frame_times(timeline))
    opening = (await overview.TOOL.read(scene, overview.Overview())).text
    for seed, (text, kind, choices) in enumerate(ASKED):
        asked = ask_form(Question("q", "v", text, kind, "", choices))
        said = await _converse(scene, [Message("user", f"{opening}\n\n{asked}")], seed)
        assert said.text.startswith("<answer>") and len(said.text) > len("<answer></answer>"), asked


async def _converse(scene: object, messages: list[Message], seed: int) -> ChatReply:
    """The planner's last reply, after at most `MOST_CALLS` calls."""
    for turn in range(MOST_CALLS + 1):
        choice = "none" if turn == MOST_CALLS else "auto"
        said = reply(ChatRequest(tuple(messages), caption_specs(DEFAULT_TOOLS), choice, 0.0, seed, 100))  # type: ignore[arg-type]
        if not said.calls:
            return said
        (call,) = said.calls
        seen = await call_tool(scene, DEFAULT_TOOLS, call.name, call.arguments_json)  # type: ignore[arg-type]
        made = Call(f"call_{turn}", call.name, call.arguments_json)
        messages += [Message("assistant", "", said.reasoning, (made,)), Message("tool", seen.text, call_id=made.id)]
    raise AssertionError("no answer")


@pytest.mark.parametrize("opening", ["", f"The video lasts {HUGE} s.\n\n", "The video lasts 0.0 s.\n\n"])
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked[0][:40])
def test_a_strange_opening_is_answered_too(opening: str, asked: tuple[str, Kind, tuple[str, ...]]) -> None:
    text = ask_form(Question("q", "v", *asked[:2], "", asked[2]))
    reply(ChatRequest((Message("user", opening + text),), caption_specs(DEFAULT_TOOLS), "none", 0.0, 7, 100))


@pytest.mark.parametrize(
    "seen",
    [
        f'1 matching clip:\n[{HUGE}-{HUGE}]\n  text on screen: "Gate 14 opens"',
        f'1 matching phrase:\n[0.0-{HUGE}] "Gate 14 opens {HUGE}"',
        f'From 0.0 s to {HUGE} s:\n[0.0-{HUGE}] text on screen: "Gate 14 opens"',
    ],
    ids=lambda seen: seen[:20],
)
def test_times_that_no_video_has_are_passed_over(seen: str) -> None:
    for text, kind, choices in ASKED:
        messages = [
            Message("user", "The video lasts 60.0 s.\n\n" + ask_form(Question("q", "v", text, kind, "", choices)))
        ]
        for turn in range(4):
            said = reply(ChatRequest(tuple(messages), caption_specs(DEFAULT_TOOLS), "auto", 0.0, 7, 100))
            if not said.calls:
                break
            made = replace(said.calls[0], id=f"call_{turn}")
            messages += [Message("assistant", "", "", (made,)), Message("tool", seen, call_id=made.id)]
