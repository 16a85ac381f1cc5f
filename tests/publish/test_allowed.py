"""What stands against publishing, each with its code, and nothing is sent."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.checks.release import Release
from pipelines.publish import Wanted, facts_of, prepare
from schemas.errors import SettingsError
from schemas.settings import Write
from tests.publish.conftest import TAUGHT
from tests.trajectories import DATASET, Tiny
from transforms.publish.allowed import check_facts, check_repository, check_secrets, check_version
from transforms.publish.facts import Facts
from transforms.publish.files import made

FACTS = Facts("mine", "1.0.0", {"choice": 2}, {"choice": 1}, {}, {"CC-BY-4.0": 2})


def refused(code: str, call: Callable[[], object]) -> str:
    with pytest.raises(SettingsError) as caught:
        call()
    assert caught.value.code == code
    return caught.value.detail


@pytest.mark.parametrize(
    "version", ["1.0.0+abcdef12", "1.0.0-dev", "1.0.0-dev+abcdef12", "1.0", "v1.0.0", "1.0.0 ", ""]
)
def test_a_trial_is_refused(version: str) -> None:
    assert "is a trial" in refused("trial", lambda: check_version(version))


def test_a_version_is_not() -> None:
    check_version("10.20.30")


def test_what_a_failed_build_left_is_refused(release: Path, tmp_path: Path) -> None:
    """Its manifest is that of the version it was to become."""
    (tmp_path / "1.0.0.failed").symlink_to(release)
    prepare(tmp_path / "1.0.0.failed", Wanted("me/tiny"))  # a name alone says nothing
    shutil.copytree(release, tmp_path / "2.0.0.failed")
    assert "lies in 2.0.0" in refused("failed", lambda: prepare(tmp_path / "2.0.0.failed", Wanted("me/tiny")))


@pytest.mark.parametrize(
    "id",
    ["mine", "a/b/c", "/mine", "me/", "me/mi ne", "me/../x", "me/.mine", "-me/x", "me/x.git", "https://hf.co/me/x", ""],
)
def test_a_name_that_the_hub_cannot_have_is_refused(id: str) -> None:
    refused("bad_repository", lambda: check_repository(id))


@pytest.mark.parametrize("id", ["me/mine", "an-org/mine_1.0", "A1/b-c"])
def test_other_names_are_taken(id: str) -> None:
    check_repository(id)


def test_a_video_without_a_licence_blocks() -> None:
    facts = replace(FACTS, licences={"CC-BY-4.0": 2, "": 3})
    assert "3 of 5 videos come without a licence" in refused("no_licence", lambda: check_facts(facts, False))
    check_facts(replace(facts, licence="CC-BY-4.0"), False)
    check_facts(FACTS, False)


def test_rows_of_the_planner_need_a_word() -> None:
    facts = replace(FACTS, planner=True, planner_rows=7)
    assert "--not-for-training" in refused("planner", lambda: check_facts(facts, False))
    check_facts(facts, True)


def test_a_key_in_a_file_is_found_and_not_told() -> None:
    files = [made("a.png", b"sk-12345678"), made("report.json", b'{"x": "sk-12345678"}')]
    said = refused("secret", lambda: check_secrets(files, {"OPENAI_API_KEY": "sk-12345678", "SHORT": "x"}))
    assert said.startswith("report.json holds the value of OPENAI_API_KEY")
    assert "sk-1234" not in said
    check_secrets(files, {"OPENAI_API_KEY": "sk-other-one", "EMPTY": ""})


def test_a_key_that_the_settings_name_is_looked_for(
    build: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "https://api.example.org")
    assert "README.md holds the value of OPENAI_API_KEY" in refused(
        "secret", lambda: prepare(build(), Wanted("me/tiny"))
    )


def test_the_hubs_token_is_looked_for(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "A tiny release.")
    assert "the Hub's token" in refused("secret", lambda: prepare(release, Wanted("me/tiny")))


def test_a_damaged_release_is_refused(release: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(release, copy)
    path = next((copy / "rl").glob("*.parquet"))
    path.write_bytes(path.read_bytes() + b"x")
    assert "digests: rl/" in refused("audit_failed", lambda: prepare(copy, Wanted("me/tiny")))


def test_one_repository_for_both_is_refused(release: Path) -> None:
    refused("one_repository", lambda: prepare(release, Wanted("me/tiny", "me/tiny")))


def test_the_planners_release_is_known_by_its_settings(build: Callable[..., Path]) -> None:
    facts = facts_of(Release(build(dataset=DATASET)))
    assert facts.planner
    assert not facts_of(Release(build("taught"))).planner


def test_licences_are_those_of_every_video_in_any_table(build: Callable[..., Path], records: Tiny) -> None:
    """Of one that nobody asked about too: its timeline is there."""
    asked = len({one.video.id for one in records.questions})
    unasked = replace(records.timelines[0], video_id="v9")
    more = replace(records, timelines=(*records.timelines, unasked))
    assert facts_of(Release(build(records=more))).licences == {"CC-BY-4.0": asked + 1}
    facts = facts_of(Release(build("unlicensed", records=replace(more, license=""))))
    assert facts.licences == {"CC-BY-4.0": asked, "": 1}
    assert refused("no_licence", lambda: check_facts(facts, False)).startswith(f"1 of {asked + 1} videos")


def test_a_licence_that_only_the_settings_name_is_told_as_theirs(build: Callable[..., Path], records: Tiny) -> None:
    def unlicensed(one: Any) -> Any:
        return replace(one, video=replace(one.video, license=""))

    bare = replace(
        records,
        license="",
        **{name: tuple(map(unlicensed, getattr(records, name))) for name in ("chosen", "trajectories", "questions")},
    )
    told = refused("no_licence", lambda: prepare(build(records=bare), Wanted("me/tiny")))
    assert told.startswith("4 of 4 videos come without a licence")
    named = TAUGHT.model_copy(update={"write": Write(license="CC-BY-4.0")})
    (repository,) = prepare(build("named", dataset=named, records=bare), Wanted("me/tiny"))
    card = next(file.source for file in repository.files if file.path == "README.md")
    assert isinstance(card, bytes)
    assert (
        b"| not stated | 4 |\n\nWhere the source names none, those who published this answer for it: CC-BY-4.0." in card
    )


def test_counts_are_those_of_the_rows(release: Path, records: Tiny) -> None:
    facts = facts_of(Release(release))
    kinds = [one.question.kind for one in records.questions]
    assert facts.asked == {kind: kinds.count(kind) for kind in kinds}
    chosen = [one.question.kind for one in records.chosen]
    assert facts.solved == {kind: chosen.count(kind) for kind in chosen}
    assert sum(facts.rejects.values()) == len(records.rejects)
