"""Checks of what tells people and loaders about a release: the card, the settings, LLaMA-Factory's list."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from pipelines.checks.release import Release
from schemas.settings import Dataset


def card(release: Release) -> Iterator[str]:
    """The card's YAML names every parquet file in one config, and no other file."""
    text = (release.root / "README.md").read_text()
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
    there = sorted(release.relative(path) for path in release.root.rglob("*.parquet"))
    for path in sorted(set(there) ^ set(named)):
        yield f"README.md: {path} {'is in no config' if path in there else 'is no parquet file'}"
    if release.manifest["version"] not in text:
        yield "README.md does not tell the version"


def config(release: Release) -> Iterator[str]:
    """config.yaml holds settings that can be read back, under the release's name and version."""
    held = YAML(typ="safe").load((release.root / "config.yaml").read_text())
    try:
        dataset = Dataset.model_validate(held["datasets"][release.manifest["dataset"]])
    except (KeyError, TypeError, ValidationError) as error:
        yield f"config.yaml holds no such settings: {error}"
        return
    if dataset.version != release.manifest["version"].split("+")[0]:
        yield f"config.yaml is of version {dataset.version}, manifest.json of {release.manifest['version']}"


def llama_factory(release: Release) -> Iterator[str]:
    """sft/dataset_info.json names every jsonl file once."""
    entries = json.loads((release.root / "sft" / "dataset_info.json").read_text())
    named = sorted(entry["file_name"] for entry in entries.values())
    there = [path.name for path in release.shards("sft", "jsonl")]
    if named != there:
        yield f"sft/dataset_info.json names {named}, there are {there}"
