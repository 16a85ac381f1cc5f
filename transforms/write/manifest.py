"""The files that describe a release to machines: manifest.json, config.yaml and LLaMA-Factory's dataset_info.json."""

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from ruamel.yaml import YAML

from schemas.release import FileEntry, ReleaseInfo
from schemas.settings import Dataset
from schemas.trajectory import SCHEMA_VERSION
from transforms.write.shards import parse_shard_name


def build_manifest(info: ReleaseInfo, files: Iterable[FileEntry]) -> str:
    """manifest.json: it names every other file of the release and is written after all of them.

    The same entry may come twice (two shards that show the same frame).

    Raises:
        ValueError: two different entries have the same path.
    """
    entries: dict[str, FileEntry] = {}
    for entry in files:
        if entries.setdefault(entry.path, entry) != entry:
            raise ValueError(f"{entry.path} was written twice, with different bytes")
    return to_text(
        {
            "schema_version": SCHEMA_VERSION,
            "dataset": info.dataset,
            "version": info.version,
            "fingerprint": info.fingerprint,
            "code": {"version": info.code_version, "digest": info.code},
            "engines": dict(sorted(info.engines)),
            "prompts": dict(sorted(info.prompts)),
            "inputs": dict(sorted(info.inputs)),
            "files": [asdict(entries[path]) for path in sorted(entries)],
        }
    )


def build_config(name: str, dataset: Dataset) -> str:
    """config.yaml: the resolved settings, in the form of a datasets.yaml with this one entry."""
    return to_yaml({"datasets": {name: dataset.model_dump(mode="json")}})


RENDERED: dict[str, Any] = {
    "formatting": "sharegpt",
    "columns": {"messages": "messages", "images": "images"},
    "tags": {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "system_tag": "system",
    },
}


def build_dataset_info(
    info: ReleaseInfo, paths: Iterable[str], folder: str = "sft", form: Mapping[str, Any] = RENDERED
) -> str:
    """A folder's dataset_info.json: LLaMA-Factory's name, file and `form` (columns and roles) for every jsonl shard.

    A split of one file is called `<dataset>_<split>`; of several, each has its number behind the name.
    """
    entries = {}
    for name in sorted(path.removeprefix(f"{folder}/") for path in paths if path.endswith(".jsonl")):
        shard = parse_shard_name(name)
        if shard:
            number = f"_{shard.number:05d}" if shard.count > 1 else ""
            entries[f"{info.dataset}_{shard.split}{number}"] = {"file_name": name, **form}
    return to_text(entries)


def to_text(value: Any) -> str:
    """JSON for people: indented, keys in the order they are given, a newline at the end."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def to_yaml(value: Any) -> str:
    yaml = YAML()
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump(value, out)
    return out.getvalue()
