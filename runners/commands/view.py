"""frametrail view"""

import argparse

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
  frametrail view releases/demo/1.0.0 --id ID         any trajectory or reject, by its id
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_release(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--sample", metavar="N", type=whole(1), default=1, help="the N-th accepted trajectory, from 1 (default: 1)"
    )
    which.add_argument("--id", metavar="ID", default="", help="the trajectory, or the reject, with this id")


def run(args: argparse.Namespace) -> int:
    release = finished_release(args.release)
    from runners.view import view

    view(release, args.sample, args.id)
    return 0
