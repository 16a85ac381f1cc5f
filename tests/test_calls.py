"""Replies travel with a release: whoever has them builds it again, byte for byte, with no key and no server."""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.audit import audit
from pipelines.checks.calls import calls
from pipelines.checks.release import Release
from runners.building import build_release
from runners.cli import main
from runners.import_calls import Imported, import_calls
from runners.settings_file import load_dataset_entry
from schemas.codec import sha256
from schemas.errors import EngineError, SettingsError
from schemas.refs import Called
from schemas.release import ReleaseInfo
from schemas.settings import RunSettings
from schemas.source import Rejected
from tests.builds import contents, told_samples
from tests.eager import run
from tests.engines.planner_server import teaching
from tests.trajectories import INFO
from transforms.calls import wrong_call
from transforms.concurrent import FlatMapConcurrently, event_loop
from transforms.engines import build, retry
from transforms.store import Store, memo_key, noting
from transforms.write.files import write_parquet
from transforms.write.manifest import build_manifest
from transforms.write.rows import call_row

SECRET = "canary-4711"

ENTRY = """\
    ask: {{per_video: 6}}
    explore:
      rollouts: 2
      max_turns: 1
      teacher: {{type: openai, model: m, base_url: "{url}", api_key_env: TOLD_KEY}}
    ground: {{overview_frames: 2, frames_per_call: 2}}
    verify: {{evidence_recall: 0.8}}
    curate: {{best: 2}}
    target: {{accepted: 11}}
    write: {{calls: true}}
"""


@dataclass(frozen=True)
class Shared:
    release: Path
    config: Path
    asked: int


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """A release with its replies; the server that gave them is gone."""
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as environment, teaching() as server:
        environment.setenv("TOLD_KEY", SECRET)
        config = told_samples(folder, ENTRY.format(url=server.url), 45.0)
        entry = load_dataset_entry("told", config, [])
        done = build_release(entry, RunSettings(work=str(folder / "work"), out=str(folder / "out")), "told")
    assert (done.release.name, done.accepted) == ("1.0.0", 11)
    assert set(server.keys) == {f"Bearer {SECRET}"}
    return Shared(done.release, config, len(server.keys))


def table(release: Path, name: str) -> list[dict[str, Any]]:
    return [row for path in sorted((release / name).glob("*")) for row in pq.read_table(path).to_pylist()]


def test_the_replies_are_those_of_the_rollouts(shared: Shared) -> None:
    replies = [row for row in table(shared.release, "calls") if row["id"].startswith("chat/")]
    turns = [turn for one in table(shared.release, "trajectories") for turn in one["turns"]]
    said = sum(turn["role"] == "assistant" for turn in turns)
    assert len(replies) == said < shared.asked
    assert {row["id"].split("/")[0] for row in table(shared.release, "calls")} == {"chat"}
    assert [finding.detail for finding in audit(shared.release) if not finding.ok] == []


