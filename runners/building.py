"""A build: reads the source, names what the release is made from, runs the pipeline in this process or on a cluster
that shares its folders, and moves the finished release into place."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.elsewhere import SHARED, divided, leave_mark
from pipelines.promises import kept_from
from pipelines.target import in_order, needed, video_place
from runners.benchmarks import (
    NOTHING,
    Against,
    Decontaminated,
    identified,
    keep_benchmarks,
    read_benchmarks,
    without_named,
    without_same,
)
from runners.fingerprint import Fingerprint, code_version, engine_identities, fingerprint
from runners.models import calls_in_flight, make_ready, require_divisible, require_known_costs
from runners.outcome import BuildResult, outcome_of, stages_of
from runners.places import store_of
from runners.release_place import folder_of, locked, moved, refuse_leftovers, same_or_refuse
from runners.rounds import find_cut
from runners.settings_file import LoadedEntry, gather
from runners.where import HERE, Where
from schemas.codec import canonical
from schemas.errors import EngineError, SettingsError
from schemas.release import BENCHMARK, ReleaseInfo
from schemas.settings import Dataset, RunSettings
from schemas.source import Rejected, Video
from transforms import progress
from transforms.engines import build as engines
from transforms.engines.purse import PURSE
from transforms.read.gather import Gathered
from transforms.read.identify import identify
from transforms.store import Store

if TYPE_CHECKING:
    from pipelines.build import Job


def build_release(entry: LoadedEntry, run: RunSettings, name: str, where: Where = HERE) -> BuildResult:
    """Builds one entry, or says that it is built already.

    Raises:
        SettingsError: the source cannot be read, an engine is missing, the release's place cannot be used, or the
            version is taken by another release.
    """
    began = time.monotonic()
    progress.reset()
    against = read_benchmarks(entry)
    named = without_named(gather(entry), against)
    folder = folder_of(Path(run.out) / name)
    if not is_trial(entry, run.limit):
        refuse_leftovers(folder / entry.settings.version)
    store = store_of(run.work)
    inputs = read_inputs(entry, run, engines.store(store), named, against)
    release = folder / release_version(entry, run.limit, inputs.made_from)
    info = release_info(entry.settings, name, release.name, inputs.made_from, inputs.against)
    with locked(release):
        if (release / "manifest.json").exists():
            same_or_refuse(release, (release / "manifest.json").read_bytes(), inputs.made_from)
            return outcome_of(release, entry.settings, inputs.whole.units, True, time.monotonic() - began)
        refuse_leftovers(release)
        if run.budget_usd:
            require_known_costs(entry.settings)
        if where.processes:
            require_divisible(entry.settings, run, where.processes)
        make_ready(entry.settings)
        written = _run(entry, run, inputs, info, store, where, release)
        final = moved(written, release, kept_from(stages_of(written), entry.settings, inputs.whole.units))
        return outcome_of(final, entry.settings, inputs.whole.units, False, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a release is made from. `whole` is all that the source holds, `source` the part of it that is built, and
    `videos` those of it that can be read, with their sha256."""

    whole: Gathered
    source: Gathered
    videos: tuple[Video, ...]
    against: Against
    made_from: Fingerprint


def read_inputs(entry: LoadedEntry, run: RunSettings, store: Store, named: Decontaminated, against: Against) -> Inputs:
    """`named` is the source without what a benchmark has by name.

    Raises:
        SettingsError: an engine is missing.
    """
    source = limited(named.source, run.limit)
    videos, unread = _identified(source.videos, store, run.workers)
    taken_out, _ = _identified(named.dropped, store, run.workers)
    source = without_same(source, videos, replace(named, dropped=taken_out))
    videos = tuple(video for video in videos if video.id in {left.id for left in source.videos})
    against = identified(against, store, run.workers)
    try:
        made_from = fingerprint(entry.settings, videos, source.questions, (*source.rejected, *unread), against)
    except EngineError as error:
        raise SettingsError(error.code, error.detail) from error
    return Inputs(named.source, source, videos, against, made_from)


def is_trial(entry: LoadedEntry, limit: int = 0) -> bool:
    """Whether a build of the entry, or of `limit` videos of it, goes beside its version, not into it."""
    return entry.changed or entry.settings.version.endswith("-dev") or limit > 0


