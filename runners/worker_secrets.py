"""Keys of services on a cluster's workers: read from Secret Manager when a worker starts, written nowhere.

Beam imports this module in every worker (`--beam_plugins`) before the first element. The options of a job name the
secrets and hold none; outside a worker importing it does nothing but to make the option known.
"""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions


class SecretOptions(PipelineOptions):
    @classmethod
    def _add_argparse_args(cls, parser: Any) -> None:
        parser.add_argument(
            "--worker_secrets",
            action="append",
            help="VARIABLE=projects/P/secrets/NAME/versions/N, set in the environment of every worker",
        )


def set_secrets(options: str, environment: Any, read: Callable[[str], str]) -> None:
    """Sets the variables that a worker's options (JSON, as Beam's boot program gives them) name.

    Raises:
        RuntimeError: one cannot be read; the worker does not start, and its log says which.
    """
    for word in _named(json.loads(options)):
        name, secret = word.split("=", 1)
        try:
            environment[name] = read(secret)
        except Exception as error:
            raise RuntimeError(
                f"the secret {secret} for {name} cannot be read ({type(error).__name__}): let the workers' service"
                " account have roles/secretmanager.secretAccessor on it"
            ) from None


def _named(told: Mapping[str, Any]) -> list[str]:
    options = told.get("options", told)
    return options.get("worker_secrets") or options.get("beam:option:worker_secrets:v1") or []


def _from_secret_manager(secret: str) -> str:
    from google.cloud import secretmanager

    reply = secretmanager.SecretManagerServiceClient().access_secret_version(name=secret)
    return str(reply.payload.data.decode().strip())


def told_by_boot(environment: Mapping[str, str]) -> str:
    """The options that Beam's boot program gives a worker; empty outside one.

    They are in the file that `PIPELINE_OPTIONS_FILE` names, or in `PIPELINE_OPTIONS` itself: Beam's worker reads
    either, the file first.

    Raises:
        OSError: the file is not there; the worker does not start.
    """
    if file := environment.get("PIPELINE_OPTIONS_FILE"):
        return Path(file).read_text(encoding="utf-8")
    return environment.get("PIPELINE_OPTIONS", "")


if told := told_by_boot(os.environ):
    set_secrets(told, os.environ, _from_secret_manager)
