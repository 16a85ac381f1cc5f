"""frametrail publish"""

import argparse
import sys
from typing import TYPE_CHECKING

from runners.commands.arguments import add_release, finished_release

if TYPE_CHECKING:
    from transforms.publish.files import Repository

NAME = "publish"
SUMMARY = "put a finished release on the Hugging Face Hub"
DESCRIPTION = """\
Audits a finished release, uploads it to a branch of a dataset repository, checks it there file by file, and only then
moves main and sets the tag vX.Y.Z. An upload that was cut off is finished by the same command. A new repository is
private, unless --public says otherwise or the question in the terminal is answered with yes.
The token is the one that huggingface_hub finds: HF_TOKEN, or that of `hf auth login`.
"""
EXAMPLES = """\
examples:
  frametrail publish releases/mine/1.0.0 --repo me/mine --dry-run          what would be sent
  frametrail publish releases/mine/1.0.0 --repo me/mine --private
  frametrail publish releases/mine/1.0.0 --repo me/mine --public
  frametrail publish releases/mine/1.0.0 --repo me/mine --jsonl-repo me/mine-jsonl

exit codes: 0 done (or nothing to do), 2 something stands against it, and nothing got a tag,
            3 interrupted, or the Hub does not answer (the same command resumes), 70 unexpected error
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_release(parser)
    parser.add_argument("--repo", metavar="ORG/NAME", required=True, help="the dataset repository for parquet")
    parser.add_argument(
        "--jsonl-repo",
        metavar="ORG/NAME",
        default="",
        help="also publish the JSON lines, with frames in tar files, in this repository",
    )
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--private", action="store_true", help="only in private repositories; nothing is asked")
    shown.add_argument("--public", action="store_true", help="for everybody to download, as soon as it is whole")
    parser.add_argument(
        "--not-for-training", action="store_true", help="publish although the rows are the rule-based planner's"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")


def run(args: argparse.Namespace) -> int:
    root = finished_release(args.release)
    from pipelines.publish import Wanted, prepare, send
    from transforms.publish.hub import Hub
    from transforms.publish.patience import Patience

    print(f"auditing {root}", flush=True)
    wanted = Wanted(args.repo, args.jsonl_repo, args.not_for_training)
    repositories = prepare(root, wanted)
    print("\n".join(line for repository in repositories for line in told(repository)))
    if args.dry_run:
        print("nothing was sent")
        return 0
    public = args.public or (not args.private and _asked([repository.id for repository in repositories]))
    hubs = [Hub(repository.id) for repository in repositories]
    changed = send(repositories, public, hubs, Patience(_say), _say)
    if not changed:
        print("nothing to do: the same bytes are there under the same tag")
    return 0


def told(repository: "Repository") -> list[str]:
    """What a repository would hold, a line for each file."""
    from transforms.counted import counted

    lines = [f"{repository.id} {repository.tag}: {counted(len(repository.files), 'file')}, {repository.bytes:,} bytes"]
    return lines + [f"  {file.bytes:>15,}  {file.path}" for file in repository.files]


def _asked(ids: list[str]) -> bool:
    """Whether a person at the terminal wants it public; where nobody sits there, nobody does."""
    if not sys.stdin.isatty():
        return False
    try:
        answer = input(f"Make {' and '.join(ids)} public, for everybody to download? [y/N] ")
    except EOFError:  # Ctrl-D
        print()
        return False
    return answer.strip().lower() in ("y", "yes")


def _say(line: str) -> None:
    print(line, flush=True)
