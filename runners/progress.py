"""The build as it is seen: a table that lives while stages run, or plain lines where there is no terminal.

It only reads the counters of `transforms.progress` and of the purse. Whatever goes wrong with the display, the build
goes on.
"""

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from transforms import progress
from transforms.engines.purse import PURSE
from transforms.progress import Stage

LOOK_S = 0.5
"""Seconds between two looks at the counters where lines are printed."""

LINE_S = 10.0
"""Seconds between two lines about a stage that is under way."""

QUIET_S = 2.0
"""Seconds without news after which a stage that has done all it knows of counts as finished."""


@contextmanager
def shown(stream: TextIO | None = None) -> Iterator[None]:
    """Shows the counters on `stream` (standard error when None) until the block ends, however it ends."""
    console = Console(file=stream or sys.stderr)
    with ExitStack() as display:
        terminal = console.is_terminal and not console.is_dumb_terminal
        if not (terminal and _starts(_live(console), display)):
            display.enter_context(_lines(stream or sys.stderr))
        yield


def _starts(live: Live, display: ExitStack) -> bool:
    """Starts the table and makes sure that it is taken away again, with the cursor back, without a word."""
    try:
        live.start(refresh=True)
    except Exception:
        _stops(live)
        return False
    display.callback(_stops, live)
    return True


def _stops(live: Live) -> None:
    # rich draws in a thread of its own; a terminal that went away must not turn a finished build into an error
    with suppress(Exception):
        live.stop()
    with suppress(Exception):
        live.console.show_cursor(True)


def _live(console: Console) -> Live:
    return Live(
        get_renderable=lambda: table(progress.snapshot(), time.monotonic(), progress.note(), paid()),
        console=console,
        refresh_per_second=4,
        redirect_stdout=sys.stdout.isatty(),
    )


def paid() -> dict[str, str]:
    """Stage → what its models are doing: calls in flight and answered, and US dollars where a price is known."""
    told: dict[str, list[str]] = {}
    for (stage, model), spent in list(PURSE.spent.items()):
        usd = f", ${spent.usd:.4f}" if spent.rates else ", unknown price"
        told.setdefault(stage, []).append(f"{model}: {spent.flying} in flight, {spent.calls} answered{usd}")
    return {stage: "; ".join(models) for stage, models in told.items()}


def table(
    stages: dict[str, Stage], now: float, note: str = "", paid: Mapping[str, str] | None = None
) -> RenderableType:
    """One row per stage that has begun, under the note if there is one; `now` is in monotonic seconds, `paid` what is
    told of a stage's models."""
    grid = Table.grid(padding=(0, 2))
    for column in ("stage", "bar", "count", "rejected", "speed", "parts"):
        grid.add_column(justify="right" if column in ("count", "rejected", "speed") else "left")
    for name, stage in stages.items():
        if not stage.began:
            continue
        running = stage.done < stage.total
        bar: RenderableType = ""
        if stage.total:
            bar = ProgressBar(stage.total, stage.done, width=16, complete_style="cyan", finished_style="green")
        rejected = f"[red]{stage.rejected} rejected[/red]" if stage.rejected else ""
        rate = f"{speed(stage, now):.1f} video s/s" if stage.video_s else ""
        more = ", ".join(part for part in (_parts(stage), escape((paid or {}).get(name, ""))) if part)
        grid.add_row(f"[bold]{name}[/bold]" if running else name, bar, _count(stage), rejected, rate, more)
    return Group(note, grid) if note else grid


def line(name: str, stage: Stage, now: float, paid: str = "") -> str:
    """A stage in one plain line; `paid` is what is told of its models."""
    said = [f"{name:<8}  {_count(stage)}"]
    if stage.rejected:
        said.append(f"{stage.rejected} rejected")
    if stage.video_s:
        said.append(f"{speed(stage, now):.1f} video s/s")
    if stage.parts:
        said.append(_parts(stage))
    if paid:
        said.append(paid)
    return "  ".join(said)


def speed(stage: Stage, now: float) -> float:
    """Seconds of video per second: until now while the stage runs, until its last news afterwards."""
    until = now if stage.done < stage.total else stage.ended
    return stage.video_s / max(until - stage.began, 1e-3)


def _count(stage: Stage) -> str:
    return f"{stage.done}/{stage.total}" if stage.total else str(stage.done)


def _parts(stage: Stage) -> str:
    return ", ".join(f"{part} {count}" for part, count in sorted(stage.parts.items()))


@contextmanager
def _lines(stream: TextIO) -> Iterator[None]:
    over = threading.Event()
    told: dict[str, tuple[str, float]] = {}
    noted = ""

    def look(last: bool) -> None:
        nonlocal noted
        now, models = time.monotonic(), paid()
        if progress.note() != noted:
            noted = progress.note()
            told.clear()
            print(noted, file=stream, flush=True)
        for name, stage in progress.snapshot().items():
            # a line when a stage begins, when it seems to be finished, and now and then between
            finished = 0 < stage.total <= stage.done and now - stage.ended >= QUIET_S
            news = line(name, stage, now, models.get(name, ""))
            before, when = told.get(name, ("", 0.0))
            due = not before or finished or last or now - when >= LINE_S
            if stage.began and news != before and due:
                told[name] = (news, now)
                print(news, file=stream, flush=True)

    def watch() -> None:
        with suppress(OSError, ValueError):  # the stream was closed: nobody reads on
            while not over.wait(LOOK_S):
                look(last=False)
            look(last=True)

    watcher = threading.Thread(target=watch, name="frametrail-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(timeout=2 * LOOK_S)
