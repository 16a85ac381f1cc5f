"""An environment for each trainer: they ask for packages that do not go together.

`python -m tests.trainers.environments` makes those that are missing or out of date in `.venv-trainers/<name>`, from
whatever package index pip is set up for: up to 2 GB each. Where the index has a build of PyTorch for the CPU beside the
ordinary one of that version, pip takes it.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".venv-trainers"

_TORCH = ("torch==2.13.0", "torchvision==0.28.0")


@dataclass(frozen=True, slots=True)
class Environment:
    """`trainer` is installed beside `packages`; `alone` without what it asks for, which is there for training only."""

    trainer: str
    packages: tuple[str, ...]
    alone: bool = False


ENVIRONMENTS = {
    "verl": Environment(
        "verl==0.9.1",
        (
            *(
                "transformers==5.10.4",
                "datasets==5.2.0",
                "pyarrow==26.0.0",
                "qwen-vl-utils==0.0.14",
                "hydra-core==1.3.8",
            ),
            *("ray==2.60.0", "tensordict==0.15.3", "torchdata==0.11.0", "codetiming==1.4.0"),
        ),
        alone=True,
    ),
    "swift": Environment(
        "ms-swift==4.6.0", ("transformers==5.19.0", "datasets==4.8.4", "trl==0.29.1", "qwen-vl-utils==0.0.14")
    ),
    "trl": Environment("trl==1.16.0", ("transformers==5.23.0", "datasets==5.2.0", "pillow==13.0.0")),
    "llamafactory": Environment(
        "llamafactory==0.9.5",
        (
            *("transformers==5.6.0", "datasets==4.0.0", "trl==0.24.0", "peft==0.18.1", "accelerate==1.11.0"),
            *("omegaconf==2.4.0", "einops", "scipy", "sentencepiece", "tiktoken", "av", "pillow==13.0.0"),
        ),
        alone=True,
    ),
}


def python_of(name: str) -> Path:
    return FOLDER / name / "bin" / "python"


def is_ready(name: str) -> bool:
    """Whether the environment was finished as it is described here."""
    stamp = FOLDER / name / "made-of.txt"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == repr(ENVIRONMENTS[name])


def make(name: str) -> None:
    """Makes the environment, or brings it up to date."""
    environment = ENVIRONMENTS[name]
    subprocess.run([sys.executable, "-m", "venv", FOLDER / name], check=True)
    install = [str(python_of(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if environment.alone:
        subprocess.run([*install, *_TORCH, *environment.packages], check=True)
        subprocess.run([*install, "--no-deps", environment.trainer], check=True)
    else:
        subprocess.run([*install, *_TORCH, *environment.packages, environment.trainer], check=True)
    (FOLDER / name / "made-of.txt").write_text(repr(environment), encoding="utf-8")


if __name__ == "__main__":
    for wanted in sys.argv[1:] or ENVIRONMENTS:
        if not is_ready(wanted):
            print(f"making {FOLDER.name}/{wanted}", flush=True)
            make(wanted)
