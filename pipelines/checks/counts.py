"""Checks of the report against itself and against the rows."""

from collections import Counter
from collections.abc import Iterator

from pipelines.checks.release import Release, split_of
from pipelines.target import NOT_NEEDED
from transforms.curate.sift import OF_QUESTIONS
from transforms.write.costs import usd_of
from transforms.write.report import imbalance
from transforms.write.seal import UNITS


def stages(release: Release) -> Iterator[str]:
    """The report is of this release and has every stage, in order and in its own unit."""
    for key in ("dataset", "version", "schema_version"):
        if release.report[key] != release.manifest[key]:
            yield f"report.json: its {key} is {release.report[key]}, that of manifest.json {release.manifest[key]}"
    told = {stage: row["unit"] for stage, row in release.report["stages"].items()}
    if list(told.items()) != list(UNITS.items()):
        yield f"report.json counts {_spelled(told)}, the stages are {_spelled(UNITS)}"


def _spelled(units: dict[str, str]) -> str:
    return ", ".join(f"{stage} ({unit})" for stage, unit in units.items())


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
    kept = sum(stages["curate"].get("kept", {}).values())
    chosen = stages["curate"]["out"] + kept
    for folder, wanted, why in (
        ("timelines", stages["perceive"]["out"], "videos perceived"),
        ("trajectories", rollouts, "rollouts finished"),
        ("sft_parquet", chosen, "trajectories chosen or kept"),
        ("rl", stages["write"]["out"] - chosen, "questions written"),
    ):
        rows = sum(1 for _ in release.rows(folder, ["id"]))
        if rows != wanted:
            yield f"{folder}/ has {rows} rows, report.json tells of {wanted} {why}"


def questions(release: Release) -> Iterator[str]:
    """Questions asked are RL rows and questions lost while writing; what was read is videos and given questions."""
    told = release.report["stages"]
    origins: dict[tuple[str, str], str] = {}
    for _, row in release.rows("trajectories", ["question.video_id", "question.id", "question.origin"]):
        origins[row["question"]["video_id"], row["question"]["id"]] = row["question"]["origin"]
    written, given, beyond = Counter[str](), 0, 0
    for where, row in release.rows("rl", ["split", "extra_info.origin"]):
        written[row["extra_info"]["origin"]] += row["split"] == split_of(where)
    lost: Counter[str] = Counter()
    for _, row in release.rows("rejects", ["stage", "unit", "code", "video_id", "question_id"]):
        if (row["stage"], row["unit"]) == ("write", "row"):
            lost[origins.get((row["video_id"], row["question_id"]), "unknown")] += 1
        if (row["stage"], row["unit"]) == ("ask", "question"):
            # of these no file tells whether they were given
            either = row["code"] == NOT_NEEDED or row["code"] in OF_QUESTIONS
            beyond += either
            given += not either
    asked = written.total() + lost.total()
    if told["ask"]["out"] != asked:
        yield f"report.json: ask gives {told['ask']['out']} questions, rl/ and rejects/ tell of {asked}"
    least = told["perceive"]["in"] + given + written["given"] + lost["given"]
    if not least <= told["read"]["out"] <= least + lost["unknown"] + beyond:
        yield f"report.json: read gives {told['read']['out']}, there are {least} videos and given questions"


def tokens(release: Release) -> Iterator[str]:
    """The tokens that the report tells of all rollouts are those of the trajectories, and cost what its price says."""
    told = release.report["stages"]["explore"].get("rollouts")
    if told is None:
        return
    rows = [row for _, row in release.rows("trajectories", ["prompt_tokens", "completion_tokens"])]
    for key in ("prompt_tokens", "completion_tokens"):
        there = sum(row[key] for row in rows)
        if told[key] != there:
            yield f"report.json: {told[key]} {key} of all rollouts, trajectories/ tells of {there}"
    usd = usd_of(told["price"], told["prompt_tokens"], told["completion_tokens"])
    if told["usd"] != usd:
        yield f"report.json: all rollouts cost {told['usd']} US dollars, by its price and tokens {usd}"
