"""Speech of one video: where somebody speaks, what is said there, chunk by chunk, and both on the video's clock."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from schemas.span import Span, seconds
from schemas.timeline import Speech, Word
from transforms.engines.asr import SAMPLE_RATE, Asr, HeardWord, Segment, vad_identity, voice_activity
from transforms.perceive.chunks import LONGEST_S, Chunk, plan_chunks
from transforms.store import Store, memo_key

VERSION = "1"

_BLOCK_S = 300
"""Voice activity is looked for in blocks of so many seconds, so that memory does not grow with the video's length."""
_LEAD_S = 3


def find_speech(audio: str, audio_s: float, store: Store, longest_s: float = LONGEST_S) -> tuple[Chunk, ...]:
    """The chunks of an audio blob that hold speech (a memo of step `vad`).

    `audio` is the digest of the blob (16 kHz mono s16le PCM; empty when there is no sound), `audio_s` its length.
    """
    if not audio or audio_s <= 0:
        return ()

    def compute() -> list[list[float]]:
        chunks = plan_chunks(_activity(audio, audio_s, store), audio_s, longest_s)
        return [[chunk.start_s, chunk.end_s] for chunk in chunks]

    inputs = {"audio": audio, "longest_s": longest_s}
    held = store.memo(memo_key("vad", VERSION, engine=vad_identity(), inputs=inputs), compute)
    return tuple(Chunk(start_s, end_s) for start_s, end_s in held)


def hear_chunk(audio: str, chunk: Chunk, asr: Asr, store: Store) -> tuple[Segment, ...]:
    """What is said in one chunk of an audio blob (a memo of step `asr`), in seconds from the chunk's start."""

    def compute() -> list[dict[str, Any]]:
        pcm = _pcm(audio, round(chunk.start_s * SAMPLE_RATE), round(chunk.end_s * SAMPLE_RATE), store)
        return [asdict(segment) for segment in asr.transcribe(pcm)]

    inputs = {"audio": audio, "start_s": chunk.start_s, "end_s": chunk.end_s}
    held = store.memo(memo_key("asr", VERSION, engine=asr.identity, inputs=inputs), compute)
    return tuple(Segment(**{**one, "words": tuple(HeardWord(**word) for word in one["words"])}) for one in held)


def join_speech(
    heard: Iterable[tuple[Chunk, Sequence[Segment]]],
    audio_start_s: float,
    duration_s: float,
    engine: str,
    min_score: float,
) -> tuple[Speech, ...]:
    """The segments of all chunks on the video's clock, sorted, with ids `s1`, `s2` and so on.

    `audio_start_s` is the time of the audio's first sample on that clock (may be negative); what lies outside
    `[0, duration_s)` is left out word by word. A segment is `sure` when its score is at least `min_score`.
    """
    placed = sorted(
        (
            item
            for chunk, segments in heard
            for segment in segments
            if (item := _place(segment, chunk, audio_start_s, duration_s)) is not None
        ),
        key=lambda item: (item[0], item[1]),
    )
    return tuple(
        Speech(f"s{number}", span, text, words, score, score >= min_score, engine)
        for number, (span, text, words, score) in enumerate(placed, start=1)
    )


def _place(
    segment: Segment, chunk: Chunk, audio_start_s: float, duration_s: float
) -> tuple[Span, str, tuple[Word, ...], float] | None:
    """The segment on the video's clock; never past its chunk, because Whisper's times may run over the end."""
    low = max(0.0, audio_start_s + chunk.start_s)
    high = min(duration_s, audio_start_s + chunk.end_s)
    zero = audio_start_s + chunk.start_s

    def clamp(start_s: float, end_s: float) -> Span | None:
        start, end = max(low, zero + start_s), min(high, zero + end_s)
        return Span(seconds(start), seconds(end)) if seconds(start) <= seconds(end) and start < high else None

    span = clamp(segment.start_s, segment.end_s)
    if span is None or span.length_s == 0:
        return None
    words = [(word, clamp(word.start_s, word.end_s)) for word in segment.words]
    kept = tuple(Word(word.text, inside, word.score) for word, inside in words if inside is not None)
    if segment.words and not kept:
        return None
    text = segment.text if len(kept) == len(words) else _text_of(segment, [inside is not None for _, inside in words])
    return span, text, kept, segment.score


def _text_of(segment: Segment, kept: list[bool]) -> str:
    """The stretch of the segment's text from its first kept word to its last."""
    at, spans = 0, []
    for word in segment.words:
        at = max(at, segment.text.find(word.text, at))
        spans.append((at, at + len(word.text)))
        at += len(word.text)
    inside = [span for span, keep in zip(spans, kept, strict=True) if keep]
    return segment.text[inside[0][0] : inside[-1][1]].strip()


def _activity(audio: str, audio_s: float, store: Store) -> list[tuple[float, float]]:
    """Voice activity of the whole blob, block by block; each block is heard from a little before its start."""
    found: list[tuple[float, float]] = []
    total = round(audio_s * SAMPLE_RATE)
    for first in range(0, total, _BLOCK_S * SAMPLE_RATE):
        last = min(total, first + _BLOCK_S * SAMPLE_RATE)
        lead = max(0, first - _LEAD_S * SAMPLE_RATE)
        low_s, high_s, lead_s = first / SAMPLE_RATE, last / SAMPLE_RATE, lead / SAMPLE_RATE
        for start_s, end_s in voice_activity(_pcm(audio, lead, last, store)):
            start_s, end_s = max(low_s, start_s + lead_s), min(high_s, end_s + lead_s)
            if end_s > start_s:
                found.append((start_s, end_s))
    return found


def _pcm(audio: str, first: int, last: int, store: Store) -> bytes:
    """Samples `[first, last)` of an audio blob."""
    return store.blob(audio, start=2 * first, end=2 * last)
