"""Exact yield: in which order, how many at a time, and a release that tells nothing of how it was found."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pipelines.target as module
from pipelines.audit import audit
from pipelines.checks.release import Release
from pipelines.checks.target import target
from pipelines.promises import target_missed
from pipelines.target import Needed, beyond, how_many, in_order, needed, question_place, search, video_place
from runners.building import build_release
from runners.cli import main
from runners.outcome import BuildResult
from runners.rounds import TRIES
from runners.settings_file import load_dataset_entry
from runners.summary import shortfalls
from schemas.codec import digest, from_json, to_json
from schemas.errors import StoppedError
from schemas.refs import Cut, Perceived, Posed, Round, Yielded
from schemas.settings import RunSettings
from schemas.source import Question, Rejected, Video
from schemas.span import Span
from tests.builds import contents, told_samples
from tests.planner_down import planner_down
from transforms.write.arrow import SCHEMAS

HOW_MANY = {
    "at first what is needed in any case": ((10, 0, 0, 1), 10),
    "at first, several rows a question": ((10, 0, 0, 3), 4),
    "by the yield": ((5, 5, 10, 1), 10),
    "by the yield, rounded up": ((1, 9, 10, 1), 2),
    "no more than were tried before": ((9, 1, 10, 1), 10),
    "but all that are surely needed": ((99, 9, 10, 1), 99),
    "nothing so far: as many again": ((10, 0, 10, 1), 10),
    "better than one a question": ((6, 20, 10, 3), 3),
}


@pytest.mark.parametrize(("given", "wanted"), HOW_MANY.values(), ids=HOW_MANY.keys())
def test_how_many_more(given: tuple[int, int, int, int], wanted: int) -> None:
    assert how_many(*given) == wanted


VIDEOS = tuple(Video(f"v{n}", f"v{n}.mp4", f"/here/v{n}.mp4", sha256=f"{n:064}") for n in range(9))


def posed_of(video: Video) -> list[Posed]:
    """Up to four questions; some videos have none."""
    count = int(digest("count", video.id)[:4], 16) % 5
    asked = [Question(f"q{n}", video.id, "How many?", "count", 2.0) for n in range(count)]
    return [Posed(Perceived(video, "ab", 1.0), question) for question in asked]


def yielded(posed: Posed, rows: int) -> Yielded:
    return Yielded(posed.perceived.video.id, posed.question.id, rows)


def rows_of(posed: Posed, best: int) -> int:
    return int(digest("rows", posed.perceived.video.id, posed.question.id)[:4], 16) % (best + 1)


def everything(best: int) -> list[tuple[str, str, int]]:
    """All questions in order with their rows."""
    found = [posed for video in VIDEOS for posed in posed_of(video)]
    keys = [(one.perceived.video.id, one.question.id, rows_of(one, best)) for one in found]
    return sorted(keys, key=lambda key: question_place(key[0], key[1]))


@pytest.mark.parametrize("best", [1, 2])
def test_the_cut_is_the_first_question_that_fills_the_target(best: int) -> None:
    ordered = everything(best)
    total = sum(rows for _, _, rows in ordered)
    assert total > 5
    for wanted in range(1, total + 2):
        tried: list[str] = []

        def explore(some: Sequence[Posed], rows: int, tried: list[str] = tried) -> Round:
            tried += [f"{one.perceived.video.id} {one.question.id}" for one in some]
            return Round(yielded=tuple(yielded(one, rows_of(one, best)) for one in reversed(some)))

        def pose(some: Sequence[Video]) -> Round:
            return Round(posed=tuple(posed for video in reversed(some) for posed in posed_of(video)))

        cut = search(in_order(VIDEOS), wanted, best, 4, pose, explore)
        left, due = wanted, None
        for video_id, question_id, rows in ordered:
            if left and rows >= left:
                due = Cut(video_id, question_id, left)
                left = 0
            left -= min(left, rows)
        assert cut == due
        assert tried == [f"{video_id} {question_id}" for video_id, question_id, _ in ordered][: len(tried)]
        if cut is None:
            assert wanted == total + 1
            assert len(tried) == len(ordered)


def four_each(some: Sequence[Video]) -> Round:
    asked = [Question(f"q{n}", some[0].id, "How many?", "count", 2.0) for n in range(4)]
    return Round(posed=tuple(Posed(Perceived(video, "ab", 1.0), question) for video in some for question in asked))


def explore(some: Sequence[Posed], rows: int) -> Round:
    return Round(yielded=tuple(yielded(one, 1) for one in some))


def test_no_more_videos_are_perceived_than_may_be_needed() -> None:
    slices = []

    def pose(some: Sequence[Video]) -> Round:
        slices.append(len(some))
        return four_each(some)

    assert search(in_order(VIDEOS), 5, 1, 4, pose, explore) is not None
    assert slices == [2]
    assert search((), 5, 1, 4, pose, explore) is None


def lost(video: Video, question_id: str = "") -> Rejected:
    return Rejected("explore", "unreachable", "fail", "rollout", "r", "down", video.id, question_id)


def test_what_fails_matters_only_before_the_target_is_met() -> None:
    """Five of the eight questions of two videos are needed; the sixth and later ones may fail."""
    first, second = in_order(VIDEOS)[:2]
    ids = sorted((f"q{n}" for n in range(4)), key=lambda id: question_place(second.id, id))

    def failing(row: Rejected, some: Sequence[Posed]) -> Round:
        kept = explore(some, 0).yielded
        return Round(yielded=kept, passing=(row,))

    def found(row: Rejected) -> Cut | None:
        return search(in_order(VIDEOS), 5, 1, 4, four_each, lambda some, rows: failing(row, some))

    assert found(lost(second, ids[1])) == Cut(second.id, ids[0], 1)
    for row in (lost(second, ids[0]), lost(second), lost(first, "q3")):
        with pytest.raises(StoppedError, match="1 failed for reasons that may pass, the first in explore with unreach"):
            found(row)

    asked: list[int] = []

    def counted(some: Sequence[Posed], rows: int) -> Round:
        asked.append(len(some))
        return explore(some, rows)

    def half(some: Sequence[Video]) -> Round:
        kept = [video for video in some if video.id == first.id]
        return Round(posed=four_each(kept).posed if kept else (), passing=tuple(lost(v) for v in some if v not in kept))

    with pytest.raises(StoppedError):
        search(in_order(VIDEOS), 5, 1, 4, half, counted)
    assert asked == [4], "what comes after a video that failed was paid for"
    assert search(in_order(VIDEOS), 4, 1, 4, half, counted) is not None


def test_a_round_is_read_back_as_it_was_written() -> None:
    video = VIDEOS[0]
    answers = ("B", 3.0, ("x", "y"), Span(1.0, 2.5))
    posed = tuple(
        Posed(Perceived(video, "ab", 9.5), Question(str(n), video.id, "?", "open", answer))  # type: ignore[arg-type]
        for n, answer in enumerate(answers)
    )
    passing = (Rejected("explore", "unreachable", "fail", "rollout", "r", "down"),)
    found = Round(posed, (Yielded("v", "q", 2),), passing)
    assert from_json(Round, to_json(found)) == found


def test_what_is_not_needed_is_told_of_and_goes_with_its_doubles() -> None:
    double = Video("w", "w.mp4", "/here/w.mp4", sha256=VIDEOS[3].sha256)
    unreadable = Video("u", "u.mp4", "/here/u.mp4")
    videos = (*VIDEOS, double, unreadable)
    ordered = in_order((*VIDEOS, double))
    assert [video.id for video in ordered] == sorted((v.id for v in VIDEOS), key=video_place)
    assert next(video for video in ordered if video.id == "v3").aliases == ("w",)
    questions = tuple(Question("q", video.id, "How many?", "count", 2.0) for video in (VIDEOS[3], double, unreadable))

    before = ordered[[video.id for video in ordered].index("v3") - 1].id
    part = needed(Cut(before, "q", 1), ordered, videos, questions)
    assert "v3" not in {video.id for video in part.videos}
    assert "w" not in {video.id for video in part.videos}
    assert unreadable in part.videos
    assert part.questions == questions[2:]
    assert len(part.videos) + len(part.questions) + len(part.rejected) == len(videos) + len(questions)
    assert [(row.unit, row.id, row.video_id) for row in part.rejected if row.unit == "question"] == [
        ("question", "q", "v3"),
        ("question", "q", "w"),
    ]
    assert {(row.stage, row.code, row.outcome) for row in part.rejected} == {("read", "not_needed", "filter")}

    assert needed(Cut("v3", "q", 1), ordered, videos, questions).questions == questions
    assert needed(None, ordered, videos, questions) == Needed(videos, questions, ())
    assert not beyond(None, "v3", "q")


def stages(rows: int, **filtered: int) -> dict[str, dict[str, object]]:
    return {"read": {"filtered": {}}, "ask": {"out": 9, "filtered": filtered}, "curate": {"out": rows}}


def test_why_a_target_is_missed() -> None:
    assert target_missed(stages(5), 5) == []
    (dry,) = target_missed(stages(4), 5)
    assert dry.startswith("4 rows, less than target.accepted: 5, of all 9 questions that the source has: add videos")
    for other in (stages(4, not_needed=1), stages(6)):
        (again,) = target_missed(other, 5)
        assert again.endswith("the same command counts again")


# Builds of the samples.

ENTRY = (
    "    ask: {per_video: 6}\n"
    "    explore: {rollouts: 2, max_turns: 1}\n"
    "    ground: {overview_frames: 2, frames_per_call: 2}\n"
    "    verify: {evidence_recall: 0.8}\n"
    "    curate: {best: 2}\n"
)
"""Not every question is solved: a single call has to do, and nearly all of the evidence has to be seen."""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return told_samples(tmp_path_factory.mktemp("told"), ENTRY, 45.0)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one build has perceived the others need not."""
    return tmp_path_factory.mktemp("work")


