"""A video made by hand for the planner: signs, slides that build up, twins, a text that comes twice, and speech."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from schemas.chat import ChatReply, ChatRequest
from schemas.settings import DEFAULT_TOOLS, Explore, ToolName
from schemas.source import Answer, Evidence, Kind, Question
from schemas.span import Span
from schemas.timeline import Caption, Shot, Timeline
from tests.timelines import LineSpec, SpeechSpec, found_by_words, make_timeline
from transforms.engines.chat import Load, no_pictures
from transforms.engines.chat_planner import Planner
from transforms.explore.loop import Rollout, explore
from transforms.store import Store

DURATION_S = 100.0
CUTS_S = (0.0, 8.0, 16.0, 24.0, 34.0, 44.0, 52.0, 60.0, 70.0, 80.0, 90.0, DURATION_S)

LINES: tuple[LineSpec, ...] = (
    ("WELCOME TO ALDERPORT", 0.5, 7.0),
    ("GATE 14 OPENS AT 09:30", 9.0, 15.0),
    ("GATE 41 OPENS AT 09:50", 17.0, 23.0),
    ("Data models", 24.0, 44.0),
    ("Tables and keys", 26.0, 44.0),
    ("Trees", 29.0, 44.0),
    ("Graphs of things", 33.0, 44.0),
    ("QUESTION TIME", 45.0, 51.0),
    ("TICKET PRICES", 53.0, 60.0),
    ("Adult 18.50", 53.0, 60.0),
    ("Student 9.20", 53.0, 60.0),
    ("QUESTION TIME", 71.0, 78.0),
    ("Made by Ruth Alder", 91.0, 99.0),
)
SPEECH: tuple[SpeechSpec, ...] = (
    ("Hello and welcome to the island.", 1.0, 3.5),
    ("The crossing takes fifty minutes.", 9.5, 12.0),
    ("Dogs are welcome but must stay outside.", 18.0, 21.0),
    ("A table has rows and columns.", 27.0, 30.0),
    ("My sister Laura bakes the apple cake.", 54.0, 57.5),
    ("The lighthouse is older than the harbour.", 61.0, 64.5),
    ("The lighthouse keeper lives in the lighthouse.", 65.0, 69.0),
    ("Thank you for listening.", 92.0, 94.0),
)


def video(lines: Sequence[LineSpec] = LINES, speech: Sequence[SpeechSpec] = SPEECH) -> Timeline:
    """The video, cut into clips of about ten seconds, each with a caption that speaks of motion and colours alone."""
    clips = tuple(Shot(f"clip-{n}", Span(a, b)) for n, (a, b) in enumerate(zip(CUTS_S, CUTS_S[1:], strict=False)))
    told = "steady motion, bright, mostly blue and white"
    captions = tuple(Caption(f"caption-{n}", c.span, told, "clip", 1.0, True, "test") for n, c in enumerate(clips))
    return replace(make_timeline(lines, speech, DURATION_S), clips=clips, shots=clips, captions=captions)


def ask(
    text: str,
    kind: Kind = "open",
    answer: Answer = "",
    choices: Sequence[str] = (),
    evidence: Sequence[tuple[float, float, str]] = (),
    name: str = "q",
) -> Question:
    pieces = tuple(Evidence(Span(a, b), None, "screen" if what == "screen" else "speech") for a, b, what in evidence)
    return Question(name, "v", text, kind, answer, tuple(choices), pieces)


class Watched:
    """The planner, with every request and reply kept."""

    def __init__(self) -> None:
        self.identity = Planner.identity
        self.turns: list[tuple[ChatRequest, ChatReply]] = []

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        reply = await Planner().complete(request)
        self.turns.append((request, reply))
        return reply


def explored(
    folder: Path,
    question: Question,
    timeline: Timeline | None = None,
    rollout: int = 0,
    tools: tuple[ToolName, ...] = DEFAULT_TOOLS,
    max_turns: int = 8,
) -> tuple[Rollout, Watched]:
    """One rollout of the planner through the real loop and tools."""
    chat = Watched()
    settings = Explore(tools=tools, max_turns=max_turns)
    scene = found_by_words(timeline if timeline is not None else video())
    return asyncio.run(explore(scene, question, rollout, settings, chat, Store(folder))), chat


def made_calls(rollout: Rollout) -> list[tuple[str, str]]:
    return [(call.name, call.arguments_json) for turn in rollout.turns for call in turn.calls]


def windows(rollout: Rollout, tool: str) -> list[Span]:
    """The stretches that were looked at, or listened to, with a tool."""
    given = [json.loads(arguments) for name, arguments in made_calls(rollout) if name == tool]
    return [Span(arguments["start_s"], arguments["end_s"]) for arguments in given]


def quoted(rollout: Rollout) -> Iterator[tuple[str, str]]:
    """(a quote in the reasoning of a turn, all that had been watched, heard or asked until then), for every quote."""
    read, watched = rollout.turns[1].text, False
    for turn in rollout.turns[2:]:
        if turn.role == "tool" and watched:
            read += "\n" + turn.read_text
        watched = any(call.name != "clip_retrieval" for call in turn.calls)
        yield from ((text, read) for text in turn.reasoning.split('"')[1::2])
