"""Checks of the files that exports have beside their rows: clips, and what is told of videos."""

import io
from collections.abc import Iterator

import numpy as np

from pipelines.checks.release import Release
from schemas.settings import ExportName
from schemas.trajectory import Trajectory
from transforms.media.clips import TICKS, measure
from transforms.write.artifacts import folder_of, to_embed
from transforms.write.exports.artifacts import FOLDER as FOLDER_OF_TEXT
from transforms.write.exports.artifacts import Told, model_of, text_files
from transforms.write.exports.clips import FOLDER, Shown, path_of, windows
from transforms.write.rows import timeline_from_row

_TICK_S = 1 / TICKS
_UNIT = 1e-4
"""How far the length of a vector of float32 may be from 1."""


def lacking(release: Release, name: ExportName) -> set[str]:
    """Ids of what has no row in an export, or not all of its files, because making them failed."""
    ids = (row["id"] for _, row in release.rows("rejects", ["stage", "unit", "id"]) if row["unit"] == "export")
    return {id.removeprefix(f"{name}/") for id in ids if id.startswith(f"{name}/")}


def shown(release: Release, record: Trajectory) -> Shown:
    """A record with its clips as they are: frames counted, none where a clip cannot be decoded."""
    found = {window: _measured(release, path_of(record.video.sha256, window)) for window in windows(record)}
    return Shown(record, {window: ("", frames) for window, (frames, _) in found.items()})


def told(release: Release) -> Iterator[tuple[str, Told]]:
    """Every timeline with the vectors that lie in the release, none where there are none or what is there is no .npy
    file."""
    model = model_of(release.settings.explore.retrieval)
    indexes = release.root / FOLDER_OF_TEXT / "indexes" / "semantic"
    for where, row in release.rows("timelines"):
        timeline = timeline_from_row(row)
        try:
            held = (indexes / folder_of(timeline.video_id) / "semantic_vectors.npy").read_bytes()
            vectors = np.load(io.BytesIO(held), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            vectors = None
        yield where, Told(timeline, vectors, model)


def clips(release: Release) -> Iterator[str]:
    """Every clip is of a window that a chosen conversation looks at, and lasts as long as it."""
    if "clips" not in release.exports:
        if (release.root / FOLDER).exists():
            yield f"{FOLDER}/ is there, but config.yaml names no export `clips`"
        return
    lost, wanted = lacking(release, "clips"), set()
    for _, record in release.trajectories():
        if record.status != "accept" or record.id in lost:
            continue
        for window in windows(record):
            path = path_of(record.video.sha256, window)
            if path in wanted:
                continue
            wanted.add(path)
            due_s = min(window.end_s, record.video.duration_s) - window.start_s
            frames, duration_s = _measured(release, path)
            if not frames:
                yield f"{path} is missing, or cannot be decoded"
            elif abs(duration_s - due_s) > 2 * _TICK_S:
                yield f"{path} lasts {duration_s:g} s, its window {due_s:g} s"
    for found in (release.root / FOLDER).rglob("*.mp4"):
        if release.relative(found) not in wanted:
            yield f"{release.relative(found)} is of no window"


def artifacts(release: Release) -> Iterator[str]:
    """What is told of each video is what its timeline makes; vectors are one of length 1 for each of its captions."""
    if "artifacts" not in release.exports:
        return
    lost, due = lacking(release, "artifacts"), set()
    for _, of in told(release):
        if of.vectors is None:
            if of.model and of.timeline.video_id not in lost:
                yield f"the video {of.timeline.video_id!r} has no vectors by {of.model}, and no reject says why"
        elif wrong := _odd_vectors(of.vectors, len(to_embed(of.timeline)), of.model):
            yield f"the vectors of the video {of.timeline.video_id!r} {wrong}"
            return
        for path, data in text_files(of):
            due.add(path)
            if not (release.root / path).is_file():
                yield f"{path} is missing"
            elif (release.root / path).read_bytes() != data:
                yield f"{path} is not what the timeline of {of.timeline.video_id!r} says"
    for found in (release.root / FOLDER_OF_TEXT).rglob("*"):
        if found.is_file() and found.suffix != ".jsonl" and release.relative(found) not in due:
            yield f"{release.relative(found)} is of no video"


def _odd_vectors(vectors: np.ndarray, captions: int, model: str) -> str:
    if not model:
        return "are there, but explore.retrieval goes by words"
    if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != captions:
        return f"are {vectors.dtype} of shape {vectors.shape}, not float32 rows for {captions} captions"
    lengths = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1))
    return "" if np.all(abs(lengths - 1) < _UNIT) else "are not of length 1"


def _measured(release: Release, path: str) -> tuple[int, float]:
    try:
        return measure(release.root / path)
    except ValueError:
        return 0, 0.0
