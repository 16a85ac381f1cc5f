"""Re-checks every promise of a finished release, from its files alone.

A check is a small generator that gives one sentence per thing that is wrong, with file and row; its docstring says
what it holds a release to. A new check is one function and one line here. Memory is bounded by a row group and the ids.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipelines.checks import (
    answers,
    beside,
    calls,
    card,
    counts,
    exports,
    files,
    published,
    questions,
    rebuilt,
    records,
    rl,
    sft,
    target,
    timelines,
)
from pipelines.checks.release import Release

Check = Callable[[Release], Iterator[str]]

CHECKS: tuple[Check, ...] = (
    files.manifest,
    files.listing,
    files.digests,
    files.row_counts,
    files.schemas,
    files.layout,
    files.sorted_ids,
    counts.stages,
    counts.balance,
    counts.flow,
    counts.counts,
    counts.questions,
    counts.tokens,
    target.target,
    records.chosen,
    records.record,
    records.spans,
    records.tools,
    records.splits,
    records.rejects,
    records.fingerprint,
    records.lineage,
    records.planner,
    records.paths,
    answers.verdicts,
    answers.answers,
    questions.agreement,
    questions.tool_names,
    questions.rollouts,
    timelines.timelines,
    calls.calls,
    sft.jsonl_parquet,
    sft.jsonl_keys,
    sft.placeholders,
    sft.conversation,
    sft.arguments,
    sft.rendered,
    sft.leaks,
    sft.frames,
    rl.rl_rows,
    rl.rl_questions,
    rebuilt.rl_rebuilt,
    published.published,
    exports.exported,
    exports.media,
    beside.clips,
    beside.artifacts,
    card.configs,
    card.card,
    card.config,
    card.llama_factory,
)

_TELLING: dict[Check, Callable[[Release], str]] = {published.published: published.found}
"""Checks that tell what they found although it is as it should be."""

MOST_FINDINGS = 20
"""Findings that one check may give; the rest are as a rule more of the same."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` is what the check holds a release to when `ok`, else what is wrong, with file and row."""

    check: str
    ok: bool
    detail: str


def audit(release_dir: str | Path) -> list[Finding]:
    """One finding per check that passes and one per thing that is wrong, in the order of the checks."""
    root = Path(release_dir)
    if not (root / "manifest.json").is_file():
        return [Finding("manifest", False, f"{root} has no manifest.json: it is no release, or its build was cut off")]
    release = Release(root)
    return [finding for check in CHECKS for finding in _run(check, release)]


def _run(check: Check, release: Release) -> Iterator[Finding]:
    problems: list[str] = []
    try:
        problems.extend(islice(check(release), MOST_FINDINGS + 1))
    except Exception as error:
        problems.append(f"this could not be checked: {type(error).__name__}: {error}")
    for problem in problems[:MOST_FINDINGS]:
        yield Finding(check.__name__, False, problem)
    if len(problems) > MOST_FINDINGS:
        yield Finding(check.__name__, False, "and more of the kind")
    if not problems:
        told = _TELLING[check](release) if check in _TELLING else ""
        yield Finding(check.__name__, True, (check.__doc__ or "").strip() + (f" Here: {told}." if told else ""))
