"""The text about a video in the files that VideoSEAL's planner is run on: subtitles of speech and of text on screen,
captions keyed by their span, both merged, their vectors, and the whole story (its offline build, schema 0.3.1).

Pure: a timeline becomes names of files and what is in them.
"""

import io
import json
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from schemas.codec import sha256
from schemas.span import Span
from schemas.timeline import Caption, Entity, Speech, TextLine, Timeline

_TYPES = {"person": "person", "object": "object", "place": "location"}
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def artifacts(timeline: Timeline) -> dict[str, str]:
    """Path → text of each file about one video. Only what is sure is told."""
    video, clips = folder_of(timeline.video_id), _clips(timeline)
    lines = [line for line in timeline.lines if line.sure]
    speech = [item for item in timeline.speech if item.sure]
    merged = {_key(clip.span): _merged(clip, lines, speech, timeline.entities) for clip in clips}
    registry = {"subject_registry": _registry(timeline.entities)}
    return {
        f"cache/srt/{video}/speech.srt": srt(speech),
        f"cache/srt/{video}/ocr.srt": srt(lines),
        f"cache/semantic_inputs/ocr/{video}/ocr_captions.json": _json(_read(lines)),
        f"cache/semantic_inputs/clip/{video}/captions.json": _json(
            {_key(clip.span): _caption(clip, timeline.entities) for clip in clips} | registry
        ),
        f"indexes/semantic/{video}/semantic_captions.json": _json(merged | registry),
        f"indexes/semantic/{video}/semantic_segments.txt": "\n".join(
            f"[{timeline.video_id}] {key.replace('_', '-')}s\n{one['caption']}\n" for key, one in merged.items()
        ),
        f"summaries/{video}/full_story.txt": story(timeline),
    }


def to_embed(timeline: Timeline) -> dict[str, str]:
    """By span, the texts that a query is held against: what is seen, read and said, and the names of who is there."""
    lines = [line for line in timeline.lines if line.sure]
    speech = [item for item in timeline.speech if item.sure]
    return {key: _with_names(_merged(clip, lines, speech, timeline.entities)) for key, clip in _by_key(timeline)}


def vector_files(timeline: Timeline, vectors: np.ndarray, model: str) -> dict[str, bytes]:
    """Path → bytes of the index of the merged captions. `vectors` are float32 rows, one for each text `to_embed`."""
    folder = f"indexes/semantic/{folder_of(timeline.video_id)}/semantic"
    norms = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1)).astype(np.float32)
    keys, dimension = [key for key, _ in _by_key(timeline)], int(vectors.shape[1])
    meta = {"model": model, "dimension": dimension, "rows": len(keys), "source_json": "semantic_captions.json"}
    index = {
        "doc_ids": keys,
        "vectors": [_numbers(row) for row in vectors],
        "norms": _numbers(norms),
        "model": model,
        "dimension": dimension,
    }
    return {
        f"{folder}_vectors.npy": npy(vectors),
        f"{folder}_norms.npy": npy(norms),
        f"{folder}_doc_ids.txt": "".join(f"{key}\n" for key in keys).encode(),
        f"{folder}_meta.json": _json(meta).encode(),
        f"{folder}_index.json": json.dumps(index).encode(),
    }


def rows_of(units: Iterable[np.ndarray | None]) -> np.ndarray:
    """Unit vectors as float32 rows; of no texts, none of no length."""
    found = [unit for unit in units if unit is not None]
    return np.array(found, dtype="<f4") if found else np.zeros((0, 0), dtype="<f4")


def npy(array: np.ndarray) -> bytes:
    """An array as a .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def folder_of(video_id: str) -> str:
    """A folder's name for a video: its id where that is one, else a digest of it."""
    return video_id if _SAFE.fullmatch(video_id) else sha256(video_id.encode())[:32]


