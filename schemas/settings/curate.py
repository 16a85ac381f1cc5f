"""`curate`: what is kept, and the split it goes to."""

import math
import re

from pydantic import Field, ValidationInfo, field_validator

from schemas.settings.base import Settings, unique


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
        unique(tuple(one.name for one in value))
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
