"""The card of a repository: the release's own, and what only a published one has to tell."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from ruamel.yaml import YAML

from pipelines.publish import Wanted, prepare
from schemas.settings import Recipe
from tests.publish.conftest import TAUGHT
from tests.trajectories import DATASET, Tiny, without_chosen
from transforms.publish import plots
from transforms.publish.card import take_apart
from transforms.publish.files import Repository

RECIPE = Recipe(
    paper="A paper", arxiv="2501.00001", code="https://example.org/code", does=("a",), differs=("fewer frames",),
    unknown=("c",), alone="d",
)  # fmt: skip


def text(repository: Repository, path: str = "README.md") -> str:
    data = next(file.source for file in repository.files if file.path == path)
    assert isinstance(data, bytes)
    return data.decode()


def header(repository: Repository) -> dict[str, Any]:
    return YAML(typ="safe").load(text(repository).split("---\n")[1])


def test_the_header_names_every_table_with_rows_and_no_other_form(ready: list[Repository]) -> None:
    parquet, jsonl = (
        {
            config["config_name"]: [part["path"] for part in config["data_files"]]
            for config in header(repository)["configs"]
        }
        for repository in ready
    )
    assert list(parquet) == ["sft", "rl", "trajectories", "timelines", "rejects"]
    assert all(path.endswith("-*.parquet") for paths in parquet.values() for path in paths)
    assert jsonl == {
        name: [f"{name}/train-*.jsonl", f"{name}/validation-*.jsonl"] for name in ("sft", "sharegpt", "swift")
    }
    assert [config.get("default", False) for config in header(ready[1])["configs"]] == [True, False, False]
    assert header(ready[0])["license"] == "cc-by-4.0"


def test_its_lines_for_trainers_are_those_of_the_release(ready: list[Repository], release: Path) -> None:
    """Which are what `make test-trainers` gives to verl, ms-swift and LLaMA-Factory, with another folder."""
    own = (release / "README.md").read_text().replace("RELEASE/", "tiny/").splitlines()
    for repository, starts in zip(
        ready, (("data.train_files=", "template: ", "cutoff_len: "), ("template: ", "cutoff_len: ")), strict=True
    ):
        published = text(repository).splitlines()
        for start in starts:
            assert [line for line in own if line.startswith(start)] == [
                line for line in published if line.startswith(start)
            ]
    lines = text(ready[1]).replace("tiny-jsonl/", "tiny/").splitlines()
    for start in ("cd tiny/sft && swift sft --dataset ", "dataset_dir: tiny/sft", "dataset: tiny_"):
        assert [line for line in own if line.startswith(start)] == [line for line in lines if line.startswith(start)]
        assert any(line.startswith(start) for line in lines)
    forms = [json.loads(data) for data in (text(ready[0], "dataset_info.json"), read(release, "sft/dataset_info.json"))]
    here, there = ({name: {**form, "file_name": ""} for name, form in one.items()} for one in forms)
    assert here == there


def read(release: Path, path: str) -> str:
    return (release / path).read_text()


def test_what_the_release_tells_of_itself_stands_word_for_word(ready: list[Repository], release: Path) -> None:
    _, intro, own = take_apart((release / "README.md").read_text())
    _, published, sections = take_apart(text(ready[0]))
    assert published.startswith(intro)
    for name in ("How it was made", "Counts per stage", "Cost of the rollouts", "Splits and kinds"):
        assert sections[name] == own[name]
    for name in ("Rejects by reason", "Licences of the videos"):
        assert sections[name].startswith(own[name])
    assert list(sections) == [
        "How to load it", "Splits and kinds", "How it was made", "Yields", "Counts per stage", "Cost of the rollouts",
        "Rejects by reason", "Licences of the videos", "Known limits", "Citation",
    ]  # fmt: skip


def test_it_names_no_folder_of_the_release(ready: list[Repository], release: Path) -> None:
    for repository in ready:
        for path in ("README.md", "manifest.json", "config.yaml", "dataset_info.json", "croissant.json"):
            held = [file for file in repository.files if file.path == path and isinstance(file.source, bytes)]
            for file in held:
                assert isinstance(file.source, bytes)
                assert str(release.parents[1]).encode() not in file.source
                assert b"RELEASE" not in file.source


def test_yields_are_counted(ready: list[Repository]) -> None:
    _, _, sections = take_apart(text(ready[0]))
    rows = [line.strip("| ").split(" | ") for line in sections["Yields"].splitlines() if line.startswith("| ")][2:]
    *kinds, (name, asked, solved, share) = rows
    assert name == "all"
    assert (sum(int(row[1]) for row in kinds), sum(int(row[2]) for row in kinds)) == (int(asked), int(solved))
    assert 0 < int(solved) <= int(asked)
    assert share == f"{int(solved) / int(asked):.0%}"


def test_pictures_of_the_card_are_in_the_repository(ready: list[Repository]) -> None:
    for repository in ready:
        for path in ("plots/yields.png", "plots/rejects.png"):
            assert f"]({path})" in text(repository)
            data = next(file.source for file in repository.files if file.path == path)
            assert isinstance(data, bytes)
            with Image.open(io.BytesIO(data)) as picture:
                assert (picture.format, picture.width) == ("PNG", 900)


def test_the_planners_rows_are_marked(build: Callable[..., Path]) -> None:
    (repository,) = prepare(build(dataset=DATASET), Wanted("me/tiny", planner=True))
    assert "not-for-training" in header(repository)["tags"]
    assert "**Not for training**" in take_apart(text(repository))[2]["Known limits"]


def test_others_are_not(ready: list[Repository]) -> None:
    assert "ot for training" not in text(ready[0])
    assert "not-for-training" not in header(ready[0])["tags"]


def test_the_recipe_is_cited_and_what_differs_is_a_limit(build: Callable[..., Path]) -> None:
    (repository,) = prepare(build(dataset=TAUGHT.model_copy(update={"recipe": RECIPE})), Wanted("me/tiny"))
    _, _, sections = take_apart(text(repository))
    assert "  title = {A paper},\n  eprint = {2501.00001},\n  archivePrefix = {arXiv},\n" in sections["Citation"]
    assert sections["Known limits"].endswith("- Other than in the paper that it follows: fewer frames")


def test_without_a_recipe_only_the_release_is_cited(ready: list[Repository]) -> None:
    _, _, sections = take_apart(text(ready[0]))
    assert sections["Citation"].count("@misc") == 1
    assert "howpublished = {https://huggingface.co/datasets/me/tiny/tree/v1.0.0}" in sections["Citation"]


def test_the_same_release_is_the_same_bytes(release: Path, ready: list[Repository]) -> None:
    again = prepare(release, Wanted("me/tiny", "me/tiny-jsonl"))
    assert again == ready


@pytest.mark.parametrize("counts", [{}, {"a/b": 0}, {"a/b": 5}, {f"verify/code_{n:02d}": n for n in range(40)}])
def test_plots_of_any_counts(counts: dict[str, int]) -> None:
    with Image.open(io.BytesIO(plots.rejects(counts))) as picture:
        rows = min(len(counts), 15) + (len(counts) > 15)
        assert picture.height == 70 + 30 * max(1, rows)


def test_bars_are_as_long_as_their_counts() -> None:
    with Image.open(io.BytesIO(plots.yields({"a": 10, "b": 4}, {"a": 5}))) as picture:
        pixels = [picture.convert("RGB").crop((300, 56 + 30 * row, 750, 57 + 30 * row)) for row in range(2)]
    strong, pale = (9, 105, 218), (208, 215, 222)
    seen = [
        [{colour: n for n, colour in row.getcolors(9) or []}.get(one, 0) for one in (strong, pale)] for row in pixels
    ]
    assert seen == [[226, 224], [0, 181]]


def test_a_release_without_conversations_has_a_card_too(build: Callable[..., Path], records: Tiny) -> None:
    release = build(records=without_chosen(records))
    parquet, jsonl = prepare(release, Wanted("me/tiny", "me/lines"))
    assert [config["config_name"] for config in header(parquet)["configs"]][0] == "rl"
    assert header(jsonl)["configs"] == []
    load = take_apart(text(parquet))[2]["How to load it"]
    assert 'load_dataset("me/tiny", "rl"' in load
    assert "sft" not in load
    assert json.loads(text(parquet, "dataset_info.json")) == {}
    assert not any(file.path.endswith(".tar") for file in jsonl.files if file.bytes == 0)


def test_its_licence_is_that_of_all_videos_in_it(build: Callable[..., Path], records: Tiny) -> None:
    """Of one that nobody asked about too: its timeline is there."""
    unasked = (replace(records.timelines[0], video_id="v9"),)
    card = (build(records=replace(records, timelines=unasked, license="CC-BY-NC-4.0")) / "README.md").read_text()
    assert YAML(typ="safe").load(card.split("---\n")[1])["license"] == "unknown"
    assert "| CC-BY-4.0 | 4 |\n| CC-BY-NC-4.0 | 1 |" in card