def run(config: Path, work: Path, out: Path, target: int, workers: int = 1, limit: int = 0) -> BuildResult:
    entry = load_dataset_entry("told", config, [f"target.accepted={target}"] if target else [])
    return build_release(entry, RunSettings(workers=workers, work=str(work), out=str(out), limit=limit), "told")


def report(release: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((release / "report.json").read_text())["stages"]
    return found


def wrong(release: Path) -> list[str]:
    return [finding.detail for finding in audit(release) if not finding.ok]


WANTED = 11


@pytest.fixture(scope="module")
def exact(config: Path, work: Path, tmp_path_factory: pytest.TempPathFactory) -> BuildResult:
    return run(config, work, tmp_path_factory.mktemp("one"), WANTED, workers=1)


def test_exactly_as_many_rows_as_were_wanted(exact: BuildResult, config: Path) -> None:
    told = report(exact.release)
    assert (exact.accepted, told["curate"]["out"], exact.failures_over) == (WANTED, WANTED, [])
    assert wrong(exact.release) == []
    left = {stage: row["filtered"] for stage, row in told.items()}
    assert (left["ask"], left["read"]) == ({"not_needed": 5}, {"not_needed": 1, "duplicate_video": 1})
    # both rollouts of the last question were good enough, but one filled the target
    assert left["curate"] == {"not_best": 1}
    assert exact.questions > exact.solved, "every question brought a row: nothing had to be found out"
    assert shortfalls(exact, load_dataset_entry("told", config, [f"target.accepted={WANTED}"]).settings) == []


def test_the_audit_knows_the_order(exact: BuildResult, tmp_path: Path) -> None:
    release = tmp_path / "release"
    shutil.copytree(exact.release, release)
    (file,) = (release / "rejects").iterdir()
    rows = pq.read_table(file).to_pylist()
    first = next(row for row in rows if row["stage"] == "ask")
    before = pq.read_table(next((release / "rl").iterdir())).to_pylist()[0]
    first.update(video_id=before["video_id"], question_id=before["extra_info"]["question_id"])
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS["rejects"]), file)
    (told,) = target(Release(release))
    assert told.endswith("it comes before the question that met the target")
    config = release / "config.yaml"
    config.write_text(config.read_text().replace(f"accepted: {WANTED}", "accepted: 8"))
    assert f"sft_parquet/ has {WANTED} rows, config.yaml wants 8" in list(target(Release(release)))


