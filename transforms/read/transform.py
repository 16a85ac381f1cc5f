"""Identify videos by their bytes: the sha256 of each, and one video where several entries are the same bytes."""

from collections.abc import Iterable
from dataclasses import dataclass

import apache_beam as beam

from schemas.source import Rejected, Video
from transforms import progress
from transforms.concurrent import FlatMapConcurrently, Outcome
from transforms.engines import build
from transforms.read.identify import identify, merge_same


@dataclass
class IdentifyVideos(beam.PTransform):
    """PCollection of Video → `.done` videos with sha256 and aliases, `.rejected` doubles and unreadable files."""

    store: str
    workers: int

    def expand(self, videos: beam.PCollection) -> Outcome:
        hashed = (
            videos
            | "RebalanceVideos" >> beam.Reshuffle()
            | "Hash" >> FlatMapConcurrently(HashVideo(self.store), self.workers)
        )
        merged = (
            hashed.done
            | "BySha256" >> beam.Map(lambda video: (video.sha256, video))
            | "SameBytes" >> beam.GroupByKey()
            | "Merge" >> FlatMapConcurrently(MergeSame(), 1)
        )
        rejected = [hashed.rejected, merged.rejected] | "AllRejected" >> beam.Flatten()
        return Outcome(merged.done, rejected, hashed.called)


@dataclass
class HashVideo:
    store: str

    def do(self, video: Video) -> Iterable[Video | Rejected]:
        found = identify(video, build.store(self.store))
        progress.advance("read", rejected=int(isinstance(found, Rejected)))
        return [found]


@dataclass
class MergeSame:
    def do(self, element: tuple[str, Iterable[Video]]) -> Iterable[Video | Rejected]:
        kept, doubled = merge_same(element[1])
        progress.expect("perceive", len(kept))
        return [*kept, *doubled]
