"""The files around the code: import contracts, pinned dependencies, make."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

from runners.settings_file import load_dataset_entry

ROOT = Path(__file__).resolve().parents[2]
VERBS = {"read", "perceive", "ask", "explore", "ground", "verify", "curate", "write", "publish"}


def rooms() -> set[str]:
    """All rooms and shared modules of `transforms`."""
    entries = (ROOT / "transforms").iterdir()
    return {path.stem for path in entries if path.suffix == ".py" or (path / "__init__.py").is_file()} - {"__init__"}


def test_import_contracts_name_every_room() -> None:
    """A new room must be given its place: contracts say nothing about rooms they do not name."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    _, verbs, shared, _, concurrent = contracts
    assert {name.split(".")[1] for name in verbs["modules"]} == VERBS
    assert {name.split(".")[1] for name in shared["forbidden_modules"]} == VERBS
    assert {name.split(".")[1] for name in shared["source_modules"]} == rooms() - VERBS
    sources = {name.split(".")[-1] for name in concurrent["source_modules"]}
    assert sources == (rooms() | {"schemas", "prompts"}) - {"concurrent"}


def test_constraints_pin_all_and_name_no_index_and_no_path() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.lstrip().startswith("#")]
    assert lines
    assert [line for line in lines if not re.match(r"^[a-z0-9._-]+==[^ /]+( ; .+)?$", line)] == []
    named = [line.split("==")[0] for line in lines]
    assert len(named) == len(set(named)), "one version for all Pythons"


def test_constraints_hold_every_direct_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["offline"], *extras["dev"]]
    names = {re.split(r"[<>=\[; ]", entry)[0].lower().replace(".", "-") for entry in wanted}
    pinned = {line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert names - pinned == set()


def test_make_shows_its_targets_and_the_demo_it_builds() -> None:
    told = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^  make (\S+)", told, re.MULTILINE)
    assert targets == [
        *("help", "demo", "demo-llm", "test", "test-all", "test-llm", "test-trainers"),
        "test-dataflow",
        *("lint", "bench", "truth", "samples", "lock"),
    ]
    demo = load_dataset_entry("demo", ROOT / "datasets.yaml").settings
    assert f"DEMO := releases/demo/{demo.version}\n" in (ROOT / "Makefile").read_text()


FRAMETRAIL = """\
#!/bin/sh
test "$1" = build || { echo "$@"; exit 0; }
test -f broken && { echo broken >&2; exit 2; }
held=$(cat releases/demo/1.0.0/manifest.json 2>/dev/null)
test "$held" = "$(cat code)" && { echo nothing to do; exit 0; }
test -z "$held" || { echo version taken >&2; exit 2; }
mkdir -p releases/demo/1.0.0 && cat code > releases/demo/1.0.0/manifest.json && echo built
"""
"""As the command behaves when `code` is what a release is made from."""


def test_make_demo_goes_on_when_the_code_has_changed(tmp_path: Path) -> None:
    def demo() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["make", "-C", str(tmp_path), "demo"], capture_output=True, text=True)

    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "pip").touch()
    (tmp_path / ".venv" / "bin" / "frametrail").write_text(FRAMETRAIL)
    (tmp_path / ".venv" / "bin" / "frametrail").chmod(0o755)
    (tmp_path / ".venv" / ".offline").touch()
    release = tmp_path / "releases" / "demo" / "1.0.0"

    (tmp_path / "code").write_text("one")
    assert "\nbuilt\n" in demo().stdout
    assert "\nnothing to do\n" in demo().stdout
    for code in ("two", "three"):
        before = (release / "manifest.json").read_text()
        (tmp_path / "code").write_text(code)
        again = demo()
        assert again.returncode == 0, again.stderr
        assert "was built by another state of this checkout; it is now releases/demo/1.0.0.old" in again.stdout
        assert (release / "manifest.json").read_text() == code
        assert (tmp_path / "releases" / "demo" / "1.0.0.old" / "manifest.json").read_text() == before
    shutil.rmtree(release)
    (tmp_path / "broken").touch()
    assert demo().returncode == 2


def test_make_refuses_an_old_python(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    words = ["make", "-C", str(ROOT), "demo", f"PYTHON={old}", f"VENV={tmp_path}/venv"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2
    assert "frametrail needs Python 3.11 or newer" in done.stdout
    assert "make demo PYTHON=python3.12" in done.stdout
