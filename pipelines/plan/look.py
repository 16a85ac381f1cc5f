"""What is known of a video without working on it: its length by its header, and whatever the store holds of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import isawaitable
from tempfile import TemporaryDirectory
from typing import Any

from schemas.errors import EngineError, FrametrailError, InputError
from schemas.scan import Scan
from schemas.settings import Perceive
from schemas.source import Rejected, Video
from schemas.timeline import Timeline
from transforms.engines.captions import Captioner, ClipFacts
from transforms.media.decode import open_video
from transforms.perceive.captions import caption_all, facts_of, with_captions
from transforms.perceive.ocr import read_screen
from transforms.perceive.perceive import Senses, assemble, look_over
from transforms.perceive.scan import ScanSettings, scan
from transforms.perceive.screens import ScreenPicker
from transforms.perceive.speech import find_speech, hear_chunk
from transforms.read.identify import identify
from transforms.remote.at_hand import video_path
from transforms.remote.uris import is_remote
from transforms.store import Absent, Held, Store


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of one kind: `count` in all, None while nobody knows, and how many of them the store holds."""

    count: int | None = None
    held: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A video as a plan sees it. `refused` is the code it would be turned away with, empty for a good one.

    `path` is its local file. `timeline`, and `facts` of its clips, are there when the store holds all pieces. `sampled`
    says that it was scanned for the plan alone.
    """

    video: Video
    length_s: float = 0.0
    refused: str = ""
    path: str = ""
    clips: Pieces = Pieces()
    screens: Pieces = Pieces()
    chunks: Pieces = Pieces()
    timeline: Timeline | None = None
    facts: tuple[ClipFacts, ...] = ()
    sampled: bool = False


def look(video: Video, settings: Perceive, senses: Senses, captioner: Captioner, store: Held) -> Seen:
    """A video by its header and the store; nothing is decoded."""
    try:
        path = _path(video, store)
        if not path:
            return Seen(video, refused="not_fetched")
        with open_video(path) as source:
            seen = Seen(video, source.length_s(), path=path)
        known = identify(video, store)
        if isinstance(known, Rejected):
            return replace(seen, refused=known.code)
        seen = replace(seen, video=known)
        found = look_over(known, settings, store)
        seen = asyncio.run(_by_scan(seen, found, settings, senses, store))
        return asyncio.run(_by_timeline(seen, found, settings, senses, captioner, store))
    except Absent:
        return seen
    except InputError as error:
        return Seen(video, refused=error.code)


def _path(video: Video, store: Held) -> str:
    """The video's local file, empty where it is remote and was not fetched: a plan fetches nothing."""
    try:
        known = identify(video, store) if is_remote(video.location) else video
        return video_path(known, store) if isinstance(known, Video) else ""
    except Absent:
        return ""


def sample(seen: Seen, settings: Perceive) -> Seen:
    """A video that the store does not know, scanned for the plan: its clips and screens are counted and forgotten."""
    chosen = ScanSettings(sample_fps=settings.sample_fps, clip_s=settings.clip_s)
    with TemporaryDirectory(prefix="frametrail-plan-") as folder:
        try:
            found = scan(seen.path, chosen, Store(folder), ScreenPicker())
        except InputError as error:
            return replace(seen, refused=error.code)
    counted = replace(seen, length_s=found.duration_s, clips=Pieces(len(found.clips)), sampled=True)
    return counted if settings.ocr.type == "none" else replace(counted, screens=Pieces(len(found.screens)))


async def _by_scan(seen: Seen, found: Scan, settings: Perceive, senses: Senses, store: Held) -> Seen:
    screens, chunks = Pieces(0), Pieces(0)
    if ocr := senses.ocr:
        screens = await _held(found.screens, lambda screen: read_screen(screen.picture, ocr, store))
    if (asr := senses.asr) and not seen.video.subtitles:
        try:
            speech = find_speech(found.audio, found.audio_s, store)
            chunks = await _held(speech, lambda chunk: hear_chunk(found.audio, chunk, asr, store))
        except Absent:
            chunks = Pieces()
    return replace(seen, length_s=found.duration_s, clips=Pieces(len(found.clips)), screens=screens, chunks=chunks)


async def _by_timeline(
    seen: Seen, found: Scan, settings: Perceive, senses: Senses, captioner: Captioner, store: Held
) -> Seen:
    """Captions are made from all that is read and heard: without that nothing of them can be looked for."""
    try:
        bare = assemble(seen.video, found, settings, senses, store)
        facts = facts_of(found, bare)
        seen = replace(seen, clips=await _held(facts, lambda clip: captioner.caption(clip, store)))
        said = await caption_all(facts, captioner, store)
        return replace(seen, timeline=await with_captions(bare, said, captioner, store), facts=facts)
    except Absent:
        return seen
    except FrametrailError as error:
        return replace(seen, refused=error.code)


async def _held(pieces: tuple[Any, ...], read: Callable[[Any], object]) -> Pieces:
    """How many of the pieces the store holds, be it what they are or a lasting error."""
    held = 0
    for piece in pieces:
        try:
            answer = read(piece)
            if isawaitable(answer):
                await answer
        except Absent:
            continue
        except EngineError:
            pass
        held += 1
    return Pieces(len(pieces), held)
