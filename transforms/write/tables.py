"""Reads the parquet tables of a finished release, some columns at a time, from any fsspec location."""

from collections.abc import Sequence

import fsspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.write.arrow import SCHEMAS


def shard_paths(out: str, folder: str, ext: str = "parquet") -> list[str]:
    """Paths of a folder's shards relative to the release, in order of name."""
    fs, base = fsspec.core.url_to_fs(out)
    return sorted(f"{folder}/{found.rsplit('/', 1)[1]}" for found in fs.glob(f"{base}/{folder}/*.{ext}"))


def read_columns(out: str, folder: str, columns: Sequence[str]) -> pl.DataFrame:
    """Some columns of all shards, under the names they are asked by.

    A column is `a`, a field `a.b` of a struct, or `a.list.element.b`, which gives the list with that field alone:
    the way to count pictures without reading them.
    """
    fs, base = fsspec.core.url_to_fs(out)
    frames = []
    for path in shard_paths(out, folder):
        with fs.open(f"{base}/{path}", "rb") as file:
            frames.append(_flat(pq.ParquetFile(file).read(columns=list(columns)), columns))
    return pl.concat(frames) if frames else _flat(SCHEMAS[folder].empty_table(), columns)


def _flat(table: pa.Table, columns: Sequence[str]) -> pl.DataFrame:
    frame = pl.DataFrame(pl.from_arrow(table))
    return frame.select(_field(name).alias(name) for name in columns)


def _field(name: str) -> pl.Expr:
    head, *rest = name.split(".list.")[0].split(".")
    expr = pl.col(head)
    for part in rest:
        expr = expr.struct.field(part)
    return expr
