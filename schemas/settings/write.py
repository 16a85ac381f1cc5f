"""`write`: the files of a release, and the other forms of its rows."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.names import EXPORTS, SPELLED_BY_TRAINERS, SPELLINGS
from schemas.settings.base import Settings, unique
from schemas.settings.dialect import Dialect
from schemas.settings.names import ExportName

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

    _exports_once = field_validator("exports")(unique)

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
