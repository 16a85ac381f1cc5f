"""A teacher without a model: it retrieves, zooms, reads and answers by rules, from the chat request alone.

It checks the machinery; its rows are not for training. It speaks the protocol of `transforms.engines.chat` and is a
pure function of the request: the same request, the same reply. The seed varies its habits and its words.
"""

import re
from typing import Any

from schemas.chat import Call, ChatReply, ChatRequest, Message
from schemas.codec import digest
from transforms.engines.chat import Load, no_pictures
from transforms.engines.planner.case import Case
from transforms.engines.planner.desk import Desk, NextCall
from transforms.engines.planner.observation import read_duration
from transforms.engines.planner.plan import answer
from transforms.engines.planner.question import read_question
from transforms.engines.planner.wording import Voice, stopped_once

VERSION = "12"
"""To be raised whenever the rules change: it is part of the key of every reply that a store holds."""

CALLS = 8
"""Calls to plan with when the system prompt names no number."""

_MOST = re.compile(r"\bat most (\d+) (?:tool )?calls?\b", re.IGNORECASE)


class Planner:
    """See the module. It never refuses: when nothing is found it says so and gives its best guess."""

    identity: dict[str, Any] = {"engine": "planner", "version": VERSION}

    async def complete(self, request: ChatRequest, load: Load = no_pictures) -> ChatReply:
        return reply(request)


def reply(request: ChatRequest) -> ChatReply:
    """The next turn of the conversation."""
    opening = next((message.text for message in request.messages if message.role == "user"), "")
    overview, _, asked = opening.partition("\n\n")
    if read_duration(overview) is None:
        overview, asked = "", opening
    system = next((message.text for message in request.messages if message.role == "system"), "")
    most = _MOST.search(system)
    held = calls_held(request.messages)
    voice = Voice(digest(request.seed, asked), sum(message.role == "assistant" for message in request.messages))
    duration_s = read_duration(overview)

    def say(wish: str) -> str:
        return f"{desk.known} {wish}".strip()

    desk = Desk(
        tools=frozenset(tool.name for tool in request.tools),
        held=held,
        may_call=request.tool_choice != "none",
        calls=int(most[1]) if most else CALLS,
        duration_s=duration_s,
        say=say,
    )
    try:
        found = answer(Case(read_question(asked, duration_s), desk, voice))
    except NextCall as call:
        return ChatReply(
            "", stopped_once(call.reasoning), (Call("call", call.name, call.arguments_json),), "calls", model="planner"
        )
    return ChatReply(f"<answer>{found.text}</answer>", stopped_once(found.why), (), "stop", model="planner")


def calls_held(messages: tuple[Message, ...]) -> dict[tuple[str, str], str]:
    """(tool, canonical arguments) → what came back, for every call of the conversation."""
    held: dict[tuple[str, str], str] = {}
    made: dict[str, Call] = {}
    for message in messages:
        if message.role == "assistant":
            made = {call.id: call for call in message.calls}
        elif message.role == "tool" and message.call_id in made:
            call = made[message.call_id]
            held[call.name, call.arguments_json] = message.text
    return held
