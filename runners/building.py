"""A build: reads the source, names what the release is made from, runs the pipeline in this process or on a cluster
that shares its folders, and moves the finished release into place."""

import errno
import fcntl
import json
import os
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.elsewhere import SHARED, divided, leave_mark, smallest
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
from runners.fingerprint import (
    Fingerprint,
    changed,
    code_version,
    engine_identities,
    fingerprint,
    parts_of_manifest,
)
from runners.places import removal, store_of
from runners.rounds import find_cut
from runners.settings_file import LoadedEntry, gather
from runners.where import HERE, Where
from schemas.codec import canonical
from schemas.errors import EngineError, SettingsError
from schemas.release import BENCHMARK, ReleaseInfo
from schemas.settings import Dataset, RunSettings, Served
from schemas.source import Rejected, Video
from transforms import progress
from transforms.engines import build as engines
from transforms.engines.prices import rates_of
from transforms.engines.purse import PURSE
from transforms.read.gather import Gathered
from transforms.read.identify import identify
from transforms.store import Store
from transforms.write.tables import read_columns

if TYPE_CHECKING:
    from pipelines.build import Job

CALLS_PER_WORKER = 8
"""Conversations in flight per worker: a conversation mostly waits for its teacher."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build came to. `solved` counts questions with an accepted row, of which they may have several.

    `failures_over` says in words what keeps the result from being the version, `unused` which inputs are of no use
    and why.
    """

    release: Path
    nothing_to_do: bool
    questions: int
    solved: int
    accepted: int
    rejected: int
    failures_over: list[str]
    seconds: float
    unused: tuple[str, ...] = ()


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
    folder = _folder(Path(run.out) / name)
    trial = is_trial(entry) or run.limit > 0
    if not trial:
        _refuse_leftovers(folder / entry.settings.version)
    store = store_of(run.work)
    inputs = read_inputs(entry, run, engines.store(store), named, against)
    whole, source, against, made_from = inputs.whole, inputs.source, inputs.against, inputs.made_from
    release = folder / (entry.settings.version + (f"+{made_from.whole[:8]}" if trial else ""))
    info = release_info(entry.settings, name, release.name, made_from, against)
    with _locked(release):
        if (release / "manifest.json").exists():
            same_or_refuse(release, (release / "manifest.json").read_bytes(), made_from)
            return _result(release, entry, whole, True, time.monotonic() - began)
        _refuse_leftovers(release)
        if run.budget_usd:
            require_known_costs(entry.settings)
        if where.processes:
            require_divisible(entry.settings, run, where.processes)
        _make_ready(entry.settings)
        written = _run(entry, run, source, inputs.videos, against, info, store, where, release)
        final = _moved(written, release, kept_from(_stages(written), entry.settings, whole.units))
        return _result(final, entry, whole, False, time.monotonic() - began)


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


def is_trial(entry: LoadedEntry) -> bool:
    """Whether a build of the entry goes beside its version, not into it."""
    return entry.changed or entry.settings.version.endswith("-dev")


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


def same_or_refuse(release: Path | str, manifest: bytes, made_from: Fingerprint) -> None:
    """
    Raises:
        SettingsError: the manifest of the finished release says that it was made from something else.
    """
    held = json.loads(manifest)
    if held["fingerprint"] != made_from.whole:
        raise SettingsError("version_taken", version_taken(release, held, asdict(made_from)))


def version_taken(release: Path | str, manifest: Mapping[str, Any], now: Mapping[str, str]) -> str:
    """What to say when a finished release was made from something else; empty when `now`, which may be some parts of
    a fingerprint, tells nothing of the kind."""
    what = changed(parts_of_manifest(manifest), now)
    if not what and now.get("whole", manifest["fingerprint"]) == manifest["fingerprint"]:
        return ""
    return (
        f"{release} was built from other {what or 'parts'} (fingerprint {manifest['fingerprint'][:8]}), and a release"
        " never changes: raise `version` in datasets.yaml, give another --out, or, if nobody uses it,"
        f" {removal(str(release))}"
    )


