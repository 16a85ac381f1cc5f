"""Checks of the trajectories: which are chosen, whether each is whole, and that no time, split or pointer is wrong."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from pipelines.checks.release import Release, Row, split_of
from schemas.source import Question, Rejected
from schemas.span import Span
from schemas.trajectory import KEPT, Trajectory
from transforms.write.card import NOT_FOR_TRAINING
from transforms.write.rows import for_training, reject_row

ROUNDING_S = 0.001
"""Spans are written to the millisecond, so an end may lie that much behind the video's."""


def chosen(release: Release) -> Iterator[str]:
    """`sft/` and `sft_parquet/` hold exactly the accepted trajectories, and those that say that they are kept all the
    same, each in the split of its record."""
    accepted = {
        row["id"]: row["split"]
        for _, row in release.rows("trajectories", ["id", "status", "split", "verdicts"])
        if row["status"] == "accept" or any(verdict["verifier"] == KEPT for verdict in row["verdicts"])
    }
    for form, rows in (("sft_parquet", release.rows("sft_parquet", ["id", "split"])), ("sft", release.lines())):
        there = set()
        for where, row in rows:
            there.add(row["id"])
            if row["id"] not in accepted:
                yield f"{where}: {row['id']} is no accepted trajectory"
            elif not accepted[row["id"]] == row["split"] == split_of(where):
                yield f"{where}: {row['id']} belongs to the split {accepted[row['id']]!r}"
        for id in sorted(set(accepted) - there):
            yield f"{form}/ lacks the accepted trajectory {id}"


def record(release: Release) -> Iterator[str]:
    """Records are whole: frames in order of first use, every call answered, status and verdicts agree."""
    for where, trajectory in release.trajectories():
        refs = [ref for turn in trajectory.turns for ref in turn.frame_refs]
        if list(dict.fromkeys(refs)) != list(range(len(trajectory.frames))):
            yield f"{where}: frames are not in the order of their first use, or some are never shown"
        if len({(frame.sha256, frame.pts_s, frame.box) for frame in trajectory.frames}) != len(trajectory.frames):
            yield f"{where}: a frame is listed twice"
        answered = {turn.call_id for turn in trajectory.turns if turn.role == "tool"}
        if trajectory.status == "accept":
            against = [verdict.verifier for verdict in trajectory.verdicts if verdict.outcome != "accept"]
            if against:
                yield f"{where}: accepted against {', '.join(against)}"
            if not {call.id for turn in trajectory.turns for call in turn.calls} <= answered:
                yield f"{where}: a call has no answer"
        elif not trajectory.code:
            yield f"{where}: it is not accepted, and no code says why"


def spans(release: Release) -> Iterator[str]:
    """Every time lies in its video: spans of tools and evidence, frames, span answers, items of timelines."""
    for where, trajectory in release.trajectories():
        duration_s = trajectory.video.duration_s
        for what, time_s in _times(trajectory):
            if not 0 <= time_s <= duration_s + ROUNDING_S:
                yield f"{where}: {what} at {time_s} s, the video lasts {duration_s} s"
    for where, row in release.rows("timelines"):
        for what in ("shots", "clips", "lines", "speech", "captions"):
            for item in row[what]:
                if not 0 <= item["span"]["start_s"] <= item["span"]["end_s"] <= row["duration_s"] + ROUNDING_S:
                    yield f"{where}: {item['id']} at {item['span']}, the video lasts {row['duration_s']} s"
        for entity in row["entities"]:
            for span in entity["spans"]:
                if not 0 <= span["start_s"] <= span["end_s"] <= row["duration_s"] + ROUNDING_S:
                    yield f"{where}: {entity['id']} at {span}, the video lasts {row['duration_s']} s"


def _times(trajectory: Trajectory) -> Iterator[tuple[str, float]]:
    for turn in trajectory.turns:
        for span in turn.spans:
            yield "a tool's span ends", span.end_s
    for frame in trajectory.frames:
        yield "a frame is", frame.pts_s
    yield from _question_times(trajectory.question)


def _question_times(question: Question) -> Iterator[tuple[str, float]]:
    for evidence in question.evidence:
        yield "evidence ends", evidence.span.end_s
    if isinstance(question.answer, Span):
        yield "the answer ends", question.answer.end_s


def tools(release: Release) -> Iterator[str]:
    """Tool schemas are flat: type, description and enum of each argument; trainers drop or refuse anything else."""
    seen: set[str] = set()
    for where, row in release.rows("trajectories", ["tools_json"]):
        if row["tools_json"] not in seen:
            seen.add(row["tools_json"])
            for tool in json.loads(row["tools_json"]):
                yield from (f"{where}: {wrong}" for wrong in _not_flat(tool))


_FLAT = ("string", "number", "integer", "boolean")


def _not_flat(tool: dict[str, Any]) -> Iterator[str]:
    if set(tool) != {"name", "description", "parameters"}:
        yield f"a tool has the keys {sorted(tool)}"
        return
    parameters = tool["parameters"]
    if parameters.get("type") != "object" or set(parameters) - {"type", "properties", "required"}:
        yield f"the parameters of {tool['name']} are no plain object"
    for name, schema in parameters.get("properties", {}).items():
        if set(schema) - {"type", "description", "enum"} or schema.get("type") not in _FLAT:
            yield f"{name} of {tool['name']} is not flat: {sorted(schema)}"


