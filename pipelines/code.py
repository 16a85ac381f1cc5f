"""Our own code as one digest: part of what a release is made from, and what the processes of a build must share."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from schemas.codec import digest

PACKAGES = ("schemas", "prompts", "transforms", "pipelines")
"""The code that can change a row; how it is started (`runners`) cannot."""

NOT_IN_ROWS = (
    *("schemas/clusters.py", "transforms/engines/doctor.py", "transforms/publish"),
    *("pipelines/audit.py", "pipelines/checks", "pipelines/plan", "pipelines/publish.py"),
)
"""Code in them that looks at, or sends, finished releases alone, or tells what a build would do, where builds run and
whether engines answer. No other code in them imports it."""


def code_digest() -> str:
    """Digest of the source files of every package whose code can change a row."""
    found: list[list[str]] = []
    for package in PACKAGES:
        _walk(files(package), package, found)
    return digest(sorted(found))


def _walk(folder: Traversable, name: str, found: list[list[str]]) -> None:
    for entry in folder.iterdir():
        path = f"{name}/{entry.name}"
        if entry.name == "__pycache__" or path in NOT_IN_ROWS:
            continue
        if entry.is_dir():
            _walk(entry, path, found)
        elif entry.name.endswith((".py", ".md")):
            found.append([path, hashlib.sha256(entry.read_bytes()).hexdigest()])
