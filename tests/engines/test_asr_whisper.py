"""openai-whisper: how its weights are found, and, where it is installed, that the engine keeps its promises.

The official weights come from the net alone, so the model here is a small one whose weights are random: it goes through
all of the package's code and says nothing that makes sense.
"""

import builtins
import hashlib
import importlib.metadata
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.codec import canonical
from schemas.errors import EngineError
from schemas.settings import WhisperSettings
from tests.hearing import silence, tone
from transforms.engines.asr import HeardWord, Segment, segment_of
from transforms.engines.asr_whisper import OpenAIWhisper, build_whisper


def test_without_the_package_the_ways_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name == "whisper":
            raise ImportError("No module named 'whisper'")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EngineError) as caught:
        build_whisper()
    assert caught.value.code == "asr_missing"
    for way in ("frametrail[whisper]", "perceive.asr.model=/path/to/weights.pt", "perceive.asr.type=none", ".srt"):
        assert way in caught.value.detail


def test_a_segment_is_scored_by_its_words() -> None:
    words = [SimpleNamespace(word=" ask", start=0.5, end=0.75, probability=0.9)]
    told = SimpleNamespace(
        text=" ask", start=0.0, end=1.0, words=words, avg_logprob=-5.0, no_speech_prob=0.5, compression_ratio=4.8
    )
    assert segment_of(told) == Segment("ask", 0.5, 0.75, 0.225, (HeardWord("ask", 0.5, 0.75, 0.9),))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        importlib.metadata.distribution("openai-whisper")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("openai-whisper is not installed: pip install 'frametrail[whisper]'")
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(1)
    # English only, as large as it must be for its tokenizer and its 30 s windows, and as small as it may be else.
    sizes = ModelDimensions(80, 1500, 32, 2, 2, 51864, 448, 32, 2, 2)
    model = Whisper(sizes)
    # The package leaves these as they lie in memory.
    torch.nn.init.normal_(model.decoder.positional_embedding)
    path = tmp_path_factory.mktemp("weights") / "random.pt"
    torch.save({"dims": vars(sizes), "model_state_dict": model.state_dict()}, path)
    return path


@pytest.fixture(scope="module")
def asr(weights: Path) -> OpenAIWhisper:
    return build_whisper(str(weights), language="en")


@pytest.mark.whisper
def test_a_file_is_taken_with_its_digest(asr: OpenAIWhisper, weights: Path) -> None:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert (asr.sha256, asr.name) == (digest, f"openai-whisper/{digest[:8]}")
    assert build_whisper(str(weights), digest, "en") == asr
    assert str(weights.parent) not in canonical(asr.identity)
    changed = [replace(asr, beam_size=1), replace(asr, language="")]
    assert len({canonical(one.identity) for one in [asr, *changed]}) == 3


@pytest.mark.whisper
def test_another_digest_is_refused_before_anything_is_loaded(weights: Path) -> None:
    with pytest.raises(EngineError, match=r"weights_mismatch: random\.pt has sha256 [0-9a-f]{64}, expected 0000"):
        build_whisper(str(weights), "0" * 64)


@pytest.mark.whisper
def test_a_file_that_changes_meanwhile_is_not_loaded(asr: OpenAIWhisper, tmp_path: Path) -> None:
    (tmp_path / "other.pt").write_bytes(b"not what was checked")
    with pytest.raises(EngineError, match="weights_mismatch: other.pt has changed"):
        replace(asr, path=tmp_path / "other.pt").transcribe(tone(1))


@pytest.mark.whisper
def test_a_file_that_is_no_checkpoint_is_told(tmp_path: Path, weights: Path) -> None:
    (tmp_path / "none.pt").write_bytes(b"no checkpoint")
    (tmp_path / "cut.pt").write_bytes(weights.read_bytes()[:100_000])
    for name in ("none.pt", "cut.pt"):
        with pytest.raises(EngineError, match=f"weights_damaged: {name} is no checkpoint of Whisper"):
            build_whisper(str(tmp_path / name)).transcribe(tone(1))


@pytest.mark.whisper
def test_weights_that_are_nowhere(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"weights_missing: there is no file .*nowhere\.pt; choose one"):
        build_whisper(str(tmp_path / "nowhere.pt"))
    with pytest.raises(EngineError, match="weights_missing: openai-whisper knows no weights tinny, but tiny.en, tiny,"):
        build_whisper("tinny")


@pytest.mark.whisper
def test_what_the_cache_holds_is_checked_too(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import whisper

    (tmp_path / "whisper").mkdir()
    (tmp_path / "whisper" / "own.pt").write_bytes(weights.read_bytes())
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(whisper._MODELS, "own", f"http://127.0.0.1:9/{digest}/own.pt")
    assert build_whisper("own").name == "openai-whisper/own"
    (tmp_path / "whisper" / "own.pt").write_bytes(b"damaged")
    with pytest.warns(UserWarning, match="checksum"), pytest.raises(EngineError) as caught:
        build_whisper("own")
    assert caught.value.code == "weights_missing"
    assert "cannot be fetched" in caught.value.detail


@pytest.mark.whisper
def test_the_same_sound_gives_the_same_text_on_any_thread(asr: OpenAIWhisper) -> None:
    quick = replace(asr, beam_size=1)
    alone = quick.transcribe(tone(2))
    copy: OpenAIWhisper = pickle.loads(pickle.dumps(quick))
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(copy.transcribe, [tone(2), tone(2)])) == [alone, alone]
    (segment,) = alone
    times = [time for word in segment.words for time in (word.start_s, word.end_s)]
    assert len(segment.words) > 100
    assert times == sorted(times)
    assert 0 <= segment.start_s <= segment.end_s <= 2
    # Few words again and again: that is a loop, and nobody said it.
    assert len({word.text for word in segment.words}) < 20
    assert 0 <= segment.score < WhisperSettings().min_score / 5


@pytest.mark.whisper
def test_no_samples_no_segments(asr: OpenAIWhisper) -> None:
    assert asr.transcribe(b"") == ()


@pytest.mark.whisper
def test_a_language_the_weights_do_not_know_is_refused(asr: OpenAIWhisper) -> None:
    with pytest.raises(EngineError, match="bad_language: these weights don't know the language 'fr', but en"):
        replace(asr, language="fr").transcribe(silence(1))
