"""A local build: reads the source, names what the release is made from, runs the pipeline in this process, and moves
the finished release into place."""

import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runners.fingerprint import Fingerprint, code_version, engine_identities, fingerprint
from runners.settings_file import LoadedEntry, gather
from schemas.codec import canonical, digest
from schemas.errors import EngineError, SettingsError
from schemas.release import ReleaseInfo
from schemas.settings import RunSettings
from schemas.source import Rejected, Video
from transforms import progress
from transforms.engines import build as engines
from transforms.read.gather import Gathered
from transforms.read.identify import identify

CALLS_PER_WORKER = 8
"""Conversations in flight per worker: a conversation mostly waits for its teacher."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build came to. `failures_over` names stages that failed more often than the entry allows, in words."""

    release: Path
    nothing_to_do: bool
    questions: int
    accepted: int
    rejected: int
    failures_over: list[str]
    seconds: float


def build_release(entry: LoadedEntry, run: RunSettings, name: str) -> BuildResult:
    """Builds one entry, or says that it is built already.

    Raises:
        SettingsError: the source cannot be read, an engine is missing, or the version is taken by another release.
    """
    began = time.monotonic()
    progress.reset()
    source = limited(gather(entry), run.limit)
    store = str(Path(run.work).resolve() / "store")
    try:
        made_from = fingerprint(entry.settings, _identified(source.videos, store, run.workers), source.questions)
    except EngineError as error:
        raise SettingsError(error.code, error.detail) from error
    trial = entry.changed or run.limit > 0 or entry.settings.version.endswith("-dev")
    version = entry.settings.version + (f"+{made_from.whole[:8]}" if trial else "")
    release = Path(run.out) / name / version
    info = _release_info(entry, name, version, made_from)
    with _locked(release):
        if (release / "manifest.json").exists():
            _same_or_refuse(release, made_from)
            return _result(release, entry, True, time.monotonic() - began)
        written = _run(entry, run, source, info, store, release)
    return _result(written, entry, False, time.monotonic() - began)


def limited(source: Gathered, limit: int) -> Gathered:
    """The first `limit` videos by hash of id, and what belongs to them; 0 means all."""
    if not limit or limit >= len(source.videos):
        return source
    chosen = sorted(source.videos, key=lambda video: digest("limit", video.id))[:limit]
    ids = {video.id for video in chosen}
    videos = tuple(video for video in source.videos if video.id in ids)
    questions = tuple(question for question in source.questions if question.video_id in ids)
    units = len(videos) + len(questions) + len(source.rejected)
    return replace(source, videos=videos, questions=questions, units=units)


def _identified(videos: tuple[Video, ...], store: str, workers: int) -> tuple[Video, ...]:
    """The videos that can be read, with their digests; the pipeline tells of the others."""
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(lambda video: identify(video, engines.store(store)), videos)
        return tuple(one for one in found if not isinstance(one, Rejected))


def _release_info(entry: LoadedEntry, name: str, version: str, made_from: Fingerprint) -> ReleaseInfo:
    import prompts

    return ReleaseInfo(
        name,
        version,
        made_from.whole,
        code_version(),
        made_from.code,
        tuple((job, canonical(identity)) for job, identity in engine_identities(entry.settings).items()),
        tuple((prompt, prompts.load(prompt).digest) for prompt in prompts.names()),
        (("settings", made_from.settings), ("source", made_from.inputs)),
    )


def _same_or_refuse(release: Path, made_from: Fingerprint) -> None:
    held = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    if held["fingerprint"] != made_from.whole:
        raise SettingsError(
            "version_taken",
            f"{release} was built from other settings, inputs or code (fingerprint {held['fingerprint'][:8]}, now"
            f" {made_from.whole[:8]}); a release never changes: raise `version` in datasets.yaml",
        )


@contextmanager
def _locked(release: Path) -> Iterator[None]:
    """Keeps a second build of the same release out while this one runs; the lock goes with the process."""
    release.parent.mkdir(parents=True, exist_ok=True)
    path = release.parent / f".{release.name}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError("already_building", f"another build of {release} is running; wait for it") from None
        yield
        path.unlink(missing_ok=True)


def _run(entry: LoadedEntry, run: RunSettings, source: Gathered, info: ReleaseInfo, store: str, release: Path) -> Path:
    """Runs the pipeline and returns where its result lies.

    That is not the release's own place when too much failed: a server that was down must not become a version for ever.
    """
    # Beam takes seconds to import: a build that has nothing to do never gets here.
    import apache_beam as beam
    from apache_beam import typehints
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from pipelines.build import Job, build

    aside = release.parent / f".{release.name}.building"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    progress.expect("read", len(source.videos))
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
        calls=run.workers * CALLS_PER_WORKER,
    )
    # Our annotations name what is inside collections, for readers; Beam would warn of each that it cannot use.
    typehints.disable_type_annotations()
    options = PipelineOptions(["--direct_running_mode=in_memory", "--direct_num_workers=1"])
    with beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
        build(pipeline, job)
    final = release.with_name(f"{release.name}.failed") if _failures_over(aside, entry) else release
    shutil.rmtree(release.with_name(f"{release.name}.failed"), ignore_errors=True)
    aside.rename(final)
    return final


def _failures_over(release: Path, entry: LoadedEntry) -> list[str]:
    """The stages that failed more often than the entry allows, in words."""
    allowed = entry.settings.max_failures
    return [
        f"{sum(row['failed'].values())} of {row['in']} failed in {stage}, more than max_failures: {allowed:g};"
        " the same command tries again what may pass"
        for stage, row in _stages(release).items()
        if sum(row["failed"].values()) > allowed * row["in"]
    ]


def _stages(release: Path) -> dict[str, Any]:
    stages: dict[str, Any] = json.loads((release / "report.json").read_text(encoding="utf-8"))["stages"]
    return stages


def _result(release: Path, entry: LoadedEntry, nothing_to_do: bool, seconds: float) -> BuildResult:
    """What the finished release's own report says."""
    stages, over = _stages(release), _failures_over(release, entry)
    rejected = sum(sum(row["filtered"].values()) + sum(row["failed"].values()) for row in stages.values())
    return BuildResult(release, nothing_to_do, stages["ask"]["out"], stages["curate"]["out"], rejected, over, seconds)
