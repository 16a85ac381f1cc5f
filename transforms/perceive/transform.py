"""Perceive videos: a sequential scan each, then fan-outs over all of them, then one timeline per video.

scan ─▶ ReadScreens ─┐
     ─▶ HearSpeech  ─┴─▶ group by video ─▶ assemble ─▶ CaptionClips ─▶ group by video ─▶ sum up

Captions come last, as captioners are told what is heard and read in a clip.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from schemas.codec import from_json, to_json
from schemas.refs import Perceived, Scanned
from schemas.scan import Scan
from schemas.settings import Captions, ChatCaptions, Perceive
from schemas.source import Rejected, Video
from schemas.timeline import Timeline
from transforms import progress
from transforms.concurrent import FlatMapConcurrently, Outcome
from transforms.engines import build
from transforms.engines.captions import ClipFacts, Said
from transforms.perceive.captions import facts_of, with_captions
from transforms.perceive.perceive import (
    Senses,
    assemble,
    do_piece,
    keep,
    load_scan,
    load_timeline,
    log_losses,
    look_over,
    pieces,
)
from transforms.refuse import refuse
from transforms.store import Store


@dataclass(frozen=True, slots=True)
class Assembled:
    """A video whose timeline, but for captions, lies in the store as the blob `timeline`, and what may be told of each
    clip as the blobs `clips`."""

    video: Video
    timeline: str
    clips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    video_id: str
    scan: str
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip of a video to be captioned; `facts` is the blob of its ClipFacts."""

    video_id: str
    position: int
    facts: str


CALLS_PER_WORKER = 8
"""Clips that are put into words at once per worker where no server is asked."""


def calls_in_flight(captions: Captions, workers: int) -> int:
    """Clips, or videos, that are captioned at once: as many as the model may have calls in flight."""
    if isinstance(captions, ChatCaptions):
        return captions.engine.limits.in_flight
    return workers * CALLS_PER_WORKER


@dataclass
class ScanVideos(beam.PTransform):
    """PCollection of Video → `.done` Scanned, `.rejected` videos that cannot be used."""

    settings: Perceive
    store: str
    workers: int

    def expand(self, videos: beam.PCollection) -> Outcome:
        return (
            videos
            | "RebalanceVideos" >> beam.Reshuffle()
            | "Scan" >> FlatMapConcurrently(ScanVideo(self.settings, self.store), self.workers)
        )


@dataclass
class PerceiveVideos(beam.PTransform):
    """PCollection of Scanned → `.done` Perceived, `.rejected` videos of which some piece could not be done."""

    settings: Perceive
    store: str
    workers: int

    def expand(self, scanned: beam.PCollection) -> Any:
        fanned_out = [
            scanned
            | f"Plan{name}" >> beam.FlatMap(_pieces_of, kind)
            | f"Rebalance{name}" >> beam.Reshuffle()
            | name >> FlatMapConcurrently(DoPiece(self.settings, self.store), self.workers)
            for kind, name in FAN_OUTS
        ]
        assembled = _by_video("Pieces", scanned, fanned_out) | "Assemble" >> FlatMapConcurrently(
            AssembleTimeline(self.settings, self.store), self.workers
        )
        calls = calls_in_flight(self.settings.captions, self.workers)
        captioned = (
            assembled.done
            | "PlanCaptions" >> beam.FlatMap(_clips_of)
            | "RebalanceCaptions" >> beam.Reshuffle()
            | "CaptionClips" >> FlatMapConcurrently(CaptionClip(self.settings, self.store), calls)
        )
        told = _by_video("Captions", assembled.done, [captioned]) | "SumUp" >> FlatMapConcurrently(
            SumUpVideo(self.settings, self.store), calls
        )
        rejected = [assembled.rejected, told.rejected] | "AllRejected" >> beam.Flatten()
        called = [one.called for one in (*fanned_out, assembled, captioned, told)] | "AllCalled" >> beam.Flatten()
        return Outcome(told.done, rejected, called)


def _by_video(what: str, videos: beam.PCollection, fans: list[Outcome]) -> beam.PCollection:
    """Videos with what became of their pieces: (video id, {"video": …, "broken": …, "done": …})."""
    return {
        "video": videos | f"{what}Videos" >> beam.Map(lambda one: (one.video.id, one)),
        "broken": [fan.rejected for fan in fans]
        | f"{what}Broken" >> beam.Flatten()
        | f"{what}BrokenByVideo" >> beam.Map(lambda row: (row.video_id, row)),
        "done": [fan.done for fan in fans] | f"{what}Done" >> beam.Flatten(),
    } | f"Join{what}" >> beam.CoGroupByKey()


def _pieces_of(scanned: Scanned, kind: str) -> Iterable[Piece]:
    return [Piece(scanned.video.id, scanned.scan, *piece) for piece in scanned.pieces if piece[0] == kind]


def _clips_of(assembled: Assembled) -> Iterable[Clip]:
    return [Clip(assembled.video.id, n, facts) for n, facts in enumerate(assembled.clips)]


