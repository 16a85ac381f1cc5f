"""frametrail build"""

import argparse
import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from runners.commands.arguments import (
    add_config,
    add_limit,
    add_out,
    add_overrides,
    add_work,
    available_cpus,
    dollars,
    whole,
)

if TYPE_CHECKING:
    from runners.settings_file import LoadedEntry
    from runners.where import Where
    from schemas.settings import RunSettings

NAME = "build"
SUMMARY = "build a dataset into a release"
DESCRIPTION = """\
Builds one dataset of datasets.yaml into OUT/NAME/VERSION. What has been computed or paid for is kept in the work folder
as it comes, so a build that was stopped goes on where it was when the same command runs again.
A build with --limit, --set or a version ending in -dev is a trial: it goes to OUT/NAME/VERSION+FINGERPRINT.
"""
EXAMPLES = """\
examples:
  frametrail build demo
  frametrail build mine --limit 2                          two videos first
  frametrail build mine --set explore.rollouts=4           another setting, for this run only
  frametrail build mine --set target.accepted=100          until there are 100 rows
  frametrail build mine --budget 20                        at most 20 US dollars, and it goes on with 20 more
  frametrail build mine --set perceive.asr.type=none       without recognising speech
  frametrail build mine -c recipes/datasets.yaml --out /data/releases --work /data/work --workers 16
  frametrail build mine --runner flink --job-endpoint flink:8099 --out /net/releases --work /net/work
  frametrail build mine --runner dataflow --out gs://b/releases --work gs://b/work

exit codes: 0 done (or nothing to do), 1 finished but below min_yield or target, above max_failures, or with failures
            that may pass (the same command tries those again), 2 bad settings or arguments, 3 interrupted, out of
            budget, stopped before a target was counted out, or by a store that cannot be read or written (the same
            command resumes), 70 unexpected error
"""

LOGS = Path(".frametrail")
"""Where builds log whose --work is no folder of this machine."""

