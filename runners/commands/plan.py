"""frametrail plan"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runners.commands.arguments import add_config, add_limit, add_out, add_overrides, add_work, available_cpus, whole

if TYPE_CHECKING:
    from pipelines.plan.estimate import Item
    from pipelines.plan.plan import Bill, Plan
    from pipelines.plan.ranges import Range
    from runners.benchmarks import Against, Decontaminated
    from runners.settings_file import LoadedEntry

NAME = "plan"
SUMMARY = "what a build would do and cost, before anything is spent"
DESCRIPTION = """\
Says how much a build would work through, which of it the store holds already, and what is left to pay to models, from
low to high. Lengths are read from the headers of the files, all else from the store, from a sample, or from defaults.
Nothing is spent: no engine is asked, and the store is only read.
"""
EXAMPLES = """\
examples:
  frametrail plan mine
  frametrail plan mine --limit 100 --set explore.rollouts=4
  frametrail plan mine --sample 3                          scan three videos first, to count clips and screens
  frametrail plan mine --json

a narrow plan:
  frametrail build mine --limit 2                          the rollouts of two videos
  frametrail plan mine                                     tell of all the others

exit codes: 0 planned, 2 a build could not start, as when its version is taken
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="an entry of datasets.yaml; see frametrail list")
    add_config(parser)
    add_out(parser)
    add_work(parser)
    add_limit(parser)
    parser.add_argument(
        "--sample",
        metavar="K",
        type=whole(0),
        default=0,
        help="scan K videos that the store does not know; it takes up to some minutes for an hour of video",
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")
    add_overrides(parser)


def run(args: argparse.Namespace) -> int:
    from pipelines.plan.plan import plan
    from pipelines.plan.survey import survey
    from runners.benchmarks import read_benchmarks, without_known, without_named
    from runners.building import limited
    from runners.models import models_of
    from runners.places import store_of
    from runners.settings_file import gather, load_dataset_entry

    entry = load_dataset_entry(args.name, args.config, args.overrides)
    against = read_benchmarks(entry)
    named = without_named(gather(entry), against)
    store = store_of(args.work)
    source = without_known(limited(named.source, args.limit), named, store)

    def tell(text: str) -> None:
        print(text, file=sys.stderr)

    found = survey(entry.settings, source, store, args.sample, tell, against.benchmarks)
    planned = plan(entry.settings, found)
    others = [
        f"what {model.model} costs under {job} is not estimated"
        for job, model in models_of(entry.settings).items()
        if job not in ("explore.teacher", "explore.inspector.engine") and not job.startswith("verify.")
    ]
    there, code = release_there(args, entry, named, against)
    others += there
    if args.json:
        print(json.dumps(as_json(args.name, entry.settings.version, planned, others), indent=1))
    else:
        _print(args.name, entry.settings.version, planned, others)
    return code


def release_there(
    args: argparse.Namespace, entry: "LoadedEntry", named: "Decontaminated", against: "Against"
) -> tuple[list[str], int]:
    """What to say of a release that is there already, and the exit code."""
    from runners.already import already_built, known_parts
    from runners.building import is_trial
    from runners.places import store_of
    from runners.release_place import refuse_leftovers, require_place
    from schemas.errors import FrametrailError
    from schemas.settings import RunSettings
    from transforms.remote.uris import is_remote
    from transforms.store import Held

    if is_trial(entry, args.limit) or is_remote(args.out):
        return [], 0
    run, store = RunSettings(workers=available_cpus()), Held(store_of(args.work))
    release = Path(args.out) / args.name / entry.settings.version
    try:
        require_place(release.parent)
        refuse_leftovers(release)
        there = already_built(release, lambda: known_parts(entry, run, store, named, against))
    except FrametrailError as error:
        return [f"cannot build: {error.detail}"], 2
    return [there] if there else [], 0


def as_json(name: str, version: str, planned: "Plan", notes: Sequence[str]) -> dict[str, Any]:
    """The plan as plain data: a range is [low, high]; US dollars are null where a price is unknown."""
    from dataclasses import asdict

    from pipelines.plan.plan import usd

    return {
        "dataset": name,
        "version": version,
        "videos": planned.videos,
        "hours": round(planned.seconds / 3600, 4),
        "refused": dict(planned.refused),
        "stages": [
            {
                "stage": item.stage,
                "unit": item.unit,
                "total": _counts(item.total),
                "in_store": item.held,
                "estimated_from": item.basis,
            }
            for item in planned.items
        ],
        "models": [
            {
                "stage": bill.stage,
                "model": bill.model,
                "address": bill.address,
                "price": asdict(bill.rates) if bill.rates else None,
                "calls_in_store": bill.held_calls,
                "calls": _counts(bill.need.calls),
                "prompt_tokens": _counts(bill.need.prompt_tokens),
                "completion_tokens": _counts(bill.need.completion_tokens),
                "usd": _dollars(bill.need.usd),
                "estimated_from": bill.basis,
            }
            for bill in planned.bills
        ],
        "usd": _dollars(usd(planned.bills)),
        "notes": [*planned.notes, *notes],
    }


def _counts(of: "Range") -> list[int]:
    # Sums of fractions may lie a hair beside a whole number.
    return [math.floor(of.low + 1e-6), math.ceil(of.high - 1e-6)]


def _dollars(of: "Range | None") -> list[float] | None:
    """Rounded outwards to a millionth."""
    return None if of is None else [math.floor(of.low * 1e6 + 1e-6) / 1e6, math.ceil(of.high * 1e6 - 1e-6) / 1e6]


def _print(name: str, version: str, planned: "Plan", notes: Sequence[str]) -> None:
    from pipelines.plan.plan import usd
    from transforms.counted import counted

    print(f"{name} {version}: {counted(planned.videos, 'video')}, {planned.seconds / 3600:.2f} h")
    if planned.refused:
        codes = ", ".join(f"{n} x {code}" for code, n in planned.refused.items())
        print(f"turned away: {codes}")
    print()
    _table(("STAGE", "WHAT", "IN ALL", "IN THE STORE", "KNOWN FROM"), [_item_row(item) for item in planned.items])
    print()
    # One column a model: a row would be wider than most terminals.
    columns = [FIGURES, *(_bill_column(bill) for bill in planned.bills)]
    head = ("STAGE AND MODEL", *(f"{bill.stage}: {bill.model}" for bill in planned.bills))
    _table(head, list(zip(*columns, strict=True)))
    print()
    for bill in planned.bills:
        print(price_line(bill))
    print(f"left to pay: {left_to_pay(usd(planned.bills), any(bill.need.calls.high for bill in planned.bills))}")
    for note in (*planned.notes, *notes):
        print(f"note: {note}")


def left_to_pay(cost: "Range | None", calls: bool) -> str:
    """What is left to pay in all, in words; `calls`: there are some to make."""
    if not calls:
        return "nothing, every reply is in the store"
    if cost is None:
        return "unknown price"
    return spelled_dollars(cost) if cost.high else "nothing, calls are free"


def _item_row(item: "Item") -> tuple[str, ...]:
    return (item.stage, item.unit, spelled(item.total), f"{item.held:,}", item.basis)


FIGURES = ("replies in the store", "calls left", "prompt tokens", "reply tokens", "US dollars", "known from")


def _bill_column(bill: "Bill") -> tuple[str, ...]:
    """The figures of a model, in the order of `FIGURES`."""
    needed = bill.need
    counts = (spelled(needed.calls), spelled(needed.prompt_tokens), spelled(needed.completion_tokens))
    cost = "unknown price" if needed.usd is None else spelled_dollars(needed.usd)
    return (f"{bill.held_calls:,}", *counts, cost, bill.basis)


def price_line(bill: "Bill") -> str:
    """Who is asked, and what it costs by whose word."""
    where = f"{bill.model} at {bill.address}" if bill.address else bill.model
    rates = bill.rates
    if rates is None:
        return f"{where}: unknown price"
    day = f", prices up to {rates.as_of}" if rates.as_of else ""
    if not (rates.input or rates.output or rates.cached_input):
        return f"{where}: no price by the token ({rates.source}{day})"
    return (
        f"{where}: ${rates.input:g} of the prompt, ${rates.cached_input:g} where it was read before,"
        f" ${rates.output:g} of the reply, per million tokens ({rates.source}{day})"
    )


def spelled(of: "Range") -> str:
    """A range of counts, short: `24`, `2-48`, `1.2M-3.4M`."""
    low, high = _counts(of)
    return _short(low) if low == high else f"{_short(low)}-{_short(high)}"


def spelled_dollars(of: "Range") -> str:
    low, high = (f"{value:,.2f}" if value >= 1 or not value else f"{value:.2g}" for value in (of.low, of.high))
    return f"${low}" if low == high else f"${low}-{high}"


def _short(value: int) -> str:
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**4)):
        if value >= size:
            return f"{value / (1000 if unit == 'k' else size):.3g}{unit}"
    return str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table in a terminal, aligned lines elsewhere."""
    if sys.stdout.isatty():
        from rich import box
        from rich.console import Console
        from rich.table import Table

        drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in head:
            drawn.add_column(name, overflow="fold")  # half a figure would be another one
        for row in rows:
            drawn.add_row(*row)
        Console().print(drawn)
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