def senses(choice: Perceive) -> Senses:
    return Senses(build.ocr(choice.ocr), build.asr(choice.asr))


@dataclass
class ScanVideo:
    settings: Perceive
    store: str

    def do(self, video: Video) -> Iterable[Scanned | Rejected]:
        store = build.store(self.store)
        try:
            scan = look_over(video, self.settings, store)
            left = tuple(pieces(video, scan, senses(self.settings), store))
        except Exception as error:
            progress.advance("perceive", rejected=1)
            return [refuse(error, "perceive", "video", video.id, video_id=video.id)]
        progress.advance("perceive", video_s=scan.duration_s, part="scanned")
        return [Scanned(video, store.put_blob(to_json(scan)), left)]


@dataclass
class DoPiece:
    """Leaves the piece in the store; what goes on is only that it is done, or why not."""

    settings: Perceive
    store: str

    def do(self, piece: Piece) -> Iterable[tuple[str, int] | Rejected]:
        store = build.store(self.store)
        try:
            do_piece(piece.kind, piece.position, _scan_of(piece, store), senses(self.settings), store)
        except Exception as error:
            return [_refuse(piece.video_id, piece.kind, piece.position, error)]
        progress.advance("perceive", part=piece.kind)
        return [(piece.video_id, piece.position)]


FAN_OUTS = (("screen", "ReadScreens"), ("chunk", "HearSpeech"))


def _scan_of(piece: Piece, store: Store) -> Scan:
    return build.cached(("scan", store.root, piece.scan), lambda: load_scan(piece.scan, store))


def _refuse(video_id: str, kind: str, position: int, error: Exception) -> Rejected:
    return refuse(error, "perceive", kind, f"{video_id}#{position}", video_id=video_id)


def _broken(video_id: str, groups: dict[str, Iterable[Any]]) -> list[Rejected]:
    """The row of a video that has pieces which could not be done."""
    broken = sorted(groups["broken"], key=lambda row: row.id)
    if not broken:
        return []
    progress.advance("perceive", rejected=1)
    why = f"{broken[0].detail} ({len(broken)} pieces of this video could not be done)"
    return [Rejected("perceive", broken[0].code, "fail", "video", video_id, why, video_id=video_id)]


@dataclass
class AssembleTimeline:
    settings: Perceive
    store: str

    def do(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterable[Assembled | Rejected]:
        video_id, groups = element
        (scanned,) = groups["video"]
        try:
            if broken := _broken(video_id, groups):
                return broken
            # A store of its own: finding again what the fan-outs left is no saving, so it is not counted as one.
            store = Store(self.store)
            scan = load_scan(scanned.scan, store)
            timeline = assemble(scanned.video, scan, self.settings, senses(self.settings), store)
            log_losses(scanned.video, scan, store)
            clips = tuple(store.put_blob(to_json(facts)) for facts in facts_of(scan, timeline))
            return [Assembled(scanned.video, keep(timeline, store), clips)]
        except Exception as error:
            progress.advance("perceive", rejected=1)
            return [refuse(error, "perceive", "video", video_id, video_id=video_id)]


@dataclass
class CaptionClip:
    """What is said of a clip, left in the store as a blob; captioners are asked over the network."""

    settings: Perceive
    store: str

    async def do(self, clip: Clip) -> Iterable[tuple[str, tuple[int, str]] | Rejected]:
        store = build.store(self.store)
        try:
            facts = from_json(ClipFacts, await store.aside(store.blob, clip.facts))
            said = await build.captioner(self.settings.captions).caption(facts, store)
            held = await store.aside(store.put_blob, to_json(said))
        except Exception as error:
            return [_refuse(clip.video_id, "clip", clip.position, error)]
        progress.advance("perceive", part="clip")
        return [(clip.video_id, (clip.position, held))]


@dataclass
class SumUpVideo:
    """What is made of the captions of a video's clips, and its timeline with all of them."""

    settings: Perceive
    store: str

    async def do(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterable[Perceived | Rejected]:
        video_id, groups = element
        (assembled,) = groups["video"]
        store = build.store(self.store)
        try:
            if broken := _broken(video_id, groups):
                return broken
            bare, said = await asyncio.to_thread(_gathered, assembled, groups["done"], store)
            timeline = await with_captions(bare, said, build.captioner(self.settings.captions), store)
            kept = await asyncio.to_thread(keep, timeline, store)
        except Exception as error:
            progress.advance("perceive", rejected=1)
            return [refuse(error, "perceive", "video", video_id, video_id=video_id)]
        progress.advance("perceive")
        progress.expect("ask")
        return [Perceived(assembled.video, kept, timeline.duration_s, assembled.clips)]


def _gathered(assembled: Assembled, done: Iterable[tuple[int, str]], store: Store) -> tuple[Timeline, list[Said]]:
    """The timeline without captions, and what was said of its clips, in order."""
    said = [from_json(Said, store.blob(held)) for _, held in sorted(done)]
    return load_timeline(assembled.timeline, store), said
