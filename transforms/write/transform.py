"""Write a release: rows are planned into shards, one element writes a whole shard, and the manifest comes last."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import apache_beam as beam

from schemas.refs import Count, Curated, Kept, Opening, Perceived, RowRef
from schemas.release import FileEntry, ReleaseInfo, Shard
from schemas.settings import Dataset, Explore, ExportName, Write
from schemas.source import Rejected, Video
from transforms import progress
from transforms.concurrent import FlatMapConcurrently, Outcome
from transforms.engines import build
from transforms.write.exports.base import Source
from transforms.write.exports.registry import EXPORTS
from transforms.write.files import write_bytes, write_export, write_frames, write_jsonl, write_parquet
from transforms.write.gather import (
    call_ref,
    curated_rows,
    in_splits,
    load_row,
    load_source,
    plan_table,
    question_exports,
    reject_ref,
    rl_ref,
    tables_of,
    timeline_ref,
)
from transforms.write.prepare import CutVideo, TellVideo
from transforms.write.seal import Judge, seal


@dataclass
class WriteRelease(beam.PTransform):
    """(curated, openings, perceived, rejected, called, counts) → the release in `folder`; gives its manifest's path.

    `measured` says that one process does all the work: only then can it tell what the run took. `judge` is for a
    release that is written in its place (`seal`).
    """

    info: ReleaseInfo
    settings: Dataset
    store: str
    folder: str
    workers: int
    measured: bool = True
    judge: Judge | None = None

    def expand(self, inputs: tuple[beam.PCollection, ...]) -> beam.PCollection:
        curated, openings, perceived, rejected, called, counts = inputs
        opened = openings | "OpeningByVideo" >> beam.Map(lambda one: (one.video_id, one))
        asked = curated | "RlRows" >> beam.Map(
            _rl_ref, beam.pvalue.AsDict(opened), settings=self.settings.explore, store=self.store
        )
        # The rows of questions whose video can no longer be shown.
        lost = asked | "Lost" >> beam.Filter(lambda row: isinstance(row, Rejected))
        once = asked | "Found" >> beam.Filter(lambda row: isinstance(row, RowRef)).with_output_types(RowRef)
        found = once | "InSplits" >> beam.FlatMap(in_splits, self.settings.published)
        cut, told = self._cut(curated), self._told(perceived)
        # Rows that an export lacks; all else of them is written.
        lacking = [cut.rejected, told.rejected] | "Lacking" >> beam.Flatten()
        tables = [
            curated | "TrainingRows" >> beam.FlatMap(curated_rows, self.settings.write.exports),
            found,
            found | "QuestionExports" >> beam.FlatMap(question_exports, self.settings.write.exports),
            perceived | "TimelineRows" >> beam.Map(_timeline_ref, store=self.store),
            cut.done,
            told.done,
            [rejected, lost, lacking]
            | "AllRejects" >> beam.Flatten()
            | "RejectRows" >> beam.Map(reject_ref, self.info),
        ]
        if self.settings.write.calls:
            tables.append(
                [called, told.called]
                | "AllCalled" >> beam.Flatten()
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
                [found, lost] | "AllRl" >> beam.Flatten() | "CountRl" >> beam.Map(lambda row: Count("write", "in", "")),
                lacking | "CountLacking" >> beam.Map(lambda row: Count("write", "in", "")),
                [lost, lacking] | "NotWritten" >> beam.Flatten() | "CountLost" >> beam.Map(_count_lost),
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
                judge=self.judge,
            )
        )

    def _named(self, source: Source) -> tuple[ExportName, ...]:
        return tuple(name for name in self.settings.write.exports if EXPORTS[name].source == source)

    def _cut(self, curated: beam.PCollection) -> Outcome:
        """Rows with clips. All that is chosen of one video is cut together, in one pass over it."""
        work = CutVideo(self._named("cut"), self.settings.ground.pixels_per_frame, self.store)
        return (
            curated
            | "ToCut" >> beam.FlatMap(_to_cut, wanted=bool(work.exports))
            | "CutByVideo" >> beam.GroupByKey()
            | "RebalanceCuts" >> beam.Reshuffle()
            | "Cut" >> FlatMapConcurrently(work, self.workers)
        )

    def _told(self, perceived: beam.PCollection) -> Outcome:
        """Rows of timelines, with vectors."""
        work = TellVideo(self._named("told"), self.settings.explore.retrieval, self.store)
        wanted = bool(work.exports)
        return (
            perceived
            | "ToTell" >> beam.Filter(lambda one: wanted)
            | "RebalanceTold" >> beam.Reshuffle()
            | "Tell" >> FlatMapConcurrently(work, self.workers)
        )


def _to_cut(one: Curated, wanted: bool) -> Iterator[tuple[str, tuple[Video, str, Kept]]]:
    for kept in one.trajectories if wanted else ():
        if kept.status == "accept" or kept.although:
            yield one.perceived.video.id, (one.perceived.video, one.split, kept)


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
        if shard.path.split("/")[0] in EXPORTS:
            files = self._export(shard)
        elif shard.path.endswith(".jsonl"):
            entry = write_jsonl(self.folder, shard.path, (_noting(row, shown) for row in rows))
            files = [entry, *write_frames(self.folder, shown, store)]
        else:
            files = [write_parquet(self.folder, shard.path, rows, store, dialect)]
        progress.advance("write")
        return files

    def _export(self, shard: Shard) -> list[FileEntry]:
        """The rows of an export, and the files that come with them, each once."""
        store, export = build.store(self.store), EXPORTS[shard.path.split("/")[0]]
        shown: Counter[str] = Counter()
        beside: dict[str, FileEntry] = {}

        def rows() -> Iterator[dict]:
            for ref in shard.refs:
                source = load_source(ref, self.info, store, self.settings)
                for path, data in export.files(source, store.blob):
                    if path not in beside:
                        beside[path] = write_bytes(self.folder, path, data)
                yield from export.rows(source, self.settings)

        if export.source != "question":
            return [write_export(self.folder, shard.path, rows()), *beside.values()]
        # Pictures of questions that no chosen conversation shows.
        entry = write_export(self.folder, shard.path, (_noting(row, shown) for row in rows()))
        return [entry, *write_frames(self.folder, shown, store)]


def _noting(row: dict, shown: Counter[str]) -> dict:
    """Passes a row on and remembers the pictures it shows."""
    shown.update(row.get("images", ()))
    return row
