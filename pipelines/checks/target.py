"""The check of exact yield: as many rows as were wanted, from the first questions in their order."""

from collections.abc import Iterator

from pipelines.checks.release import Release
from pipelines.target import NOT_NEEDED, question_place


def target(release: Release) -> Iterator[str]:
    """With a target, there are as many accepted rows as it wants, and they come from the first questions in order."""
    wanted = release.settings.target
    columns = ["stage", "unit", "code", "video_id", "question_id"]
    left = [(where, row) for where, row in release.rows("rejects", columns) if row["code"] == NOT_NEEDED]
    if wanted is None:
        yield from (f"{where}: it was not needed for a target, but config.yaml has none" for where, _ in left)
        return
    rows = (row for _, row in release.rows("sft_parquet", _QUESTION))
    accepted = [(row["video_id"], row["question_id"]) for row in rows if not row["kept_although"]]
    if len(accepted) != wanted.accepted:
        yield f"sft_parquet/ has {len(accepted)} rows, config.yaml wants {wanted.accepted}"
    if len(accepted) < wanted.accepted:
        return  # no question met it, so none comes after that one
    last = max((question_place(*key) for key in accepted), default=("", ""))
    for where, row in release.rows("rl", ["video_id", "extra_info.question_id"]):
        if question_place(row["video_id"], row["extra_info"]["question_id"]) > last:
            yield f"{where}: it comes after the question that met the target"
    taken = {row["id"] for _, row in release.rows("timelines", ["id"])}
    for where, row in left:
        place = question_place(row["video_id"], row["question_id"])
        if (row["stage"] == "ask" and place <= last) or (row["stage"] == "read" and row["video_id"] in taken):
            yield f"{where}: it comes before the question that met the target"


_QUESTION = ["video_id", "question_id", "kept_although"]
