"""Which verifier catches which kind of fault, and whether any fires where there is none."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from schemas.errors import InputError
from tests.faults.kinds import Kind
from transforms.verify import form
from transforms.verify.case import Case
from transforms.verify.registry import COSTLY, FREE


@dataclass
class Row:
    """Of one kind: into how many trajectories it could be planted, in how many the verifier meant for it caught it, and
    which others did, how often."""

    kind: Kind
    planted: int = 0
    caught: int = 0
    others: Counter[str] = field(default_factory=Counter)


def against(case: Case) -> set[str]:
    """The verifiers that are against a trajectory; if it is well formed at all, each is asked, whatever others say."""
    if form.check(case).outcome == "fail":
        return {form.NAME}
    found = set()
    for name, check in (*FREE, *COSTLY):
        try:
            if check(case).outcome != "accept":
                found.add(name)
        except InputError:
            found.add(name)
    return found


def tabulate(kinds: Sequence[Kind], cases: Iterable[Case], most: int) -> tuple[list[Row], int, Counter[str]]:
    """The rows, how many trajectories there were, and who was against untouched ones; each kind `most` times."""
    rows, untouched, alarms = [Row(kind) for kind in kinds], 0, Counter[str]()
    for case in cases:
        untouched += 1
        alarms.update(against(case))
        for row in rows:
            planted = row.kind.plant(case) if row.planted < most else None
            if planted is not None:
                row.planted += 1
                found = against(planted)
                row.caught += row.kind.verifier in found
                row.others.update(found - {row.kind.verifier})
    return rows, untouched, alarms


def markdown(rows: Sequence[Row], untouched: int, alarms: Counter[str]) -> str:
    told = [
        "| fault | meant for | planted | caught | missed | others that caught it too |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        others = ", ".join(f"{name} {n}" for name, n in sorted(row.others.items())) or ""
        missed = row.planted - row.caught
        told.append(f"| {row.kind.name} | {row.kind.verifier} | {row.planted} | {row.caught} | {missed} | {others} |")
    fired = ", ".join(f"{name} {n}" for name, n in sorted(alarms.items())) or "none"
    planted, caught = sum(row.planted for row in rows), sum(row.caught for row in rows)
    told += ["", f"{len(rows)} kinds, {planted} faults planted, {caught} caught by the verifier meant for them."]
    told += [f"Untouched trajectories: {untouched}; false alarms: {fired}."]
    return "\n".join(told)