def _folder(path: Path) -> Path:
    """The folder of a dataset's releases, made if need be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError("bad_out", f"cannot write in {path} ({error.strerror}); give another --out") from None
    require_place(path)
    return path


def require_place(path: Path) -> None:
    """
    Raises:
        SettingsError: `bad_out`, the folder could not be made, or not be written in. Nothing is made to find out.
    """
    there = next(one for one in (path, *path.absolute().parents) if one.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = os.strerror(errno.EACCES if there.is_dir() else errno.ENOTDIR)
        raise SettingsError("bad_out", f"cannot write in {there} ({why}); give another --out")


def _refuse_leftovers(release: Path) -> None:
    """Refuses to build where something lies that is no release: it would be in the way when all the work is done."""
    empty = release.is_dir() and not any(release.iterdir())
    if os.path.lexists(release) and not empty and not (release / "manifest.json").exists():
        raise SettingsError(
            "no_release",
            f"{release} is no finished release (it has no manifest.json) and is in the way; move it, give another"
            f" --out, or rm -r {shlex.quote(str(release))}",
        )


@contextmanager
def _locked(release: Path) -> Iterator[None]:
    """Keeps a second build of the same release out while this one runs; the lock goes with the process.

    Its file stays: without it, a build that had just opened it and one that made it anew would both hold the lock.
    """
    with (release.parent / f".{release.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError("already_building", f"another build of {release} is running; wait for it") from None
        yield


def _run(
    entry: LoadedEntry,
    run: RunSettings,
    source: Gathered,
    readable: tuple[Video, ...],
    against: Against,
    info: ReleaseInfo,
    store: str,
    where: Where,
    release: Path,
) -> Path:
    """Runs the pipeline and returns where it left its result: beside the release's place.

    `readable` are the videos of the source that can be read, with their sha256.
    """
    # Beam takes seconds to import: a build that has nothing to do never gets here.
    from pipelines.build import Job, build

    PURSE.reset(run.budget_usd)
    aside = release.parent / f".{release.name}.building"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    job = Job(
        settings=entry.settings,
        info=info,
        videos=source.videos,
        questions=source.questions,
        rejected=source.rejected,
        units=source.units,
        store=store,
        folder=str(aside.resolve()),
        workers=run.workers,
        calls=calls_in_flight(divided(entry.settings, where.processes or 1), run.workers),
        benchmarks=keep_benchmarks(against, entry.settings.perceive, engines.store(store), run.workers),
        elsewhere=where.processes,
        mark=leave_mark(info.code, engines.store(store)) if where.processes else "",
    )
    if where.processes:
        (aside / SHARED).touch()
    if where.words:
        progress.again(where.words)
    if entry.settings.target is not None:
        job = _cut(job, in_order(readable), entry.settings.target.accepted, where)
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


def models_of(settings: Dataset) -> dict[str, Served]:
    """The models that an entry calls, by what for."""
    jobs = {
        "perceive.captions.engine": getattr(settings.perceive.captions, "engine", None),
        "explore.teacher": settings.explore.teacher,
        "explore.retrieval": settings.explore.retrieval,
        "explore.inspector.engine": getattr(settings.explore.inspector, "engine", None),
        **{f"verify.{job}.engine": model for job, model in settings.verify.models().items()},
    }
    return {job: model for job, model in jobs.items() if isinstance(model, Served)}


def _make_ready(settings: Dataset) -> None:
    """Fetches and checks what models need, before the work begins.

    Raises:
        SettingsError: it cannot be had.
    """
    for model in models_of(settings).values():
        try:
            engines.make_ready(model)
        except EngineError as error:
            raise SettingsError(error.code, error.detail) from error


def require_divisible(settings: Dataset, run: RunSettings, processes: int) -> None:
    """What holds in one process only, and what cannot be divided among several, is refused.

    Raises:
        SettingsError: there is a budget, or a limit of a model that is smaller than the number of processes.
    """
    if run.budget_usd:
        raise SettingsError(
            "budget_elsewhere",
            "a budget is exact in one process, and here others do the work, none of which knows what the rest spent:"
            " leave --budget out and see `frametrail plan` for the cost, or build with --runner local",
        )
    least = smallest(settings)
    if least is not None and least < processes:
        raise SettingsError(
            "limits_elsewhere",
            f"{processes} worker processes cannot share a limit of {least}: raise the `limits` of the model in"
            " datasets.yaml, or lower the number of processes under `run`",
        )


_SIZE_OF_REPLIES = frozenset({"max_tokens", "max_completion_tokens", "n", "maxOutputTokens", "candidateCount"})
"""Parameters of requests that say how much may come back."""


def require_known_costs(settings: Dataset) -> None:
    """A budget needs to know what a call costs at most.

    Raises:
        SettingsError: nobody knows the price of a model, or how long its replies may be.
    """
    for job, model in models_of(settings).items():
        if rates_of(model) is None:
            raise SettingsError(
                "no_price",
                f"a budget needs prices, and none is known of {model.model}: give US dollars per million tokens,"
                f" such as `price: {{input: 0.5, output: 1.5}}` under {job} in datasets.yaml",
            )
        own = getattr(model, "extra_body", {})
        changed = [*getattr(model, "leave_out", ()), *own, *(own.get("generationConfig") or ())]
        if _SIZE_OF_REPLIES & {*changed}:
            raise SettingsError(
                "no_limit",
                f"a budget needs to know how long each reply may be, and {job} changes that by leave_out or extra_body"
                f" ({', '.join(sorted(_SIZE_OF_REPLIES & {*changed}))}): build without --budget, or without these",
            )


def calls_in_flight(settings: Dataset, workers: int) -> int:
    """How many rollouts run at once: as many as the teacher may have calls in flight; rules need the CPU instead."""
    teacher = settings.explore.teacher
    return teacher.limits.in_flight if isinstance(teacher, Served) else workers * CALLS_PER_WORKER


def _moved(written: Path, release: Path, failures: list[str]) -> Path:
    """Moves what was written into its place, or aside: a server that was down must not be a version for ever."""
    failed = release.with_name(f"{release.name}.failed")
    shutil.rmtree(failed, ignore_errors=True)
    return written.rename(failed if failures else release)


def _stages(release: Path) -> dict[str, Any]:
    stages: dict[str, Any] = json.loads((release / "report.json").read_text(encoding="utf-8"))["stages"]
    return stages


def _solved(release: Path) -> int:
    """Questions with an accepted row."""
    rows = read_columns(str(release), "sft_parquet", ["video_id", "question_id", "kept_although"])
    return rows.filter(kept_although="").n_unique()


def _unused(release: Path) -> tuple[str, ...]:
    """The videos and lines of the source that were turned away, each with its reason."""
    rows = read_columns(str(release), "rejects", ["key", "unit", "id", "detail"])
    rows = rows.filter(rows["unit"].is_in(["line", "video"])).sort("key")
    return tuple(f"{name}: {detail}" for name, detail in rows.select("id", "detail").iter_rows())


def _result(release: Path, entry: LoadedEntry, whole: Gathered, nothing_to_do: bool, seconds: float) -> BuildResult:
    """What the result's own files say."""
    stages = _stages(release)
    rejected = sum(sum(row["filtered"].values()) + sum(row["failed"].values()) for row in stages.values())
    return BuildResult(
        release=release,
        nothing_to_do=nothing_to_do,
        questions=stages["ask"]["out"],
        solved=_solved(release),
        accepted=stages["curate"]["out"],
        rejected=rejected,
        failures_over=kept_from(stages, entry.settings, whole.units),
        seconds=seconds,
        unused=_unused(release),
    )
