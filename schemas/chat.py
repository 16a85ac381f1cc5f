"""What a teacher is asked and what it says: the one request and reply that every chat engine speaks."""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

MOST_NESTED = 50
"""Lists and objects inside each other, in JSON that a model wrote: more would be beyond what some parser can follow."""

_SURROGATE = re.compile("[\ud800-\udfff]")

ReasoningField = Literal["", "reasoning_content", "reasoning", "content"]
"""Where a server's reasoning stands: in a field of its own, or in the words between <think> tags. Empty: nowhere."""

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it. `parameters_json` is a flat JSON schema: type, description and enum, no unions."""

    name: str
    description: str
    parameters_json: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call.

    `arguments_json` is canonical JSON: of the checked arguments when they fit the tool (every argument is there and
    numbers have their type), of what the model wrote when that was JSON at least; else it is the text as it came.
    """

    id: str
    name: str
    arguments_json: str


@dataclass(frozen=True, slots=True)
class WholeVideo:
    """A video file that is shown whole, for engines that can take one.

    `sha256` says what it is. `location` is the local file; it changes no reply, so it is in no JSON and no key.
    """

    sha256: str
    duration_s: float
    location: Annotated[str, Field(exclude=True)] = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `reasoning`, `calls` and `echo` belong to the assistant, `call_id` to a tool's answer.

    `pictures` belong to the user and stand before the text: names of JPEG blobs in the store. A `video` stands before
    them. `echo` is the reply's own, to be given back as it came.
    """

    role: Role
    text: str
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    call_id: str = ""
    pictures: tuple[str, ...] = ()
    video: WholeVideo | None = None
    echo: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything a model may know. `tool_choice` is `none` when it has to answer now.

    `reasoning_as` is where the model's own reasoning came from so far, so that it can be given back there.
    `reply_schema_json` is the JSON schema that the reply's text must follow; empty for free text.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    tool_choice: Literal["auto", "none"]
    temperature: float
    seed: int
    max_tokens: int
    reasoning_as: ReasoningField = ""
    reply_schema_json: str = ""


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back. Token counts are those the engine reports, 0 when it reports none; `cached_tokens` are those of
    the prompt that the server had read before, `completion_tokens` include what was thought.

    `echo` is what the engine wants to see again with this turn, in its own spelling (signatures of thoughts, say).
    Nobody else reads it, and no row has it.
    """

    text: str
    reasoning: str
    calls: tuple[Call, ...]
    finish: Literal["stop", "calls", "length", "refusal"]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    reasoning_as: ReasoningField = ""
    cached_tokens: int = 0
    echo: str = ""


def clean(text: str) -> str:
    """Text that can be written as UTF-8: surrogates that stand alone become U+FFFD, pairs the letter they stand for."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_json(text: str) -> Any:
    """JSON that a model wrote, its strings cleaned. NaN and infinities are read, for whoever checks the values.

    Raises:
        ValueError: it is no JSON, or lists and objects are nested more than `MOST_NESTED` deep.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if text.isascii() and "\\u" not in text and text.count("[") + text.count("{") <= MOST_NESTED:
        return value  # as nearly all is: there is nothing to clean
    return _cleaned(value, MOST_NESTED)


def _cleaned(value: Any, room: int) -> Any:
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, list | dict):
        return value
    if room == 0:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        return [_cleaned(item, room - 1) for item in value]
    return {clean(key): _cleaned(item, room - 1) for key, item in value.items()}
