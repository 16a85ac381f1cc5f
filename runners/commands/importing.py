"""frametrail import"""

import argparse
import shlex

from runners.commands.arguments import add_release, add_work, finished_release

NAME = "import"
SUMMARY = "take over what models replied, from a release that carries it"
DESCRIPTION = """\
Puts the replies in RELEASE/calls into the store of a work folder. A build of the same entry then finds them there and
asks nobody, so it needs no key and costs nothing. Replies that the store has already stay as they are. Files that are
not what the release's manifest says are refused, and then nothing is imported.
"""
EXAMPLES = """\
examples:
  frametrail import releases/mine/1.0.0
  frametrail import downloads/mine --work /data/work

exit codes: 0 imported (or all there already), 2 there is no release, it carries no replies, or they are damaged
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_release(parser)
    add_work(parser)


def run(args: argparse.Namespace) -> int:
    release = finished_release(args.release)
    from runners.import_calls import import_calls
    from runners.places import store_of
    from transforms.counted import counted
    from transforms.store import Store

    done = import_calls(release, Store(store_of(args.work)))
    replies = counted(done.added, "reply", "replies")
    print(f"imported {replies} into {shlex.quote(args.work)}, {done.held} there already")
    return 0
