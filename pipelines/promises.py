"""What keeps a result from being a version, in words: too much of it failed, or it holds too little."""

from collections.abc import Mapping
from typing import Any

from pipelines.target import NOT_NEEDED
from schemas.settings import Dataset
from transforms.refuse import PASSING


def failures_over(stages: Mapping[str, Any], allowed: float, units: int) -> list[str]:
    """What keeps a result from being a version, in words: failures that may pass, and more others than `allowed`.

    `units` are those of the whole source: with --limit all its bad lines are there, but few of its good ones.
    """
    told = []
    for stage, row in stages.items():
        passing = {code: n for code, n in row["failed"].items() if code in PASSING}
        lasting = sum(row["failed"].values()) - sum(passing.values())
        entered = max(row["in"], units) if stage == "read" else row["in"]
        if passing:
            codes = ", ".join(f"{n} x {code}" for code, n in passing.items())
            told.append(
                f"{sum(passing.values())} of {entered} failed in {stage} for reasons that may pass ({codes});"
                " the same command tries again"
            )
        if lasting > allowed * entered:
            told.append(f"{lasting} of {entered} failed in {stage}, more than max_failures: {allowed:g}")
    return told


def kept_from(stages: Mapping[str, Any], settings: Dataset, units: int) -> list[str]:
    """All that keeps a result from being a version, in words."""
    told = failures_over(stages, settings.max_failures, units)
    if settings.target is not None:
        told += target_missed(stages, settings.target.accepted)
    return told


def target_missed(stages: Mapping[str, Any], wanted: int) -> list[str]:
    """Why the result does not hold as many rows as were wanted, in words; empty when it does."""
    rows = stages["curate"]["out"]
    if rows == wanted:
        return []
    if any(NOT_NEEDED in stages[stage]["filtered"] for stage in ("read", "ask")) or rows > wanted:
        return [
            f"{rows} rows, not target.accepted: {wanted}: what failed before passed now, or the other way round;"
            " the same command counts again"
        ]
    return [
        f"{rows} rows, less than target.accepted: {wanted}, of all {stages['ask']['out']} questions that the source"
        " has: add videos or questions, try more rollouts, or want less"
    ]
