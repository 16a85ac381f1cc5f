"""Builds on a cluster that a Beam job service speaks for: of Flink, of Spark, or any other.

The process that starts a build reads the source and moves the finished release into place; all between is done by the
cluster's workers, which must see the same videos, --work and --out.
"""

import re
import socket
from functools import partial

from runners.where import Add, Where
from schemas.clusters import DockerWorkers, Environment, ExternalWorkers, PortableSettings
from schemas.errors import FrametrailError, SettingsError, StoppedError

LIVES_MS = 600_000
"""How long a worker process without work is kept. By default it ends with every stage, and its engines with it: loading
them takes seconds, and a stage of ours is often shorter than the wait for the next."""

GROUNDS = ("other_code", "other_engines", "other_store", "other_out", "already_built")
"""Codes of what a worker finds that a person has to put right (`pipelines.elsewhere.same_ground`)."""

REACHED_S = 10.0
"""Seconds to wait for a job service to take a connection."""


def portable(form: str, settings: PortableSettings) -> Where:
    """`form` is `portable`, `flink` or `spark`.

    Raises:
        SettingsError: nobody answers at the job service's address, or there is none.
    """
    if not settings.job_endpoint:
        raise SettingsError(
            "no_job_endpoint",
            f"--runner {form} needs the job service's address: --job-endpoint HOST:PORT, such as localhost:8099, or"
            " `run: {portable: {job_endpoint: ...}}` in the settings file",
        )
    _require_answer(settings.job_endpoint)
    words = f"the workers behind {settings.job_endpoint} do the work; their service tells how far they are"
    return Where(partial(_run, options(form, settings)), settings.processes, words)


def options(form: str, settings: PortableSettings) -> list[str]:
    """Beam's options for a job service."""
    told = [f"--job_endpoint={settings.job_endpoint}", *environment_options(settings.environment)]
    if form == "portable":
        return told
    # One worker process a machine: a process keeps as much in flight as the machine has room for, and shares engines.
    told += ["--sdk_worker_parallelism=1", f"--environment_cache_millis={LIVES_MS}"]
    if form == "flink":
        # Flink's own default is 1, whatever the cluster's size.
        told.append(f"--parallelism={settings.processes}")
    return told


def environment_options(environment: Environment) -> list[str]:
    """Beam's options for where workers come from."""
    if isinstance(environment, ExternalWorkers):
        return ["--environment_type=EXTERNAL", f"--environment_config={environment.address}"]
    if isinstance(environment, DockerWorkers):
        return ["--environment_type=DOCKER", f"--environment_config={environment.image}"]
    return ["--environment_type=LOOPBACK"]


def _require_answer(endpoint: str) -> None:
    host, port = endpoint.rsplit(":", 1)
    try:
        socket.create_connection((host.strip("[]"), int(port)), REACHED_S).close()
    except OSError as error:
        raise SettingsError(
            "no_job_service",
            f"nobody answers at {endpoint} ({error.strerror or error}): start the job service, or give its address with"
            " --job-endpoint",
        ) from None


def _run(options: list[str], add: Add) -> None:
    import apache_beam as beam
    from apache_beam import typehints
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.runners.portability.portable_runner import PortableRunner

    typehints.disable_type_annotations()
    pipeline = beam.Pipeline(runner=PortableRunner(), options=PipelineOptions(options))
    add(pipeline)
    try:
        result = pipeline.run()
        try:
            result.wait_until_finish()
        except KeyboardInterrupt:
            result.cancel()
            raise
    except RuntimeError as error:
        raise job_error(str(error)) from error


def job_error(text: str) -> FrametrailError:
    """What ended a job, from what the service says of it: a traceback of a worker, as text."""
    # Beam puts the step into the first argument of an error that it passes on.
    ground = re.search(rf"\b({'|'.join(GROUNDS)})(?: \[while running [^\]]*\])?: ([^\n]*)", text)
    if ground:
        return SettingsError(ground[1], ground[2])
    last = [line for line in text.strip().splitlines() if line.strip()] or ["no reason was given"]
    return StoppedError(
        "job_failed",
        f"the job failed: {last[-1].strip()[:500]}\nWhat was finished is kept, and the same command resumes; the logs"
        " of the workers and of the job service tell more",
    )
