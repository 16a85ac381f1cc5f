"""frametrail schema"""

import argparse

NAME = "schema"
SUMMARY = "the JSON schema of datasets.yaml, for editors"
DESCRIPTION = "Prints the JSON schema of datasets.yaml, so that an editor can complete keys and mark mistakes."
EXAMPLES = """\
examples:
  frametrail schema > datasets.schema.json

  and as the first line of datasets.yaml, for editors that use yaml-language-server:
  # yaml-language-server: $schema=datasets.schema.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # it takes none


def run(args: argparse.Namespace) -> int:
    import json

    from runners.settings.json_schema import datasets_schema

    print(json.dumps(datasets_schema(), indent=2, ensure_ascii=False))
    return 0
