"""Asking a chat model for an object of a known shape, and once more when what came is none."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

import prompts
from schemas.chat import ChatReply, ChatRequest, Message, read_json
from schemas.codec import canonical
from schemas.errors import EngineError

Ask = Callable[[ChatRequest], Awaitable[ChatReply]]

MOST_TOLD = 5
"""Faults that a correction names."""
_MOST_REPEATED = 4000
"""Characters of a wrong reply that the model is shown again: a reply that ran away must not be paid for twice."""

_FENCED = re.compile(r"\s*```(?:json)?\s*(.*?)\s*```\s*", re.DOTALL | re.IGNORECASE)


class Shape(BaseModel):
    """A reply. Every field is asked for, and none besides; fields hold strings, numbers, enums, or lists of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Yes(Shape):
    """A yes or no, with the reasons first: what is written first is thought first."""

    reasoning: str
    verdict: Literal["yes", "no"]


S = TypeVar("S", bound=Shape)


def schema_json(shape: type[Shape]) -> str:
    """The shape as a JSON schema that strict servers take: an object whose fields are all required, no titles."""
    return canonical(_untitled(shape.model_json_schema()))


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    properties = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in schema["properties"].items()
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


async def ask_for(shape: type[S], request: ChatRequest, ask: Ask, what: str) -> S:
    """The object that a model replies to the request; a reply that is none is told why and tried once more.

    Raises:
        EngineError: `bad_<what>`, the second reply was none either; `refused_<what>`, the model will not do it. Neither
            is remembered as such: the replies are, by whoever made `ask`.
    """
    request = replace(request, reply_schema_json=schema_json(shape))
    reply = await ask(request)
    try:
        return read(shape, reply, what)
    except ValueError as error:
        fault = str(error)
    correction = prompts.load("reply_correct").fill(fault=fault)
    said = Message("assistant", reply.text[:_MOST_REPEATED] or "{}")
    again = await ask(replace(request, messages=(*request.messages, said, Message("user", correction))))
    try:
        return read(shape, again, what)
    except ValueError as error:
        detail = (
            f"{again.model or 'the model'} did not reply as it was asked to, twice ({error}); give it more max_tokens,"
            " another seed, or take another model"
        )
        raise EngineError(f"bad_{what}", detail, lasting=False) from None


def read(shape: type[S], reply: ChatReply, what: str) -> S:
    """The object in a reply, which may stand in a fence.

    Raises:
        ValueError: it is none, with the reason in words for the model. EngineError: `refused_<what>`.
    """
    if reply.finish == "refusal":
        detail = (
            f"{reply.model or 'the model'} refuses to do what it is asked; take another model, or leave the video out"
        )
        raise EngineError(f"refused_{what}", detail, lasting=False)
    if reply.finish == "length":
        raise ValueError("the reply was too long and was cut off")
    fenced = _FENCED.fullmatch(reply.text)
    try:
        value = read_json(fenced[1] if fenced else reply.text)
    except ValueError:
        raise ValueError("the reply is not one JSON object") from None
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc']))[:60] or 'reply'}: {e['msg'][:120]}" for e in error.errors()]
        raise ValueError("; ".join(faults[:MOST_TOLD])) from None
