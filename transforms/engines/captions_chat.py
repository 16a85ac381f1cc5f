"""Captions by a chat model that sees pictures: what it is asked, and what its replies become.

Every call is a memo of its own. What is seen in the pictures is said; what is heard and read meanwhile is told to the
model only so that it can name things, for the timeline has it already.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import field_validator

import prompts
from schemas.chat import ChatReply, ChatRequest, Message
from schemas.settings import ChatCaptions
from schemas.timeline import EntityKind
from transforms.engines.ask_once import ask_once
from transforms.engines.captions import ClipFacts, Mention, Part, Said
from transforms.engines.chat import Chat
from transforms.engines.context import one_line, quoted
from transforms.engines.structured import S, Shape, ask_for
from transforms.store import Store
from transforms.text import tokens

VERSION = "2"

_LONGEST_MENTION = 12
"""Words. What is longer is a clause of the caption, not a name."""

_ARTICLE = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)


class Worded(Shape):
    """A reply with words in it that people will read."""

    @field_validator("caption", "summary", check_fields=False)
    @classmethod
    def _something(cls, value: str) -> str:
        if not tokens(value):
            raise ValueError("must not be empty")
        return one_line(value)


class Dense(Worded):
    caption: str
    people: list[str]
    objects: list[str]
    places: list[str]


class ShotSeen(Shape):
    shot: Literal["extreme close-up", "close-up", "medium shot", "full shot", "wide shot", "aerial shot", "graphic"]
    camera: Literal["still", "pan", "tilt", "zoom in", "zoom out", "moving", "hand-held", "unclear"]


class Summary(Worded):
    summary: str


class Groups(Shape):
    groups: list[list[int]]


class Looked(Worded):
    caption: str


class ChatCaptioner:
    """See the module. The identity holds all that can change a caption besides what is asked."""

    tells_scenes = True

    def __init__(self, settings: ChatCaptions, chat: Chat) -> None:
        self._settings = settings
        self._chat = chat
        self.name = settings.engine.model
        self.identity: dict[str, Any] = {
            "engine": "chat",
            "chat": chat.identity,
            **settings.model_dump(mode="json", include={"styles", "pixels", "temperature", "max_tokens", "seed"}),
        }

    async def caption(self, facts: ClipFacts, store: Store) -> Said:
        dense = await self._ask(Dense, "caption", [_clip_message("caption_dense", facts)], store)
        text = dense.caption
        if "shot" in self._settings.styles:
            text = f"{await self._shot(facts, store)} {text}"
        named: list[tuple[EntityKind, str]] = [
            *(("person", words) for words in dense.people),
            *(("object", words) for words in dense.objects),
            *(("place", words) for words in dense.places),
        ]
        return Said(text, 1.0, tuple(Mention(kind, name) for kind, words in named if (name := _name(words))))

    async def _shot(self, facts: ClipFacts, store: Store) -> str:
        seen = await self._ask(ShotSeen, "caption", [_clip_message("caption_shot", facts, context=False)], store)
        camera = _CAMERA[seen.camera]
        return f"{seen.shot.capitalize()}{', ' if camera else ''}{camera}."

    async def caption_for(self, question: str, facts: ClipFacts, store: Store) -> str:
        """What a clip shows of what a question is about.

        The model is given the words of the question: never its answer, its choices or its evidence. So it knows no more
        than who asks, and what it says is in the pictures or wrong.

        Raises:
            EngineError: as `caption`.
        """
        message = _clip_message("caption_question", facts, question=one_line(question))
        return (await self._ask(Looked, "closer", [message], store)).caption

    async def same(self, mentions: Sequence[str], store: Store) -> list[list[int]]:
        listed = "\n".join(f"{n}. {mention}" for n, mention in enumerate(mentions, 1))
        message = Message("user", prompts.load("caption_names").fill(mentions=listed))
        return (await self._ask(Groups, "names", [message], store)).groups

    async def sum_up(self, level: Literal["scene", "video"], parts: Sequence[Part], store: Store) -> str:
        listed = "\n".join(f"[{part.span.start_s:.1f}-{part.span.end_s:.1f}] {part.text}" for part in parts)
        message = Message("user", prompts.load(f"caption_{level}").fill(parts=listed))
        return (await self._ask(Summary, "summary", [message], store)).summary

    async def _ask(self, shape: type[S], step: str, messages: Sequence[Message], store: Store) -> S:
        settings = self._settings
        request = ChatRequest(tuple(messages), (), "none", settings.temperature, settings.seed, settings.max_tokens)

        async def ask(one: ChatRequest) -> ChatReply:
            return await ask_once(step, VERSION, self._chat, one, store, settings.pixels)

        return await ask_for(shape, request, ask, "caption")


_CAMERA = {
    "still": "the camera stands still",
    "pan": "the camera pans",
    "tilt": "the camera tilts",
    "zoom in": "the camera zooms in",
    "zoom out": "the camera zooms out",
    "moving": "the camera moves",
    "hand-held": "the camera is held by hand",
    "unclear": "",
}


def _clip_message(prompt: str, facts: ClipFacts, context: bool = True, **values: str) -> Message:
    """A clip's pictures and what is asked of them."""
    times = ", ".join(f"{t:.2f}" for t in facts.pts_s)
    span = facts.span
    values["clip"] = (
        f"{len(facts.pictures)} frames at {times} s of a clip from {span.start_s:.1f} to {span.end_s:.1f} s"
    )
    if context:
        values["speech"], values["lines"] = quoted(facts.speech), quoted(facts.lines)
    return Message("user", prompts.load(prompt).fill(**values), pictures=facts.pictures)


def _name(words: str) -> str:
    """A mention without its article; empty when it is no name."""
    bare = _ARTICLE.sub("", one_line(words))
    return bare if tokens(bare) and len(bare.split()) <= _LONGEST_MENTION else ""