def test_the_audit_misses_what_does_not_travel(shared: Shared, tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(shared.release, release)
    (file,) = (release / "calls").iterdir()
    rows = pq.read_table(file)
    pq.write_table(rows.slice(0, 0), file)
    answered = sum(bool(row["answer"]) for row in table(release, "trajectories"))
    told = list(calls(Release(release)))
    assert len(told) == answered > 0
    assert told[0].endswith("no reply in calls/ gives its answer")
    config = release / "config.yaml"
    config.write_text(config.read_text().replace("calls: true", "calls: false"))
    assert list(calls(Release(release))) == ["calls/full-00000-of-00001.parquet: config.yaml wants no calls"]


def test_no_key_travels(shared: Shared) -> None:
    for path in (*shared.release.rglob("*"), *(shared.config.parent / "work").rglob("*")):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes(), path


def test_built_again_without_key_and_server(
    shared: Shared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of the first build is there but the release, the videos and the entry. The replies to questions that
    were tried beyond the target have not travelled, and are not needed."""
    monkeypatch.delenv("TOLD_KEY", raising=False)
    monkeypatch.setattr(build, "_built", {})
    monkeypatch.setattr(retry, "TRIES", 1)
    work, out = str(tmp_path / "work"), str(tmp_path / "out")
    assert main(["import", str(shared.release), "--work", work]) == 0
    rows = len(table(shared.release, "calls"))
    assert capsys.readouterr().out == f"imported {rows} replies into {work}, 0 there already\n"
    assert main(["build", "told", "-c", str(shared.config), "--work", work, "--out", out]) == 0
    again = tmp_path / "out" / "told" / "1.0.0"
    assert contents(again) == contents(shared.release)
    assert json.loads((again / "report.json").read_text())["stages"]["explore"].get("chat_made", 0) == 0
    one, other = (json.loads((it / "manifest.json").read_text())["fingerprint"] for it in (again, shared.release))
    assert one == other


# What comes in.

KEY, OTHER = memo_key("chat", "1", inputs="a"), memo_key("caption", "1", inputs="b")
ENTRIES = {KEY: '{"value":{"text":"ä"}}', OTHER: '{"error":{"kind":"engine","code":"refused","detail":"no"}}'}


def carrying(folder: Path, entries: dict[str, str] = ENTRIES) -> Path:
    """A release of replies alone."""
    info: ReleaseInfo = INFO
    rows = [call_row(key, entry, info) for key, entry in sorted(entries.items())]
    file = write_parquet(str(folder), "calls/full-00000-of-00001.parquet", rows, Store(folder / "none"))
    (folder / "manifest.json").write_text(build_manifest(info, [file]))
    return folder


def test_what_comes_in_is_found_and_the_first_write_wins(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    assert store.memo(KEY, lambda: {"text": "mine"}) == {"text": "mine"}
    release = carrying(tmp_path / "release")
    assert import_calls(release, store) == Imported(added=1, held=1)
    assert store.peek(KEY) == {"text": "mine"}
    with pytest.raises(EngineError, match="refused: no"):
        store.memo(OTHER, lambda: "another")
    fresh = Store(tmp_path / "fresh")
    assert import_calls(release, fresh) == Imported(added=2, held=0)
    assert {key: fresh.entry(key) for key in ENTRIES} == ENTRIES


def _other_bytes(release: Path) -> None:
    (file,) = (release / "calls").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"x")


def _gone(release: Path) -> None:
    shutil.rmtree(release / "calls")


def _outside(release: Path) -> None:
    path = release / "manifest.json"
    path.write_text(path.read_text().replace("calls/full", "calls/../calls/full"))


def _no_parquet(release: Path) -> None:
    (file,) = (release / "calls").iterdir()
    path = release / "manifest.json"
    path.write_text(path.read_text().replace(sha256(file.read_bytes()), sha256(b"x")))
    file.write_bytes(b"x")


def _no_manifest(release: Path) -> None:
    (release / "manifest.json").write_text("[]")


def _without(release: Path) -> None:
    (release / "manifest.json").write_text(build_manifest(INFO, []))


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "other bytes": (_other_bytes, "it is damaged or was changed; fetch it again. Nothing was imported"),
    "a file that is gone": (_gone, "which manifest.json lists, is missing"),
    "a path that leaves the folder": (_outside, "is missing; fetch the release again"),
    "no parquet": (_no_parquet, "is no parquet file; nothing was imported"),
    "no manifest": (_no_manifest, "is no manifest of a release"),
    "no calls": (_without, r"carries no replies: it was built without `write: \{calls: true\}`"),
}


@pytest.mark.parametrize(("damage", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_what_the_manifest_says_is_refused(
    damage: Callable[[Path], None], why: str, tmp_path: Path
) -> None:
    release = carrying(tmp_path / "release")
    damage(release)
    with pytest.raises(SettingsError, match=why):
        import_calls(release, Store(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


WRONG = {
    "path": ("chat/../../etc/passwd", '{"value":1}', "is no key of a memo"),
    "blob": (f"blob/{'a' * 64}", '{"value":1}', "is of a step that no model replies to"),
    "free": (memo_key("ocr", "1"), '{"value":1}', "is of a step that no model replies to"),
    "no json": (KEY, '{"value":', "holds neither a value nor an error"),
    "nested too deep": (KEY, '{"value":' + "[" * 200_000, "holds neither a value nor an error"),
    "no memo": (KEY, '{"values":1}', "holds neither a value nor an error"),
    "padded": (KEY, ' {"value":1}', "holds neither a value nor an error"),
    "foreign error": (KEY, '{"error":{"kind":"os"}}', "holds an error that is none of ours"),
}


@pytest.mark.parametrize(("key", "entry", "why"), WRONG.values(), ids=WRONG.keys())
def test_only_replies_come_in(key: str, entry: str, why: str, tmp_path: Path) -> None:
    assert wrong_call(key, entry).endswith(why)
    assert [wrong_call(good, held) for good, held in ENTRIES.items()] == ["", ""]
    with pytest.raises(SettingsError, match=f"{why}; nothing was imported"):
        import_calls(carrying(tmp_path / "release", {**ENTRIES, key: entry}), Store(tmp_path / "store"))
    assert not (tmp_path / "store").exists()


# How it is known what a unit called.


@dataclass
class Asks:
    """Asks a model on the event loop, from a thread, and reads something that is free; odd ones fail afterwards."""

    store: str

    def do(self, n: int) -> Iterable[int | Rejected]:
        import asyncio

        store = build.store(self.store)
        store.memo(memo_key("ocr", "1", inputs=n), lambda: n)
        asyncio.run_coroutine_threadsafe(self._ask(store, n), event_loop()).result()
        return [Rejected("s", "odd", "fail", "number", str(n), "")] if n % 2 else [n]

    async def _ask(self, store: Store, n: int) -> None:
        async def say() -> int:
            return n

        await store.amemo(memo_key("chat", "1", inputs=n // 2), say)


def test_a_stage_tells_what_it_called_whatever_came_of_it(tmp_path: Path) -> None:
    stage = FlatMapConcurrently(Asks(str(tmp_path)), 4)
    done, rejected, called = run(lambda p: p | stage, range(4), called=True)
    keys = [memo_key("chat", "1", inputs=n // 2) for n in range(4)]
    assert (sorted(done), sorted(row.id for row in rejected)) == ([0, 2], ["1", "3"])
    assert sorted(called, key=str) == sorted((Called((key,)) for key in keys), key=str)


def test_nothing_is_noted_outside_of_the_block(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with noting() as keys:
        store.memo(KEY, lambda: 1)
    store.memo(OTHER, lambda: 1)
    assert keys == {KEY}
