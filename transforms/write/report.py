"""The report: what went into every stage and what became of it, in the stage's own unit."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.refs import Count
from schemas.release import ReleaseInfo
from schemas.trajectory import SCHEMA_VERSION

Report = dict[str, Any]

PLAIN = ("in", "out", "made")
REASONS = ("filtered", "failed")

KEPT = "kept"


def build_report(
    counts: Iterable[Count],
    units: Mapping[str, str],
    info: ReleaseInfo,
    measures: Mapping[str, Mapping[str, Any]] | None = None,
) -> Report:
    """Sums the counts per stage; stages come in the order of `units` (stage → what it counts).

    A stage has `unit`, `in`, `out`, `filtered` and `failed` by code, `made` where it fans out, `kept` by code where
    some are trained on although they are filtered, and whatever `measures` tell of it: seconds, memos found and made,
    what its `models` cost this run, and what all `rollouts` of the release took, which follows from the rows and the
    price. Those alone may differ between two builds of the same rows.

    Raises:
        ValueError: a stage lost or invented units, or a count is of an unknown stage or field.
    """
    stages: dict[str, dict[str, Any]] = {
        stage: {"unit": unit, "in": 0, "out": 0, "filtered": {}, "failed": {}} for stage, unit in units.items()
    }
    for count in counts:
        if count.stage not in stages or count.field not in (*PLAIN, *REASONS, KEPT):
            raise ValueError(f"there is no {count.field!r} of a stage {count.stage!r} to count")
        row = stages[count.stage]
        if count.field in (*REASONS, KEPT):
            of = row.setdefault(count.field, {})
            of[count.code] = of.get(count.code, 0) + count.n
        else:
            row[count.field] = row.get(count.field, 0) + count.n
    for stage, row in stages.items():
        for reason in (*REASONS, KEPT):
            if reason in row:
                row[reason] = dict(sorted(row[reason].items()))
        if imbalance(row):
            raise ValueError(f"{stage} does not add up: {imbalance(row)}")
        row.update((measures or {}).get(stage, {}))
    return {
        "schema_version": SCHEMA_VERSION,
        "dataset": info.dataset,
        "version": info.version,
        "fingerprint": info.fingerprint,
        "stages": stages,
    }


def imbalance(row: Mapping[str, Any]) -> str:
    """What does not add up in a stage; empty when in == out + filtered + failed."""
    filtered, failed = sum(row["filtered"].values()), sum(row["failed"].values())
    if row["in"] == row["out"] + filtered + failed:
        return ""
    return f"{row['in']} {row['unit']} in, but {row['out']} out + {filtered} filtered + {failed} failed"
