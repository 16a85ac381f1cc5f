"""From what the stages left to the rows of each table: what goes where, under which id, and how heavy it is."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import prompts
from schemas.codec import from_json, to_json
from schemas.errors import InputError
from schemas.refs import Curated, Kept, Opening, Perceived, RowRef
from schemas.release import ReleaseInfo, RlQuestion, Shard
from schemas.settings import DEFAULT_DIALECT, Dialect, Explore, ExportName, Published, Write
from schemas.source import Rejected, Video
from schemas.span import Span
from schemas.timeline import Timeline
from schemas.trajectory import Source, Trajectory
from transforms.clip_store import Clip
from transforms.store import Store
from transforms.tools.registry import grounded_tools_json
from transforms.write.exports.artifacts import Told
from transforms.write.exports.clips import Shown, windows
from transforms.write.exports.pairs import WRONG
from transforms.write.exports.registry import EXPORTS
from transforms.write.rows import Row, call_row, reject_row, rl_id, rl_row, sft_row, timeline_row, trajectory_row
from transforms.write.shards import plan_shards

TABLES = {
    "sft": "jsonl",
    "sft_parquet": "parquet",
    "rl": "parquet",
    "trajectories": "parquet",
    "timelines": "parquet",
    "rejects": "parquet",
    "calls": "parquet",
}
"""Folder of each table and the kind of its files."""

WHOLE = "full"
"""The split of tables that have none."""

ROW_BYTES = 2_000
"""What a row without pictures weighs beside its record: enough for planning."""


def tables_of(settings: Write) -> list[str]:
    """The tables of a release: replies of models and exports only where they are wanted."""
    return [*(table for table in TABLES if table != "calls" or settings.calls), *settings.exports]


def curated_rows(one: Curated, exports: Sequence[ExportName] = ()) -> Iterable[RowRef]:
    """Every trajectory of a question, and those that are chosen, or kept although they are not, once more as rows to
    train on."""
    for kept in one.trajectories:
        yield RowRef("trajectories", one.split, kept.id, kept.record_bytes, kept.record)
        if kept.status == "accept" or kept.although:
            weight = kept.record_bytes + kept.frame_bytes
            for table in ("sft", "sft_parquet"):
                yield RowRef(table, one.split, kept.id, weight, (kept.record, one.pass_rate))
            for name in exports:
                if EXPORTS[name].source == "trajectory":
                    yield RowRef(name, one.split, kept.id, kept.record_bytes, (kept.record,))
    first = min((kept for kept in one.trajectories if kept.status == "accept"), key=lambda kept: kept.id, default=None)
    for name in exports:
        if EXPORTS[name].source == "solved" and first:
            yield RowRef(name, one.split, first.id, first.record_bytes, (first.record,))
    rollouts = comparable(one.trajectories)
    for name in exports:
        if EXPORTS[name].source == "rollouts" and rollouts:
            weight = sum(kept.record_bytes for kept in rollouts)
            yield RowRef(name, one.split, rollouts[0].id, weight, tuple(kept.record for kept in rollouts))


def comparable(rollouts: Sequence[Kept]) -> tuple[Kept, ...]:
    """The rollouts of a question that tell right from wrong, an accepted one first; none where there are not both."""
    accepted, wrong = (
        sorted((kept for kept in rollouts if test(kept)), key=lambda kept: kept.id)
        for test in (lambda kept: kept.status == "accept", lambda kept: kept.code == WRONG)
    )
    return (*accepted, *wrong) if accepted and wrong else ()


def question_exports(row: RowRef, exports: Sequence[ExportName]) -> Iterator[RowRef]:
    """The RL row of a question in the forms that are about questions."""
    for name in exports:
        if EXPORTS[name].source == "question":
            yield replace(row, table=name)


def shown_ref(
    name: ExportName, kept: Kept, split: str, video: Video, clips: Mapping[Span, Clip], store: Store
) -> RowRef:
    """A chosen trajectory with its clips.

    Raises:
        InputError: `no_clip`, one of its windows could not be cut.
    """
    found: dict[Span, tuple[str, int]] = {}
    for window in windows(from_json(Trajectory, store.blob(kept.record))):
        if window not in clips:
            raise InputError(
                "no_clip",
                f"nothing is displayed from {window.start_s:g} to {window.end_s:g} s of {video.uri}, so no clip of it"
                " can be cut; its other forms are written",
            )
        found[window] = clips[window].sha256, clips[window].frames
    return RowRef(name, split, kept.id, kept.record_bytes, (kept.record, found))


def told_ref(name: ExportName, one: Perceived, vectors: str, model: str, store: Store) -> RowRef:
    """A timeline, with the blob of its vectors (a .npy file) where there are any."""
    return RowRef(name, WHOLE, one.video.id, len(store.blob(one.timeline)), (one.timeline, vectors, model))


def in_splits(row: RowRef, settings: Published) -> Iterator[RowRef]:
    """The RL row of a question in its split, and where it is asked for once more among those to validate with."""
    yield row
    if settings.validation_is_train and row.split == "train":
        yield replace(row, split="validation")


def rl_ref(one: Curated, opening: Opening, settings: Explore, store: Store) -> RowRef | Rejected:
    """The question as an RL row opens it; it lies in the store until its shard is written.

    Rejected when the video could not be shown any more, or the question is not wanted.
    """
    name = rl_id(one.perceived.video.id, one.question.id)
    video_id, question_id = one.perceived.video.id, one.question.id
    if one.against:
        return Rejected("write", one.against, "filter", "row", name, one.why, video_id, question_id)
    if opening.code:
        return Rejected("write", opening.code, "fail", "row", name, opening.detail, video_id, question_id)
    timeline = from_json(Timeline, store.blob(opening.timeline))
    video = one.perceived.video
    asked = RlQuestion(
        question=one.question,
        video=Source(video.id, video.uri, video.sha256, timeline.duration_s, video.license, video.group or video.id),
        tools_json=grounded_tools_json(settings.tools),
        system_text=prompts.load("explore_system").fill(max_turns=str(settings.max_turns)),
        look_text=opening.text,
        frames=opening.frames,
        fps=round(timeline.frames / timeline.duration_s, 3) if timeline.duration_s else 0.0,
        pass_rate=one.pass_rate,
        rollouts=one.rollouts,
        split=one.split,
    )
    weight = ROW_BYTES + sum(len(store.blob(frame.sha256)) for frame in opening.frames)
    return RowRef("rl", one.split, name, weight, store.put_blob(to_json(asked)))


def timeline_ref(one: Perceived, store: Store) -> RowRef:
    return RowRef("timelines", WHOLE, one.video.id, len(store.blob(one.timeline)), (one.timeline, one.video.license))


def reject_ref(row: Rejected, info: ReleaseInfo) -> RowRef:
    return RowRef("rejects", WHOLE, str(reject_row(row, info)["key"]), ROW_BYTES, row)


def call_ref(key: str, store: Store) -> RowRef | None:
    """The memo of a call; None when there is none, because the call failed in a way that is not remembered."""
    entry = store.entry(key)
    return None if entry is None else RowRef("calls", WHOLE, key, len(entry), key)


def plan_table(table: str, rows: Iterable[RowRef], target_bytes: int) -> list[Shard]:
    """The files of one table. Splits without rows have no file; a table without any row has one empty file."""
    by_split: dict[str, list[tuple[str, int, RowRef]]] = {}
    for row in rows:
        by_split.setdefault(row.split, []).append((row.id, row.bytes, row))
    if not by_split:
        by_split = {WHOLE if table in ("timelines", "rejects", "calls", "artifacts") else "train": []}
    return [
        shard
        for split in sorted(by_split)
        for shard in plan_shards(by_split[split], target_bytes, table, split, TABLES.get(table, "jsonl"))
    ]


def load_row(ref: RowRef, position: int, info: ReleaseInfo, store: Store, dialect: Dialect = DEFAULT_DIALECT) -> Row:
    """The row itself. `position` is its place among the rows of its split."""
    if ref.table in ("sft", "sft_parquet"):
        record, pass_rate = ref.source
        return sft_row(from_json(Trajectory, store.blob(record)), pass_rate, dialect)
    if ref.table == "rl":
        return rl_row(from_json(RlQuestion, store.blob(ref.source)), position, info, dialect)
    if ref.table == "trajectories":
        return trajectory_row(from_json(Trajectory, store.blob(ref.source)))
    if ref.table == "timelines":
        timeline, license = ref.source
        return timeline_row(from_json(Timeline, store.blob(timeline)), license, info)
    if ref.table == "calls":
        return call_row(ref.source, store.entry(ref.source) or "", info)
    return reject_row(ref.source, info)


def load_source(ref: RowRef, info: ReleaseInfo, store: Store, settings: Write) -> Any:
    """What the rows of an export are made of, as its `source` says."""
    source = EXPORTS[ref.table].source
    if source == "question":
        return rl_row(from_json(RlQuestion, store.blob(ref.source)), 0, info, settings.dialect)
    if source == "cut":
        record, clips = ref.source
        return Shown(from_json(Trajectory, store.blob(record)), clips)
    if source == "told":
        timeline, vectors, model = ref.source
        rows = np.load(io.BytesIO(store.blob(vectors)), allow_pickle=False) if vectors else None
        return Told(from_json(Timeline, store.blob(timeline)), rows, model)
    records = tuple(from_json(Trajectory, store.blob(record)) for record in ref.source)
    return records if source == "rollouts" else records[0]
