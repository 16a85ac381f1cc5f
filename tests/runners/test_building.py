"""A local build around the pipeline: where a release goes, what is no version, and what is refused before any work."""

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.promises import failures_over
from runners import building
from runners.building import build_release
from runners.release_place import locked
from runners.settings_file import LoadedEntry, load_dataset_entry
from schemas.errors import SettingsError
from schemas.settings import RunSettings
from tests.media.clips import track, write
from tests.planner_down import planner_down

EMPTY: dict[str, Any] = {"in": 0, "out": 0, "filtered": {}, "failed": {}}


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoadedEntry:
    """Two videos without text or speech, with a question about each, in a working directory of their own."""
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a", "b")):
        write(tmp_path / f"{name}.mp4", track(50, first_number=100 * number))
    lines = [json.dumps({"id": name, "uri": f"{name}.mp4"}) for name in ("a", "b")]
    Path("videos.jsonl").write_text("\n".join(lines) + "\n")
    asked = {"text": "How many ships?", "kind": "count", "answer": 2}
    lines = [json.dumps({"id": f"q-{name}", "video_id": name, **asked}) for name in ("a", "b")]
    Path("questions.jsonl").write_text("\n".join(lines) + "\n")
    return load("")


def load(more: str, *overrides: str) -> LoadedEntry:
    Path("datasets.yaml").write_text(
        "datasets:\n  t:\n    version: 1.0.0\n"
        "    source: {type: manifest, videos: videos.jsonl, questions: questions.jsonl}\n"
        "    perceive: {ocr: {type: none}, asr: {type: none}}\n"
        "    ask: {per_video: 0}\n    explore: {rollouts: 1}\n" + more
    )
    return load_dataset_entry("t", Path("datasets.yaml"), list(overrides))


def settings(**changes: Any) -> RunSettings:
    return RunSettings(workers=2, work="work", **changes)


STAGES: dict[str, tuple[dict[str, Any], float, int, list[str]]] = {
    "nothing failed": ({"read": {"in": 4}}, 0.0, 4, []),
    "few failed for good": ({"read": {"in": 4, "failed": {"bad_json": 2}}}, 0.5, 4, []),
    "many failed for good": (
        {"read": {"in": 4, "failed": {"bad_json": 2, "bad_field": 1}}},
        0.5,
        4,
        ["3 of 4 failed in read, more than max_failures: 0.5"],
    ),
    "one may pass": (
        {"explore": {"in": 4, "failed": {"unreachable": 1}}},
        1.0,
        4,
        ["1 of 4 failed in explore for reasons that may pass (1 x unreachable); the same command tries again"],
    ),
    "some may pass, and others of which there are not too many": (
        {"explore": {"in": 9, "failed": {"bad_request": 2, "bug": 1, "unreachable": 2, "may_pass": 1}}},
        0.4,
        4,
        [
            "3 of 9 failed in explore for reasons that may pass (2 x unreachable, 1 x may_pass);"
            " the same command tries again"
        ],
    ),
    "bad lines of a whole source of which a part is built": (
        {"read": {"in": 7, "failed": {"bad_json": 5}}, "perceive": {"in": 2, "failed": {"unreadable": 1}}},
        0.3,
        100,
        ["1 of 2 failed in perceive, more than max_failures: 0.3"],
    ),
}


@pytest.mark.parametrize(("stages", "allowed", "units", "told"), STAGES.values(), ids=STAGES.keys())
def test_what_keeps_a_release_from_being_a_version(
    stages: dict[str, Any], allowed: float, units: int, told: list[str]
) -> None:
    assert failures_over({stage: {**EMPTY, **row} for stage, row in stages.items()}, allowed, units) == told


def test_a_server_that_was_down_becomes_no_version(entry: LoadedEntry) -> None:
    entry = load("    max_failures: 1.0\n")
    with planner_down():
        first = build_release(entry, settings(), "t")
    assert first.release == Path("releases/t/1.0.0.failed")
    assert len(first.failures_over) == 1
    assert "2 x unreachable" in first.failures_over[0]
    assert not Path("releases/t/1.0.0").exists()

    second = build_release(entry, settings(), "t")
    assert (second.release, second.failures_over) == (Path("releases/t/1.0.0"), [])
    assert not first.release.exists()
    assert build_release(entry, settings(), "t").nothing_to_do

    # a bad line that is added is another input, and what a release is held to is none
    assert build_release(load("    max_failures: 0.9\n    min_yield: 0.1\n"), settings(), "t").nothing_to_do
    with Path("videos.jsonl").open("a") as file:
        file.write("not json\n")
    with pytest.raises(SettingsError, match=r"version_taken: .* was built from other inputs .*raise `version`.*rm -r"):
        build_release(load("    max_failures: 1.0\n"), settings(), "t")


def test_one_build_at_a_time_though_another_waits_at_the_door(tmp_path: Path) -> None:
    release = tmp_path / "1.0.0"
    with locked(release):
        at_the_door = (tmp_path / ".1.0.0.lock").open("w")
        with pytest.raises(SettingsError, match="already_building"), locked(release):
            pass
    fcntl.flock(at_the_door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(SettingsError, match="already_building"), locked(release):
        pass
    at_the_door.close()
    with locked(release):
        pass


def nothing_is_done(*_: object) -> None:
    raise AssertionError("there was work")


def test_an_out_that_is_a_file_is_refused_before_any_work(entry: LoadedEntry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_identified", nothing_is_done)
    for out in ("videos.jsonl", "videos.jsonl/below"):
        with pytest.raises(SettingsError, match=rf"cannot write in {out}/t \(.*\); give another --out"):
            build_release(entry, settings(out=out), "t")
    Path("releases").mkdir()
    Path("releases/t").write_text("a file")
    with pytest.raises(SettingsError, match=r"cannot write in releases/t \(File exists\)"):
        build_release(entry, settings(), "t")


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_stands_where_the_release_goes_is_refused_before_any_work(
    kind: str, entry: LoadedEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_identified", nothing_is_done)
    place = Path("releases/t/1.0.0")
    (place if kind == "folder" else place.parent).mkdir(parents=True)
    (place / "notes.txt" if kind == "folder" else place).write_text("mine")
    with pytest.raises(SettingsError, match=r"releases/t/1.0.0 is no finished release.*rm -r releases/t/1.0.0"):
        build_release(entry, settings(), "t")


def test_what_stands_where_a_trial_goes_is_refused_before_it_is_built(
    entry: LoadedEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = []

    def place(*arguments: Any) -> Path:
        places.append(arguments[-1])
        raise SystemExit

    monkeypatch.setattr(building, "_run", place)
    with pytest.raises(SystemExit):
        build_release(load("", "curate.best=2"), settings(), "t")
    (places[0] / "sft").mkdir(parents=True)
    with pytest.raises(SettingsError, match="is no finished release"):
        build_release(load("", "curate.best=2"), settings(), "t")