RUNNERS = ("local", "portable", "flink", "spark", "dataflow")
"""Those of `schemas.settings.Runner`, as a test sees to. The parser imports no package that another may hide."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    cpus = available_cpus()
    parser.add_argument("name", metavar="NAME", help="an entry of datasets.yaml; see frametrail list")
    add_config(parser)
    add_out(parser)
    add_work(parser)
    parser.add_argument(
        "--runner",
        metavar="NAME",
        type=runner,
        choices=RUNNERS,
        default="local",
        help=f"where it runs: {', '.join(RUNNERS)} (default: local); all but local are set up under `run` in the"
        " settings file, see docs/runners.md",
    )
    parser.add_argument(
        "--job-endpoint",
        metavar="HOST:PORT",
        type=endpoint,
        help="address of the job service, for portable, flink and spark",
    )
    parser.add_argument(
        "--template-location",
        metavar="URI",
        help="with dataflow: write a classic template there (gs://...) instead of starting a job",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=whole(1),
        default=cpus,
        help=f"videos, screens and chunks of sound at once (default: the CPUs this process may use, here {cpus});"
        " models have their own limits, in the settings",
    )
    parser.add_argument(
        "--budget",
        metavar="USD",
        type=dollars,
        default=0.0,
        help="stop before the call that would bring what this run spends on models above it (default: no limit)",
    )
    add_limit(parser)
    add_overrides(parser)


def runner(text: str) -> str:
    """An argparse type: the name of a runner, but not of the one that would give wrong rows."""
    if text.lower() in ("dask", "daskrunner"):
        raise argparse.ArgumentTypeError(
            "dask is refused: Beam's DaskRunner gives wrong results without a word (it mixes up outputs, skips sinks"
            " and loses what bundles give at their end); take local, flink, spark or dataflow"
        )
    return text


def endpoint(text: str) -> str:
    """An argparse type: HOST:PORT."""
    from schemas.clusters import host_and_port

    try:
        return host_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run_settings(args: argparse.Namespace, out: str) -> "RunSettings":
    from schemas.settings import RunSettings

    return RunSettings(
        runner=args.runner, workers=args.workers, out=out, work=args.work, limit=args.limit, budget_usd=args.budget
    )


def submit(args: argparse.Namespace, entry: "LoadedEntry") -> int:
    """A build on Dataflow: starts the job and waits for it, or writes its template."""
    from runners.settings.tree import shown as shown_path
    from runners.settings_file import default_file, load_run_block
    from schemas.errors import SettingsError

    settings = load_run_block(args.config).dataflow
    if settings is None:
        file = shown_path(args.config or default_file())
        raise SettingsError(
            "no_run_block",
            f"--runner dataflow needs a block in {file}: `run: {{dataflow: {{project: my-project, region: europe-west4,"
            " temp_location: gs://my-bucket/temp, image: ...}}`; see docs/runners.md",
        )
    from runners.dataflow import submit_release

    with _logged(LOGS, args.name):
        done = submit_release(entry, run_settings(args, args.out), args.name, settings, args.template_location or "")
    if done.nothing_to_do:
        print(f"nothing to do: {done.release} is already built from the same settings and inputs")
        return 0
    if done.template:
        print(f"wrote the template {done.template}; jobs started from it write {done.release}")
        return 0
    if done.failures_over:
        print(f"kept as {done.release}, which has no manifest.json and is no version")
    else:
        print(f"built {done.release}")
    print(f"  the job: {done.page}")
    for told in done.failures_over:
        print(f"  below what was promised: {told}")
    return 1 if done.failures_over else 0


def where(args: argparse.Namespace) -> "Where":
    """Where the build runs, by --runner.

    Raises:
        SettingsError: what the runner needs is missing or wrong.
    """
    from runners.portable import portable
    from runners.settings_file import load_run_block
    from runners.where import HERE
    from schemas.errors import SettingsError

    if args.runner == "local":
        if args.job_endpoint:
            raise SettingsError(
                "bad_settings", "--job-endpoint is for --runner portable, flink or spark; name one of them"
            )
        return HERE
    settings = load_run_block(args.config).portable
    if args.job_endpoint:
        settings = settings.model_copy(update={"job_endpoint": args.job_endpoint})
    return portable(args.runner, settings)


def run(args: argparse.Namespace) -> int:
    from runners.settings_file import load_dataset_entry
    from schemas.errors import SettingsError

    entry = load_dataset_entry(args.name, args.config, args.overrides)
    if args.runner == "dataflow":
        return submit(args, entry)
    if args.template_location:
        raise SettingsError("bad_settings", "--template-location is for --runner dataflow; name it")
    # Polars, when it is imported, makes waits go on after a signal; so our handlers come after it.
    from runners.bucket_out import out_folder
    from runners.building import build_release
    from runners.places import local_work
    from runners.progress import shown
    from runners.summary import shortfalls, summary

    with (
        _logged(local_work(args.work), args.name),
        _interruptible(),
        out_folder(args.out, args.name, entry.settings.version) as out,
    ):
        with shown():
            result = build_release(entry, run_settings(args, out.folder), args.name, where(args))
            out.keep(result.release)
        print(out.tell(summary(result, entry.settings)))
    return 1 if shortfalls(result, entry.settings) else 0


@contextmanager
def _logged(work: Path, name: str) -> Iterator[None]:
    """Adds what libraries log to WORK/log-NAME.txt: in the terminal it would run through the progress table."""
    from schemas.errors import SettingsError

    try:
        work.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(work / f"log-{name}.txt", encoding="utf-8")
    except OSError as error:
        raise SettingsError("bad_work", f"cannot write in {work} ({error.strerror}); give another --work") from None
    handler.addFilter(_is_about_us)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers[:] = [handler]
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = before
        handler.close()


def _is_about_us(record: logging.LogRecord) -> bool:
    """Not what Beam says where Google's clients are there without those of BigQuery, which nobody uses here."""
    return not str(record.msg).startswith("apitools not found")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C and a polite kill (SIGTERM: a scheduler, a container that is stopped) end the block as KeyboardInterrupt.

    Beam turns an exception inside a DoFn, this one included, into a RuntimeError; so the signal itself is remembered.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal received
        received = True
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Exception:
        if received:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
