"""The block `run` of a settings file: where builds run that do not run in the process that starts them.

Nothing here changes a row, so none of it is part of a fingerprint.
"""

import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.settings import Settings


class ExternalWorkers(Settings):
    """A pool of workers that runs beside every machine of the cluster: `python -m
    apache_beam.runners.worker.worker_pool_main --service_port=50000`, in an environment that has frametrail."""

    type: Literal["external"] = "external"
    address: str = Field(
        default="localhost:50000", description="HOST:PORT of the pool, as the cluster's machines see it."
    )

    @field_validator("address")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        return host_and_port(value)


class DockerWorkers(Settings):
    """Containers that the cluster's machines start; docker/Dockerfile makes their image."""

    type: Literal["docker"] = "docker"
    image: str = Field(description="Name of the image, with its tag or digest.")

    @field_validator("image")
    @classmethod
    def _pinned(cls, value: str) -> str:
        return pinned_image(value)


class LoopbackWorkers(Settings):
    """Workers in the process that starts the build: to try a job service out."""

    type: Literal["loopback"] = "loopback"


Environment = Annotated[ExternalWorkers | DockerWorkers | LoopbackWorkers, Field(discriminator="type")]


class PortableSettings(Settings):
    """A Beam job service: of Flink, of Spark, or any other."""

    job_endpoint: str = Field(default="", description="HOST:PORT of the job service; --job-endpoint overrides it.")
    environment: Environment = Field(default=ExternalWorkers(), description="Where the workers come from.")
    processes: int = Field(
        default=1,
        ge=1,
        description="Worker processes at once, at most: the limits of models are divided among them. Flink is told it"
        " as its parallelism.",
    )

    @field_validator("job_endpoint")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        return value and host_and_port(value)


class Gpu(Settings):
    """The machines of the steps that run a model on a GPU. They are others than those of all other steps."""

    type: str = Field(
        pattern=r"^nvidia-[a-z0-9-]+$", description="What Dataflow calls the GPU, such as nvidia-l4 or nvidia-tesla-t4."
    )
    machine_type: str = Field(
        default="",
        pattern=r"^([a-z0-9]+-[a-z0-9-]+)?$",
        description="Machine that has it, such as g2-standard-8; empty leaves the choice to Dataflow.",
    )


