"""Write a release: rows are planned into shards, one element writes a whole shard, and the manifest comes last."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam

from schemas.refs import Count, Curated, Opening, Perceived, RowRef
from schemas.release import FileEntry, ReleaseInfo, Shard
from schemas.settings import Dataset, Explore, Write
from schemas.source import Rejected
from transforms import progress
from transforms.concurrent import FlatMapConcurrently
from transforms.engines import build
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import write_export, write_frames, write_jsonl, write_parquet
from transforms.write.gather import (
    call_ref,
    curated_rows,
    load_export,
    load_row,
    plan_table,
    question_exports,
    reject_ref,
    rl_ref,
    tables_of,
    timeline_ref,
)
from transforms.write.seal import seal


@dataclass
class WriteRelease(beam.PTransform):
    """(curated, openings, perceived, rejected, called, counts) → the release in `folder`; gives its manifest's path.

    `measured` says that one process does all the work: only then can it tell what the run took.
    """

    info: ReleaseInfo
    settings: Dataset
    store: str
    folder: str
    workers: int
    measured: bool = True

    def expand(self, inputs: tuple[beam.PCollection, ...]) -> beam.PCollection:
        curated, openings, perceived, rejected, called, counts = inputs
        opened = openings | "OpeningByVideo" >> beam.Map(lambda one: (one.video_id, one))
        asked = curated | "RlRows" >> beam.Map(
            _rl_ref, beam.pvalue.AsDict(opened), settings=self.settings.explore, store=self.store
        )
        # The rows of questions whose video can no longer be shown.
        lost = asked | "Lost" >> beam.Filter(lambda row: isinstance(row, Rejected))
        found = asked | "Found" >> beam.Filter(lambda row: isinstance(row, RowRef))
        tables = [
            curated | "TrainingRows" >> beam.FlatMap(curated_rows, self.settings.write.exports),
            found,
            found | "QuestionExports" >> beam.FlatMap(question_exports, self.settings.write.exports),
            perceived | "TimelineRows" >> beam.Map(_timeline_ref, store=self.store),
            [rejected, lost] | "AllRejects" >> beam.Flatten() | "RejectRows" >> beam.Map(reject_ref, self.info),
        ]
        if self.settings.write.calls:
            tables.append(
                called
                | "Keys" >> beam.FlatMap(lambda one: one.keys)
                | "EachKeyOnce" >> beam.Distinct()
                | "CallRows" >> beam.FlatMap(_call_refs, store=self.store)
            )
        rows = tables | "Rows" >> beam.Flatten()
        # Every table is planned, also one without rows: an empty file says more than none.
        planned = rows.pipeline | "Tables" >> beam.Create([(table, None) for table in tables_of(self.settings.write)])
        files = (
            [rows | "ByTable" >> beam.Map(lambda row: (row.table, row)), planned]
            | "AllTables" >> beam.Flatten()
            | "GroupTable" >> beam.GroupByKey()
            | "PlanShards" >> beam.FlatMap(_plan, self.settings.write.shard_mb * 1_000_000)
            | "RebalanceShards" >> beam.Reshuffle()
            | "WriteShard"
            >> FlatMapConcurrently(WriteShard(self.info, self.settings.write, self.store, self.folder), self.workers)
        )
        summed = (
            [
                counts,
                asked | "CountRl" >> beam.Map(lambda row: Count("write", "in", "")),
                lost | "CountLost" >> beam.Map(_count_lost),
            ]
            | "AllCounts" >> beam.Flatten()
            | "ByReason" >> beam.Map(lambda count: ((count.stage, count.field, count.code), count.n))
            | "SumCounts" >> beam.CombinePerKey(sum)
            | "AsCounts" >> beam.MapTuple(lambda key, n: Count(key[0], key[1], key[2], n))
        )
        return (
            rows.pipeline
            | "Release" >> beam.Create([self.folder])
            | "Seal"
            >> beam.Map(
                seal,
                self.info,
                self.settings,
                self.store,
                beam.pvalue.AsList(files.done),
                beam.pvalue.AsList(summed),
                measured=self.measured,
            )
        )


def _count_lost(row: Rejected) -> Count:
    return Count("write", "filtered" if row.outcome == "filter" else "failed", row.code)


def _rl_ref(one: Curated, openings: dict[str, Opening], settings: Explore, store: str) -> RowRef | Rejected:
    return rl_ref(one, openings[one.perceived.video.id], settings, build.store(store))


def _timeline_ref(one: Perceived, store: str) -> RowRef:
    return timeline_ref(one, build.store(store))


def _call_refs(key: str, store: str) -> list[RowRef]:
    ref = call_ref(key, build.store(store))
    return [] if ref is None else [ref]


def _plan(element: tuple[str, Iterable[RowRef | None]], target_bytes: int) -> list[Shard]:
    table, rows = element
    shards = plan_table(table, [row for row in rows if row is not None], target_bytes)
    progress.expect("write", len(shards))
    return shards


@dataclass
class WriteShard:
    info: ReleaseInfo
    settings: Write
    store: str
    folder: str

    def do(self, shard: Shard) -> Iterable[FileEntry]:
        store = build.store(self.store)
        dialect = self.settings.dialect
        rows = (load_row(ref, shard.first + n, self.info, store, dialect) for n, ref in enumerate(shard.refs))
        shown: Counter[str] = Counter()
        export = EXPORTS.get(shard.path.split("/")[0])  # type: ignore[call-overload]  # other folders are none
        if export:
            exported = (row for ref in shard.refs for row in load_export(ref, self.info, store, self.settings))
            if export.source != "question":
                files = [write_export(self.folder, shard.path, exported)]
            else:  # pictures of questions that no chosen conversation shows
                entry = write_export(self.folder, shard.path, (_noting(row, shown) for row in exported))
                files = [entry, *write_frames(self.folder, shown, store)]
        elif shard.path.endswith(".jsonl"):
            entry = write_jsonl(self.folder, shard.path, (_noting(row, shown) for row in rows))
            files = [entry, *write_frames(self.folder, shown, store)]
        else:
            files = [write_parquet(self.folder, shard.path, rows, store, dialect)]
        progress.advance("write")
        return files


def _noting(row: dict, shown: Counter[str]) -> dict:
    """Passes a row on and remembers the pictures it shows."""
    shown.update(row["images"])
    return row
