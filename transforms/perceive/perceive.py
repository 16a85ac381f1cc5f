"""All that is perceived of one video, piece by piece: the pure twin of `PerceiveVideos`.

Each piece is a memo, so that the pieces may be done anywhere in any order, and `assemble` then finds them done.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from schemas.codec import from_json, to_json
from schemas.scan import Scan
from schemas.settings import ChatCaptions, Perceive
from schemas.source import Video
from schemas.span import Span, seconds
from schemas.timeline import Shot, Speech, Timeline
from transforms.engines.asr import Asr
from transforms.engines.ocr import Ocr
from transforms.perceive.lines import join_lines
from transforms.perceive.ocr import read_screen
from transforms.perceive.scan import ScanSettings, scan_video
from transforms.perceive.screens import ScreenPicker
from transforms.perceive.speech import find_speech, hear_chunk, join_speech
from transforms.perceive.subtitles import Subtitles, left_out, read_subtitles
from transforms.remote.at_hand import subtitles_path
from transforms.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Senses:
    """The engines that read and hear; None where the entry wants none."""

    ocr: Ocr | None
    asr: Asr | None


def look_over(video: Video, settings: Perceive, store: Store) -> Scan:
    """The one sequential pass over a video.

    Raises:
        InputError: the file cannot be used, with the true reason.
    """
    captions = settings.captions
    frames = captions.frames if isinstance(captions, ChatCaptions) else ScanSettings().clip_frames
    chosen = ScanSettings(sample_fps=settings.sample_fps, clip_s=settings.clip_s, clip_frames=frames)
    return scan_video(video, chosen, store, ScreenPicker, ScreenPicker.identity)


def pieces(video: Video, scan: Scan, senses: Senses, store: Store) -> list[tuple[str, int]]:
    """What is left to do after the scan, as (kind, position): screens to read and chunks to hear."""
    screens = range(len(scan.screens)) if senses.ocr else ()
    chunks = range(len(find_speech(scan.audio, scan.audio_s, store))) if senses.asr and not video.subtitles else ()
    return [("screen", n) for n in screens] + [("chunk", n) for n in chunks]


def do_piece(kind: str, position: int, scan: Scan, senses: Senses, store: Store) -> None:
    """Reads a screen or hears a chunk, unless that is done; the result is left in the store.

    Raises:
        EngineError: the engine failed on it.
    """
    if kind == "screen" and senses.ocr:
        read_screen(scan.screens[position].picture, senses.ocr, store)
    if kind == "chunk" and senses.asr:
        chunk = find_speech(scan.audio, scan.audio_s, store)[position]
        hear_chunk(scan.audio, chunk, senses.asr, store)


def assemble(video: Video, scan: Scan, settings: Perceive, senses: Senses, store: Store) -> Timeline:
    """The timeline of a video but for its captions, from its scan and its pieces; what is not done yet is done now."""
    readings = [
        (screen.span.start_s, screen.span.end_s, read_screen(screen.picture, senses.ocr, store))
        for screen in scan.screens
        if senses.ocr
    ]
    min_score = getattr(settings.ocr, "min_score", 0.0)
    return Timeline(
        video_id=video.id,
        sha256=video.sha256,
        duration_s=seconds(scan.duration_s),
        width=scan.width,
        height=scan.height,
        frames=scan.frames,
        times=scan.times,
        shots=_numbered("h", scan.shots),
        clips=_numbered("k", tuple(clip.span for clip in scan.clips)),
        lines=join_lines(readings, scan.duration_s, senses.ocr.identity["name"] if senses.ocr else "", min_score),
        speech=_speech(video, scan, settings, senses, store),
        captions=(),
        has_audio=bool(scan.audio),
    )


def _speech(video: Video, scan: Scan, settings: Perceive, senses: Senses, store: Store) -> tuple[Speech, ...]:
    """Speech from the subtitles beside the video when there are any, else from the speech engine."""
    if video.subtitles:
        return _subtitles(video, scan, store).speech
    if senses.asr is None:
        return ()
    chunks = find_speech(scan.audio, scan.audio_s, store)
    heard = [(chunk, hear_chunk(scan.audio, chunk, senses.asr, store)) for chunk in chunks]
    min_score = getattr(settings.asr, "min_score", 0.0)
    return join_speech(heard, scan.audio_start_s, scan.duration_s, senses.asr.name, min_score)


def _subtitles(video: Video, scan: Scan, store: Store) -> Subtitles:
    path = Path(subtitles_path(video, store))
    return read_subtitles(path.read_bytes(), Path(video.subtitles).name, scan.duration_s)


def log_losses(video: Video, scan: Scan, store: Store) -> None:
    """Logs what there is of a video and is not on its timeline."""
    if scan.damaged:
        _log.warning("%s: %d packets or frames could not be decoded and were passed over", video.uri, scan.damaged)
    if video.subtitles and (lost := left_out(_subtitles(video, scan, store))):
        _log.warning("%s: %s", Path(video.subtitles).name, lost)


def _numbered(letter: str, spans: tuple[Span, ...]) -> tuple[Shot, ...]:
    return tuple(Shot(f"{letter}{n}", span) for n, span in enumerate(spans, 1))


def keep(timeline: Timeline, store: Store) -> str:
    """Puts a timeline into the store and returns its digest."""
    return store.put_blob(to_json(timeline))


def load_timeline(name: str, store: Store) -> Timeline:
    return from_json(Timeline, store.blob(name))


def load_scan(name: str, store: Store) -> Scan:
    return from_json(Scan, store.blob(name))
