"""`explore`: the teacher, its tools, and who answers them."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.settings.base import Settings, unique
from schemas.settings.models import ChatModel, PlannerSettings, Teacher
from schemas.settings.names import ToolName
from schemas.settings.retrieval import Bm25Settings, Retrieval
from schemas.settings.served import Limits, VariableName, address_of_a_server

INSPECTING: tuple[ToolName, ...] = ("inspect", "inspect_node")
"""The tools that have somebody look."""
DEFAULT_TOOLS: tuple[ToolName, ...] = (
    *("clip_retrieval", "subtitle_retrieval", "subtitle_zoom", "caption_zoom", "overview"),
)


class Inspector(Settings):
    """Who looks at a window for a question, when the tool `inspect` is called."""

    engine: ChatModel = Field(description="The model; it must take pictures and follow a JSON schema.")
    frames: int = Field(default=16, ge=1, le=64, description="Most frames of a window that it sees.")
    pixels: int = Field(
        default=409_600, ge=784, le=409_600, description="Larger frames shrink to this; the scan keeps 640 x 640."
    )
    sure: float = Field(
        default=0.95, ge=0, le=1, description="With less confidence it says to search on (VideoSEAL: 0.95)."
    )
    max_tokens: int = Field(default=2048, ge=64, description="Tokens the model may write per call, thoughts included.")
    seed: int = Field(default=0, description="Sent with every call.")


class HttpSearchSettings(Settings):
    """A search engine of one's own: it is posted {"query"} and gives {"results": [{"title", "url", "text"}]}."""

    type: Literal["http"] = "http"
    url: str = Field(description="Address that searches are posted to.")
    api_key_env: VariableName = Field(
        default="", description="Name of the environment variable with the key, sent as a bearer token; empty for none."
    )
    limits: Limits = Limits(in_flight=4)
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="Longest wait for one reply, in seconds.")

    @property
    def base_url(self) -> str:
        return self.url

    @field_validator("url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return address_of_a_server(value, "http://localhost:8000/search")


class Explore(Settings):
    """The teacher's loop."""

    teacher: Teacher = PlannerSettings()
    retrieval: Retrieval = Field(default=Bm25Settings(), description="How the retrieval tools find clips and phrases.")
    tools: tuple[ToolName, ...] = Field(
        default=DEFAULT_TOOLS, min_length=1, description="The tools the teacher may call."
    )
    inspector: Inspector | None = Field(
        default=None,
        description="Who looks for the tool `inspect`; null tells what is written and said there, without a model.",
    )
    web_search: HttpSearchSettings | None = Field(
        default=None, validate_default=True, description="Who answers the tool web_search; null for nobody."
    )
    rollouts: int = Field(default=2, ge=1, le=64, description="Runs per question, each with a seed of its own.")
    max_turns: int = Field(default=8, ge=1, le=64, description="Tool calls before an answer is demanded.")
    temperature: float = Field(default=0.7, ge=0, le=2, description="VideoThinker uses 0.7.")
    max_tokens: int = Field(default=2048, ge=16, description="Tokens the teacher may write per turn.")
    seed: int = Field(default=0, description="Where the seeds of all rollouts start.")

    _tools_once = field_validator("tools")(unique)

    @field_validator("tools")
    @classmethod
    def _may_be_called(cls, value: tuple[ToolName, ...]) -> tuple[ToolName, ...]:
        if "inspect_node" in value and "get_caption" not in value:
            raise ValueError("inspect_node looks at a part whose caption was read: add get_caption, or take inspect")
        return value

    @field_validator("inspector")
    @classmethod
    def _somebody_has_it_look(cls, value: Inspector | None, info: ValidationInfo) -> Inspector | None:
        tools = info.data.get("tools", INSPECTING)
        if value is not None and not set(INSPECTING) & set(tools):
            raise ValueError("nobody would ask it: add inspect or inspect_node to explore.tools, or make this null")
        return value

    @field_validator("web_search")
    @classmethod
    def _somebody_answers(cls, value: HttpSearchSettings | None, info: ValidationInfo) -> HttpSearchSettings | None:
        tools = info.data.get("tools", ("web_search",) if value else ())
        if value is None and "web_search" in tools:
            raise ValueError("must name an engine, such as {type: http, url: …}, or leave web_search out of the tools")
        if value is not None and "web_search" not in tools:
            raise ValueError("nobody would ask it: add web_search to explore.tools, or make this null")
        return value
