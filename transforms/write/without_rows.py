"""The videos of a release about which it holds no conversation (it may hold RL rows), and why: from finished files."""

import polars as pl

from transforms.write.tables import read_columns

TOP_REASONS = 3


def without_rows(out: str) -> dict[str, str]:
    """Id of a video → the most frequent reasons of what was turned away about it; in order of id."""
    videos = read_columns(out, "timelines", ["id"])["id"]
    told = read_columns(out, "sft_parquet", ["video_id"])["video_id"]
    silent = sorted(set(videos) - set(told))
    # What the last stage turns away are rows of questions that earlier stages tell of.
    rejects = read_columns(out, "rejects", ["stage", "code", "video_id"]).filter(
        pl.col("stage") != "write", pl.col("video_id").is_in(silent)
    )
    counts = (
        rejects.group_by("video_id", "stage", "code")
        .len()
        .sort(["len", "stage", "code"], descending=[True, False, False])
    )
    reasons: dict[str, list[str]] = {}
    for id, stage, code, n in counts.iter_rows():
        reasons.setdefault(id, []).append(f"{n} x {stage}/{code}")
    return {id: ", ".join(reasons.get(id, ["no question is asked about it"])[:TOP_REASONS]) for id in silent}
