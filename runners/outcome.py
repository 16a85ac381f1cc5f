"""What a build came to, as the files of its release say."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec

from pipelines.promises import kept_from
from schemas.settings import Dataset
from transforms.write.tables import read_columns
from transforms.write.without_rows import without_rows


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build came to. `solved` counts questions with an accepted row, of which they may have several.

    `failures_over` says in words what keeps the result from being the version, `unused` which inputs are of no use
    and why, and `without_rows` which videos could be used and gave no row to train on.
    """

    release: Path
    nothing_to_do: bool
    questions: int
    solved: int
    accepted: int
    rejected: int
    failures_over: list[str]
    seconds: float
    unused: tuple[str, ...] = ()
    without_rows: tuple[str, ...] = ()


def outcome_of(release: Path, settings: Dataset, units: int, nothing_to_do: bool, seconds: float) -> BuildResult:
    """What the result's own files say; `units` are those of the whole source."""
    stages = stages_of(release)
    rejected = sum(sum(row["filtered"].values()) + sum(row["failed"].values()) for row in stages.values())
    return BuildResult(
        release=release,
        nothing_to_do=nothing_to_do,
        questions=stages["ask"]["out"],
        solved=solved_questions(release),
        accepted=stages["curate"]["out"],
        rejected=rejected,
        failures_over=kept_from(stages, settings, units),
        seconds=seconds,
        unused=unused_inputs(release),
        without_rows=tuple(f"{id} ({why})" for id, why in without_rows(str(release)).items()),
    )


def stages_of(release: Path | str) -> dict[str, Any]:
    """What went into each stage and what came of it, from the release's report.json."""
    fs, base = fsspec.core.url_to_fs(str(release))
    stages: dict[str, Any] = json.loads(fs.cat_file(f"{base}/report.json"))["stages"]
    return stages


def solved_questions(release: Path) -> int:
    """Questions with an accepted row."""
    rows = read_columns(str(release), "sft_parquet", ["video_id", "question_id", "kept_although"])
    return rows.filter(kept_although="").n_unique()


def unused_inputs(release: Path) -> tuple[str, ...]:
    """The videos and lines of the source that were turned away, each with its reason."""
    rows = read_columns(str(release), "rejects", ["key", "unit", "id", "detail"])
    rows = rows.filter(rows["unit"].is_in(["line", "video"])).sort("key")
    return tuple(f"{name}: {detail}" for name, detail in rows.select("id", "detail").iter_rows())
