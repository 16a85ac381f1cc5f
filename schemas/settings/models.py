"""Chat models: who teaches, captions, inspects and judges is one of these (`transforms/engines/chat_<name>.py`)."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, ValidationInfo, field_validator

from schemas.settings.base import Settings
from schemas.settings.served import Limits, OpenAIServer, Served, VariableName, address_of_a_server


class PlannerSettings(Settings):
    """A rule-based teacher without a model: it checks the machinery, its rows are not for training."""

    type: Literal["planner"] = "planner"


Sampling = Literal["temperature", "seed", "max_completion_tokens"]


class OpenAISettings(OpenAIServer):
    """Any server that speaks the OpenAI chat API: OpenAI, vLLM, llama.cpp and others.

    What a server can do is declared, not guessed from the model's name; `frametrail doctor` tries it out.
    """

    type: Literal["openai"] = "openai"
    tool_calls: Literal["native", "json"] = Field(
        default="native", description="`json` asks for a call through a JSON schema, for servers without tool calls."
    )
    leave_out: tuple[Sampling, ...] = Field(
        default=(), description="Parameters that the server refuses: temperature, seed or max_completion_tokens."
    )
    extra_body: dict[str, JsonValue] = Field(
        default={}, description="Parameters of the server's own, sent with every request, such as reasoning_effort."
    )

    @field_validator("extra_body", mode="before")
    @classmethod
    def _as_json(cls, value: Any) -> Any:
        return _lists(value)


class GeminiSettings(Served):
    """Google's Gemini API, or a proxy of it. It is the one engine that can be shown a video whole.

    Models differ in how their thinking is steered: Gemini 2.5 by `thinking_budget`, Gemini 3 and later by
    `thinking_level`; what a model does not know it refuses.
    """

    type: Literal["gemini"] = "gemini"
    base_url: str = Field(
        default="https://generativelanguage.googleapis.com", description="Address of the server, without a version."
    )
    api_key_env: VariableName = Field(
        default="GEMINI_API_KEY", description="Name of the environment variable with the key; empty for none."
    )
    thoughts: bool = Field(
        default=True, description="Ask for summaries of what was thought; models that cannot think refuse to be asked."
    )
    thinking_level: Literal["", "minimal", "low", "medium", "high"] = Field(
        default="", description="How much is thought, for Gemini 3 and later; empty for the model's own."
    )
    thinking_budget: int | None = Field(
        default=None, ge=-1, description="Most tokens of thought, for Gemini 2.5; 0 for none, -1 as the model sees fit."
    )
    media_resolution: Literal["", "low", "medium", "high"] = Field(
        default="", description="Tokens spent on each picture and frame of video; empty for the model's own."
    )
    leave_out: tuple[Literal["temperature", "seed"], ...] = Field(
        default=(), description="Parameters not to send; Google advises to leave out temperature from Gemini 3 on."
    )
    extra_body: dict[str, JsonValue] = Field(
        default={}, description="Fields of the API's own, merged into every request, such as serviceTier."
    )

    def address(self) -> str:
        return self.base_url

    @field_validator("model")
    @classmethod
    def _a_bare_name(cls, value: str) -> str:
        if value.startswith("models/"):
            raise ValueError("must be the name alone, without models/ before it, such as gemini-2.5-flash")
        return value

    @field_validator("extra_body", mode="before")
    @classmethod
    def _as_json(cls, value: Any) -> Any:
        return _lists(value)

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if re.search(r"/v1(alpha|beta)?/*$", value):
            raise ValueError("must not end with a version of the API; leave it out, the engine adds it")
        return address_of_a_server(value, "https://generativelanguage.googleapis.com")

    @field_validator("thinking_budget")
    @classmethod
    def _one_of_the_two(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and info.data.get("thinking_level"):
            raise ValueError("cannot stand beside thinking_level; Gemini 2.5 knows the one, later models the other")
        return value


def _lists(value: Any) -> Any:
    """Plain JSON again: settings arrive with tuples for lists."""
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value


class LocalSettings(Served):
    """A small model on this machine's CPU, by llama.cpp (the `local` extra). Needs no server, no key and no hub."""

    type: Literal["local"] = "local"
    model: str = Field(
        default="qwen2.5-coder-1.5b-instruct-q4_k_m",
        min_length=1,
        description="Known weights, fetched when they are first needed; with `path`, what yours are called.",
    )
    path: str = Field(default="", description="A GGUF file of your own, from / or ~ on; needs its sha256.")
    sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        validate_default=True,
        description="Expected sha256 of the file; known weights have theirs built in.",
    )
    context: int = Field(
        default=8192, ge=512, le=1_048_576, description="Tokens of a conversation, the reply included."
    )
    threads: int = Field(
        default=0, ge=0, le=1024, description="0 for half of the CPUs: beside other work, more are slower by far."
    )
    limits: Limits = Limits(in_flight=1)

    @field_validator("path")
    @classmethod
    def _from_the_root(cls, value: str) -> str:
        if value and value[0] not in "/~":
            raise ValueError("must start with / or ~: where the command is started must not decide which file is meant")
        return value

    @field_validator("sha256")
    @classmethod
    def _pinned(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("path") and not value:
            raise ValueError("weights of your own need their sha256: it says which ones a release was made with")
        return value


class VllmSettings(Served):
    """vLLM on a GPU of this machine (the `vllm` extra): inside this process, or as a server that it starts."""

    type: Literal["vllm"] = "vllm"
    mode: Literal["batch", "server"] = Field(
        default="batch", description="`batch` runs vLLM inside this process; `server` starts `vllm serve` beside it."
    )
    revision: str = Field(default="", description="Branch, tag or commit of the model on the hub; empty for its main.")
    max_model_len: int = Field(
        default=0, ge=0, description="Tokens of a conversation, the reply included; 0 for what the model allows."
    )
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1, description="Share of the GPU's memory to take.")
    tensor_parallel_size: int = Field(default=1, ge=1, description="GPUs that the model is spread over.")
    tool_parser: str = Field(
        default="",
        description="vLLM's parser of this model's own tool calls, such as hermes; only with `server`. Empty asks for"
        " calls through a JSON schema.",
    )

    @field_validator("tool_parser")
    @classmethod
    def _only_a_server_parses(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("mode") == "batch":
            raise ValueError("only `mode: server` parses tool calls; leave it empty with `batch`")
        return value


ChatModel = Annotated[OpenAISettings | GeminiSettings | LocalSettings | VllmSettings, Field(discriminator="type")]
"""A model that can be asked anything; who captions or judges is one of these."""


Teacher = Annotated[
    PlannerSettings | OpenAISettings | GeminiSettings | LocalSettings | VllmSettings, Field(discriminator="type")
]
