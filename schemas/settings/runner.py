"""How a build runs: options of the command, in no settings file."""

from typing import Literal

from pydantic import Field

from schemas.settings.base import Settings

Runner = Literal["local", "portable", "flink", "spark", "dataflow"]


class RunSettings(Settings):
    """How a build runs. Nothing here changes a row."""

    runner: Runner = "local"
    workers: int = Field(default=2, ge=1, description="Pieces of work at once; conversations are eight for each.")
    out: str = Field(default="releases", min_length=1, description="Folder that releases are written to.")
    work: str = Field(default=".frametrail", min_length=1, description="Folder of the store: all that is paid for.")
    limit: int = Field(default=0, ge=0, description="Only the first N videos by hash of id; 0 for all.")
    budget_usd: float = Field(default=0.0, ge=0, description="US dollars this run may spend; 0 for no limit.")