def release_version(entry: LoadedEntry, limit: int, made_from: Fingerprint) -> str:
    """The version that a build goes to: of all trials each has its own."""
    version = entry.settings.version
    return f"{version}+{made_from.whole[:8]}" if is_trial(entry, limit) else version


def limited(source: Gathered, limit: int) -> Gathered:
    """The first `limit` videos by hash of id, and what belongs to them; 0 means all."""
    if not limit or limit >= len(source.videos):
        return source
    chosen = sorted(source.videos, key=lambda video: video_place(video.id))[:limit]
    ids = {video.id for video in chosen}
    videos = tuple(video for video in source.videos if video.id in ids)
    questions = tuple(question for question in source.questions if question.video_id in ids)
    units = len(videos) + len(questions) + len(source.rejected)
    return replace(source, videos=videos, questions=questions, units=units)


def _identified(
    videos: tuple[Video, ...], store: Store, workers: int
) -> tuple[tuple[Video, ...], tuple[Rejected, ...]]:
    """The videos that can be read, with their digests, and why the others cannot; the pipeline tells of those too."""
    with ThreadPoolExecutor(workers) as pool:
        found = list(pool.map(lambda video: identify(video, store), videos))
    unread = tuple(one for one in found if isinstance(one, Rejected))
    return tuple(one for one in found if not isinstance(one, Rejected)), unread


def release_info(
    settings: Dataset, name: str, version: str, made_from: Fingerprint, against: Against = NOTHING
) -> ReleaseInfo:
    import prompts

    return ReleaseInfo(
        name,
        version,
        made_from.whole,
        code_version(),
        made_from.code,
        tuple((job, canonical(identity)) for job, identity in engine_identities(settings).items()),
        tuple((prompt, prompts.load(prompt).digest) for prompt in prompts.names()),
        (
            ("settings", made_from.settings),
            ("source", made_from.inputs),
            *((f"{BENCHMARK}{one.name}", one.digest) for one in against.benchmarks),
        ),
    )


def _run(
    entry: LoadedEntry,
    run: RunSettings,
    inputs: Inputs,
    info: ReleaseInfo,
    store: str,
    where: Where,
    release: Path,
) -> Path:
    """Runs the pipeline and returns where it left its result: beside the release's place."""
    # Beam takes seconds to import: a build that has nothing to do never gets here.
    from pipelines.build import Job, build

    PURSE.reset(run.budget_usd)
    aside = release.parent / f".{release.name}.building"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    job = Job(
        settings=entry.settings,
        info=info,
        videos=inputs.source.videos,
        questions=inputs.source.questions,
        rejected=inputs.source.rejected,
        units=inputs.source.units,
        store=store,
        folder=str(aside.resolve()),
        workers=run.workers,
        calls=calls_in_flight(divided(entry.settings, where.processes or 1), run.workers),
        benchmarks=keep_benchmarks(inputs.against, entry.settings.perceive, engines.store(store), run.workers),
        elsewhere=where.processes,
        mark=leave_mark(info.code, engines.store(store)) if where.processes else "",
    )
    if where.processes:
        (aside / SHARED).touch()
    if where.words:
        progress.again(where.words)
    if entry.settings.target is not None:
        job = _cut(job, in_order(inputs.videos), entry.settings.target.accepted, where)
    if not where.processes:
        progress.expect("read", len(job.videos))
    where.run(lambda pipeline: build(pipeline, job))
    (aside / SHARED).unlink(missing_ok=True)
    if not (aside / "manifest.json").exists():
        raise SettingsError(
            "other_out",
            f"the job is done, but its release is not in {aside}: give an --out that all machines share; what was"
            " computed is kept",
        )
    return aside


def _cut(job: "Job", ordered: list[Video], wanted: int, where: Where) -> "Job":
    """The job with only what its target needs."""
    cut = find_cut(job, ordered, wanted, where.run)
    part = needed(cut, ordered, job.videos, job.questions)
    progress.again("writing the release")
    return replace(job, videos=part.videos, questions=part.questions, rejected=(*job.rejected, *part.rejected), cut=cut)