@pytest.mark.heavy
def test_the_same_bytes_however_it_was_found(
    exact: BuildResult, config: Path, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "how_many", lambda missing, given, tried, most: 5)
    small = run(config, work, tmp_path / "small rounds", WANTED, workers=2)
    assert contents(small.release) == contents(exact.release)


@pytest.mark.heavy
def test_the_same_bytes_after_a_server_that_was_down(
    exact: BuildResult, config: Path, work: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "work"
    shutil.copytree(work, mine, ignore=shutil.ignore_patterns("chat"))
    with planner_down(answered=5) as asked:
        with pytest.raises(StoppedError, match=r"for reasons that may pass, the first in explore with unreach"):
            run(config, mine, tmp_path, WANTED, workers=2)
        assert len(asked) > 5 + TRIES
    assert not list(tmp_path.rglob("manifest.json"))
    resumed = run(config, mine, tmp_path, WANTED, workers=2)
    assert contents(resumed.release) == contents(exact.release)


def test_more_than_there_is_is_no_version(
    config: Path, work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", "told", "-c", str(config), "--work", str(work), "--out", str(tmp_path)]
    assert main([*words, "--limit", "1", "--set", "target.accepted=99"]) == 1
    told = capsys.readouterr()
    (release,) = (path for path in (tmp_path / "told").iterdir() if path.is_dir())
    assert release.name.endswith(".failed")
    assert "  below what was promised: " in told.out
    assert "rows, less than target.accepted: 99, of all 6 questions that the source has: add videos" in told.out
    assert "round 1: 0 of 99 rows so far, 6 more questions" in told.err
    assert "not_needed" not in (release / "report.json").read_text()
    (missed,) = wrong(release)
    assert missed.endswith("rows, config.yaml wants 99")
