"""What a teacher is asked and what it says: the one request and reply that every chat engine speaks."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it. `parameters_json` is a flat JSON schema: type, description and enum, no unions."""

    name: str
    description: str
    parameters_json: str


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call. `arguments_json` is canonical JSON when what the model wrote was JSON, else the text as it came."""

    id: str
    name: str
    arguments_json: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `reasoning` and `calls` belong to the assistant, `call_id` to a tool's answer."""

    role: Role
    text: str
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything a teacher may know. `tool_choice` is `none` when it has to answer now."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    tool_choice: Literal["auto", "none"]
    temperature: float
    seed: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back. Token counts are those the engine reports, 0 when it reports none."""

    text: str
    reasoning: str
    calls: tuple[Call, ...]
    finish: Literal["stop", "calls", "length", "refusal"]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
