"""Perceive videos: a sequential scan each, then three fan-outs over all of them, then one timeline per video.

scan ─▶ ReadScreens ─┐
     ─▶ HearSpeech  ─┼─▶ group by video ─▶ assemble
     ─▶ CaptionClips ┘
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import apache_beam as beam

from schemas.codec import to_json
from schemas.refs import Perceived
from schemas.scan import Scan
from schemas.settings import Perceive
from schemas.source import Rejected, Video
from transforms import progress
from transforms.concurrent import FlatMapConcurrently, Outcome, event_loop
from transforms.engines import build
from transforms.perceive.captions import caption_clip
from transforms.perceive.perceive import Senses, assemble, caption_all, do_piece, keep, load_scan, look_over, pieces
from transforms.refuse import refuse
from transforms.store import Store


@dataclass(frozen=True, slots=True)
class Scanned:
    """A video whose scan lies in the store as the blob `scan`, and what is left to do for it."""

    video: Video
    scan: str
    pieces: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    video_id: str
    scan: str
    kind: str
    position: int


@dataclass
class PerceiveVideos(beam.PTransform):
    """PCollection of Video → `.done` Perceived, `.rejected` videos that cannot be used."""

    settings: Perceive
    store: str
    workers: int

    def expand(self, videos: beam.PCollection) -> Any:
        scanned = (
            videos
            | "RebalanceVideos" >> beam.Reshuffle()
            | "Scan" >> FlatMapConcurrently(ScanVideo(self.settings, self.store), self.workers)
        )
        fanned_out = [
            scanned.done
            | f"Plan{name}" >> beam.FlatMap(_pieces_of, kind)
            | f"Rebalance{name}" >> beam.Reshuffle()
            | name >> FlatMapConcurrently(work(self.settings, self.store), self.workers)
            for kind, name, work in FAN_OUTS
        ]
        assembled = (
            {
                "scanned": scanned.done | "ScannedByVideo" >> beam.Map(lambda one: (one.video.id, one)),
                "broken": [fan.rejected for fan in fanned_out]
                | "AllBroken" >> beam.Flatten()
                | "BrokenByVideo" >> beam.Map(lambda row: (row.video_id, row)),
                "done": [fan.done for fan in fanned_out] | "AllDone" >> beam.Flatten(),
            }
            | "JoinPieces" >> beam.CoGroupByKey()
            | "Assemble" >> FlatMapConcurrently(AssembleTimeline(self.settings, self.store), self.workers)
        )
        rejected = [scanned.rejected, assembled.rejected] | "AllRejected" >> beam.Flatten()
        return Outcome(assembled.done, rejected)


def _pieces_of(scanned: Scanned, kind: str) -> Iterable[Piece]:
    return [Piece(scanned.video.id, scanned.scan, *piece) for piece in scanned.pieces if piece[0] == kind]


def senses(choice: Perceive) -> Senses:
    return Senses(build.ocr(choice.ocr), build.asr(choice.asr), build.captioner(choice.captions))


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
            return [_refuse(piece, error)]
        progress.advance("perceive", part=piece.kind)
        return [(piece.video_id, piece.position)]


@dataclass
class CaptionClip:
    """The same for captions, whose engines are asked over the network."""

    settings: Perceive
    store: str

    async def do(self, piece: Piece) -> Iterable[tuple[str, int] | Rejected]:
        store = build.store(self.store)
        try:
            scan = _scan_of(piece, store)
            await caption_clip(scan, scan.clips[piece.position], build.captioner(self.settings.captions), store)
        except Exception as error:
            return [_refuse(piece, error)]
        progress.advance("perceive", part=piece.kind)
        return [(piece.video_id, piece.position)]


FAN_OUTS = (("screen", "ReadScreens", DoPiece), ("chunk", "HearSpeech", DoPiece), ("clip", "CaptionClips", CaptionClip))


def _scan_of(piece: Piece, store: Store) -> Scan:
    return build.cached(("scan", store.root, piece.scan), lambda: load_scan(piece.scan, store))


def _refuse(piece: Piece, error: Exception) -> Rejected:
    return refuse(error, "perceive", piece.kind, f"{piece.video_id}#{piece.position}", video_id=piece.video_id)


@dataclass
class AssembleTimeline:
    settings: Perceive
    store: str

    def do(self, element: tuple[str, dict[str, Iterable[Any]]]) -> Iterable[Perceived | Rejected]:
        video_id, groups = element
        (scanned,) = groups["scanned"]
        try:
            broken = sorted(groups["broken"], key=lambda row: row.id)
            if broken:
                progress.advance("perceive", rejected=1)
                why = f"{broken[0].detail} ({len(broken)} pieces of this video could not be done)"
                return [Rejected("perceive", broken[0].code, "fail", "video", video_id, why, video_id=video_id)]
            # A store of its own: finding again what the fan-outs left is no saving, so it is not counted as one.
            store = Store(self.store)
            scan = load_scan(scanned.scan, store)
            with_all = senses(self.settings)
            captions = asyncio.run_coroutine_threadsafe(caption_all(scan, with_all, store), event_loop()).result()
            timeline = assemble(scanned.video, scan, captions, self.settings, with_all, store)
        except Exception as error:
            progress.advance("perceive", rejected=1)
            return [refuse(error, "perceive", "video", video_id, video_id=video_id)]
        progress.advance("perceive")
        progress.expect("ask")
        return [Perceived(scanned.video, keep(timeline, store), timeline.duration_s)]
