"""Checks of the report against itself and against the rows."""

from collections import Counter
from collections.abc import Iterator

from pipelines.checks.release import Release
from transforms.write.report import imbalance


def balance(release: Release) -> Iterator[str]:
    """In every stage, in == out + filtered + failed."""
    for stage, row in release.report["stages"].items():
        if imbalance(row):
            yield f"report.json: {stage} does not add up: {imbalance(row)}"


_IN_A_ROW = ("explore", "ground", "verify")
"""Stages that hand everything they give out to the next one; earlier ones are joined by questions that were given, and
the last writes a row for every question besides."""


def flow(release: Release) -> Iterator[str]:
    """What a stage makes where it fans out, and what rollouts pass on, is what the next stage takes in."""
    stages = list(release.report["stages"].items())
    for (before, given), (after, taken) in zip(stages, stages[1:], strict=False):
        made = given.get("made", given["out"] if before in _IN_A_ROW else taken["in"])
        if made != taken["in"]:
            yield f"report.json: {before} gives {made}, {after} takes {taken['in']}"


def counts(release: Release) -> Iterator[str]:
    """The report's numbers are those of the rows: rejects by stage and code, timelines, trajectories, chosen rows."""
    stages = release.report["stages"]
    there = Counter(
        (row["stage"], row["outcome"], row["code"]) for _, row in release.rows("rejects", ["stage", "outcome", "code"])
    )
    told = Counter(
        {
            (stage, outcome, code): count
            for stage, row in stages.items()
            for outcome, field in (("filter", "filtered"), ("fail", "failed"))
            for code, count in row[field].items()
        }
    )
    for key in sorted(there.keys() | told.keys()):
        if there[key] != told[key]:
            yield f"{' '.join(key)}: {told[key]} in report.json, {there[key]} rows in rejects/"
    rollouts = stages["explore"]["in"] - sum(stages["explore"]["failed"].values())
    for folder, wanted, why in (
        ("timelines", stages["perceive"]["out"], "videos perceived"),
        ("trajectories", rollouts, "rollouts finished"),
        ("sft_parquet", stages["curate"]["out"], "trajectories chosen"),
        ("rl", stages["write"]["out"] - stages["curate"]["out"], "questions written"),
    ):
        rows = sum(1 for _ in release.rows(folder, ["id"]))
        if rows != wanted:
            yield f"{folder}/ has {rows} rows, report.json tells of {wanted} {why}"
