"""frametrail list"""

import argparse

from runners.commands.arguments import add_config

NAME = "list"
SUMMARY = "the datasets that can be built"
DESCRIPTION = "Lists the entries of datasets.yaml: name, version, source, teacher, description."
EXAMPLES = """\
examples:
  frametrail list
  frametrail list -c recipes/datasets.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """One line per entry. Entries that cannot be used are named with their errors, and the exit code is 2 then."""
    from runners.settings.tree import shown
    from runners.settings_file import dataset_names, default_file, load_dataset_entry
    from schemas.errors import SettingsError

    file = args.config or default_file()
    rows, broken = [("NAME", "VERSION", "SOURCE", "TEACHER", "DESCRIPTION")], []
    for name in dataset_names(file):
        try:
            settings = load_dataset_entry(name, file).settings
        except SettingsError as error:
            broken.append(error.detail)
            continue
        source, teacher = settings.source, settings.explore.teacher
        read = source.path if source.type == "folder" else source.videos
        taught = teacher.type if teacher.type == "planner" else f"{teacher.type} {teacher.model}"
        rows.append((name, settings.version, f"{source.type} {read}", taught, settings.description))
    print(f"datasets in {shown(file)}\n")
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if broken:
        raise SettingsError("bad_settings", "\n".join(broken))
    return 0
