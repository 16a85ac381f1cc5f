"""The text about a video in the files that VideoSEAL's planner is run on: subtitles of speech and of text on screen,
captions keyed by their span, both merged, and the whole story (facts of its offline build, schema 0.3.1).

Pure: a timeline becomes names of files and their text.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

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
    return {
        f"cache/srt/{video}/speech.srt": srt(speech),
        f"cache/srt/{video}/ocr.srt": srt(lines),
        f"cache/semantic_inputs/ocr/{video}/ocr_captions.json": _json(_read(lines)),
        f"cache/semantic_inputs/clip/{video}/captions.json": _json(
            {_key(clip.span): _caption(clip, timeline.entities) for clip in clips}
            | {"subject_registry": _registry(timeline.entities)}
        ),
        f"indexes/semantic/{video}/semantic_captions.json": _json(merged),
        f"indexes/semantic/{video}/semantic_segments.txt": "".join(
            f"{key}\t{_flat(one['caption'])}\n" for key, one in merged.items()
        ),
        f"summaries/{video}/full_story.txt": story(timeline),
    }


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