def splits(release: Release) -> Iterator[str]:
    """No video, by id, content or group, is in two splits."""
    first: dict[tuple[str, str], str] = {}
    for folder, columns in (
        ("trajectories", ["video.id", "video.sha256", "video.group", "split"]),
        ("sft_parquet", ["video_id", "video_sha256", "split"]),
        ("rl", ["video_id", "extra_info.video_sha256", "split"]),
    ):
        for where, row in release.rows(folder, columns):
            for kind, name in _names(row):
                if name and first.setdefault((kind, name), row["split"]) != row["split"]:
                    yield f"{where}: the video with {kind} {name!r} is in {row['split']!r} and {first[kind, name]!r}"


def _names(row: Row) -> Iterator[tuple[str, str]]:
    """What a row of any table calls its video."""
    if "video" in row:
        yield from row["video"].items()
    else:
        yield "id", row["video_id"]
        yield "sha256", (row.get("extra_info") or row)["video_sha256"]


def rejects(release: Release) -> Iterator[str]:
    """Rejects say why, under their own key, and of trajectories that exist; every trajectory turned away has one."""
    codes: dict[str, set[str]] = defaultdict(set)
    status = {row["id"]: row for _, row in release.rows("trajectories", ["id", "status", "code"])}
    for where, row in release.rows("rejects"):
        rejected = Rejected(**{field.name: row[field.name] for field in fields(Rejected)})
        if not (rejected.code and rejected.detail):
            yield f"{where}: it does not say why it was turned away"
        elif row["key"] != reject_row(rejected, release.info)["key"]:
            yield f"{where}: its key is not that of what it says"
        id = row["trajectory_id"]
        if not id:
            continue
        codes[id].add(row["code"])
        unfinished = row["stage"] == "explore" and row["outcome"] == "fail"
        if unfinished == (id in status):
            yield f"{where}: it points to {id}, which {'broke off, yet is there' if unfinished else 'does not exist'}"
        elif id in status and status[id]["status"] == "accept":
            yield f"{where}: it points to {id}, which is accepted"
    for id, row in status.items():
        if row["status"] != "accept" and row["code"] not in codes[id]:
            yield f"the trajectory {id} is {row['status']}{{{row['code']}}}, and no reject says so"


def fingerprint(release: Release) -> Iterator[str]:
    """Manifest, report and every row carry the same fingerprint."""
    wanted = release.manifest["fingerprint"]
    if release.report["fingerprint"] != wanted:
        yield "report.json has another fingerprint than manifest.json"
    for folder in ("sft_parquet", "rl", "timelines", "rejects"):
        for where, row in release.rows(folder, ["fingerprint"]):
            if row["fingerprint"] != wanted:
                yield f"{where}: another fingerprint than manifest.json"
    for where, row in release.rows("trajectories", ["lineage.fingerprint"]):
        if row["lineage"]["fingerprint"] != wanted:
            yield f"{where}: another fingerprint than manifest.json"


def lineage(release: Release) -> Iterator[str]:
    """Every record and every reject is of the dataset and version that the manifest names."""
    wanted = release.manifest["dataset"], release.manifest["version"]
    for where, row in release.rows("trajectories", ["lineage.dataset", "lineage.version"]):
        found = row["lineage"]["dataset"], row["lineage"]["version"]
        if found != wanted:
            yield f"{where}: it is of {' '.join(found)}, manifest.json of {' '.join(wanted)}"
    for where, row in release.rows("rejects", ["dataset"]):
        if row["dataset"] != wanted[0]:
            yield f"{where}: it is of {row['dataset']}, manifest.json of {wanted[0]}"


def planner(release: Release) -> Iterator[str]:
    """Rows of the rule-based planner say that they are not for training, and so does the card."""
    count = 0
    for where, row in release.rows("sft_parquet", ["teacher", "for_training"]):
        count += not for_training(row["teacher"])
        if row["for_training"] != for_training(row["teacher"]):
            yield f"{where}: for_training is {row['for_training']}, its teacher says otherwise"
    if count and NOT_FOR_TRAINING not in release.text("README.md"):
        yield f"README.md does not say that {count} rows are {NOT_FOR_TRAINING}"


_MACHINE = re.compile(
    r"(?:^|[\s\"'(=:,])(?:/(?:home|root|tmp|Users|var|mnt|media|private|work|workspace|data|opt|usr|srv|scratch)/|[A-Za-z]:\\)"
    r"|file://"
)
_FOREIGN = {
    *("content", "text", "read_text", "look_text", "reasoning", "arguments_json", "tools_json", "words"),
    *("answer", "answer_json", "choices", "problem", "solution", "ground_truth", "evidence_json", "meta_json"),
}
"""Fields with words of a video, a question or a teacher, where a path may be what is seen on the screen. `detail` is
one of them once there are answers to quote."""
_BEFORE_ANSWERS = ("read", "perceive", "ask")


def paths(release: Release) -> Iterator[str]:
    """No row tells a path of the machine it was made on."""
    here = str(release.root.resolve().parent)
    for folder in ("sft_parquet", "rl", "trajectories", "timelines", "rejects"):
        for where, row in release.rows(folder):
            ours = row.get("stage") in _BEFORE_ANSWERS
            foreign = _FOREIGN if ours else _FOREIGN | {"detail"}
            for field, value in _strings("", row):
                if here in value and len(here) > 1:
                    yield f"{where}: {field} holds {here}"
                elif field.rsplit(".", 1)[-1] in foreign:
                    continue
                elif _MACHINE.search(value) or (field.endswith(("uri", "path")) and value.startswith("/")):
                    yield f"{where}: {field} holds a path of a machine: {value[:100]!r}"


def _strings(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(f"{path}.{key}" if path else key, item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(path, item)
