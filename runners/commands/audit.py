"""frametrail audit"""

import argparse

from runners.commands.arguments import add_release, finished_release

NAME = "audit"
SUMMARY = "re-check everything a finished release promises"
DESCRIPTION = """\
Re-checks a finished release from its files alone: digests and row counts, the sums of every stage, the form of every
row, every picture, every link between rows, and that the shards say the same.
"""
EXAMPLES = """\
examples:
  frametrail audit releases/demo/1.0.0

exit codes: 0 every check holds, 1 some check does not, 2 there is no release
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_release(parser)


def run(args: argparse.Namespace) -> int:
    """One line per check; 1 when any of them fails."""
    release = finished_release(args.release)
    from pipelines.audit import audit

    findings = audit(release)
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.check}{': ' if finding.detail else ''}{finding.detail}")
    failed = sum(not finding.ok for finding in findings)
    print(f"\n{len(findings) - failed} of {len(findings)} checks hold in {release}")
    return 1 if failed else 0
