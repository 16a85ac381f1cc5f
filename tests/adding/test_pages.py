"""Whoever does what the pages of docs/adding say has a tool, a dialect, an export and a recipe that work."""

import re
from pathlib import Path

import pytest

from runners.settings.tree import read_yaml
from tests.adding.pages import PAGES, copied, follow, python

SHORT = 85
"""Lines of a page with its code."""

BUILDS = {
    "tool": ("demo", "explore.tools=[clip_retrieval, subtitle_retrieval, subtitle_zoom, caption_zoom, shot_list]"),
    "dialect": ("demo", "write.dialect.spelling=bracket"),
    "export": ("demo", "write.exports=[windows]"),
    "recipe": ("pixel-reasoner", "ask.per_video=12"),
}
"""Page → what a build takes of it: an entry and what is set."""

RUN = (
    *("tests/tools/test_tools.py", "tests/dialects/test_dialects.py", "tests/dialects/test_templates.py"),
    *("tests/write/test_exports.py", "tests/write/test_rows.py", "tests/test_recipes.py", "tests/test_settings.py"),
)
"""The tests that take up what is new by themselves."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A copy of the repository in which every page was followed, and the files that are new in it."""
    folder = tmp_path_factory.mktemp("house")
    copied(folder)
    return folder, [path for page in PAGES for path in follow(page, folder)]


def test_there_is_a_short_page_for_each() -> None:
    assert {page.stem for page in PAGES} == set(BUILDS)
    for page in PAGES:
        assert len(page.read_text(encoding="utf-8").splitlines()) <= SHORT


def test_what_a_page_names_is_there(house: tuple[Path, list[str]]) -> None:
    folder, _ = house
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"`((?:tests|transforms|schemas|docs)/[\w/.-]+)`", text)
        made = {"docs/recipes/pixel-reasoner.md", "tests/golden/recipes/pixel-reasoner.json"}
        assert [name for name in named if name not in made and not (folder / name).exists()] == []


def test_the_tests_of_the_pages_pass(house: tuple[Path, list[str]]) -> None:
    folder, new = house
    tests = [path for path in new if path.startswith("tests/")]
    assert len(tests) == 3
    ran = python(folder, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *tests)
    assert ran.returncode == 0, ran.stdout


def test_a_recipe_says_nothing_of_the_one_it_is_like(house: tuple[Path, list[str]]) -> None:
    """What an entry leaves out it has from the one below, and what is true of LongVT's trainer is not of another's."""
    folder, _ = house
    entries = read_yaml(folder / "datasets.yaml").data["datasets"]
    new = entries["pixel-reasoner"]
    assert set(entries[new["like"]]["recipe"]) <= set(new["recipe"])


@pytest.mark.heavy
def test_what_runs_by_itself_takes_them_up(house: tuple[Path, list[str]]) -> None:
    folder, _ = house
    for module in ("tests.recipes", "tests.write.golden"):
        assert python(folder, "-m", module).returncode == 0
    assert (folder / "docs" / "recipes" / "pixel-reasoner.md").read_text().startswith("# pixel-reasoner\n")
    ran = python(folder, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-vv", "-m", "not heavy", *RUN)
    assert ran.returncode == 0, ran.stdout
    for test in ("every_conversation_comes_back[bracket]", "its_rows_have_what_no_other_has[pixel-reasoner]"):
        assert re.search(rf"{re.escape(test)} PASSED", ran.stdout)
    for arguments in (("check", "."), ("format", "--check", ".")):
        assert python(folder, "-m", "ruff", *arguments).returncode == 0


@pytest.mark.heavy
@pytest.mark.parametrize("page", BUILDS)
def test_a_build_with_it_is_audited(house: tuple[Path, list[str]], page: str) -> None:
    folder, _ = house
    entry, setting = BUILDS[page]
    checked = python(folder, "-m", "runners", "check", entry, "--set", setting)
    assert checked.returncode == 0, checked.stderr
    out = ("--set", setting, "--limit", "1", "--out", page)
    built = python(folder, "-m", "runners", "build", entry, *out)
    assert built.returncode == 0, built.stderr
    (manifest,) = (folder / page).rglob("manifest.json")
    audited = python(folder, "-m", "runners", "audit", str(manifest.parent))
    assert audited.returncode == 0, audited.stdout
    first = next((manifest.parent / ("windows" if page == "export" else "sft")).glob("*.jsonl")).read_text()
    word = {"tool": "shot_list", "dialect": "[/TOOL_CALLS]", "export": '"windows":[[', "recipe": "crop_image"}[page]
    assert word in first
