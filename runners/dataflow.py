"""Builds on Google Cloud Dataflow: one batch job, whose workers read the videos and write the release.

This process reads the source, refuses what cannot work there, stages the job and waits for its end. The release is
written in its place; its manifest, which comes last, makes it one. The job itself judges whether it may be one, since
nobody may be waiting for it.
"""

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import fsspec

from pipelines.elsewhere import divided, leave_mark
from pipelines.promises import kept_from
from runners import building
from runners.benchmarks import keep_benchmarks, read_benchmarks, without_named
from runners.dataflow_fit import require_fit
from runners.hints import give_hints, needs
from runners.models import calls_in_flight
from runners.outcome import stages_of
from runners.portable import job_error
from runners.release_place import same_or_refuse
from runners.settings_file import LoadedEntry, gather
from runners.wheel import built_wheel
from schemas.clusters import DataflowSettings
from schemas.errors import SettingsError, StoppedError
from schemas.settings import RunSettings
from schemas.source import Video
from transforms.engines import build as engines

if TYPE_CHECKING:
    from pipelines.build import Job


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a build: the release's uri, the job's id and page (empty where none was started), and what keeps
    the result from being a version, in words."""

    release: str
    job_id: str = ""
    page: str = ""
    template: str = ""
    failures_over: tuple[str, ...] = ()
    nothing_to_do: bool = False


def submit_release(
    entry: LoadedEntry, run: RunSettings, name: str, settings: DataflowSettings, template: str = ""
) -> Submitted:
    """Starts the job of one entry and waits for its end; with `template` it only writes the template there.

    Raises:
        SettingsError: something cannot work on Dataflow, or the version is taken by another release.
        StoppedError: the job did not end well.
    """
    require_fit(entry.settings, run, settings, template)
    require_installed()
    store = f"{run.work.rstrip('/')}/store"
    against = read_benchmarks(entry)
    named = without_named(gather(entry), against)
    require_remote(building.limited(named.source, run.limit).videos)
    inputs = building.read_inputs(entry, run, engines.store(store), named, against)
    version = building.release_version(entry, run.limit, inputs.made_from)
    release = f"{run.out.rstrip('/')}/{name}/{version}"
    if (manifest := _bytes(f"{release}/manifest.json")) is not None:
        same_or_refuse(release, manifest, inputs.made_from)
        return Submitted(release, nothing_to_do=True)
    info = building.release_info(entry.settings, name, version, inputs.made_from, inputs.against)
    job = job_of(entry, inputs, info, store, release, settings)
    submitted = submit(job, settings, job_name(name, version), template)
    if template:
        return Submitted(release, template=template)
    job_id = submitted.job_id()
    wait_for(submitted, page(settings, job_id))
    failures = kept_from(stages_of(release), entry.settings, inputs.whole.units)
    if not failures and _bytes(f"{release}/manifest.json") is None:
        raise StoppedError(
            "job_failed", f"the job is done, but {release} has no manifest.json; see {page(settings, job_id)}"
        )
    return Submitted(release, job_id, page(settings, job_id), failures_over=tuple(failures))


def wait_for(submitted: Any, page: str) -> None:
    """Waits until a job is done.

    Raises:
        StoppedError: it did not end well, or the person who waited goes.
    """
    from apache_beam.runners.dataflow.dataflow_runner import DataflowRuntimeException

    try:
        state = submitted.wait_until_finish()
    except DataflowRuntimeException as error:
        told = job_error(str(error))
        raise type(told)(told.code, f"{told.detail}\nThe job: {page}") from error
    except KeyboardInterrupt:
        raise StoppedError("job_goes_on", f"nobody waits any longer, but the job goes on: {page}") from None
    if state != "DONE":
        raise StoppedError("job_failed", f"the job ended as {state}, see {page}; the same command resumes")


def job_of(
    entry: LoadedEntry,
    inputs: "building.Inputs",
    info: Any,
    store: str,
    release: str,
    settings: DataflowSettings,
) -> "Job":
    """What the workers work on."""
    from pipelines.build import Job

    return Job(
        settings=entry.settings,
        info=info,
        videos=inputs.source.videos,
        questions=inputs.source.questions,
        rejected=inputs.source.rejected,
        units=inputs.source.units,
        store=store,
        folder=release,
        workers=settings.cpus,
        calls=calls_in_flight(divided(entry.settings, settings.max_workers), settings.cpus),
        benchmarks=keep_benchmarks(inputs.against, entry.settings.perceive, engines.store(store), settings.cpus),
        elsewhere=settings.max_workers,
        mark=leave_mark(info.code, engines.store(store)),
        in_place=True,
        whole_units=inputs.whole.units,
    )


def submit(job: "Job", settings: DataflowSettings, name: str, template: str = "", more: Sequence[str] = ()) -> Any:
    """Stages the job and starts it, or writes the template; returns Beam's result. `more` are options of Beam's own.

    Raises:
        SettingsError: there is no wheel, or the service or the bucket refuses.
    """
    import apache_beam as beam
    from apache_beam import typehints
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.dataflow.dataflow_runner import DataflowRunner
    from apache_beam.runners.dataflow.internal import apiclient
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    from pipelines.build import build
    from runners import worker_secrets  # noqa: F401  # makes its option known

    typehints.disable_type_annotations()
    with TemporaryDirectory() as folder:
        wheel = settings.package or built_wheel(folder)
        told = [*options(settings, name, wheel), *([f"--template_location={template}"] if template else []), *more]
        pipeline = beam.Pipeline(runner=DataflowRunner(), options=PipelineOptions(told))
        build(pipeline, job)
        give_hints(pipeline, needs(job.settings, settings.cpus), settings.gpu)
        try:
            return pipeline.run()
        except (GoogleAPIError, GoogleAuthError, apiclient.DataflowJobAlreadyExistsError, OSError) as error:
            raise SettingsError(
                "not_submitted",
                f"the job was not started: {str(error)[:500]}\nSee that `gcloud auth application-default login` was"
                " done, that the buckets are there, and that no other job builds this release",
            ) from error


def options(settings: DataflowSettings, name: str, wheel: str) -> list[str]:
    """Beam's options for a job.

    One process a machine, not one per CPU: a process keeps a window of work open that fills a machine, and loads each
    engine once.
    """
    told = {
        "project": settings.project,
        "region": settings.region,
        "job_name": name,
        "temp_location": settings.temp_location,
        "staging_location": settings.staging,
        "sdk_container_image": settings.image,
        "sdk_location": "container",
        "service_account_email": settings.service_account,
        "machine_type": settings.machine_type,
        "disk_size_gb": settings.disk_gb,
        "num_workers": settings.workers,
        "max_num_workers": settings.max_workers,
        "autoscaling_algorithm": "THROUGHPUT_BASED",
        "subnetwork": settings.subnetwork,
        "extra_package": wheel,
        "experiments": "no_use_multiple_sdk_containers",
    }
    words = [f"--{option}={value}" for option, value in told.items() if value]
    words += [f"--labels={key}={value}" for key, value in sorted(settings.labels.items())]
    if not settings.public_ips:
        words.append("--no_use_public_ips")
    if settings.secrets:
        words.append("--beam_plugins=runners.worker_secrets")
        words += [f"--worker_secrets={key}={secret}" for key, secret in sorted(settings.secrets.items())]
    return words


def job_name(dataset: str, version: str) -> str:
    """A job's name as Dataflow takes it: small letters, digits and dashes. Two jobs of one name do not run at once, so
    neither do two builds of one release."""
    return re.sub(r"[^a-z0-9]+", "-", f"frametrail-{dataset}-{version}".lower()).strip("-")


def page(settings: DataflowSettings, job_id: str) -> str:
    return f"https://console.cloud.google.com/dataflow/jobs/{settings.region}/{job_id}?project={settings.project}"


def require_remote(videos: Sequence[Video]) -> None:
    """Videos and their subtitles must lie where workers on other machines can read them.

    Raises:
        SettingsError: some lie on this machine.
    """
    here = [place for one in videos for place in (one.location, one.subtitles) if place and "://" not in place]
    if here:
        raise SettingsError(
            "videos_here",
            f"{len(here)} files of {len(videos)} videos lie on this machine, where Dataflow's cannot read them, such as"
            f" {here[0]}: copy them to a bucket, and name it as the source",
        )


def require_installed() -> None:
    """
    Raises:
        SettingsError: what submitting a job needs is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in ("gcsfs", "google.cloud.dataflow_v1beta3", "build")):
        raise SettingsError("no_dataflow", "--runner dataflow needs more packages: pip install 'frametrail[dataflow]'")


def _bytes(uri: str) -> bytes | None:
    """What lies at a uri now; None when nothing does."""
    fs, path = fsspec.core.url_to_fs(uri)
    fs.invalidate_cache()
    try:
        found: bytes = fs.cat_file(path)
    except FileNotFoundError:
        return None
    return found
