"""`frametrail publish` as a person runs it, then what the card says, run as it stands there."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runners.cli import main
from schemas.settings import Write
from tests.builds import frametrail, start
from tests.publish.conftest import TAUGHT
from tests.publish.hub_double import TOKEN, Fault, Hub
from tests.trajectories import DATASET
from transforms.publish.card import take_apart

REPO = ("--repo", "me/tiny")


def snippets(card: str, language: str = "") -> list[str]:
    _, _, sections = take_apart(card)
    found = re.findall(r"^```(\w*)\n(.*?)^```", sections["How to load it"], re.MULTILINE | re.DOTALL)
    return [text for named, text in found if named == language]


def run(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(words, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done


def publish(*words: str | Path) -> int:
    """The command in this process, where nobody sits at a terminal; its exit code."""
    return main(["publish", *map(str, words)])


def test_a_dry_run_tells_all_and_sends_nothing(release: Path, hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(release, *REPO, "--jsonl-repo", "me/lines", "--dry-run") == 0
    told = capsys.readouterr().out
    assert hub.seen == []
    for entry in json.loads((release / "manifest.json").read_text())["files"]:
        if not entry["path"].startswith("sft/frames/") and entry["path"] != "README.md":
            assert f"{entry['bytes']:>15,}  {entry['path']}\n" in told
    assert re.search(r"^me/tiny v1.0.0: \d+ files, [\d,]+ bytes$", told, re.MULTILINE)
    assert re.search(r"^ +[\d,]+  frames-00000-of-00001.tar$", told, re.MULTILINE)
    assert told.endswith("nothing was sent\n")


@pytest.mark.heavy
def test_the_card_does_what_it_says_and_the_token_is_nowhere(release: Path, hub: Hub, tmp_path: Path) -> None:
    hub.faults = [
        Fault("POST", "/commit/publish", status=429, headers={"Retry-After": "1"}),
        Fault("PUT", "/storage/", cut=True),
    ]
    done = frametrail("publish", release, *REPO, "--jsonl-repo", "me/tiny-jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "creating me/tiny, private" in done.stdout
    assert "the Hub says HTTP 429; trying again in 1 s" in done.stdout
    assert f"{hub.endpoint}/datasets/me/tiny/tree/v1.0.0 is there, checked file by file" in done.stdout
    again = frametrail("publish", release, *REPO, "--jsonl-repo", "me/tiny-jsonl", cwd=tmp_path)
    assert again.stdout.endswith("nothing to do: the same bytes are there under the same tag\n")

    for said in (done.stdout, done.stderr, again.stdout, again.stderr):
        assert TOKEN not in said
    assert [digest for digest, data in hub.blobs.items() if TOKEN.encode() in data] == []
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert kept == []

    card = hub.files("me/tiny", "v1.0.0")["README.md"].decode()
    load, parts = snippets(card, "python")
    check = """
from PIL.Image import Image
assert isinstance(sft[0]["images"][0], Image), sft[0]
print(len(sft), len(rl), sum(len(row) for row in sft["images"]))
parts = [part["type"] for row in sft["messages"] for message in row for part in message["content"]]
print(parts.count("image"))
for config in ("trajectories", "timelines", "rejects"):
    print(sum(split.num_rows for split in load_dataset("me/tiny", config, revision="v1.0.0").values()))
