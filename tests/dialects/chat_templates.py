"""The models' own chat templates inside the package trl, rendered as transformers renders them; neither is imported."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import jinja2.sandbox
import pytest

from transforms.dialects.strings import IMAGE


def template_file(name: str) -> Path:
    found = importlib.util.find_spec("trl")
    if found is None:
        pytest.skip("the package trl is not here: pip install --no-deps trl==1.16.0")
    return Path(list(found.submodule_search_locations or ())[0]) / "chat_templates" / f"{name}.jinja"


def template(name: str) -> jinja2.Template:
    def tojson(value: Any, **_: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def refuse(why: str) -> None:
        raise AssertionError(why)

    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = refuse
    return env.from_string(template_file(name).read_text(encoding="utf-8"))


def parts(content: str) -> list[dict[str, str]]:
    """What loaders make of `<image>` in a message."""
    found = [[{"type": "image"}, {"type": "text", "text": text}] for text in content.split(IMAGE)]
    return [part for pair in found for part in pair][1:]
