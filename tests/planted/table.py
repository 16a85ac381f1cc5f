"""What came of the questions about videos whose truth is known: how many, how many of them right, what was lost."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.trajectory import Trajectory
from tests.planted.judge import Check, judge
from tests.planted.sources import Source
from transforms.write.rows import trajectory_from_row


@dataclass
class Row:
    """Of one template and kind of answer: questions that were asked, and those with an accepted rollout; rollouts, and
    those that no verifier was against. Of these: what was checked and what of it holds, by `Check.of`, and how many
    phrases hold but for a misheard word. `lost` are the codes of the other rollouts."""

    template: str
    kind: str
    asked: int = 0
    answered: int = 0
    rollouts: int = 0
    accepted: int = 0
    checked: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    misheard: int = 0
    lost: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: "Row") -> "Row":
        for name in ("asked", "answered", "rollouts", "accepted", "checked", "held", "misheard", "lost"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


@dataclass
class Table:
    """Of one source: rows by template and kind, codes by stage of what never became a rollout, and what does not hold,
    each with the id of its trajectory."""

    source: str
    rows: list[Row]
    turned_away: Counter[str]
    wrong: list[tuple[str, Check]]


def tabulate(source: Source) -> Table:
    rows: dict[tuple[str, str], Row] = {}
    wrong: list[tuple[str, Check]] = []

    def row(origin: str, kind: str) -> Row:
        template = origin.removeprefix("ask/")
        return rows.setdefault((template, kind), Row(template, kind))

    for asked in pl.read_parquet(source.release / "rl" / "*.parquet")["extra_info"].to_list():
        row(asked["origin"], asked["kind"]).asked += 1
    answered = set()
    for one in trajectories(source):
        mine = row(one.question.origin, one.question.kind)
        mine.rollouts += 1
        if not is_accepted(one):
            mine.lost[one.code] += 1
            continue
        mine.accepted += 1
        mine.answered += one.question.id not in answered
        answered.add(one.question.id)
        checks = judge(one, source.truths[one.video.id], source.number)
        mine.checked.update(check.of for check in checks)
        mine.held.update(check.of for check in checks if check.holds)
        mine.misheard += sum(check.holds and check.misheard for check in checks)
        wrong += [(one.id, check) for check in checks if not check.holds]
    return Table(source.name, [rows[key] for key in sorted(rows)], _turned_away(source), wrong)


def trajectories(source: Source) -> Iterator[Trajectory]:
    """Every finished rollout of a source, in order of id."""
    for row in pl.read_parquet(source.release / "trajectories" / "*.parquet").sort("id").to_dicts():
        yield trajectory_from_row(row)


def is_accepted(one: Trajectory) -> bool:
    """Whether no verifier was against it; of several such rollouts of a question only the best is kept."""
    return one.status == "accept" or one.code == "not_best"


def _turned_away(source: Source) -> Counter[str]:
    rejects = pl.read_parquet(source.release / "rejects" / "*.parquet").filter(pl.col("trajectory_id") == "")
    return Counter(f"{row['stage']} {row['code']}" for row in rejects.to_dicts())


def markdown(table: Table) -> str:
    """The rows and their sum."""
    told = [
        f"## {table.source}",
        "",
        "| template | kind | asked | with an accepted rollout | rollouts | accepted | answer right | text readable"
        " | ends shown | speech told | misheard | lost |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    whole = Row("all", "")
    for row in table.rows:
        whole += row
        told.append(_line(row))
    told += [_line(whole), "", f"Turned away before a rollout: {_listed(table.turned_away) or 'nothing'}."]
    return "\n".join(told)


def _line(row: Row) -> str:
    kinds = ("answer", "screen", "ends", "speech")
    holds = [f"{row.held[of]} of {row.checked[of]}" if row.checked[of] else "" for of in kinds]
    cells = [
        row.template,
        row.kind,
        row.asked,
        row.answered,
        row.rollouts,
        row.accepted,
        *holds,
        row.misheard or "",
        _listed(row.lost),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _listed(codes: Counter[str]) -> str:
    return ", ".join(f"`{code}` {n}" for code, n in sorted(codes.items()))


def flaws(tables: Sequence[Table]) -> list[str]:
    """What does not hold, a line each."""
    return [f"{table.source}, {id_}: {check.of}: {check.detail}" for table in tables for id_, check in table.wrong]
