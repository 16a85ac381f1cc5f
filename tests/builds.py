"""Builds as a user makes them: the command in a process of its own, in folders of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

TABLES = ("sft", "sft_parquet", "rl", "trajectories", "timelines", "rejects")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "runners", *map(str, arguments)]


def frametrail(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end; the test looks at the exit code."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command(*arguments), cwd=cwd, env=environment, capture_output=True, text=True, timeout=900)


def start(*arguments: str | Path, cwd: Path | None = None) -> "subprocess.Popen[str]":
    """Starts the command and leaves it running."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def contents(release: Path) -> dict[str, bytes]:
    """Path → bytes of every file whose bytes must not depend on how a release was built."""
    return {
        path.relative_to(release).as_posix(): path.read_bytes()
        for table in TABLES
        for path in sorted((release / table).rglob("*"))
        if path.is_file()
    }


def one_sample(folder: Path, video: str) -> Path:
    """A datasets.yaml with the entry `one`: a single sample video. Returns the file."""
    (folder / "videos").mkdir(parents=True)
    (folder / "videos" / video).symlink_to(ROOT / "samples" / video)
    settings = folder / "datasets.yaml"
    settings.write_text(
        "datasets:\n"
        "  one:\n"
        "    version: 1.0.0\n"
        f"    source: {{type: folder, path: videos, license: CC0-1.0}}\n"
        f"    allow: [videos, {ROOT / 'samples'}]\n"
        "    ask: {per_video: 8}\n",
        encoding="utf-8",
    )
    return settings
