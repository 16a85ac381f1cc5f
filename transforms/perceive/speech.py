"""Speech of one video: where somebody speaks, what is said there, chunk by chunk, and both on the video's clock."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

from schemas.span import Span, seconds
from schemas.timeline import Speech, Word
from transforms.engines.asr import SAMPLE_RATE, Asr, HeardWord, Segment, vad_identity, voice_activity
from transforms.perceive.chunks import LONGEST_S, Chunk, plan_chunks
from transforms.store import Store, memo_key

VERSION = "1"

_BLOCK_S = 120
"""Voice activity is looked for in blocks of so many seconds, so that memory does not grow with the video's length."""
_LEAD_S = 3

_SLACK_S = 0.1
"""How far a word may reach into the silence around it. Whisper stretches words over pauses, voice activity does not: so
cut, the starts and ends of 39 spoken sample sentences are 0.12 and 0.10 s off on average instead of 0.17 and 0.26."""
_PAUSE_S = 1.0
"""A longer pause between two words ends a segment."""


def find_speech(audio: str, audio_s: float, store: Store, longest_s: float = LONGEST_S) -> tuple[Chunk, ...]:
    """The chunks of an audio blob that hold speech (a memo of step `vad`).

    `audio` is the digest of the blob (16 kHz mono s16le PCM; empty when there is no sound), `audio_s` its length.
    """
    if not audio or audio_s <= 0:
        return ()

    def compute() -> list[dict[str, Any]]:
        return [asdict(chunk) for chunk in plan_chunks(_activity(audio, audio_s, store), audio_s, longest_s)]

    inputs = {"audio": audio, "longest_s": longest_s}
    held = store.memo(memo_key("vad", VERSION, engine=vad_identity(), inputs=inputs), compute)
    return tuple(Chunk(one["start_s"], one["end_s"], tuple((a, b) for a, b in one["speech"])) for one in held)


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
    `[0, duration_s)` is left out word by word. Words are cut to the chunk's voice activity, and segments at pauses of
    more than a second. A segment is `sure` when its score is at least `min_score`.
    """
    said: list[Speech] = []
    for chunk, segments in heard:
        zero_s = audio_start_s + chunk.start_s
        low_s, high_s = max(0.0, zero_s), min(duration_s, audio_start_s + chunk.end_s)
        for phrase in (part for segment in segments for part in _split(_trim(segment, chunk))):
            inside = _within(phrase, low_s - zero_s, high_s - zero_s)
            if inside is None:
                continue
            span = Span(seconds(zero_s + inside.start_s), seconds(zero_s + inside.end_s))
            words = tuple(
                Word(word.text, Span(seconds(zero_s + word.start_s), seconds(zero_s + word.end_s)), word.score)
                for word in inside.words
            )
            said.append(Speech("", span, inside.text, words, inside.score, inside.score >= min_score, engine))
    said.sort(key=lambda one: (one.span, one.text))
    return tuple(replace(one, id=f"s{number}") for number, one in enumerate(said, start=1))


def _trim(segment: Segment, chunk: Chunk) -> Segment:
    """The segment with each word cut to the voice activity it overlaps; a word that overlaps none stays as it is."""
    words = []
    for word in segment.words:
        spoken = [
            (start_s - chunk.start_s, end_s - chunk.start_s)
            for start_s, end_s in chunk.speech
            if start_s - chunk.start_s < word.end_s and end_s - chunk.start_s > word.start_s
        ]
        if spoken:
            start_s, end_s = max(word.start_s, spoken[0][0] - _SLACK_S), min(word.end_s, spoken[-1][1] + _SLACK_S)
            word = replace(word, start_s=start_s, end_s=end_s)
        words.append(word)
    return _part(replace(segment, words=tuple(words)), 0, len(words))


def _split(segment: Segment) -> list[Segment]:
    """The segment in pieces, cut where a pause between two words is long."""
    gaps = [after.start_s - before.end_s for before, after in pairwise(segment.words)]
    cuts = [at for at, gap in enumerate(gaps, start=1) if gap > _PAUSE_S]
    return [_part(segment, first, last) for first, last in pairwise([0, *cuts, len(segment.words)])]


def _within(segment: Segment, low_s: float, high_s: float) -> Segment | None:
    """What of the segment lies in `[low_s, high_s)`; Whisper's own times may also run over its chunk's end."""
    inside = [at for at, word in enumerate(segment.words) if word.end_s > low_s and word.start_s < high_s]
    if segment.words:
        if not inside:
            return None
        segment = _part(segment, inside[0], inside[-1] + 1)
    words = tuple(
        replace(word, start_s=min(high_s, max(low_s, word.start_s)), end_s=max(low_s, min(high_s, word.end_s)))
        for word in segment.words
    )
    start_s, end_s = max(low_s, segment.start_s), min(high_s, segment.end_s)
    return replace(segment, start_s=start_s, end_s=end_s, words=words) if seconds(end_s - start_s) > 0 else None


def _part(segment: Segment, first: int, last: int) -> Segment:
    """Words `[first, last)` of a segment with their stretch of its text; a segment without words as it is."""
    words = segment.words[first:last]
    if not words:
        return segment
    at, places = 0, []
    for word in segment.words:
        at = max(at, segment.text.find(word.text, at))
        places.append((at, at + len(word.text)))
        at += len(word.text)
    text = segment.text[places[first][0] : places[last - 1][1]].strip()
    return Segment(text, words[0].start_s, max(word.end_s for word in words), segment.score, words)


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
