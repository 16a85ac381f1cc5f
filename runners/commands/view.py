"""frametrail view"""

import argparse
from pathlib import Path

from runners.commands.arguments import add_release, finished_release, whole

NAME = "view"
SUMMARY = "read one trajectory in the terminal"
DESCRIPTION = """\
Shows one trajectory of a finished release: the question, every turn with what the teacher read and what the model will
be given instead, the frames, and what the verifiers said.
"""
EXAMPLES = """\
examples:
  frametrail view releases/demo/1.0.0                 the first accepted trajectory
  frametrail view releases/demo/1.0.0 --sample 3      the third
  frametrail view releases/demo/1.0.0 --reject 1      a reject, with its reason
  frametrail view releases/demo/1.0.0 --id ID         any trajectory or reject, by its id
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_release(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--sample", metavar="N", type=whole(1), help="the N-th trajectory, from 1, accepted ones first (default: 1)"
    )
    which.add_argument("--reject", metavar="N", type=whole(1), help="the N-th reject, from 1, rejected answers first")
    which.add_argument("--id", metavar="ID", help="the trajectory, or the reject, with this id")


def run(args: argparse.Namespace) -> int:
    release = finished_release(args.release)
    from runners.view import view

    view(release, args.sample, _nth_reject(release, args.reject) if args.reject else args.id)
    return 0


def _nth_reject(release: Path, number: int) -> str:
    """The id of the trajectory, or else the key of the row, of the N-th reject, in an order as if by chance.

    Trajectories that failed a verifier come first and those that were only second best last: they teach the least.
    """
    from pipelines.checks.release import Release
    from schemas.codec import digest
    from schemas.errors import SettingsError

    rows = [row for _, row in Release(release).rows("rejects", ["key", "trajectory_id", "code"])]
    rows.sort(key=lambda row: (row["code"] == "not_best", not row["trajectory_id"], digest(row["key"])))
    if number > len(rows):
        raise SettingsError("no_such_reject", f"{release} has {len(rows)} rejects; there is no {number}")
    return str(rows[number - 1]["trajectory_id"] or rows[number - 1]["key"])
