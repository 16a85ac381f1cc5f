"""The schema that editors use agrees with what the loader takes."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from runners.settings.json_schema import datasets_schema

ROOT = Path(__file__).resolve().parents[2]
SOURCE = {"type": "folder", "path": "v"}


def problems(entry: dict[str, Any]) -> list[str]:
    """Where the validator finds something wrong with an entry."""
    found = Draft202012Validator(datasets_schema()).iter_errors({"datasets": {"x": entry}})
    return [error.json_path for error in found]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(datasets_schema())


def test_the_bundled_file_is_valid() -> None:
    entries = YAML(typ="safe").load(ROOT / "datasets.yaml")
    assert list(Draft202012Validator(datasets_schema()).iter_errors(entries)) == []


GOOD = {
    "least": {"version": "1.0.0", "source": SOURCE},
    "like alone": {"like": "demo"},
    "part of a block under like": {"like": "demo", "explore": {"teacher": {"base_url": "http://h/v1"}}},
    "default type": {"version": "1.0.0", "source": SOURCE, "perceive": {"asr": {"language": "de"}}},
    "captions by a model": {
        "version": "1.0.0",
        "source": SOURCE,
        "perceive": {
            "captions": {"type": "chat", "engine": {"type": "openai", "model": "m"}, "styles": ["dense", "shot"]}
        },
    },
    "empty block": {"version": "1.0.0", "source": SOURCE, "perceive": {"ocr": {}}},
}


@pytest.mark.parametrize("entry", GOOD.values(), ids=GOOD.keys())
def test_good_entries_pass(entry: dict[str, Any]) -> None:
    assert problems(entry) == []


BAD = {
    "nothing": {},
    "no source": {"version": "1.0.0"},
    "source without type": {"version": "1.0.0", "source": {"path": "v"}},
    "half a source under like": {"like": "demo", "source": {"type": "folder"}},
    "unknown key": {"like": "demo", "rollouts": 3},
    "unknown type": {"like": "demo", "perceive": {"asr": {"type": "whisperer"}}},
    "key of another type": {"like": "demo", "perceive": {"asr": {"type": "none", "language": "de"}}},
    "out of range": {"like": "demo", "explore": {"rollouts": 0}},
    "teacher without model": {"version": "1.0.0", "source": SOURCE, "explore": {"teacher": {"type": "openai"}}},
    "captions without engine": {"version": "1.0.0", "source": SOURCE, "perceive": {"captions": {"type": "chat"}}},
    "bad version": {"version": "1.0", "source": SOURCE},
}


@pytest.mark.parametrize("entry", BAD.values(), ids=BAD.keys())
def test_bad_entries_are_marked(entry: dict[str, Any]) -> None:
    assert problems(entry) != []


def test_only_datasets_stands_at_the_top() -> None:
    validator = Draft202012Validator(datasets_schema())
    assert not validator.is_valid({"datasets": {"x": {"like": "demo"}}, "more": {}})
    assert not validator.is_valid({"datasets": {"a/b": {"like": "demo"}}})
