"""The JSON schema of datasets.yaml, for editors and for whoever generates such files."""

from typing import Any

from runners.settings.blocks import kinds
from schemas.clusters import RunBlock
from schemas.settings import Dataset

ENTRY_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_LIKE = {
    "type": "string",
    "description": "Name of another entry, of this file or of the bundled one, whose settings this one starts from.",
}


def datasets_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a whole file.

    Without `like` an entry needs `version` and `source`; with it anything may be left out, but a source of its own is
    given whole.
    """
    entry = _any_of(Dataset.model_json_schema())
    blocks: dict[str, Any] = {"Entry": entry, **entry.pop("$defs")}
    for source in kinds(Dataset.model_fields["source"]).values():
        blocks[source.__name__]["required"] = ["type", *blocks[source.__name__]["required"]]
    blocks |= _inherited(blocks)
    run = _any_of(RunBlock.model_json_schema())
    blocks |= run.pop("$defs")
    for name in ("Entry", "EntryInherited"):
        blocks[name]["properties"] = {"like": _LIKE, **blocks[name]["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "datasets.yaml",
        "description": "Datasets that frametrail can build, by name.",
        "type": "object",
        "required": ["datasets"],
        "additionalProperties": False,
        "properties": {
            "datasets": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": ENTRY_NAME},
                "additionalProperties": {
                    "type": "object",
                    "if": {"required": ["like"]},
                    "then": {"$ref": "#/$defs/EntryInherited"},
                    "else": {"$ref": "#/$defs/Entry"},
                },
            },
            "run": run,
        },
        "$defs": {name: blocks[name] for name in sorted(blocks)},
    }


def _inherited(blocks: dict[str, Any]) -> dict[str, Any]:
    """Twins, without required keys, of the blocks that require something or lead to one that does."""
    sources = {source.__name__ for source in kinds(Dataset.model_fields["source"]).values()}
    found = {name for name, block in blocks.items() if "required" in block} - sources
    while more := {name for name, block in blocks.items() if _references(block) & found} - found:
        found |= more
    return {
        f"{name}Inherited": {key: _pointed(value, found) for key, value in blocks[name].items() if key != "required"}
        for name in found
    }


def _references(node: Any) -> set[str]:
    """The names of the blocks that a schema points to."""
    if isinstance(node, dict):
        own = {node["$ref"].rsplit("/", 1)[-1]} if "$ref" in node else set()
        return own.union(*(_references(value) for value in node.values()))
    return set().union(*(_references(item) for item in node)) if isinstance(node, list) else set()


def _pointed(node: Any, twins: set[str]) -> Any:
    """The same schema, pointing at the twins where there are any."""
    if isinstance(node, dict):
        plain = {key: _pointed(value, twins) for key, value in node.items()}
        return (
            plain | {"$ref": f"{node['$ref']}Inherited"}
            if _references({"$ref": node.get("$ref", "")}) & twins
            else plain
        )
    return [_pointed(item, twins) for item in node] if isinstance(node, list) else node


def _any_of(node: Any) -> Any:
    """Blocks that differ by `type` as `anyOf`: where `type` is left to the default, several may fit."""
    if isinstance(node, dict):
        return {
            "anyOf" if key == "oneOf" else key: _any_of(value) for key, value in node.items() if key != "discriminator"
        }
    return [_any_of(item) for item in node] if isinstance(node, list) else node
