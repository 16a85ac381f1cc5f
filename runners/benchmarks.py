"""The benchmarks of an entry: their files are read and their videos are scanned before any work begins."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace

from runners.settings_file import LoadedEntry
from schemas.benchmark import Benchmark, Benchmarks, BenchmarkVideo
from schemas.codec import to_json
from schemas.errors import InputError, SettingsError
from schemas.settings import BenchmarkSettings, Perceive
from schemas.source import Rejected, Video
from transforms import progress
from transforms.curate.benchmark_file import read_benchmark
from transforms.curate.decontaminate import Owner, by_bytes, by_name, without
from transforms.curate.same_video import at_a_steady_rate
from transforms.perceive.perceive import look_over
from transforms.read.folder import list_folder
from transforms.read.gather import Gathered
from transforms.read.identify import identify
from transforms.store import Absent, Held, Store


@dataclass(frozen=True, slots=True)
class Decontaminated:
    """A source without what benchmarks have by name; `dropped` are the videos that were taken out."""

    source: Gathered
    dropped: tuple[Video, ...]
    owners: Mapping[str, Owner]


@dataclass(frozen=True, slots=True)
class Against:
    """What a release is held against: `benchmarks` by their files, `films` the videos of those that have a folder."""

    benchmarks: tuple[Benchmark, ...]
    films: Mapping[str, tuple[Video, ...]]


NOTHING = Against((), {})


def read_benchmarks(entry: LoadedEntry) -> Against:
    """The benchmarks of an entry. Of their videos only the names are looked at.

    Raises:
        SettingsError: a file cannot be read or holds nothing that is known of, a folder has no video, or something in
            it cannot be read.
    """
    wanted = entry.settings.curate.benchmarks
    return Against(
        tuple(read_benchmark(one.name, entry.locate_benchmark(one.questions)) for one in wanted),
        {one.name: _films(one, entry) for one in wanted if one.videos},
    )


def _films(one: BenchmarkSettings, entry: LoadedEntry) -> tuple[Video, ...]:
    try:
        allow = tuple(map(entry.locate, entry.settings.allow))
        videos, rejected = list_folder(entry.locate_benchmark(one.videos), allow=allow)
    except SettingsError as error:
        raise _bad(one.name, f"{error.detail.partition(';')[0]}; correct `videos`") from None
    if rejected:
        raise _bad(one.name, f"{one.videos}: {rejected[0].id}: {rejected[0].detail}")
    return videos


def identified(against: Against, store: Store, workers: int) -> Against:
    """The same, with the sha256 of all videos.

    Raises:
        SettingsError: one of them cannot be read.
    """
    known = {}
    with ThreadPoolExecutor(workers) as pool:
        for name, videos in against.films.items():
            found = list(pool.map(lambda video: identify(video, store), videos))
            for one in found:
                if isinstance(one, Rejected):
                    raise _bad(name, f"its video {one.id!r}: {one.detail}")
            known[name] = tuple(one for one in found if isinstance(one, Video))
    return replace(against, films=known)


def without_named(source: Gathered, against: Against) -> Decontaminated:
    """The source without the videos that a benchmark has by name."""
    return _without(source, by_name(source.videos, against.benchmarks))


def without_same(source: Gathered, videos: tuple[Video, ...], found: Decontaminated) -> Gathered:
    """A source, or a part of it, without other entries of the same bytes as what was taken out of it.

    `videos` are its own as far as their sha256 are known; so must be those that were taken out.
    """
    return _without(source, by_bytes(videos, found.dropped, found.owners)).source


def without_known(source: Gathered, found: Decontaminated, store: str) -> Gathered:
    """The same as far as the store knows bytes; nothing is read."""
    held = Held(store)

    def known(videos: tuple[Video, ...]) -> Iterator[Video]:
        for video in videos:
            with suppress(Absent):
                if isinstance(one := identify(video, held), Video):
                    yield one

    dropped = tuple(known(found.dropped))
    return without_same(source, tuple(known(source.videos)) if dropped else (), replace(found, dropped=dropped))


def _without(source: Gathered, owners: Mapping[str, Owner]) -> Decontaminated:
    clean = without(source.videos, source.questions, owners)
    rejected = (*source.rejected, *clean.rejected)
    return Decontaminated(
        replace(source, videos=clean.videos, questions=clean.questions, rejected=rejected), clean.dropped, owners
    )


def keep_benchmarks(against: Against, perceive: Perceive, store: Store, workers: int) -> str:
    """The blob of the benchmarks, with their videos scanned as those of the dataset are; empty for none.

    Raises:
        SettingsError: a video cannot be used: without it nobody knows whether the dataset has a copy.
    """
    if not against.benchmarks:
        return ""
    kept = []
    with ThreadPoolExecutor(workers) as pool:
        for benchmark in against.benchmarks:
            videos = against.films.get(benchmark.name, ())
            if videos:
                progress.again(f"scanning {len(videos)} videos of {benchmark.name}")
            seen = [pool.submit(_seen, video, benchmark.name, perceive, store) for video in videos]
            try:
                kept.append(replace(benchmark, seen=tuple(one.result() for one in seen)))
            except BaseException:
                pool.shutdown(cancel_futures=True)  # nobody waits for the others
                raise
    if against.films:
        progress.again("building")
    return store.put_blob(to_json(Benchmarks(tuple(kept))))


def _seen(video: Video, of: str, perceive: Perceive, store: Store) -> BenchmarkVideo:
    try:
        scan = look_over(video, perceive, store)
        looks = at_a_steady_rate(scan, store.blob(scan.looks), perceive.sample_fps)
    except InputError as error:
        raise _bad(of, f"its video {video.id!r} cannot be used: {error.detail}") from None
    progress.advance("perceive", part="scanned")
    return BenchmarkVideo(video.id, store.put_blob(looks))


def _bad(name: str, detail: str) -> SettingsError:
    return SettingsError("bad_benchmark", f"curate.benchmarks, {name}: {detail}")
