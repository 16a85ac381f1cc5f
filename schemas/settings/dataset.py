"""One entry of datasets.yaml, `target` and what else is no stage's own, and the checks between stages."""

from pydantic import Field, ValidationInfo, field_validator

from schemas.names import SPELLINGS
from schemas.settings.ask import Ask
from schemas.settings.base import Settings
from schemas.settings.curate import Curate
from schemas.settings.explore import Explore
from schemas.settings.ground import Ground
from schemas.settings.perceive import Perceive
from schemas.settings.published import Published
from schemas.settings.recipe import Recipe
from schemas.settings.source import Fetch, ManifestSource, Source
from schemas.settings.verify import Verify
from schemas.settings.write import Write


class Target(Settings):
    """How much is wanted. Questions are taken in an order of their own until there is as much; see docs/target.md."""

    accepted: int = Field(ge=1, description="Rows to train on, exactly.")


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
