"""Whisper and Silero on real speech, and on sounds that are none."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import FasterWhisperSettings
from tests.hearing import pcm_of, silence, tone, whisper, word_errors, words
from transforms.engines.asr import FasterWhisper, samples, vad_identity, voice_activity
from transforms.engines.weights import KNOWN

MIN_SCORE = FasterWhisperSettings().min_score
KENNEDY = "and so my fellow americans ask not what your country can do for you ask what you can do for your country"


@pytest.fixture(scope="module")
def asr() -> FasterWhisper:
    return whisper()


@pytest.fixture(scope="module")
def kennedy(real_videos: Path) -> bytes:
    return pcm_of(real_videos / "jfk_11s.flac")


def test_a_known_speech_is_heard_word_for_word(asr: FasterWhisper, kennedy: bytes) -> None:
    segments = asr.transcribe(kennedy)
    assert words(" ".join(segment.text for segment in segments)) == words(KENNEDY)
    assert all(MIN_SCORE <= segment.score <= 1 for segment in segments)
    times = [time for segment in segments for word in segment.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0 and times[-1] <= 11.0
    assert [word.text for segment in segments for word in segment.words] == " ".join(
        segment.text for segment in segments
    ).split()


def test_many_threads_hear_the_same(asr: FasterWhisper, kennedy: bytes) -> None:
    piece = kennedy[: 2 * 16_000 * 3]
    alone = asr.transcribe(piece)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(asr.transcribe, [piece, piece])) == [alone, alone]


def test_a_copy_sent_to_another_process_is_the_same_engine(asr: FasterWhisper) -> None:
    copy = pickle.loads(pickle.dumps(asr))
    assert copy == asr
    assert copy.identity == asr.identity


@pytest.mark.parametrize("pcm", [silence(2), tone(2)], ids=["silence", "tone"])
def test_words_heard_in_no_speech_are_not_sure(asr: FasterWhisper, pcm: bytes) -> None:
    segments = asr.transcribe(pcm)
    assert segments != ()
    assert max(segment.score for segment in segments) < MIN_SCORE / 2


def test_no_samples_no_segments(asr: FasterWhisper) -> None:
    assert asr.transcribe(b"") == ()


def test_the_identity_changes_with_what_changes_results(asr: FasterWhisper) -> None:
    assert asr.identity["weights"] == KNOWN["tiny.en"]
    assert str(asr.weights.folder) not in canonical(asr.identity)
    changed = [replace(asr, beam_size=1), replace(asr, language="en")]
    assert len({canonical(one.identity) for one in [asr, *changed]}) == 3
    assert replace(asr, workers=8).identity == asr.identity


def test_a_language_the_weights_do_not_know_is_refused(asr: FasterWhisper) -> None:
    with pytest.raises(EngineError, match="bad_language"):
        replace(asr, language="fr").transcribe(silence(1))


def test_voice_activity_finds_the_phrases_and_the_pauses(kennedy: bytes) -> None:
    found = voice_activity(kennedy)
    spoken_s = sum(end_s - start_s for start_s, end_s in found)
    assert len(found) == 5
    assert found[0][0] == pytest.approx(0.32, abs=0.1)
    assert found[-1][1] == pytest.approx(10.5, abs=0.1)
    assert spoken_s == pytest.approx(7.1, abs=0.3)


@pytest.mark.parametrize("pcm", [b"", silence(3), tone(3)], ids=["nothing", "silence", "tone"])
def test_no_voice_no_activity(pcm: bytes) -> None:
    assert voice_activity(pcm) == []


def test_the_vad_says_what_it_is() -> None:
    assert vad_identity()["threshold"] == 0.5


def test_samples_are_scaled_and_a_half_one_is_left_out() -> None:
    pcm = np.array([0, 16_384, -32_768], "<i2").tobytes() + b"\x01"
    assert samples(pcm).tolist() == [0.0, 0.5, -1.0]


def test_errors_count_words() -> None:
    assert word_errors(["a", "b", "c"], ["a", "x", "c", "d"]) == 2
