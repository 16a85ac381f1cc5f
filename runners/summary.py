"""What a person is told of a build when it is over."""

import shlex
from collections import Counter
from pathlib import Path

from runners.outcome import BuildResult, stages_of
from schemas.settings import Dataset
from transforms.counted import counted

SHOWN_UNUSED = 5


def shortfalls(result: BuildResult, settings: Dataset) -> list[str]:
    """What the release fell short of, in words; empty when it kept its promises."""
    short = list(result.failures_over)
    if result.solved < settings.min_yield * result.questions:
        short.append(
            f"{result.solved} of {result.questions} questions ended in an accepted row, "
            f"less than min_yield: {settings.min_yield:g}"
        )
    return short


def summary(result: BuildResult, settings: Dataset) -> str:
    """What a person wants to know at the end: where it is, how much, why not more, how to look at it."""
    path = shlex.quote(str(result.release))
    if result.nothing_to_do:
        lines = [f"nothing to do: {path} is already built from the same settings and inputs"]
    elif result.failures_over:
        lines = [f"kept as {path}, which is no version, after {_duration(result.seconds)}"]
    else:
        lines = [f"built {path} in {_duration(result.seconds)}"]
    lines.append(f"  {counts(result)}")
    lines += [f"  {count:>6} x {reason}" for reason, count in reject_reasons(result.release)]
    lines += [f"  of no use: {one}" for one in result.unused[:SHOWN_UNUSED]]
    if len(result.unused) > SHOWN_UNUSED:
        lines.append(f"  ... and {counted(len(result.unused) - SHOWN_UNUSED, 'more input')}")
    lines += [f"  no conversation about: {one}" for one in result.without_rows[:SHOWN_UNUSED]]
    if len(result.without_rows) > SHOWN_UNUSED:
        lines.append(
            f"  ... and {counted(len(result.without_rows) - SHOWN_UNUSED, 'more video')}; report.json names them"
        )
    lines += [f"  below what was promised: {short}" for short in shortfalls(result, settings)]
    if not result.nothing_to_do:
        lines += [f"  spent {what}" for what in spent(result.release)]
    if result.accepted:
        lines.append(f"  read one:      frametrail view {path} --sample 1")
    else:
        lines.append("  no row was accepted: there is nothing in it to train on")
    if result.rejected:
        lines.append(f"  see a reject:  frametrail view {path} --reject 1")
    lines.append(f"  check it all:  frametrail audit {path}")
    return "\n".join(lines)


def counts(result: BuildResult) -> str:
    """What came of the questions. A right rollout that was not needed is no bad yield, so it is counted apart."""
    spare = stages_of(result.release)["curate"]["filtered"].get("not_best", 0)
    asked, kept = counted(result.questions, "question"), counted(result.accepted, "accepted row")
    told = f"{asked}, {kept}, {result.rejected - spare} rejected"
    return f"{told}, {spare} not chosen" if spare else told


def reject_reasons(release: Path) -> list[tuple[str, int]]:
    """The reasons for rejects as `stage/code` with their count, most frequent first, from the release's report.json."""
    reasons: Counter[str] = Counter()
    for stage, row in stages_of(release).items():
        for code, count in [*row["filtered"].items(), *row["failed"].items()]:
            reasons[f"{stage}/{code}"] += count
    return sorted(reasons.items(), key=lambda item: (-item[1], item[0]))


def spent(release: Path) -> list[str]:
    """What the run that made a release has spent on each model, in words; nothing where no model was called."""
    told = []
    for stage, row in stages_of(release).items():
        for model, one in row.get("models", {}).items():
            usd = "an unknown price" if one["usd"] is None else f"${one['usd']:.4f}"
            tokens = f"{one['prompt_tokens']:,} prompt and {one['completion_tokens']:,} reply tokens"
            told.append(f"{usd} on {model} in {stage}: {counted(one['calls'], 'call')}, {tokens}")
    return told


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
