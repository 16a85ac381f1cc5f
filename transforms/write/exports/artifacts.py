"""What VideoSEAL's planner searches: the text about every video in the files of its offline build, and a row for each
video that says where they lie."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas.settings import Bm25Settings, MiniLmSettings, Retrieval, Write
from schemas.timeline import Timeline
from transforms.write.artifacts import artifacts, folder_of, to_embed, vector_files
from transforms.write.exports.base import Blob, Export, Row

FOLDER = "artifacts"


@dataclass(frozen=True, slots=True)
class Told:
    """A timeline, and the vectors of its merged captions: float32 rows, None where nobody makes any. `model` made
    them."""

    timeline: Timeline
    vectors: np.ndarray | None
    model: str


def model_of(retrieval: Retrieval) -> str:
    """Whose vectors the retrieval tools search by; empty when they go by words. Queries must come from it too."""
    if isinstance(retrieval, Bm25Settings):
        return ""
    return "all-MiniLM-L6-v2" if isinstance(retrieval, MiniLmSettings) else retrieval.model


def rows(told: Told, settings: Write) -> list[Row]:
    timeline = told.timeline
    video = folder_of(timeline.video_id)
    return [
        {
            "id": timeline.video_id,
            "video_sha256": timeline.sha256,
            "duration_s": timeline.duration_s,
            "srt": f"{FOLDER}/cache/srt/{video}",
            "index": f"{FOLDER}/indexes/semantic/{video}",
            "summary": f"{FOLDER}/summaries/{video}/full_story.txt",
            "captions": len(to_embed(timeline)),
            "model": "" if told.vectors is None else told.model,
        }
    ]


def files(told: Told, blob: Blob) -> Iterator[tuple[str, bytes]]:
    return text_files(told)


def text_files(told: Told) -> Iterator[tuple[str, bytes]]:
    """Path in the release and bytes of every file about a video."""
    for path, text in artifacts(told.timeline).items():
        yield f"{FOLDER}/{path}", text.encode()
    if told.vectors is not None:
        for path, data in vector_files(told.timeline, told.vectors, told.model).items():
            yield f"{FOLDER}/{path}", data


EXPORT = Export("told", rows, "VideoSEAL: what its planner searches", files=files)
