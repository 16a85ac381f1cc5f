"""A good release passes every check; each kind of damage is found by the check that is meant for it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.audit import CHECKS, audit
from pipelines.checks.files import digests
from pipelines.checks.release import Release
from schemas.chat import Call
from schemas.codec import canonical, sha256
from schemas.settings import Band, Dialect, Judge, NativeTool, OpenAISettings, Price, Verify, Write
from schemas.span import Span
from schemas.timeline import Entity
from schemas.trajectory import Trajectory, Turn, Verdict
from tests.trajectories import (
    DATASET,
    INFO,
    PLANNER,
    SECRET,
    TOOLS_JSON,
    WRONG,
    Tiny,
    rl_question,
    tiny,
    without_chosen,
    write_release,
)
from transforms.store import Store
from transforms.verify.registry import ASKED
from transforms.write.arrow import SCHEMAS, leaf_columns

ROOT = Path(__file__).resolve().parents[1]
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


def test_calls_that_name_the_video_are_written_again(tmp_path: Path, store: Store, records: Tiny) -> None:
    """Also of a question that nobody finished, about a video whose other question has records."""
    named = Write(dialect=Dialect(tools={"temporal_zoom": NativeTool(name="crop_video", video_in="video_path")}))
    write_release(tmp_path, store, records, dataset=DATASET.model_copy(update={"write": named}))
    assert [finding for finding in audit(tmp_path) if not finding.ok] == []


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
    codecs = {leaf: "none" if leaf.endswith(".bytes") else "zstd" for leaf in leaf_columns(table.schema)}
    pq.write_table(table, path, **{"compression": codecs, "write_page_index": True, **options})


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


def _reject(stage: str, **values: Any) -> Callable[[Path], None]:
    """A change to the first reject of a stage."""
    return lambda root: _table(root, REJECTS, lambda rows: _of(rows, stage).update(values))


def _of(rows: list[dict[str, Any]], stage: str) -> dict[str, Any]:
    return next(row for row in rows if row["stage"] == stage)


def _other_schema() -> pa.Schema:
    schema = SCHEMAS["rejects"]
    return schema.set(schema.get_field_index("line"), pa.field("line", pa.int32(), nullable=False))


REJECTS = "rejects/full-00000-of-00001.parquet"
RL = f"rl/{TRAIN}.parquet"
UNANSWERED = "rl/validation-00000-of-00001.parquet"
RECORDS = f"trajectories/{TRAIN}.parquet"
TIMELINES = "timelines/full-00000-of-00001.parquet"


def _right(answer: str) -> Callable[[list[dict[str, Any]]], None]:
    def change(rows: list[dict[str, Any]]) -> None:
        assert rows[0]["answer"] != answer
        rows[0].update(answer=answer, solution=answer, reward_model={"style": "rule", "ground_truth": answer})

    return change


def _unfinished(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["extra_info"]["rollouts"] == 0)


def _ask_else(old: str, new: str) -> Callable[[list[dict[str, Any]]], None]:
    """Other words of the user, wherever an RL row has them."""

    def change(rows: list[dict[str, Any]]) -> None:
        said = rows[0]["problem"].replace(old, new)
        assert said != rows[0]["problem"]
        rows[0]["problem"] = said
        for key in ("prompt", "messages"):
            rows[0][key][1]["content"] = said

    return change


def _tool_less(rows: list[dict[str, Any]]) -> None:
    for key in ("prompt", "messages"):
        system = rows[0][key][0]
        lines = [line for line in system["content"].split("\n") if "subtitle_retrieval" not in line]
        assert "\n".join(lines) != system["content"]
        system["content"] = "\n".join(lines)


def _tool_less_everywhere(root: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        _tool_less(rows)
        rows[0]["extra_info"]["tool_selection"].remove("subtitle_retrieval")

    _table(root, RL, change)


def _wrong_verdict(rows: list[dict[str, Any]]) -> None:
    """Who was right, though not chosen, is said to have been wrong."""
    (lost,) = [row for row in rows if row["status"] != "accept"]
    (verdict,) = [verdict for verdict in lost["verdicts"] if verdict["verifier"] == "answer"]
    verdict.update(outcome="filter", code="wrong_answer")


def _called_wrong(rows: list[dict[str, Any]]) -> None:
    (lost,) = [row for row in rows if row["status"] != "accept"]
    lost["right"] = False


OTHERWISE = {"choice": '"Exit"', "count": "4.0", "span": "[40.0,44.5]", "order": '["a","b"]', "open": '"Door"'}


def _answers_changed(root: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["question"]["answer_json"] = OTHERWISE[row["question"]["kind"]]

    for path in sorted((root / "trajectories").glob("*.parquet")):
        _table(root, f"trajectories/{path.name}", change)


def _lineage(root: Path, **values: str) -> None:
    for path in sorted((root / "trajectories").glob("*.parquet")):
        _table(root, f"trajectories/{path.name}", lambda rows: [row["lineage"].update(values) for row in rows])


def _emptied(rows: list[dict[str, Any]]) -> None:
    rows[0].update(dict.fromkeys(("shots", "clips", "lines", "speech", "captions"), []))


def _stage(root: Path, stage: str, more: int) -> None:
    """A stage that took in and gave out other numbers, and still adds up."""

    def change(report: dict[str, Any]) -> None:
        row = report["stages"][stage]
        row.update({"in": row["in"] + more, "out": row["out"] + more})

    _json(root, "report.json", change)


FILES: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a byte of the card changed": (lambda r: (r / "README.md").open("a").write(" "), {"digests", "card"}),
    "a foreign file": (lambda r: (r / "notes.txt").write_text("x"), {"listing"}),
    "config.yaml is gone": (
        lambda r: (r / "config.yaml").unlink(),
        {
            "listing",
            "layout",
            "config",
            "answers",
            "verdicts",
            "tool_names",
            "rl_questions",
            "rollouts",
            "target",
            "calls",
            "card",
        },
    ),
    "a frame is gone": (lambda r: _frame(r).unlink(), {"listing", "frames"}),
    "a frame nobody shows": (_unused_frame, {"listing", "frames"}),
    "a frame is cut off": (lambda r: _frame(r).write_bytes(_frame(r).read_bytes()[:200]), {"digests", "frames"}),
    "the manifest counts other rows": (
        lambda r: _json(r, "manifest.json", lambda m: m["files"][-1].update(rows=99)),
        {"row_counts"},
    ),
    "the manifest lacks its inputs": (lambda r: _json(r, "manifest.json", lambda m: m.pop("inputs")), {"manifest"}),
    "no engines": (lambda r: _json(r, "manifest.json", lambda m: m.update(engines={})), {"manifest", "card"}),
    "no prompts": (lambda r: _json(r, "manifest.json", lambda m: m.update(prompts={})), {"manifest", "card"}),
    "no inputs": (lambda r: _json(r, "manifest.json", lambda m: m.update(inputs={})), {"manifest"}),
    "another fingerprint": (
        lambda r: _json(r, "manifest.json", lambda m: m.update(fingerprint="0" * 64)),
        {"fingerprint", "card", "rl_rebuilt"},
    ),
}

RESEALED: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a target that is not met": (_edit("config.yaml", "    target:", "    target: {accepted: 5}"), {"target"}),
    "calls that are not there": (_edit("config.yaml", "calls: false", "calls: true"), {"layout", "calls"}),
    "a column of another type": (lambda r: _table(r, REJECTS, lambda rows: None, schema=_other_schema()), {"schemas"}),
    "pictures in zstd": (lambda r: _table(r, RL, lambda rows: None, compression="zstd"), {"layout"}),
    "no zstd": (lambda r: _table(r, REJECTS, lambda rows: None, compression="snappy"), {"layout"}),
    "no page index": (lambda r: _table(r, REJECTS, lambda rows: None, write_page_index=False), {"layout"}),
    "rows out of order": (lambda r: _table(r, REJECTS, lambda rows: rows.reverse()), {"sorted_ids"}),
    "a row twice": (
        lambda r: _table(r, "timelines/full-00000-of-00001.parquet", lambda rows: rows.append(rows[-1])),
        {"sorted_ids", "counts", "card"},
    ),
    "the report lost a unit": (
        lambda r: _json(r, "report.json", lambda m: m["stages"]["ground"].update(out=7)),
        {"balance", "flow", "card"},
    ),
    "the report invents a rollout": (
        lambda r: _json(r, "report.json", lambda m: m["stages"]["ground"].update({"in": 9, "out": 9})),
        {"flow", "card"},
    ),
    "a reject is gone": (
        lambda r: _table(r, REJECTS, lambda rows: rows.remove(_of(rows, "read"))),
        {"counts", "card"},
    ),
    "a trajectory without its reject": (_reject("curate", trajectory_id=""), {"rejects"}),
    "a reject that points nowhere": (_reject("read", trajectory_id="nobody"), {"rejects"}),
    "a reject without a word": (_reject("verify", detail=""), {"rejects"}),
    "a reject that says something else": (_reject("verify", detail="it was too long"), {"rejects"}),
    "a reject of another dataset": (_reject("read", dataset="other"), {"lineage"}),
    "a row less in both forms": (_row_less, {"chosen", "counts", "card"}),
    "the forms differ": (lambda r: _lines(r, _first("license", "MIT")), {"jsonl_parquet"}),
    "a key is missing in the lines": (_drop_key, {"jsonl_parquet", "jsonl_keys"}),
    "null images in a line": (
        lambda r: _lines(r, _first("images", None)),
        {"jsonl_parquet", "jsonl_keys", "placeholders", "frames"},
    ),
    "null images in parquet": (
        lambda r: _table(r, f"sft_parquet/{TRAIN}.parquet", _first("images", None)),
        {"jsonl_parquet", "placeholders", "rendered", "card"},
    ),
    "a placeholder too many": (
        lambda r: _both(r, _say(3, "3 frames", "<image>3 frames")),
        {"placeholders", "rendered"},
    ),
    "a literal image tag in the text": (
        lambda r: _both(r, _say(3, "3 frames", "See <image> in 3 frames")),
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
    "another prompt than messages": (
        lambda r: _table(r, RL, lambda rows: rows[0]["messages"].pop()),
        {"rl_rows", "rl_rebuilt"},
    ),
    "another ground truth": (lambda r: _table(r, RL, _first("solution", "C")), {"rl_rows", "rl_rebuilt"}),
    "an index twice": (lambda r: _table(r, RL, _extra("index", 1)), {"rl_rows"}),
    "a pass rate over 1": (lambda r: _table(r, RL, _extra("pass_rate", 1.5)), {"rl_rows", "rl_rebuilt"}),
    "a question without RL row": (
        lambda r: _table(r, RL, lambda rows: rows.pop()),
        {"counts", "rl_questions", "questions", "card"},
    ),
    "rollouts that nobody made": (lambda r: _table(r, RL, _extra("rollouts", 5)), {"rl_questions"}),
    "another fingerprint in a row": (
        lambda r: _table(r, RL, _first("fingerprint", "0" * 64)),
        {"fingerprint", "rl_rebuilt"},
    ),
    "a path of the machine": (
        _reject("read", detail="cannot open /home/me/videos/a.mp4"),
        {"paths", "rejects"},
    ),
    "a path of the machine in a tool's uri": (
        lambda r: _table(r, RL, _extra("video_uri", "file:///videos/a.mp4")),
        {"paths", "rl_rebuilt"},
    ),
    "the release's own folder in a text": (
        lambda r: _table(r, REJECTS, _first("code", f"see {r.resolve().parent}/a")),
        {"paths", "counts", "rejects", "card"},
    ),
    "a planner's row for training": (_planner_for_training, {"planner", "rendered"}),
    "another answer, right in all columns": (lambda r: _table(r, RL, _right("A")), {"rl_rebuilt"}),
    "another answer where nobody finished": (
        lambda r: _table(r, UNANSWERED, lambda rows: _right("4")([_unfinished(rows)])),
        {"rl_rebuilt"},
    ),
    "another answer_json": (lambda r: _table(r, RL, _extra("answer_json", '"Exit"')), {"rl_rebuilt"}),
    "another evidence_json": (lambda r: _table(r, RL, _extra("evidence_json", "[]")), {"rl_rebuilt"}),
    "another pass rate": (lambda r: _table(r, RL, _extra("pass_rate", 0.5)), {"rl_rebuilt"}),
    "another question": (lambda r: _table(r, RL, _ask_else("slide", "poster")), {"rl_rebuilt"}),
    "another overview where nobody finished": (
        lambda r: _table(r, UNANSWERED, lambda rows: _ask_else("60.0 s.", "90.0 s.")([_unfinished(rows)])),
        {"rl_rebuilt"},
    ),
    "a tool less in the system message": (lambda r: _table(r, RL, _tool_less), {"rl_rebuilt"}),
    "a tool less in every way": (_tool_less_everywhere, {"rl_rebuilt", "tool_names"}),
    "another id of an RL row": (lambda r: _table(r, RL, _first("id", "0" * 16)), {"rl_rebuilt"}),
    "another length of the video": (
        lambda r: _table(r, RL, _extra("duration_s", 61.0)),
        {"rl_rebuilt"},
    ),
    "another data_source": (lambda r: _table(r, RL, _first("data_source", "frametrail/other")), {"rl_rebuilt"}),
    "another pass rate of an SFT row": (lambda r: _both(r, lambda row: row.update(pass_rate=0.75)), {"rendered"}),
    "accepted without verdicts": (lambda r: _table(r, RECORDS, _first("verdicts", [])), {"verdicts"}),
    "accepted without one verdict": (
        lambda r: _table(r, RECORDS, lambda rows: rows[0]["verdicts"].pop(0)),
        {"verdicts"},
    ),
    "a verdict on an answer that errs": (
        lambda r: _table(r, RECORDS, _wrong_verdict),
        {"answers", "verdicts"},
    ),
    "a right answer that a record calls wrong": (
        lambda r: _table(r, RECORDS, _called_wrong),
        {"answers", "rl_rebuilt", "rendered"},
    ),
    "every question has another answer": (_answers_changed, {"answers", "rl_rebuilt"}),
    "one record of a question has another text": (
        lambda r: _table(r, RECORDS, lambda rows: rows[1]["question"].update(text="What is this?")),
        {"agreement"},
    ),
    "records of another dataset": (lambda r: _lineage(r, dataset="other"), {"lineage"}),
    "records of another version": (lambda r: _lineage(r, version="1.0.1"), {"lineage"}),
    "a timeline without anything": (lambda r: _table(r, TIMELINES, _emptied), {"timelines"}),
    "a timeline without what was heard": (lambda r: _table(r, TIMELINES, _first("speech", [])), {"timelines"}),
    "a timeline of another video": (lambda r: _table(r, TIMELINES, _first("sha256", "0" * 64)), {"timelines"}),
    "a video without a timeline": (
        lambda r: _table(r, TIMELINES, lambda rows: rows.pop()),
        {"timelines", "rl_rebuilt", "counts", "card"},
    ),
    "the report read more": (lambda r: _stage(r, "read", 3), {"questions", "card"}),
    "the report read less": (lambda r: _stage(r, "read", -3), {"questions", "card"}),
    "the report asked more": (lambda r: _stage(r, "ask", 2), {"questions", "rollouts", "card"}),
    "the report of a stage is gone": (
        lambda r: _json(r, "report.json", lambda m: m["stages"].pop("verify")),
        {"stages", "flow", "counts", "card"},
    ),
    "a stage in another unit": (
        lambda r: _json(r, "report.json", lambda m: m["stages"]["ask"].update(unit="video")),
        {"stages", "card"},
    ),
    "the report of another version": (
        lambda r: _json(r, "report.json", lambda m: m.update(version="1.0.1")),
        {"stages"},
    ),
    "settings with fewer rollouts": (_edit("config.yaml", "rollouts: 2", "rollouts: 1"), {"rollouts"}),
    "settings with more rollouts": (_edit("config.yaml", "rollouts: 2", "rollouts: 3"), {"rollouts"}),
    "settings with other tools": (_edit("config.yaml", "- caption_zoom", "- overview"), {"tool_names"}),
    "the card counts other rows": (_edit("README.md", "| `sft` | 6 |", "| `sft` | 7 |"), {"card"}),
    "the card tells another reason": (_edit("README.md", "| bad_line |", "| bad_lines |"), {"card"}),
    "dataset_info.json without tags": (
        lambda r: _json(r, "sft/dataset_info.json", lambda m: m["tiny_train"].pop("tags")),
        {"llama_factory"},
    ),
    "the card forgets a table": (
        _edit("README.md", "rl/validation-*.parquet", "rl/train-*.parquet"),
        {"card", "configs"},
    ),
    "the card names a jsonl": (
        _edit("README.md", "path: rl/train-*.parquet", "path: sft/*.jsonl"),
        {"card", "configs"},
    ),
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
    """The first chosen record changed wherever it stands, and its question with it."""
    old = records.chosen[0]
    new = change(old)
    first, *others = records.questions
    return replace(
        records,
        chosen=(new, *records.chosen[1:]),
        trajectories=tuple(new if one.id == old.id else one for one in records.trajectories),
        questions=(rl_question(new, first.rollouts, right=first.rollouts), *others),
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
    "frames out of order": (_turn(1, frame_refs=(1, 0)), {"record", "agreement", "rl_rebuilt"}),
    "accepted against a verdict": (_against, {"record", "verdicts"}),
    "arguments that are not canonical": (
        _turn(4, calls=(Call("c1", "temporal_zoom", '{"start_s": 10.0, "end_s": 14.5}'),)),
        {"arguments"},
    ),
    "a tool with a union": (_union, {"tools", "agreement", "rl_rebuilt"}),
    "a leak in the reasoning": (_turn(4, reasoning=f"I know: {SECRET}"), {"leaks"}),
    "a video in two splits": (lambda t: replace(t, split="validation"), {"splits", "agreement", "rl_rebuilt"}),
    "a group in two splits": (lambda t: replace(t, video=replace(t.video, group="pair")), {"splits", "agreement"}),
    "a uri of the machine": (
        lambda t: replace(t, video=replace(t.video, uri="/videos/v1.mp4")),
        {"paths", "agreement", "rl_rebuilt"},
    ),
}


def test_a_record_may_quote_an_entity_that_its_timeline_has(tmp_path: Path, store: Store, records: Tiny) -> None:
    quoting = _first_record(records, _turn(5, item_ids=("e-1",)))
    write_release(tmp_path / "without", store, quoting)
    assert "timelines" in found(tmp_path / "without")
    known = Entity("e-1", "person", "presenter", (), (Span(0.0, 60.0),), "test")
    there = tuple(replace(timeline, entities=(known,)) for timeline in quoting.timelines)
    write_release(tmp_path / "with", store, replace(quoting, timelines=there))
    assert "timelines" not in found(tmp_path / "with")


def _goes_down(t: Trajectory, said: str, at: int) -> Trajectory:
    """The record with a look into the tree of captions before its turn `at`, and a turn that says more."""
    text = f"Caption of 1, from 0.0 s to 15.0 s:\n[0.0-15.0] seen: {SECRET}"
    asks = Turn("assistant", "", "I go down there.", (Call("c9", "get_caption", canonical({"path": "1"})),))
    tells = Turn("tool", call_id="c9", read_text=text, look_text=text, spans=(Span(0.0, 15.0),), item_ids=("c-1",))
    turns = [*t.turns[:at], asks, tells, *t.turns[at:]]
    answer = next(n for n, turn in enumerate(turns) if turn.calls and turn.calls[0].id == "c2")
    turns[answer] = replace(turns[answer], reasoning=said)
    return replace(t, turns=tuple(turns))


def test_a_caption_that_a_deployed_tool_told_before_is_no_leak(tmp_path: Path, store: Store, records: Tiny) -> None:
    for name, at, leaky in (("before", 6, False), ("after", 8, True)):
        out = tmp_path / name
        write_release(out, store, _first_record(records, partial(_goes_down, said=f"So: {SECRET}", at=at)))
        assert ("leaks" in found(out)) is leaky, name


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
    assert found(out) == {"digests", "planner", "card"}


def test_a_rollout_that_broke_off_has_a_reject_and_no_record(tmp_path: Path, store: Store, records: Tiny) -> None:
    lost = next(one for one in records.rejects if one.stage == "explore")
    there = replace(lost, trajectory_id=records.chosen[0].id)
    rejects = tuple(there if one is lost else one for one in records.rejects)
    write_release(tmp_path / "release", store, replace(records, rejects=rejects))
    assert found(tmp_path / "release") == {"rejects"}


def test_the_audit_names_file_and_row(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "release"
    shutil.copytree(good, out)
    _table(out, RL, lambda rows: rows[2].update(solution="C"))
    _reseal(out)
    details = {finding.check: finding.detail for finding in audit(out) if not finding.ok}
    assert details == {
        "rl_rows": f"{RL}:2: answer, solution and ground truth are not one and the same",
        "rl_rebuilt": f"{RL}:2: solution are not what the records of its question say",
    }


def test_a_recovered_call_that_no_parser_can_follow_is_no_fault(tmp_path: Path, store: Store, records: Tiny) -> None:
    call = _turn(2, calls=(Call("c0", "no_such_tool", "[" * 100_000),))
    write_release(tmp_path / "release", store, _first_record(records, call))
    assert found(tmp_path / "release") == set()


def test_a_call_that_no_parser_can_follow_is_found(tmp_path: Path, store: Store, records: Tiny) -> None:
    text = "[" * 100_000
    call = _turn(2, calls=(Call("c0", "no_such_tool", text), Call("c9", "no_such_tool", text)))
    write_release(tmp_path / "release", store, _first_record(records, call))
    assert found(tmp_path / "release") == {"arguments", "record"}


def test_text_is_utf8_whatever_the_locale(tmp_path: Path, store: Store, records: Tiny) -> None:
    dataset = DATASET.model_copy(update={"description": "Kurze Videos über Häfen — 港."})
    write_release(tmp_path / "release", store, records, dataset=dataset)
    program = "import sys; from pipelines.audit import audit; print([f for f in audit(sys.argv[1]) if not f.ok])"
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "release")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_a_release_with_nothing_to_train_on_is_whole(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "release", store, without_chosen(records))
    assert found(tmp_path / "release") == set()


def test_the_info_of_the_fixtures_is_what_rows_carry(records: Tiny) -> None:
    assert {one.lineage.fingerprint for one in records.trajectories} == {INFO.fingerprint}


JUDGED = DATASET.model_copy(
    update={"verify": Verify(judge=Judge(engine=OpenAISettings(model="reader"), consistency=False, answers=True))}
)


def _judged(records: Tiny, right: bool, outcome: Literal["accept", "filter"] = "accept") -> Tiny:
    """Everybody asked agrees, but that the one open answer is in other words: as the judge read it, and as it was said
    to have read it."""

    def examined(one: Trajectory) -> Trajectory:
        wrong = [verdict.verifier for verdict in one.verdicts if verdict.outcome != "accept"]
        asked = () if wrong else tuple(Verdict(name, "accept", "", "", 1.0) for name, _ in ASKED)
        one = replace(one, verdicts=(*one.verdicts, *asked))
        if one.question.kind != "open":
            return one
        verdicts = tuple(replace(v, outcome=outcome) if v.verifier == "other_words" else v for v in one.verdicts)
        turns = (*one.turns[:-1], replace(one.turns[-1], text="It is Door 14."))
        return replace(one, answer="Door 14", right=right, verdicts=verdicts, turns=turns)

    return replace(
        records,
        chosen=tuple(map(examined, records.chosen)),
        trajectories=tuple(map(examined, records.trajectories)),
    )


def test_an_answer_that_a_judge_reads_as_right_is_right(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "release", store, _judged(records, True), dataset=JUDGED)
    assert found(tmp_path / "release") == set()


def test_without_a_judge_the_same_answer_is_wrong(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "release", store, _judged(records, True))
    assert found(tmp_path / "release") == {"answers"}


def test_what_the_judge_said_and_the_record_agree(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "release", store, _judged(records, False), dataset=JUDGED)
    assert found(tmp_path / "release") == {"answers", "rl_rebuilt", "rendered"}
    write_release(tmp_path / "other", store, _judged(records, True, "filter"), dataset=JUDGED)
    assert found(tmp_path / "other") >= {"answers", "verdicts"}


def test_a_wrong_choice_is_wrong_whatever_the_judge_reads(tmp_path: Path, store: Store, records: Tiny) -> None:
    """Its answer was accepted, and it was turned away for something else."""
    judged = _judged(records, True)
    (good,) = [one for one in judged.trajectories if one.code == "not_best"]
    against = Verdict("focus", "filter", "unfocused", "it looked everywhere", 0.0)
    verdicts = tuple(against if one.verifier == "focus" else one for one in good.verdicts)
    wrong = replace(good, answer=WRONG["choice"], right=False, code="unfocused", verdicts=verdicts)
    others = tuple(wrong if one.id == good.id else one for one in judged.trajectories)
    write_release(tmp_path / "release", store, replace(judged, trajectories=others), dataset=JUDGED)
    details = [finding.detail for finding in audit(tmp_path / "release") if finding.check == "answers"]
    assert [detail.endswith("is wrong, its verdict errs") for detail in details] == [True]


def test_questions_that_are_not_wanted_have_no_rl_row(tmp_path: Path, store: Store, records: Tiny) -> None:
    """All pass rates of the release but two are 1."""
    banded = DATASET.model_copy(update={"curate": DATASET.curate.model_copy(update={"band": Band()})})
    write_release(tmp_path / "release", store, records, dataset=banded)
    details = [f.detail for f in audit(tmp_path / "release") if f.check == "rl_questions"]
    rates = [one.pass_rate for one in records.questions if one.rollouts]
    assert len(details) == sum(rate == 1.0 for rate in rates) > 0
    assert all(detail.endswith("its question is not wanted: out_of_band") for detail in details)


def test_who_was_asked_of_no_model_lacks_its_consent(tmp_path: Path, store: Store, records: Tiny) -> None:
    write_release(tmp_path / "release", store, records, dataset=JUDGED)
    assert found(tmp_path / "release") == {"verdicts"}


SERVED = DATASET.model_copy(
    update={
        "explore": DATASET.explore.model_copy(
            update={"teacher": OpenAISettings(model="teacher-1", price=Price(input=2.0, output=8.0))}
        )
    }
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"prompt_tokens": 1}, ["1 prompt_tokens of all rollouts, trajectories/ tells of 800", "cost 0.00288"]),
        ({"usd": 0.0}, ["all rollouts cost 0.0 US dollars, by its price and tokens 0.00288"]),
        ({"price": None}, ["all rollouts cost 0.00288 US dollars, by its price and tokens None"]),
    ],
    ids=["right", "tokens", "dollars", "price"],
)
def test_what_rollouts_cost_is_counted_again(
    tmp_path: Path, store: Store, records: Tiny, change: dict[str, Any], said: list[str]
) -> None:
    """Eight rollouts of 100 and 20 tokens."""
    out = tmp_path / "release"
    write_release(out, store, records, dataset=SERVED)
    assert "| teacher-1 | 800 | 160 | 0.00 |" in (out / "README.md").read_text()
    _json(out, "report.json", lambda m: m["stages"]["explore"]["rollouts"].update(change))
    _reseal(out)
    details = [finding.detail for finding in audit(out) if not finding.ok and finding.check == "tokens"]
    assert len(details) == len(said)
    assert all(part in detail for part, detail in zip(said, details, strict=True))
