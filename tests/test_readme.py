"""README.md, done as it says: its settings, its lines of manifests, its commands, its lines for trainers.

What a trainer makes of a release is `tests/trainers`, which takes the lines of the card; here they are held to be the
same. Commands that need a server, a key or minutes are parsed by the real parser; all others run.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import datasets
import pytest
from PIL.Image import Image
from ruamel.yaml import YAML

from runners.cli import _parser, main
from runners.settings_file import load_dataset_entry
from schemas.settings import Dataset, Explore, OpenAISettings, Write
from schemas.source import Kind
from tests.builds import ROOT, write_subtitles
from tests.dialects.chat_templates import parts
from tests.trajectories import DATASET, tiny, write_release
from tests.truth import load_truth
from transforms.store import Store

README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENTRIES = ("mine", "kitchen", "taught", "zoomed")


def blocks(language: str) -> list[str]:
    return [text for named, text in FENCED.findall(README) if named == language]


def indented() -> list[str]:
    """Lines of blocks that are set in by four spaces, without the spaces."""
    return re.findall(r"^ {4}(\S.*)$", FENCED.sub("", README), re.MULTILINE)


def inline() -> list[str]:
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", README))


def commands() -> list[list[str]]:
    """Every command line of ours, as words behind `frametrail`."""
    lines = [line for line in [*indented(), *inline()] if re.match(r"frametrail \w", line)]
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader has it: a datasets.yaml with all entries of the page, videos, manifests, a release."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "datasets.yaml").write_text("".join(blocks("yaml")), encoding="utf-8")
    (folder / "my_videos").mkdir()
    for copy in ("my_videos/soup.mp4", "v1.mp4"):  # a link out of its folder would be turned away
        shutil.copy(ROOT / "samples" / "soup.mp4", folder / copy)
    write_subtitles(folder / "my_videos/soup.srt", load_truth()["soup"])
    for name in ("videos.jsonl", "questions.jsonl"):
        (folder / name).write_text(json.dumps(line_of(name)) + "\n", encoding="utf-8")
    store = Store(folder / "store")
    write_release(folder / "releases/mine/1.0.0", store, tiny(store), dataset=TAUGHT)
    return folder


TAUGHT = DATASET.model_copy(
    update={
        "explore": Explore(
            tools=("caption_zoom", "subtitle_retrieval"),
            rollouts=2,
            teacher=OpenAISettings(model="teacher-1", base_url="https://api.example.org/v1"),
        ),
        "write": Write(license="CC-BY-4.0"),
    }
)
"""The tiny release with the teacher that its rows name, so that it may be published."""


def line_of(name: str) -> dict[str, Any]:
    """The line of a manifest that the page shows; it may go on in the next."""
    (text,) = re.findall(rf"^ {{4}}{re.escape(name)} +(\{{.*?\}})\n(?! {{6}})", README, re.MULTILINE | re.DOTALL)
    held: dict[str, Any] = json.loads(text)
    return held


@pytest.fixture
def inside(house: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(house)
    yield house


def test_the_page_is_read_as_it_is_meant() -> None:
    assert len(blocks("yaml")) == 4
    assert {words[0] for words in commands()} >= {
        *("check", "build", "audit", "view", "doctor", "plan", "publish", "schema"),
    }
    assert len(commands()) >= 11


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_one(words: list[str]) -> None:
    assert _parser().parse_args(words).run


def test_the_table_of_pages_has_every_page_once() -> None:
    docs = ROOT / "docs"
    table = (docs / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)]+)\)", table)
    assert len(linked) == len(set(linked))
    pages = {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} - {"README.md"}
    assert pages - set(linked) == {page for page in pages if page.startswith("recipes/")}
    assert set(linked) - pages == {"recipes"}


def test_every_target_of_make_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {line.split()[1] for line in [*indented(), *inline()] if line.startswith("make ")}
    assert {"demo", "test", "demo-llm"} <= named <= targets


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_are_settings(inside: Path, name: str) -> None:
    held = YAML(typ="safe").load((inside / "datasets.yaml").read_text(encoding="utf-8"))["datasets"]
    assert set(held) == set(ENTRIES)
    assert load_dataset_entry(name).settings.version == "1.0.0"


def test_settings_in_a_sentence_are_settings() -> None:
    """Those of an entry in one, those of a teacher in one."""
    told = [YAML(typ="safe").load(text) for text in inline() if re.fullmatch(r"[a-z]+: \{[^…]*\}", text)]
    assert {key for one in told for key in one} == {"ask", "curate", "limits", "target"}
    source = {"type": "manifest", "videos": "videos.jsonl", "questions": "questions.jsonl"}
    for one in told:
        if "limits" in one:
            OpenAISettings.model_validate({"model": "my-model", "base_url": "http://localhost:8000/v1", **one})
        else:
            Dataset.model_validate({"version": "1.0.0", "source": source, **one})


def test_lines_of_manifests_are_taken(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (line_of("videos.jsonl")["id"], line_of("questions.jsonl")["kind"]) == ("v1", "count")
    assert main(["check", "kitchen"]) == 0
    told = capsys.readouterr().out
    assert "manifest videos.jsonl: 1 video," in told
    assert "questions  1 given;" in told
    assert "would be rejected" not in told


def test_every_kind_of_answer_is_named() -> None:
    (sentence,) = re.findall(r"^Kinds are (.*?)\. Questions", README, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", sentence)) == set(get_args(Kind))


def test_commands_on_a_finished_release_do_what_they_say(inside: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = [words for words in commands() if "releases/mine/1.0.0" in words]
    assert {words[0] for words in there} == {"audit", "view", "publish"}
    for words in [*there, ["check", "mine", "--out", "none yet"], ["schema"]]:
        assert main(words) == 0, words
    told = capsys.readouterr().out
    assert "FAIL" not in told
    assert "nothing was sent" in told


@pytest.mark.heavy
def test_the_commands_for_your_own_videos_run_in_their_order(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the release they make themselves; two videos are asked for, and there is one."""
    (inside / "releases").rename(inside / "releases.tiny")
    try:
        page = README.split("## Your own videos")[1].split("\n## ")[0]
        lines = re.findall(r"^ {4}frametrail (.*)$", page, re.MULTILINE)
        assert [line.split()[0] for line in lines] == ["check", "build", "build", "audit", "view"]
        for line in lines:
            assert main(shlex.split(line, comments=True)) == 0, line
    finally:
        (inside / "releases").rename(inside / "releases.made")
        (inside / "releases.tiny").rename(inside / "releases")


