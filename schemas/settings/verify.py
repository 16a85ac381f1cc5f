"""`verify`: thresholds of the verifiers, and the models that some of them ask."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.settings.base import Settings, unique
from schemas.settings.models import ChatModel

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

    _views_once = field_validator("without")(unique)


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
        unique(tuple(one.name for one in value))
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
        " comes or goes is known to half a second at worst, before or after. Null asks for none.",
    )
    span_off_s: float | None = Field(
        default=0.5,
        ge=0,
        description="Frames so many seconds within the ends of a text's stretch show the text, and those so many"
        " seconds outside do not: an answer in whole seconds is near enough. Null reads none of them.",
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
