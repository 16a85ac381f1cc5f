"""The files of a video's text: every one of them, word for word, and subtitles that read back."""

import json
from dataclasses import replace

from schemas.span import Span
from schemas.timeline import Caption, Entity, Shot, Timeline
from tests.timelines import make_timeline
from transforms.perceive.subtitles import read_subtitles
from transforms.write.artifacts import artifacts, folder_of, rows_of, to_embed, vector_files


def timeline() -> Timeline:
    made = make_timeline(
        [("GATE 14", 2.0, 12.5), ("OPENS  AT 09:30", 2.0, 12.5), ("blurred", 3.0, 4.0, (0, 0, 1, 1), False)],
        [("The ferry\nleaves at noon.", 14.0, 15.25), ("um", 16.0, 17.0, False)],
        video_id="harbour",
    )
    clips = (Shot("k0", Span(0.0, 10.0)), Shot("k1", Span(10.0, 60.0)))
    captions = (
        Caption("v", Span(0.0, 60.0), "A day at the harbour.", "video", 1.0, True, "t"),
        Caption("c0", Span(0.0, 10.0), "A man opens a gate.", "clip", 1.0, True, "t"),
        Caption("c1", Span(10.0, 60.0), "A ferry leaves.", "clip", 1.0, True, "t"),
        Caption("c2", Span(10.0, 60.0), "A whale?", "clip", 0.1, False, "t"),
    )
    man = Entity("e0", "person", "gatekeeper", ("man",), (Span(0.0, 10.0),), "t")
    return replace(made, clips=clips, captions=captions, entities=(man,))


FIRST = {
    "caption": "Visual: A man opens a gate. GATE 14 OPENS AT 09:30\nDialogue:",
    "clip_caption": "A man opens a gate.",
    "ocr_text": "GATE 14\nOPENS AT 09:30",
    "entities": [{"type": "person", "text": "gatekeeper"}],
    "source": {"clip": "c0", "ocr": True},
}
SECOND = {
    "caption": "Visual: A ferry leaves. GATE 14 OPENS AT 09:30\nDialogue: The ferry leaves at noon.",
    "clip_caption": "A ferry leaves.",
    "ocr_text": "GATE 14\nOPENS AT 09:30",
    "entities": [],
    "source": {"clip": "c1", "ocr": True},
}
REGISTRY = {
    "subject_registry": {"e0": {"name": "gatekeeper", "type": "person", "mentions": ["man"], "first_seen": 0.0}}
}


def test_what_is_embedded_has_the_names() -> None:
    assert to_embed(timeline()) == {
        "0_10": "Visual: A man opens a gate. GATE 14 OPENS AT 09:30\nDialogue: gatekeeper",
        "10_60": SECOND["caption"],
    }


def test_no_texts_have_no_vectors() -> None:
    assert rows_of([]).shape == (0, 0)
    index = vector_files(make_timeline(video_id="v"), rows_of([]), "m")["indexes/semantic/v/semantic_index.json"]
    assert json.loads(index) == {"doc_ids": [], "vectors": [], "norms": [], "model": "m", "dimension": 0}


def test_every_file_of_a_video() -> None:
    files = artifacts(timeline())
    assert {path: text if path.endswith(("srt", "txt")) else json.loads(text) for path, text in files.items()} == {
        "cache/srt/harbour/speech.srt": "1\n00:00:14,000 --> 00:00:15,250\nThe ferry leaves at noon.\n\n",
        "cache/srt/harbour/ocr.srt": "1\n00:00:02,000 --> 00:00:12,500\nGATE 14\n\n"
        "2\n00:00:02,000 --> 00:00:12,500\nOPENS AT 09:30\n\n",
        "cache/semantic_inputs/ocr/harbour/ocr_captions.json": {
            "2_12.5": {"caption": "GATE 14\nOPENS AT 09:30", "entities": []}
        },
        "cache/semantic_inputs/clip/harbour/captions.json": {
            "0_10": {"caption": "A man opens a gate.", "entities": [{"type": "person", "text": "gatekeeper"}]},
            "10_60": {"caption": "A ferry leaves.", "entities": []},
            **REGISTRY,
        },
        "indexes/semantic/harbour/semantic_captions.json": {"0_10": FIRST, "10_60": SECOND, **REGISTRY},
        "indexes/semantic/harbour/semantic_segments.txt": "[harbour] 0-10s\n"
        "Visual: A man opens a gate. GATE 14 OPENS AT 09:30\nDialogue:\n\n[harbour] 10-60s\n"
        "Visual: A ferry leaves. GATE 14 OPENS AT 09:30\nDialogue: The ferry leaves at noon.\n",
        "summaries/harbour/full_story.txt": "A day at the harbour.\n"
        "[0.0-10.0] Visual: A man opens a gate. GATE 14 OPENS AT 09:30 Dialogue:\n"
        "[10.0-60.0] Visual: A ferry leaves. GATE 14 OPENS AT 09:30 Dialogue: The ferry leaves at noon.\n",
    }


def test_subtitles_read_back() -> None:
    text = artifacts(timeline())["cache/srt/harbour/speech.srt"]
    (item,) = read_subtitles(text.encode(), "speech.srt", 60.0).speech
    assert (item.span, item.text) == (Span(14.0, 15.25), "The ferry leaves at noon.")


def test_a_video_without_text_has_its_files_too() -> None:
    files = artifacts(make_timeline(video_id="v"))
    assert files["cache/srt/v/speech.srt"] == ""
    assert json.loads(files["indexes/semantic/v/semantic_captions.json"]) == {"subject_registry": {}}
    assert len(files) == 7


def test_an_id_that_is_no_folder_gets_a_digest() -> None:
    assert folder_of("harbour-2.mp4") == "harbour-2.mp4"
    for odd in ("../up", "a/b", ".hidden", "ü", "x" * 101, ""):
        assert len(folder_of(odd)) == 32
