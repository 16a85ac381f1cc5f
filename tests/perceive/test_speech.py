"""Speech of a video, from its audio blob to items on the video's clock."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from schemas.span import Span, covered_s, union
from schemas.timeline import Speech, Word
from tests.conftest import SAMPLES
from tests.hearing import pcm_of, silence, whisper, word_errors, words
from transforms.engines.asr import Asr, HeardWord, Segment
from transforms.perceive import speech
from transforms.perceive.chunks import Chunk
from transforms.perceive.speech import find_speech, hear_chunk, join_speech
from transforms.store import Store


class Parrot:
    """An engine that says how many bytes it was given."""

    def __init__(self) -> None:
        self.calls = 0

    @property
    def name(self) -> str:
        return "parrot"

    @property
    def identity(self) -> dict[str, Any]:
        return {"name": "parrot"}

    def transcribe(self, pcm: bytes) -> tuple[Segment, ...]:
        self.calls += 1
        word = HeardWord(f"{len(pcm)}", 0.0, 0.5, 1.0)
        return (Segment(word.text, 0.0, 0.5, 1.0, (word,)),)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def kennedy(real_videos: Path) -> bytes:
    return pcm_of(real_videos / "jfk_11s.flac")


def _hear(pcm: bytes, asr: Asr, store: Store, longest_s: float = 28.0) -> tuple[Speech, ...]:
    audio, audio_s = store.put_blob(pcm), len(pcm) / 32_000
    heard = [(chunk, hear_chunk(audio, chunk, asr, store)) for chunk in find_speech(audio, audio_s, store, longest_s)]
    return join_speech(heard, 0.0, audio_s, asr.name, 0.5)


def _said(items: tuple[Speech, ...]) -> list[str]:
    return words(" ".join(item.text for item in items))


def test_no_sound_no_speech(store: Store) -> None:
    assert find_speech("", 0.0, store) == ()
    assert find_speech(store.put_blob(silence(2)), 2.0, store) == ()


def test_a_chunk_reads_its_own_samples_and_is_heard_once(store: Store) -> None:
    audio, parrot = store.put_blob(silence(10)), Parrot()
    chunk = Chunk(2.125, 4.0)
    (heard,) = hear_chunk(audio, chunk, parrot, store)
    assert heard.text == f"{2 * 30_000}"
    assert hear_chunk(audio, chunk, parrot, Store(store.root)) == (heard,)
    assert parrot.calls == 1
    assert store.counts == {("asr", "made"): 1}


def test_two_chunks_of_one_recording_are_the_same_words_apart(kennedy: bytes, store: Store) -> None:
    apart_s = 17.408
    items = _hear(kennedy + silence(apart_s - len(kennedy) / 32_000) + kennedy, whisper(), store)
    heard = [word for item in items for word in item.words]
    first, second = heard[: len(heard) // 2], heard[len(heard) // 2 :]
    assert store.counts["asr", "made"] == 2
    assert words(" ".join(word.text for word in first)) == words(" ".join(word.text for word in second))
    # Whisper moves a word by some tenths of a second when its chunk begins one step of voice activity (32 ms) later.
    for before, after in zip(first, second, strict=True):
        assert after.span.start_s - before.span.start_s == pytest.approx(apart_s, abs=0.5)


def test_chunked_and_whole_agree(kennedy: bytes, store: Store) -> None:
    whole = words(" ".join(segment.text for segment in whisper().transcribe(kennedy)))
    items = _hear(kennedy, whisper(), store, longest_s=7.0)
    assert store.counts["asr", "made"] == 2
    assert _said(items) == whole
    assert [item.id for item in items] == [f"s{number}" for number in range(1, len(items) + 1)]
    assert all(before.span.end_s <= after.span.start_s for before, after in pairwise(items))


def test_activity_in_blocks_is_activity_of_the_whole(
    kennedy: bytes, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    audio = store.put_blob(kennedy + silence(5) + kennedy)

    def spans() -> list[Span]:
        found = find_speech(audio, 27.0, Store(store.root + str(speech._BLOCK_S)), 28.0)
        return [Span(*stretch) for chunk in found for stretch in chunk.speech]

    def put(block_s: int) -> list[Span]:
        monkeypatch.setattr(speech, "_BLOCK_S", block_s)
        Store(store.root + str(block_s)).put_blob(kennedy + silence(5) + kennedy)
        return spans()

    whole, blocks = put(300), put(4)
    assert total_s(whole) == pytest.approx(14.4, abs=0.6)
    assert covered_s(blocks, whole) / max(total_s(whole), total_s(blocks)) > 0.95


def test_a_sample_is_heard_at_its_times(store: Store) -> None:
    asr = whisper()
    videos = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["videos"]
    sentences = next(video["speech"] for video in videos if video["file"] == "harbour.mp4")
    items = _hear(pcm_of(SAMPLES / "harbour.mp4"), asr, store)
    said = words(" ".join(sentence["text"] for sentence in sentences))
    assert word_errors(_said(items), said) <= len(said) // 50
    assert all(item.sure for item in items)
    spoken = [Span(sentence["start_s"], sentence["end_s"]) for sentence in sentences]
    heard = [item.span for item in items]
    assert covered_s(heard, spoken) / total_s(spoken) > 0.95
    assert covered_s(spoken, heard) / total_s(heard) > 0.85


def total_s(spans: list[Span]) -> float:
    """Seconds covered by the union of the spans."""
    return sum(span.length_s for span in union(spans))


def _segment(*said: tuple[str, float, float], score: float = 0.9) -> Segment:
    heard = tuple(HeardWord(text, start_s, end_s, 0.8) for text, start_s, end_s in said)
    return Segment(" ".join(word.text for word in heard), heard[0].start_s, heard[-1].end_s, score, heard)


def test_segments_move_to_the_video_clock_and_get_ids_in_order() -> None:
    late = (Chunk(10.0, 12.0), [_segment(("Later.", 0.2, 0.7), score=0.4)])
    early = (Chunk(1.0, 3.0), [_segment(("Hello,", 0.1, 0.4), ("you.", 0.4, 0.9))])
    assert join_speech([late, early], 0.25, 60.0, "whisper", 0.5) == (
        Speech(
            "s1",
            Span(1.35, 2.15),
            "Hello, you.",
            (Word("Hello,", Span(1.35, 1.65), 0.8), Word("you.", Span(1.65, 2.15), 0.8)),
            0.9,
            True,
            "whisper",
        ),
        Speech("s2", Span(10.45, 10.95), "Later.", (Word("Later.", Span(10.45, 10.95), 0.8),), 0.4, False, "whisper"),
    )


def test_words_before_the_first_frame_and_after_the_last_are_left_out() -> None:
    segment = _segment(
        ("before", 0.0, 0.5), ("half", 0.5, 1.5), ("in", 1.5, 2.5), ("part", 2.5, 3.5), ("past", 3.5, 4.0)
    )
    (item,) = join_speech([(Chunk(0.0, 4.0), [segment])], -1.0, 2.0, "whisper", 0.5)
    assert (item.text, item.span) == ("half in part", Span(0.0, 2.0))
    assert [word.span for word in item.words] == [Span(0.0, 0.5), Span(0.5, 1.5), Span(1.5, 2.0)]


def test_a_segment_wholly_outside_is_left_out() -> None:
    heard = [(Chunk(0.0, 9.0), [_segment(("gone", 0.0, 1.0)), _segment(("gone", 8.0, 9.0))])]
    assert join_speech(heard, -2.0, 5.0, "whisper", 0.5) == ()


def test_a_segment_without_word_times_keeps_its_own() -> None:
    heard = [(Chunk(2.0, 5.0), [Segment("Hello", 0.5, 9.0, 0.9, ())])]
    assert join_speech(heard, 0.0, 60.0, "whisper", 0.5) == (
        Speech("s1", Span(2.5, 5.0), "Hello", (), 0.9, True, "whisper"),
    )


def test_words_do_not_reach_into_silence() -> None:
    chunk = Chunk(10.0, 16.0, ((10.5, 11.0), (14.0, 15.0)))
    segment = _segment(("Yes.", 0.0, 2.0), ("Then", 2.0, 4.6), ("no.", 4.6, 6.0))
    items = join_speech([(chunk, [segment])], 0.0, 60.0, "whisper", 0.5)
    assert [(item.text, item.span) for item in items] == [("Yes.", Span(10.4, 11.1)), ("Then no.", Span(13.9, 15.1))]


def test_text_without_spaces_is_cut_where_its_words_are() -> None:
    heard = (HeardWord("你好", 0.0, 0.5, 0.9), HeardWord("世界。", 3.0, 3.5, 0.9))
    items = join_speech([(Chunk(0.0, 5.0), [Segment("你好世界。", 0.0, 3.5, 0.9, heard)])], 0.0, 60.0, "whisper", 0.5)
    assert [item.text for item in items] == ["你好", "世界。"]
