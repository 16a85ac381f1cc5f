"""Checks of what tells people and loaders about a release: the card, the settings, LLaMA-Factory's list."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipelines.checks.release import Release
from transforms.write.card import build_card
from transforms.write.exports.registry import EXPORTS
from transforms.write.manifest import RENDERED, build_dataset_info


def configs(release: Release) -> Iterator[str]:
    """The card's YAML names every parquet file of a table with rows in one config, and no other file."""
    text = release.text("README.md")
    head = text.split("---\n")[1] if text.startswith("---\n") else ""
    try:
        header: Any = YAML(typ="safe").load(head)
    except YAMLError as error:
        yield f"README.md: its header is no YAML: {error}"
        return
    named: list[str] = []
    for config in (header or {}).get("configs", []):
        for part in config["data_files"]:
            found = sorted(release.relative(path) for path in release.root.glob(part["path"]))
            if not found:
                yield f"README.md: {part['path']} of {config['config_name']} is no file"
            named += found
    there = [
        release.relative(path)
        for path in release.root.rglob("*.parquet")
        if release.parquet(path).metadata.num_rows > 0
    ]
    for path in sorted(there):
        if path not in named:
            yield f"README.md: {path} is in no config"
    for path in sorted(named):
        if path not in there:
            yield f"README.md: {path} is no parquet file with rows"


def card(release: Release) -> Iterator[str]:
    """README.md is, word for word, the card that these files give: its counts, origin and examples are theirs."""
    wanted = build_card(str(release.root), release.settings, release.info, release.report)
    yield from _first_difference("README.md", release.text("README.md"), wanted)


def config(release: Release) -> Iterator[str]:
    """config.yaml holds settings that can be read back, under the release's name and version."""
    try:
        dataset = release.settings
    except (KeyError, TypeError, ValidationError) as error:
        yield f"config.yaml holds no such settings: {error}"
        return
    if dataset.version != release.manifest["version"].split("+")[0]:
        yield f"config.yaml is of version {dataset.version}, manifest.json of {release.manifest['version']}"


def llama_factory(release: Release) -> Iterator[str]:
    """Every dataset_info.json names every jsonl file of its folder once, with its columns and roles."""
    forms = [("sft", RENDERED), *((str(name), EXPORTS[name].llama_factory) for name in release.exports)]
    for folder, form in forms:
        if form:
            name = f"{folder}/dataset_info.json"
            files = (release.relative(path) for path in release.shards(folder, "jsonl"))
            yield from _first_difference(
                name, release.text(name), build_dataset_info(release.info, files, folder, form)
            )


def _first_difference(name: str, found: str, wanted: str) -> Iterator[str]:
    lines = zip_longest(found.splitlines(keepends=True), wanted.splitlines(keepends=True), fillvalue="")
    for number, (there, due) in enumerate(lines, 1):
        if there != due:
            yield f"{name}: line {number} is {_short(there)}, these files give {_short(due)}"
            return


def _short(line: str) -> str:
    return repr(line if len(line) <= 100 else f"{line[:100]}...")