"""
    rows, parted, *others = run(sys.executable, "-c", f"{load}\n{parts}\n{check}", cwd=tmp_path).stdout.splitlines()
    entries = json.loads((release / "manifest.json").read_text())["files"]
    count: dict[str, int] = {}
    for entry in entries:
        folder, _, name = entry["path"].partition("/")
        if folder not in ("sft_parquet", "rl") or name.startswith("train-"):
            count[folder] = count.get(folder, 0) + entry["rows"]
    assert rows.split()[:2] == [str(count["sft_parquet"]), str(count["rl"])]
    assert rows.split()[2] == parted
    assert others == [str(count[name]) for name in ("trajectories", "timelines", "rejects")]

    (fetch,) = snippets(card, "bash")
    run("bash", "-ec", fetch, cwd=tmp_path)
    here = tmp_path / "tiny"
    assert {path: (here / path).read_bytes() for path in hub.files("me/tiny", "v1.0.0")} == hub.files(
        "me/tiny", "v1.0.0"
    )
    named = re.findall(r"tiny/[\w/.-]+\.parquet", "\n".join(snippets(card)))
    assert len(named) == 3
    assert all((tmp_path / path).is_file() for path in named)
    info = json.loads((here / "dataset_info.json").read_text())
    (factory,) = [text for text in snippets(card) if text.startswith("dataset_dir: tiny\n")]
    for name in re.findall(r"^dataset: (.*)$", factory, re.MULTILINE)[0].split(","):
        assert (here / info[name]["file_name"]).is_file()

    lines = hub.files("me/tiny-jsonl", "v1.0.0")["README.md"].decode()
    (fetch,) = snippets(lines, "bash")
    run("bash", "-ec", fetch, cwd=tmp_path)
    here = tmp_path / "tiny-jsonl"
    for folder, base in (("sft", here / "sft"), ("swift", here), ("sharegpt", here)):
        for path in (here / folder).glob("*.jsonl"):
            for line in path.read_text().splitlines():
                assert all((base / image).is_file() for image in json.loads(line)["images"])
    assert not (here / "sft_parquet").exists()
    code = 'print(load_dataset("me/tiny-jsonl", "swift", split="train", revision="v1.0.0").num_rows)'
    told = run(sys.executable, "-c", f"from datasets import load_dataset\n{code}", cwd=tmp_path).stdout
    assert told == f"{sum(e['rows'] for e in entries if e['path'].startswith('swift/train-'))}\n"


@pytest.mark.parametrize("said", ["not-for-training", "licence", "trial", "repository", "folder"])
def test_what_stands_against_it_ends_with_2_and_a_reason(
    build: Callable[..., Path], hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    words: list[str | Path] = [tmp_path / "other", *REPO]
    if said == "not-for-training":
        build(dataset=DATASET)
    elif said == "licence":
        build(dataset=TAUGHT.model_copy(update={"write": Write()}))
        config = tmp_path / "other/config.yaml"
        config.write_text(config.read_text() + "\n")
        said = "config.yaml has"  # a changed file is found before anything is said of licences
    elif said == "trial":
        from dataclasses import replace

        from tests.trajectories import INFO

        build(info=replace(INFO, version="1.0.0+abcdef12"))
    elif said == "repository":
        build()
        words[-1] = "tiny"
    assert publish(*words) == 2
    assert (said if said != "folder" else "does not exist") in capsys.readouterr().err
    assert hub.seen == []


def test_nobody_at_the_terminal_makes_nothing_public(release: Path, hub: Hub) -> None:
    """In a process of its own, whose standard input is a real one without a terminal."""
    done = frametrail("publish", release, *REPO)
    assert done.returncode == 0, done.stderr
    assert hub.repos["me/tiny"].private
    assert publish(release, *REPO, "--public") == 0
    assert not hub.repos["me/tiny"].private


@pytest.mark.parametrize("answer, public", [("y", True), ("Yes", True), ("", False), ("n", False), ("public", False)])
def test_the_answer_in_the_terminal_decides(monkeypatch: pytest.MonkeyPatch, answer: str, public: bool) -> None:
    from runners.commands import publish

    asked: list[str] = []

    def input(text: str) -> str:
        asked.append(text)
        return answer

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", input)
    assert publish._asked(["me/a", "me/b"]) is public
    assert asked == ["Make me/a and me/b public, for everybody to download? [y/N] "]


def test_no_answer_at_all_is_no(monkeypatch: pytest.MonkeyPatch) -> None:
    from runners.commands import publish

    def closed(text: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", closed)
    assert publish._asked(["me/a"]) is False


def test_the_same_command_goes_on_after_a_hub_that_was_away(
    release: Path, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.faults = [Fault("GET", "/refs", status=429, headers={"Retry-After": "9999"})]
    assert publish(release, *REPO) == 3
    told = capsys.readouterr()
    assert "run it again later" in told.err
    assert TOKEN not in told.out + told.err
    assert publish(release, *REPO) == 0
    assert set(hub.repos["me/tiny"].tags) == {"v1.0.0"}


@pytest.mark.heavy
def test_a_run_that_was_killed_is_finished_by_the_same_command(release: Path, hub: Hub) -> None:
    """Killed while it waits to send the last of its large files."""
    hub.faults = [Fault("PUT", "/storage/", status=429, headers={"Retry-After": "60"}, skip=5)]
    running = start("publish", release, *REPO)
    for _ in range(600):
        if hub.faults[0].times == 0 and hub.sent("PUT", "/storage/"):
            break
        time.sleep(0.1)
    running.kill()
    running.communicate()
    assert hub.repos["me/tiny"].tags == {}
    sent = {one.path for one in hub.sent("PUT", "/storage/") if one.path.removeprefix("/storage/") in hub.blobs}
    before = len(hub.sent("PUT", "/storage/"))
    assert frametrail("publish", release, *REPO).returncode == 0
    assert set(hub.repos["me/tiny"].tags) == {"v1.0.0"}
    assert sent and not sent & {one.path for one in hub.sent("PUT", "/storage/")[before:]}