def rows_for_trainers() -> dict[str, list[str]]:
    """Trainer → the code in its row of the table."""
    table = re.findall(r"^\| ([^|]+) \| (.+) \| [^|]+ \|$", README.split("## Loading it")[1], re.MULTILINE)[1:]
    return {trainer: re.findall(r"`([^`]+)`", load) for trainer, load in table}


def test_lines_for_trainers_are_those_of_the_card(house: Path) -> None:
    """The card's are what `make test-trainers` gives to verl, ms-swift and LLaMA-Factory."""
    card = (house / "releases/mine/1.0.0/README.md").read_text(encoding="utf-8")
    told = rows_for_trainers()
    assert set(told) == {"verl SFT", "verl, EasyR1, OpenRLHF", "ms-swift", "LLaMA-Factory", "TRL", "datasets"}
    (verl,) = [line.split() for line in card.splitlines() if line.startswith("data.train_files=RELEASE/sft_parquet/")]
    assert set(told["verl SFT"]) < set(verl)
    assert told["ms-swift"][0] in card.splitlines()
    assert told["LLaMA-Factory"][0] in card.splitlines()
    assert "cutoff_len: 32768" in told["LLaMA-Factory"] and "cutoff_len: 32768" in card.splitlines()
    for pattern in told["verl, EasyR1, OpenRLHF"]:
        assert list(house.glob(pattern.replace("RELEASE", "releases/mine/1.0.0")))


def test_the_line_for_datasets_loads(house: Path, tmp_path: Path) -> None:
    (line,) = rows_for_trainers()["datasets"]
    where = str(house / "releases/mine/1.0.0")
    loaded = eval(line.replace("RELEASE", where), {"load_dataset": loader(tmp_path)})
    assert {split: part.num_rows for split, part in loaded.items()} == counted(house, "sft_parquet")


def test_python_of_a_releases_card_runs(house: Path, tmp_path: Path) -> None:
    """The lines for `datasets`, then those for TRL on what they loaded."""
    release = house / "releases/mine/1.0.0"
    card = (release / "README.md").read_text(encoding="utf-8").replace("RELEASE", str(release))
    snippets = [text for named, text in FENCED.findall(card) if named == "python"]
    assert len(snippets) == 2
    held: dict[str, Any] = {}
    for text in snippets:
        assert "from datasets import load_dataset\n" in text or "load_dataset" not in text
        exec(text.replace("from datasets import load_dataset\n", ""), held | {"load_dataset": loader(tmp_path)}, held)
    assert (held["sft"].num_rows, held["rl"].num_rows) == tuple(
        counted(house, folder)["train"] for folder in ("sft_parquet", "rl")
    )
    for row in held["sft"]:
        assert all(isinstance(image, Image) for image in row["images"])
        for message in row["messages"]:
            assert held["as_parts"](message["content"]) == parts(message["content"])


def loader(cache: Path) -> Any:
    return lambda *words, **more: datasets.load_dataset(*words, **more, cache_dir=str(cache))


def counted(house: Path, folder: str) -> dict[str, int]:
    """Split → rows of a table, by the manifest."""
    found: dict[str, int] = {}
    for entry in json.loads((house / "releases/mine/1.0.0/manifest.json").read_text())["files"]:
        if entry["path"].startswith(f"{folder}/"):
            split = entry["path"].split("/")[1].split("-")[0]
            found[split] = found.get(split, 0) + entry["rows"]
    return found
