"""What the card of a published release tells beyond the card it has already."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.settings import Recipe


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts from a finished release.

    `asked` and `solved` are questions with a checked answer, and those of them with a row to train on, by kind;
    `rejects` counts rows by `stage/code`; `licences` counts videos by what their source says, an empty string where it
    says nothing; `licence` is what the settings name for the whole.
    """

    dataset: str
    version: str
    asked: Mapping[str, int]
    solved: Mapping[str, int]
    rejects: Mapping[str, int]
    licences: Mapping[str, int]
    licence: str = ""
    planner_rows: int = 0
    planner: bool = False
    benchmarks: tuple[str, ...] = ()
    recipe: Recipe | None = None
