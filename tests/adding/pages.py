"""The pages of docs/adding, done as they say: their blocks of code put into a copy of the repository.

The first line of a block tells where it goes: `# a/file.py` is a whole file (for YAML, the end of it), and
`# a/file.py, NAME` are lines at the end of the mapping of that name.
"""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = tuple(sorted((ROOT / "docs" / "adding").glob("*.md")))
BLOCK = re.compile(r"^```(?:python|yaml)\n# (\S+?)(?:, (\w+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = ("schemas", "prompts", "transforms", "pipelines", "runners", "tests", "docs")


def copied(house: Path) -> None:
    """A copy of the repository that a person would add to."""
    for folder in CODE:
        shutil.copytree(ROOT / folder, house / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("datasets.yaml", "pyproject.toml"):
        shutil.copy(ROOT / file, house / file)
    (house / "samples").symlink_to(ROOT / "samples")


def follow(page: Path, house: Path) -> list[str]:
    """Does what a page says with its blocks; returns the files that are new."""
    new: list[str] = []
    for path, name, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        file = house / path
        if name:
            file.write_text(_longer(file.read_text(encoding="utf-8"), name, text), encoding="utf-8")
        elif file.suffix == ".yaml":
            file.write_text(file.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")
        else:
            assert not file.exists(), f"{path} is in the repository already"
            file.write_text(text, encoding="utf-8")
            new.append(path)
    return new


def _longer(source: str, name: str, lines: str) -> str:
    """The source with lines before the closing bracket of a mapping."""
    (end,) = (
        node.end_lineno
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name
    )
    assert end is not None
    held = source.splitlines(keepends=True)
    assert held[end - 1] == "}\n", f"{name} does not end with a bracket of its own"
    return "".join([*held[: end - 1], lines, *held[end - 1 :]])


def python(house: Path, *arguments: str, timeout_s: float = 900) -> subprocess.CompletedProcess[str]:
    """Runs Python in the copy, which then imports its own folders."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=house, capture_output=True, text=True, timeout=timeout_s, check=False
    )
