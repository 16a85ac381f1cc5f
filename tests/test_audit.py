"""A good release passes every check; each kind of damage is found by the check that is meant for it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.audit import CHECKS, audit
from pipelines.checks.files import digests
from pipelines.checks.release import Release
from schemas.chat import Call
from schemas.codec import canonical, sha256
from schemas.span import Span
from schemas.trajectory import Trajectory
from tests.trajectories import INFO, PLANNER, SECRET, TOOLS_JSON, Tiny, tiny, trajectory, video, write_release
from transforms.store import Store
from transforms.write.arrow import SCHEMAS

TRAIN = "train-00000-of-00001"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def records(store: Store) -> Tiny:
    return tiny(store)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, store: Store, records: Tiny) -> Path:
    out = tmp_path_factory.mktemp("out") / "tiny" / "1.0.0"
    write_release(out, store, records)
    return out


def found(release: Path) -> set[str]:
    return {finding.check for finding in audit(release) if not finding.ok}


def test_a_good_release_passes_every_check(good: Path) -> None:
    findings = audit(good)
    assert [finding.check for finding in findings] == [check.__name__ for check in CHECKS]
    assert [finding for finding in findings if not finding.ok] == []
    assert all(finding.detail for finding in findings)


def test_a_folder_without_manifest_is_no_release(tmp_path: Path) -> None:
    (finding,) = audit(tmp_path)
    assert (finding.check, finding.ok) == ("manifest", False)


def test_many_findings_are_cut_short(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    shutil.copytree(good, out)
    for number in range(30):
        (out / f"extra{number}").write_text("x")
    details = [finding.detail for finding in audit(out) if finding.check == "listing"]
    assert len(details) == 21
    assert details[-1] == "and more of the kind"


# Damage to the files of a finished release. `_reseal` afterwards makes size, digest and rows in the manifest right
# again, so that what is found is the damage itself and not only that something changed.


def _reseal(root: Path) -> None:
    path = root / "manifest.json"
    manifest = json.loads(path.read_text())
    for entry in manifest["files"]:
        file = root / entry["path"]
        if file.is_file():
            data = file.read_bytes()
            rows = entry["rows"]
            if file.suffix == ".parquet":
                rows = pq.read_metadata(file).num_rows
            elif file.suffix == ".jsonl":
                rows = data.count(b"\n")
            entry.update(bytes=len(data), sha256=sha256(data), rows=rows)
    path.write_text(json.dumps(manifest))


def _lines(root: Path, change: Callable[[list[dict[str, Any]]], object], name: str = f"sft/{TRAIN}.jsonl") -> None:
    rows = [json.loads(line) for line in (root / name).read_text().splitlines()]
    change(rows)
    (root / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _table(root: Path, name: str, change: Callable[[list[dict[str, Any]]], object], **options: Any) -> None:
    path = root / name
    schema = SCHEMAS[path.parent.name]
    rows = pq.read_table(path).to_pylist()
    change(rows)
    table = pa.Table.from_pylist(rows, schema=options.pop("schema", schema))
    pq.write_table(table, path, **{"compression": "zstd", "write_page_index": True, **options})


def _both(root: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """The same change to the first train row of both SFT forms."""
    _lines(root, lambda rows: change(rows[0]))
    _table(root, f"sft_parquet/{TRAIN}.parquet", lambda rows: change(rows[0]))


def _json(root: Path, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    value = json.loads((root / name).read_text())
    change(value)
    (root / name).write_text(json.dumps(value))


def _say(at: int, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(row: dict[str, Any]) -> None:
        assert old in row["messages"][at]["content"]
        row["messages"][at]["content"] = row["messages"][at]["content"].replace(old, new, 1)

    return change


def _frame(root: Path) -> Path:
    return sorted((root / "sft" / "frames").rglob("*.jpg"))[0]


def _drop_key(root: Path) -> None:
    _lines(root, lambda rows: [row.pop("license") for row in rows])


def _unused_frame(root: Path) -> None:
    folder = root / "sft" / "frames" / "00"
    folder.mkdir()
    (folder / f"{'0' * 64}.jpg").write_text("")


def _row_less(root: Path) -> None:
    _lines(root, lambda rows: rows.pop())
    _table(root, f"sft_parquet/{TRAIN}.parquet", lambda rows: rows.pop())


def _planner_for_training(root: Path) -> None:
    _both(root, lambda row: row.update(teacher=PLANNER))
    _table(root, RECORDS, lambda rows: rows[0]["lineage"].update(teacher=PLANNER))


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / name).read_text()
        assert old in text
        (root / name).write_text(text.replace(old, new))

    return change


def _first(key: str, value: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(rows: list[dict[str, Any]]) -> None:
        assert rows[0][key] != value
        rows[0][key] = value

    return change


def _extra(key: str, value: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[0]["extra_info"].update({key: value})


def _other_schema() -> pa.Schema:
    schema = SCHEMAS["rejects"]
    return schema.set(schema.get_field_index("line"), pa.field("line", pa.int32(), nullable=False))


REJECTS = "rejects/full-00000-of-00001.parquet"
RL = f"rl/{TRAIN}.parquet"
RECORDS = f"trajectories/{TRAIN}.parquet"

FILES: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a byte of the card changed": (lambda r: (r / "README.md").open("a").write(" "), {"digests"}),
    "a foreign file": (lambda r: (r / "notes.txt").write_text("x"), {"listing"}),
    "config.yaml is gone": (lambda r: (r / "config.yaml").unlink(), {"listing", "config"}),
    "a frame is gone": (lambda r: _frame(r).unlink(), {"listing", "frames"}),
    "a frame nobody shows": (_unused_frame, {"listing", "frames"}),
    "a frame is cut off": (lambda r: _frame(r).write_bytes(_frame(r).read_bytes()[:200]), {"digests", "frames"}),
    "the manifest counts other rows": (
        lambda r: _json(r, "manifest.json", lambda m: m["files"][-1].update(rows=99)),
        {"row_counts"},
    ),
    "the manifest lacks its inputs": (lambda r: _json(r, "manifest.json", lambda m: m.pop("inputs")), {"manifest"}),
    "another fingerprint": (
        lambda r: _json(r, "manifest.json", lambda m: m.update(fingerprint="0" * 64)),
        {"fingerprint"},
    ),
}

RESEALED: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a column of another type": (lambda r: _table(r, REJECTS, lambda rows: None, schema=_other_schema()), {"schemas"}),
    "no zstd": (lambda r: _table(r, REJECTS, lambda rows: None, compression="snappy"), {"layout"}),
    "no page index": (lambda r: _table(r, REJECTS, lambda rows: None, write_page_index=False), {"layout"}),
    "rows out of order": (lambda r: _table(r, REJECTS, lambda rows: rows.reverse()), {"sorted_ids"}),
    "a row twice": (
        lambda r: _table(r, "timelines/full-00000-of-00001.parquet", lambda rows: rows.append(rows[-1])),
        {"sorted_ids", "counts"},
    ),
    "the report lost a unit": (
        lambda r: _json(r, "report.json", lambda m: m["stages"]["ground"].update(out=7)),
        {"balance", "flow"},
    ),
    "the report invents a rollout": (
        lambda r: _json(r, "report.json", lambda m: m["stages"]["ground"].update({"in": 9, "out": 9})),
        {"flow"},
    ),
    "a reject is gone": (lambda r: _table(r, REJECTS, lambda rows: rows.pop(1)), {"counts"}),
    "a trajectory without its reject": (
        lambda r: _table(r, REJECTS, lambda rows: rows[0].update(trajectory_id="")),
        {"rejects"},
    ),
    "a reject that points nowhere": (
        lambda r: _table(r, REJECTS, lambda rows: rows[1].update(trajectory_id="nobody")),
        {"rejects"},
    ),
    "a row less in both forms": (_row_less, {"chosen", "counts"}),
    "the forms differ": (lambda r: _lines(r, _first("license", "MIT")), {"jsonl_parquet"}),
    "a key is missing in the lines": (_drop_key, {"jsonl_parquet", "jsonl_keys"}),
    "null images in a line": (
        lambda r: _lines(r, _first("images", None)),
        {"jsonl_parquet", "jsonl_keys", "placeholders", "frames"},
    ),
    "null images in parquet": (
        lambda r: _table(r, f"sft_parquet/{TRAIN}.parquet", _first("images", None)),
        {"jsonl_parquet", "placeholders", "rendered"},
    ),
    "a placeholder too many": (lambda r: _both(r, _say(3, "Frames", "<image>Frames")), {"placeholders", "rendered"}),
    "a literal image tag in the text": (
        lambda r: _both(r, _say(3, "Frames", "See <image> in frames")),
        {"placeholders", "conversation", "rendered"},
    ),
    "an open tag": (lambda r: _both(r, _say(3, "</tool_response>", "")), {"conversation", "rendered"}),
    "two users in a row": (lambda r: _both(r, lambda row: row["messages"].pop(2)), {"conversation", "rendered"}),
    "no answer at the end": (lambda r: _both(r, _say(6, "<answer>B</answer>", "B")), {"conversation", "rendered"}),
    "an argument the tool does not take": (lambda r: _both(r, _say(2, "end_s", "stop_s")), {"arguments", "rendered"}),
    "an argument of another type": (lambda r: _both(r, _say(2, "14.5", '"late"')), {"arguments", "rendered"}),
    "a null argument": (lambda r: _both(r, _say(4, '"top_k": 3', '"top_k": null')), {"arguments", "rendered"}),
    "a call of no tool": (lambda r: _both(r, _say(2, "temporal_zoom", "caption_zoom")), {"arguments", "rendered"}),
    "a sentence of caption space": (lambda r: _both(r, _say(2, "I look", f"{SECRET} I look")), {"leaks", "rendered"}),
    "words that the record does not hold": (lambda r: _both(r, _say(2, "I look", "I gaze")), {"rendered"}),
    "other bytes in a picture": (
        lambda r: _table(r, RL, lambda rows: rows[0]["images"][0].update(bytes=b"\xff\xd8 no picture")),
        {"frames"},
    ),
    "another prompt than messages": (lambda r: _table(r, RL, lambda rows: rows[0]["messages"].pop()), {"rl_rows"}),
    "another ground truth": (lambda r: _table(r, RL, _first("solution", "C")), {"rl_rows"}),
    "an index twice": (lambda r: _table(r, RL, _extra("index", 1)), {"rl_rows"}),
    "a pass rate over 1": (lambda r: _table(r, RL, _extra("pass_rate", 1.5)), {"rl_rows"}),
    "a question without RL row": (lambda r: _table(r, RL, lambda rows: rows.pop()), {"counts", "rl_questions"}),
    "rollouts that nobody made": (lambda r: _table(r, RL, _extra("rollouts", 5)), {"rl_questions"}),
    "another fingerprint in a row": (
        lambda r: _table(r, RL, _first("fingerprint", "0" * 64)),
        {"fingerprint"},
    ),
    "a path of the machine": (
        lambda r: _table(r, REJECTS, lambda rows: rows[1].update(detail="cannot open /home/me/videos/a.mp4")),
        {"paths"},
    ),
    "a path of the machine in a tool's uri": (
        lambda r: _table(r, RL, _extra("video_uri", "file:///videos/a.mp4")),
        {"paths"},
    ),
    "the release's own folder in a text": (
        lambda r: _table(r, REJECTS, _first("code", f"see {r.resolve().parent}/a")),
        {"paths", "counts", "rejects"},
    ),
    "a planner's row for training": (_planner_for_training, {"planner", "rendered"}),
    "the card forgets a table": (_edit("README.md", "rl/validation-*.parquet", "rl/train-*.parquet"), {"card"}),
    "the card names a jsonl": (_edit("README.md", "path: rl/train-*.parquet", "path: sft/*.jsonl"), {"card"}),
    "settings of another version": (_edit("config.yaml", "version: 1.0.0", "version: 2.0.0"), {"config"}),
    "LLaMA-Factory is told of another file": (
        lambda r: _json(r, "sft/dataset_info.json", lambda m: m["tiny_train"].update(file_name="other.jsonl")),
        {"llama_factory"},
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_damage_is_found(good: Path, tmp_path: Path, name: str) -> None:
    damage, expected = FILES[name]
    out = tmp_path / "release"
    shutil.copytree(good, out)
    damage(out)
    assert found(out) == expected


@pytest.mark.parametrize("name", RESEALED)
def test_damage_under_a_right_manifest_is_found(good: Path, tmp_path: Path, name: str) -> None:
    damage, expected = RESEALED[name]
    out = tmp_path / "release"
    shutil.copytree(good, out)
    damage(out)
    assert list(digests(Release(out))) != []
    _reseal(out)
    assert found(out) == expected


# Records that are wrong from the start, written without a fault: every file agrees with every other.


def _first_record(records: Tiny, change: Callable[[Trajectory], Trajectory]) -> Tiny:
    """The first chosen record changed wherever it stands."""
    old = records.chosen[0]
    new = change(old)
    return replace(
        records,
        chosen=(new, *records.chosen[1:]),
        trajectories=tuple(new if one.id == old.id else one for one in records.trajectories),
    )


def _turn(at: int, **values: Any) -> Callable[[Trajectory], Trajectory]:
    def change(t: Trajectory) -> Trajectory:
        turns = list(t.turns)
        turns[at] = replace(turns[at], **values)
        return replace(t, turns=tuple(turns))

    return change


def _late_frame(t: Trajectory) -> Trajectory:
    return replace(t, frames=(*t.frames[:3], replace(t.frames[3], pts_s=75.0)))


def _larger_frame(t: Trajectory) -> Trajectory:
    return replace(t, frames=(replace(t.frames[0], width=64), *t.frames[1:]))


def _against(t: Trajectory) -> Trajectory:
    return replace(t, verdicts=(replace(t.verdicts[0], outcome="filter"), *t.verdicts[1:]))


def _union(t: Trajectory) -> Trajectory:
    tools = json.loads(TOOLS_JSON)
    tools[0]["parameters"]["properties"]["start_s"] = {"anyOf": [{"type": "number"}, {"type": "null"}]}
    return replace(t, tools_json=canonical(tools))


RECORD: dict[str, tuple[Callable[[Trajectory], Trajectory], set[str]]] = {
    "a span behind the end": (_turn(5, spans=(Span(10.0, 61.0),)), {"spans"}),
    "a frame behind the end": (_late_frame, {"spans"}),
    "a frame of another size": (_larger_frame, {"frames"}),
    "frames out of order": (_turn(1, frame_refs=(1, 0)), {"record"}),
    "accepted against a verdict": (_against, {"record"}),
    "arguments that are not canonical": (
        _turn(4, calls=(Call("c1", "temporal_zoom", '{"start_s": 10.0, "end_s": 14.5}'),)),
        {"arguments"},
    ),
    "a tool with a union": (_union, {"tools"}),
    "a leak in the reasoning": (_turn(4, reasoning=f"I know: {SECRET}"), {"leaks"}),
    "a video in two splits": (lambda t: replace(t, split="validation"), {"splits"}),
    "a group in two splits": (lambda t: replace(t, video=replace(t.video, group="pair")), {"splits"}),
    "a uri of the machine": (lambda t: replace(t, video=replace(t.video, uri="/videos/v1.mp4")), {"paths"}),
}


@pytest.mark.parametrize("name", RECORD)
def test_wrong_records_are_found(tmp_path: Path, store: Store, records: Tiny, name: str) -> None:
    change, expected = RECORD[name]
    out = tmp_path / "release"
    write_release(out, store, _first_record(records, change))
    assert found(out) == expected


def test_the_planners_rows_pass_when_they_say_so(tmp_path: Path, store: Store, records: Tiny) -> None:
    out = tmp_path / "release"

    def planned(t: Trajectory) -> Trajectory:
        return replace(t, lineage=replace(t.lineage, teacher=PLANNER))

    write_release(out, store, _first_record(records, planned))
    assert found(out) == set()
    (out / "README.md").write_text((out / "README.md").read_text().replace("not for training", "for training"))
    assert found(out) == {"digests", "planner"}


def test_a_rollout_that_broke_off_has_a_reject_and_no_record(tmp_path: Path, store: Store, records: Tiny) -> None:
    broken = trajectory(store, video(1), records.questions[0].question, 5)
    reject = replace(
        records.rejects[0],
        stage="explore",
        code="unreachable",
        unit="rollout",
        id=broken.id,
        trajectory_id=broken.id,
        line=0,
    )
    counts = tuple(
        replace(count, n=9) if (count.stage, count.field) in {("ask", "made"), ("explore", "in")} else count
        for count in records.counts
    )
    failed = replace(records.counts[0], stage="explore", field="failed", code="unreachable", n=1)
    good = replace(records, rejects=(*records.rejects, reject), counts=(*counts, failed))
    write_release(tmp_path / "good", store, good)
    assert found(tmp_path / "good") == set()
    write_release(
        tmp_path / "bad",
        store,
        replace(good, rejects=(*records.rejects, replace(reject, trajectory_id=records.chosen[0].id))),
    )
    assert found(tmp_path / "bad") == {"rejects"}


def test_the_audit_names_file_and_row(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    shutil.copytree(good, out)
    _table(out, RL, lambda rows: rows[2].update(solution="C"))
    _reseal(out)
    (finding,) = [finding for finding in audit(out) if not finding.ok]
    assert finding.detail == f"{RL}:2: answer, solution and ground truth are not one and the same"


def test_the_info_of_the_fixtures_is_what_rows_carry(records: Tiny) -> None:
    assert {one.lineage.fingerprint for one in records.trajectories} == {INFO.fingerprint}
