"""A trajectory in the terminal: everything that is in the record, and nothing that steers the terminal."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from runners.view import view
from schemas.errors import SettingsError
from tests.trajectories import SECRET, Tiny, tiny, write_release
from transforms.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def records(store: Store) -> Tiny:
    return tiny(store)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    out = tmp_path_factory.mktemp("out") / "release"
    write_release(out, store, records)
    return out


def shown(release: Path, sample: int | None = None, id: str | None = None, width: int = 300) -> str:
    out = io.StringIO()
    view(release, sample, id, Console(file=out, width=width, highlight=False))
    return out.getvalue()


def test_a_trajectory_is_shown_whole(release: Path, records: Tiny) -> None:
    text = shown(release, id="v1-q0-00")
    first = records.chosen[0].frames[0].sha256
    for said in (
        "trajectory v1-q0-00: accept",
        "    question  What does the sign say?  (choice, given, id q0)\n",
        "              B. Gate 14\n",
        "       right  B\n",
        "    evidence  10.0-14.5 s in (0.1, 0.1, 0.5, 0.4)  Gate 14\n",
        "        said  B\n",
        "3 tool (error)",
        "      thinks  The sign may be in the middle.\n",
        '       calls  temporal_zoom {"end_s":14.5,"start_s":10.0}\n',
        f"teacher read  [10.0-14.5] {SECRET}\n",
        "  model sees  3 frames at 10.00, 12.00, 13.00 s.\n",
        "       spans  10.0-14.5 s\n",
        f"       frame  10.000 s  32 x 24  {release}/sft/frames/{first[:2]}/{first}.jpg\n",
        "no text was asked for",
        "     dataset  tiny 1.0.0  split train\n",
        "     rollout  0, seed 7\n",
        "      tokens  100 in, 20 out\n",
    ):
        assert said in text


def test_a_trajectory_that_was_turned_away_says_why(release: Path) -> None:
    text = shown(release, id="v3-q4-01")
    assert "trajectory v3-q4-01: filter{wrong_answer}" in text
    assert "reject: verify filter{wrong_answer}" in text
    assert "      detail  said A, right is B\n" in text


def test_a_reject_without_a_trajectory_is_shown(release: Path) -> None:
    text = shown(release, id="videos.jsonl")
    assert "reject: read fail{bad_line}" in text
    assert "        line  3\n" in text
    assert "trajectory " not in text.splitlines()[0]


def test_samples_are_all_trajectories_accepted_ones_first(release: Path, records: Tiny) -> None:
    heads = [shown(release, sample=number).splitlines()[0].strip("─ ") for number in range(1, 9)]
    assert {head.split(":")[0].split()[-1] for head in heads} == {one.id for one in records.trajectories}
    assert [head.split(": ")[1] for head in heads[:6]] == ["accept"] * 6
    assert shown(release) == shown(release, sample=1) == shown(release, sample=1)


@pytest.mark.parametrize(
    ("sample", "id", "code"), [(0, None, "no_such_sample"), (9, None, "no_such_sample"), (None, "nobody", "no_such_id")]
)
def test_what_is_not_there_is_an_error(release: Path, sample: int | None, id: str | None, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        shown(release, sample, id)
    assert caught.value.code == code


def test_a_release_without_trajectories_says_where_its_reasons_are(release: Path, tmp_path: Path) -> None:
    shutil.copytree(release, tmp_path / "empty", ignore=shutil.ignore_patterns("trajectories"))
    with pytest.raises(SettingsError, match="has 0 trajectories; there is no 1, but --reject 1 tells why"):
        shown(tmp_path / "empty", sample=1)


def test_a_folder_that_is_no_release_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        view(tmp_path)
    assert caught.value.code == "no_release"


def test_what_was_read_off_a_screen_cannot_steer_the_terminal(tmp_path: Path, store: Store, records: Tiny) -> None:
    old = records.chosen[0]
    turns = list(old.turns)
    turns[5] = replace(turns[5], read_text="\x1b[2J\x07[bold]red[/bold] :smile: [INST]", look_text="a\r\nb\x9b1m")
    new = replace(old, turns=tuple(turns))
    others = tuple(new if one.id == old.id else one for one in records.trajectories)
    write_release(tmp_path / "release", store, replace(records, chosen=(new, *records.chosen[1:]), trajectories=others))
    text = shown(tmp_path / "release", id=old.id)
    assert (
        "teacher read  \N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}[bold]red[/bold] :smile: [INST]\n" in text
    )
    assert not {"\x1b", "\x07", "\x9b", "\r"} & set(text)


def test_it_prints_plainly_when_it_is_no_terminal(release: Path, capsys: pytest.CaptureFixture[str]) -> None:
    view(release, id="v1-q0-00")
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert f"teacher read  [10.0-14.5] {SECRET}\n" in text