def srt(items: Iterable[Speech | TextLine]) -> str:
    """SubRip subtitles, in order of time."""
    cues = sorted(items, key=lambda item: (item.span, item.id))
    return "".join(
        f"{n}\n{_clock(item.span.start_s)} --> {_clock(item.span.end_s)}\n{_flat(item.text)}\n\n"
        for n, item in enumerate(cues, 1)
    )


def story(timeline: Timeline) -> str:
    """The summary of the video, then what is seen, read and said, clip by clip."""
    told = [caption.text for caption in timeline.captions if caption.level == "video" and caption.sure]
    lines = [line for line in timeline.lines if line.sure]
    speech = [item for item in timeline.speech if item.sure]
    parts = (
        f"[{clip.span.start_s:.1f}-{clip.span.end_s:.1f}] {_flat(_merged(clip, lines, speech, ())['caption'])}"
        for clip in _clips(timeline)
    )
    return "".join(f"{_flat(text)}\n" for text in [*told, *parts])


def _with_names(merged: dict[str, Any]) -> str:
    names = dict.fromkeys(one["text"] for one in merged["entities"])
    return " ".join([merged["caption"], *names])


def _numbers(row: np.ndarray) -> list[float]:
    """Float32 in the fewest digits that tell them apart, which are half of what a double would take."""
    return [float(text) for text in row.astype(str)]


def _by_key(timeline: Timeline) -> list[tuple[str, Caption]]:
    return list({_key(clip.span): clip for clip in _clips(timeline)}.items())


def _clips(timeline: Timeline) -> list[Caption]:
    return [caption for caption in timeline.captions if caption.level == "clip" and caption.sure]


def _merged(
    clip: Caption, lines: Iterable[TextLine], speech: Iterable[Speech], entities: Iterable[Entity]
) -> dict[str, Any]:
    """A clip with the text on screen and the speech that meet it in time."""
    read = _texts(line for line in lines if line.span.overlap_s(clip.span) > 0)
    said = _texts(item for item in speech if item.span.overlap_s(clip.span) > 0)
    visual = f"{_flat(clip.text)} {' '.join(read)}".strip()
    return {
        "caption": f"Visual: {visual}\nDialogue: {' '.join(said)}".rstrip(),
        "clip_caption": clip.text,
        "ocr_text": "\n".join(read),
        "entities": _caption(clip, entities)["entities"],
        "source": {"clip": clip.id, "ocr": bool(read)},
    }


def _read(lines: Iterable[TextLine]) -> dict[str, Any]:
    """Text on screen by its span; lines that stand there together are one entry."""
    together: dict[str, list[str]] = {}
    for line in sorted(lines, key=lambda line: (line.span, line.id)):
        together.setdefault(_key(line.span), []).append(_flat(line.text))
    return {key: {"caption": "\n".join(texts), "entities": []} for key, texts in together.items()}


def _texts(items: Iterable[Speech | TextLine]) -> list[str]:
    ordered = sorted(items, key=lambda item: (item.span, item.id))
    return list(dict.fromkeys(_flat(item.text) for item in ordered))


def _caption(clip: Caption, entities: Iterable[Entity]) -> dict[str, Any]:
    there = (one for one in entities if any(span.overlap_s(clip.span) > 0 for span in one.spans))
    return {"caption": clip.text, "entities": [{"type": _TYPES[one.kind], "text": one.name} for one in there]}


def _registry(entities: Iterable[Entity]) -> dict[str, Any]:
    return {
        one.id: {
            "name": one.name,
            "type": _TYPES[one.kind],
            "mentions": list(one.mentions),
            "first_seen": one.spans[0].start_s if one.spans else None,
        }
        for one in entities
    }


def _key(span: Span) -> str:
    """Seconds, as VideoSEAL keys captions: `12_22.5`."""
    return "_".join(f"{t_s:.3f}".rstrip("0").rstrip(".") for t_s in (span.start_s, span.end_s))


def _clock(t_s: float) -> str:
    ms = round(t_s * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _flat(text: str) -> str:
    return " ".join(text.split())
