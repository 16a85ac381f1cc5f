"""What is known of a benchmark that training data must not touch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BenchmarkQuestion:
    """A question as the benchmark's file spells it; no `choices` where it gives none, or in a form nobody knows."""

    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchmarkVideo:
    """A video file of a benchmark; `looks` is the blob of the perceptual hashes of what it shows."""

    name: str
    looks: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """`digest` is the sha256 of the file that its questions and the names of its videos come from.

    `videos` has all names of each video: a file may give an id, a path and a url. `seen` are the videos that are there.
    """

    name: str
    digest: str
    videos: tuple[tuple[str, ...], ...] = ()
    questions: tuple[BenchmarkQuestion, ...] = ()
    seen: tuple[BenchmarkVideo, ...] = ()


@dataclass(frozen=True, slots=True)
class Benchmarks:
    """All of a build, as they lie in the store."""

    all: tuple[Benchmark, ...]
