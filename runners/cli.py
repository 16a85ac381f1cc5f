"""The command `frametrail`: it reads arguments and turns errors into exit codes; each command has its own file.

Nothing heavy is imported here or at the top of a command's file: `frametrail --help` has to answer at once.
"""

import argparse
import difflib
import importlib.util
import os
import re
import shlex
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from runners.commands import audit, build, check, doctor, importing, listing, plan, publish, schema, view

if TYPE_CHECKING:
    from schemas.errors import FrametrailError

DONE, BAD_SETTINGS, INTERRUPTED, CRASHED = 0, 2, 3, 70
"""Exit codes: done; bad settings or arguments; interrupted, also by a failure that may pass; an unexpected error
(EX_SOFTWARE of sysexits.h). 1 is a command's own: finished, but below what was promised."""

COMMANDS = (listing, check, doctor, plan, build, audit, view, publish, importing, schema)
PACKAGES = ("schemas", "prompts", "transforms", "pipelines")

_DESCRIPTION = """\
frametrail builds training data for video models that use tools.

It puts everything that can be seen, read and heard in a video on one timeline of text, lets a teacher model explore
that timeline with tools, swaps what the teacher read for the frames it stood for, checks the result, and writes a
versioned dataset. What to build stands in datasets.yaml.
"""

_EXAMPLES = """\
start here:
  frametrail build demo                    build the bundled demo into releases/demo/
  frametrail view releases/demo/1.0.0      read one trajectory of it
  frametrail audit releases/demo/1.0.0     check everything the release promises

with your own videos, in a file datasets.yaml:
  datasets:
    mine:
      version: 1.0.0
      source: {type: folder, path: my_videos}

  frametrail check mine                    see what a build would do
  frametrail plan mine                     see what it would cost
  frametrail build mine --limit 2          try it on two videos

exit codes: 0 done, 1 finished but below what was promised, 2 bad settings or arguments, 3 interrupted,
            70 unexpected error
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command line (None takes the process's own) and returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        args = _parser().parse_args(words)
    except SystemExit as stop:
        return int(stop.code or 0)
    code = _run(args, words)
    if code == INTERRUPTED and argv is None:
        # threads may still be inside a long native call, and a normal exit would wait for them;
        # nothing is lost, because the store only ever holds whole entries
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _run(args: argparse.Namespace, words: list[str]) -> int:
    try:
        foreign = foreign_package()
        if foreign:
            return _say(foreign, BAD_SETTINGS)
        return int(args.run(args))
    except KeyboardInterrupt:
        again = shlex.join(["frametrail", *words])
        return _say(f"interrupted; what was finished is kept, and the same command resumes:\n  {again}", INTERRUPTED)
    except BrokenPipeError:
        # the reader of our output (head, less) has seen enough; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        from schemas.errors import FrametrailError

        if isinstance(error, FrametrailError):
            return _say(error.detail, INTERRUPTED if _may_pass(error) else BAD_SETTINGS)
        work = getattr(args, "work", None) or ""
        here = work and "://" not in work
        return _say(_bug(error, Path(work if here else tempfile.gettempdir())), CRASHED)


def _may_pass(error: "FrametrailError") -> bool:
    """Whether no settings are to blame: a later run gets further, or one with another store does."""
    from schemas.errors import BudgetError, EngineError, StoppedError

    stopped = isinstance(error, BudgetError | StoppedError)
    return stopped or error.code == "store_lost" or isinstance(error, EngineError) and error.transient


def foreign_package() -> str:
    """What to do about a package that shadows one of ours; an empty string when all are our own.

    The names are short, so another `schemas` on the path is not unlikely, and its errors would be hard to read.
    """
    home = Path(__file__).resolve().parent.parent
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin != home / name / "__init__.py":
            found = f"is {origin}" if origin else "is missing"
            return (
                f"the package `{name}` {found}, but frametrail needs its own in {home}; "
                "start it from another folder, clear PYTHONPATH, or install it into an environment of its own"
            )
    return ""


def _bug(error: Exception, work: Path) -> str:
    """A short message about an error nobody foresaw; the long one goes to a file."""
    text = "".join(traceback.format_exception(error))
    file = work / "traceback.txt"
    try:
        work.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        where = f"the traceback is in {file}"
    except OSError:
        where = f"the traceback follows\n{text}"
    first = (str(error).splitlines() or [""])[0]
    said = f"{type(error).__name__}: {first[:300]}"
    return f"stopped by an unexpected error: {said}\nWhat was finished is kept; {where}"


def _say(message: str, code: int) -> int:
    print(f"frametrail: {message}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """argparse's message, the nearest right word, and where to read more; exit code 2."""
        wrong = re.search(r"invalid choice: '([^']*)' \(choose from (.*)\)|unrecognized arguments: (\S+)", message)
        if wrong:
            options = re.findall(r"[a-z]+", wrong[2]) if wrong[2] else list(self._option_string_actions)
            near = difflib.get_close_matches(wrong[1] or wrong[3], options, n=1)
            message += f"; did you mean {near[0]}?" if near else ""
        self.exit(BAD_SETTINGS, f"frametrail: {message}\nMore with: {self.prog} --help\n")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"frametrail {version('frametrail')}")
        except PackageNotFoundError:
            print("frametrail, not installed: run from its source folder")
        parser.exit(DONE)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="frametrail",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description=command.DESCRIPTION,
            epilog=command.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