class DataflowSettings(Settings):
    """A job on Google Cloud Dataflow."""

    project: str = Field(
        pattern=r"^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", description="Id of the project that runs and pays."
    )
    region: str = Field(pattern=r"^[a-z]+-[a-z]+[0-9]+$", description="Where the machines are, such as europe-west4.")
    temp_location: str = Field(description="Folder in a bucket of that region for what a job leaves behind: gs://….")
    staging_location: str = Field(
        default="", description="Folder in a bucket for what a job is started from; by default beside temp_location."
    )
    image: str = Field(description="Image of the workers, made by docker/Dockerfile, with its tag or digest.")
    service_account: str = Field(
        default="",
        pattern=r"^([a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com)?$",
        description="Who the workers are: an e-mail address; empty for the project's default account.",
    )
    machine_type: str = Field(
        default="n2-standard-8",
        pattern=r"^[a-z0-9]+-[a-z0-9-]*[0-9]+(-[0-9]+)?$",
        description="Machine of all steps that need no GPU. Its CPUs are the pieces of work at once on it.",
    )
    disk_gb: int = Field(default=100, ge=30, le=65_536, description="Disk of a machine; the image takes 5 GB of it.")
    workers: int = Field(default=1, ge=1, description="Machines to begin with.")
    max_workers: int = Field(
        default=10,
        ge=1,
        le=4000,
        description="Machines at once, at most: the limits of models are divided among them.",
    )
    gpu: Gpu | None = Field(
        default=None, description="GPU for vLLM on the workers; without it models are served elsewhere."
    )
    package: str = Field(
        default="",
        pattern=r"^(.*\.whl)?$",
        description="A wheel of frametrail for the workers; empty builds one from the checkout that is running.",
    )
    labels: dict[str, str] = Field(default={}, description="Labels of the job, for bills and lists.")
    subnetwork: str = Field(
        default="",
        pattern=r"^((https://www\.googleapis\.com/compute/v1/)?(projects/[^/]+/)?regions/[^/]+/subnetworks/[^/]+)?$",
        description="regions/REGION/subnetworks/NAME; empty for the default network.",
    )
    public_ips: bool = Field(default=True, description="Whether machines get addresses of their own on the internet.")
    secrets: dict[str, str] = Field(
        default={},
        description="Environment variable: version of a secret in Secret Manager (projects/P/secrets/NAME/versions/N),"
        " which the workers read when they start. Keys of models go here.",
    )

    @field_validator("temp_location", "staging_location")
    @classmethod
    def _in_a_bucket(cls, value: str) -> str:
        return value and in_a_bucket(value)

    @field_validator("image")
    @classmethod
    def _pinned(cls, value: str) -> str:
        return pinned_image(value)

    @field_validator("max_workers")
    @classmethod
    def _not_fewer_than_at_first(cls, value: int, info: ValidationInfo) -> int:
        if value < info.data.get("workers", 1):
            raise ValueError(f"must be at least workers: {info.data['workers']}")
        return value

    @field_validator("labels")
    @classmethod
    def _as_google_wants_them(cls, value: dict[str, str]) -> dict[str, str]:
        for key, word in value.items():
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key) or not re.fullmatch(r"[a-z0-9_-]{0,63}", word):
                raise ValueError(
                    f"{key}={word} cannot be a label: up to 63 of a-z, 0-9, _ and - each, the key from a letter on"
                )
        return value

    @field_validator("secrets")
    @classmethod
    def _named_not_written(cls, value: dict[str, str]) -> dict[str, str]:
        for name, secret in value.items():
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                raise ValueError(f"{name!r} cannot be an environment variable")
            if not re.fullmatch(r"projects/[^/]+/secrets/[^/]+/versions/[^/]+", secret):
                # What stands there may be the secret itself, so it is not repeated.
                raise ValueError(
                    f"{name} must name a version in Secret Manager, such as projects/p/secrets/openai/versions/1;"
                    " never write the key itself"
                )
        return value

    @property
    def staging(self) -> str:
        return self.staging_location or f"{self.temp_location.rstrip('/')}/staging"

    @property
    def cpus(self) -> int:
        """CPUs of a machine, as its type's name ends: n2-standard-8, n2-custom-8-32768, e2-highmem-4."""
        numbers = re.findall(r"-(\d+)", self.machine_type)
        return int(numbers[0])


class RunBlock(Settings):
    """Where builds run, for `--runner`."""

    portable: PortableSettings = Field(
        default=PortableSettings(), description="For --runner portable, flink and spark."
    )
    dataflow: DataflowSettings | None = Field(default=None, description="For --runner dataflow.")


def host_and_port(value: str) -> str:
    """The value, when it is HOST:PORT.

    Raises:
        ValueError: it is not.
    """
    if (
        not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})", value)
        or int(value.rsplit(":", 1)[1]) > 65535
    ):
        raise ValueError(f"must be HOST:PORT, such as localhost:8099, not {value!r}")
    return value


def in_a_bucket(value: str) -> str:
    if not re.fullmatch(r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/.*)?", value):
        raise ValueError(f"must lie in a bucket, such as gs://my-bucket/frametrail, not {value!r}")
    return value


def pinned_image(value: str) -> str:
    """The value, when it names one image for good: by digest, or by a tag that is not `latest`."""
    name = value.rsplit("/", 1)[-1]
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*", value) or not re.search(
        r":(?!latest$)[\w.-]+$|@sha256:", name
    ):
        raise ValueError(
            f"must name one image for good, by a tag or a digest, such as europe-docker.pkg.dev/p/r/frametrail:0.1.0,"
            f" not {value!r}"
        )
    return value
