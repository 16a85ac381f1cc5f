"""Flaws of published data: none is there unless it is asked for, and then rows, report, card and audit say so."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.audit import audit
from schemas.settings import Published
from schemas.trajectory import Trajectory, Verdict, kept_although
from tests.builds import frametrail_here, one_sample, told_samples
from tests.engines.api_double import api_double
from tests.trajectories import DATASET, Tiny, question, tiny, trajectory, video, without_chosen, write_release
from transforms.curate.keep import kept, to_keep
from transforms.store import Store
from transforms.write.exports.registry import EXPORTS

BOTH = Published(keep_wrong=True, keep_unfinished=True)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


def lost(store: Store, rollout: int, code: str, *against: str) -> Trajectory:
    one = trajectory(store, video(1), question(0, video(1)), rollout, "filter", code)
    said = (Verdict(name, "filter", code, "why") for name in against)
    return replace(one, answer="A" if code == "wrong_answer" else "", right=False, verdicts=tuple(said))


def test_one_that_has_nothing_but_its_answer_and_evidence_against_it(store: Store) -> None:
    wrong = [lost(store, n, "wrong_answer", "answer", "evidence") for n in range(6)]
    unfinished = lost(store, 6, "no_answer", "form", "answer")
    others = [
        lost(store, 7, "wrong_answer", "answer", "words"),
        lost(store, 8, "evidence_not_seen", "evidence"),
        lost(store, 9, "no_answer"),
        replace(lost(store, 10, "wrong_answer", "answer"), status="fail"),
    ]
    assert to_keep([*wrong, unfinished, *others], Published()) == ""
    chosen = to_keep([*wrong, unfinished, *others], Published(keep_wrong=True))
    assert chosen in {one.id for one in wrong}
    assert to_keep([*others, unfinished, *reversed(wrong)], Published(keep_wrong=True)) == chosen
    assert to_keep([*wrong, unfinished, *others], Published(keep_unfinished=True)) == unfinished.id
    assert to_keep(others, BOTH) == ""
    kept_by = {to_keep(wrong[n:], BOTH) for n in range(6)}
    assert len(kept_by) > 1  # not the first, not the last: as by chance


def test_its_record_and_its_rows_say_so(store: Store) -> None:
    one = lost(store, 0, "wrong_answer", "answer")
    assert kept_although(one) == ""
    marked = kept(one)
    assert (marked.status, marked.code, kept_although(marked)) == ("filter", "wrong_answer", "wrong_answer")
    assert marked.verdicts[-1].detail == (
        "kept although its answer is wrong: no rollout of the question was accepted, and published.keep_wrong is on"
    )
    for name in ("swift", "sharegpt", "trl", "alpaca", "crops"):
        (row, *_) = EXPORTS[name].rows(marked, DATASET.write)
        assert (row["kept_although"], row["for_training"]) == ("wrong_answer", True)


def entry(tmp_path: Path, url: str, *more: str) -> tuple[str | Path, ...]:
    teacher = f"{{type: openai, model: m, base_url: '{url}', api_key_env: ''}}"
    settings = (
        f"    ask: {{per_video: 5}}\n    explore: {{rollouts: 2, teacher: {teacher}}}\n"
        "    write: {exports: [swift, rllm]}\n"
        "    curate: {splits: {train: 0.7, validation: 0.3}}\n"
    )
    config = tmp_path / "told" / "datasets.yaml"
    if not config.exists():
        told_samples(tmp_path / "told", settings)
    return ("build", "told", "-c", config, "--work", tmp_path / "work", *more)


def built(out: Path, command: tuple[str | Path, ...]) -> Path:
    done = frametrail_here(*command, "--out", out)
    assert done.returncode == 0, done.stderr
    (manifest,) = out.rglob("manifest.json")
    return manifest.parent


def rows(release: Path, table: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path) for path in sorted((release / table).glob("*.parquet"))])


def told_by_audit(release: Path) -> str:
    found = audit(release)
    assert [finding.detail for finding in found if not finding.ok] == []
    (published,) = (finding.detail for finding in found if finding.check == "published")
    return published.partition(" Here: ")[2]


def switches(*names: str) -> tuple[str, ...]:
    return tuple(part for name in names for part in ("--set", f"published.{name}=true"))


@pytest.mark.heavy
def test_a_build_with_and_without(tmp_path: Path) -> None:
    with api_double("astray", tmp_path / "log") as url:
        plain = built(tmp_path / "plain", entry(tmp_path, url))
        flawed = built(tmp_path / "flawed", entry(tmp_path, url, *switches("keep_wrong", "keep_unfinished")))
        twice = built(tmp_path / "twice", entry(tmp_path, url, *switches("validation_is_train")))
    right = rows(plain, "sft_parquet")
    assert right["kept_although"].unique().to_list() == [""]
    assert told_by_audit(plain) == ""

    records = rows(flawed, "trajectories")
    solved = records.filter(status="accept").select(pl.col("question").struct.field("id"))["id"].to_list()
    also = rows(flawed, "sft_parquet").filter(pl.col("kept_although") != "")
    assert also["question_id"].is_unique().all() and not set(also["question_id"]) & set(solved)
    counts = dict(also.group_by("kept_although").len().rows())
    assert set(counts) == {"wrong_answer", "no_answer"}
    assert len(rows(flawed, "sft_parquet")) == len(right) + len(also)
    stages = json.loads((flawed / "report.json").read_text())["stages"]
    assert stages["curate"]["kept"] == counts
    card = (flawed / "README.md").read_text()
    assert f"**Kept although wrong: {counts['wrong_answer']}**" in card
    assert f"**Kept although unfinished: {counts['no_answer']}**" in card
    assert told_by_audit(flawed) == (
        f"{counts['no_answer']} rows kept although no_answer, {counts['wrong_answer']} rows kept although wrong_answer."
    )
    ends = {row["kept_although"]: row["messages"][-1]["content"] for row in also.to_dicts()}
    assert ends["no_answer"].endswith("I could not find it.")
    assert ends["wrong_answer"].endswith("<answer>99</answer>")

    train = rows(plain, "rl").filter(split="train")["id"].sort().to_list()
    validating = pl.concat([pl.read_parquet(path) for path in sorted((twice / "rl").glob("validation-*.parquet"))])
    assert validating.filter(split="train")["id"].to_list() == train
    assert sorted(rows(twice, "rl")["id"]) == sorted([*rows(plain, "rl")["id"], *train])
    assert told_by_audit(twice) == f"the {len(train)} RL rows of train in validation."
    assert f"holds the {len(train)} rows of `train` too" in (twice / "README.md").read_text()
    lines = [
        json.loads(line) for path in (twice / "rllm").glob("validation-*") for line in path.read_text().splitlines()
    ]
    assert {line["id"] for line in lines} >= set(train)


def faults(release: Path) -> list[str]:
    return [finding.check for finding in audit(release) if not finding.ok]


def kept_release(tmp_path: Path, store: Store, published: dict[str, Any], **settings: Any) -> Path:
    """A release in which the wrong rollout of one question is kept, by settings that may say otherwise."""
    records = without_chosen(tiny(store))
    one = records.trajectories[0]
    marked = kept(one)
    held: Tiny = replace(
        records,
        trajectories=tuple(marked if other.id == one.id else other for other in records.trajectories),
        chosen=(marked,),
    )
    dataset = DATASET.model_copy(update={"published": Published(**published)})
    write_release(tmp_path / "out", store, held, dataset=dataset)
    return tmp_path / "out"


def test_a_wrong_row_that_nobody_asked_for_is_found(tmp_path: Path, store: Store) -> None:
    assert "published" in faults(kept_release(tmp_path, store, {}))


def test_a_question_that_keeps_none_is_found(tmp_path: Path, store: Store) -> None:
    assert "published" in faults(kept_release(tmp_path, store, {"keep_wrong": True}))


@pytest.mark.parametrize(
    "given, said",
    [
        ("{keep_wrongs: true}", "unknown key; did you mean `keep_wrong`? Else the keys here are keep_wrong,"),
        ("{random: true}", "the keys here are keep_wrong, keep_unfinished, validation_is_train"),
    ],
)
def test_a_flaw_of_no_name_is_refused_with_the_names(tmp_path: Path, given: str, said: str) -> None:
    config = one_sample(tmp_path, "soup.mp4")
    config.write_text(config.read_text() + f"    published: {given}\n")
    refused = frametrail_here("check", "one", "-c", config)
    assert refused.returncode == 2
    assert said in refused.stdout + refused.stderr


def test_splits_that_cannot_be_the_same_are_refused(tmp_path: Path) -> None:
    config = one_sample(tmp_path, "soup.mp4")
    config.write_text(
        config.read_text() + "    curate: {splits: {train: 1.0}}\n    published: {validation_is_train: true}\n"
    )
    refused = frametrail_here("check", "one", "-c", config)
    assert refused.returncode == 2
    assert "validation_is_train needs a split validation in curate.splits" in refused.stdout + refused.stderr
