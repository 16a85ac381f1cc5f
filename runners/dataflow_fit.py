"""What of an entry cannot work on Dataflow's machines, found before anything is staged or paid for."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from runners.models import require_divisible
from schemas.clusters import DataflowSettings
from schemas.errors import SettingsError
from schemas.settings import Dataset, LocalSettings, RunSettings, Settings, VllmSettings


def require_fit(entry: Dataset, run: RunSettings, settings: DataflowSettings, template: str = "") -> None:
    """
    Raises:
        SettingsError: with one line per problem, each with a way out.
    """
    require_divisible(entry, run, settings.max_workers)
    problems = [*_places(run, template), *_rounds(entry), *_engines(entry, settings)]
    if problems:
        raise SettingsError("not_on_dataflow", "\n".join(problems))


def _places(run: RunSettings, template: str) -> Iterator[str]:
    for option, value in (("--out", run.out), ("--work", run.work), ("--template-location", template)):
        if value and not value.startswith("gs://"):
            yield f"{option}: must lie in a bucket, such as gs://my-bucket/..., not {value!r}"


def _rounds(entry: Dataset) -> Iterator[str]:
    if entry.target is not None:
        yield (
            "target: is counted out in rounds, each a job of its own that waits minutes for machines; leave it out here"
            " (--limit takes part of the videos), or build on a cluster that stays up, with --runner flink"
        )


def _engines(entry: Dataset, settings: DataflowSettings) -> Iterator[str]:
    for keys, block in blocks(entry):
        if isinstance(block, LocalSettings):
            yield (
                f"{keys}: llama.cpp on the CPUs of workers is slow, and each would fetch its weights; take vllm"
                " with `run: {dataflow: {gpu: ...}}`, or a server"
            )
        if isinstance(block, VllmSettings) and settings.gpu is None:
            yield (
                f"{keys}: vLLM needs a GPU on the workers: add `gpu: {{type: nvidia-l4, machine_type: g2-standard-8}}`"
                " under `run: dataflow`, and use an image with vLLM in it (docker/Dockerfile says how it is made)"
            )
        key = getattr(block, "api_key_env", "")
        if key and key not in settings.secrets:
            yield (
                f"{keys}.api_key_env: workers have no variable {key}: add `secrets: {{{key}:"
                " projects/P/secrets/NAME/versions/1}` under `run: dataflow`, or leave api_key_env empty where the"
                " server asks for no key"
            )
        address = getattr(block, "base_url", "") or getattr(block, "url", "")
        if address and _is_this_machine(address):
            yield f"{keys}: {address} is each worker itself, where nobody serves: give an address that workers reach"


def blocks(settings: Settings, keys: str = "") -> Iterator[tuple[str, Settings]]:
    """All blocks of settings, with their dotted keys."""
    for name in type(settings).model_fields:
        value, key = getattr(settings, name), f"{keys}.{name}" if keys else name
        if isinstance(value, Settings):
            yield key, value
            yield from blocks(value, key)


def _is_this_machine(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
