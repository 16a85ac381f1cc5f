"""Where the work and the releases of a build lie: in folders, or in a bucket with what must be local beside it."""

import importlib.util
import shlex
from pathlib import Path

from schemas.errors import InputError, SettingsError
from transforms.remote.at_hand import own_cache
from transforms.remote.bucket import PACKAGES
from transforms.remote.uris import is_remote, parse


def check_bucket(option: str, uri: str) -> None:
    """Raises:
    SettingsError: `bad_out` or `bad_work`, by the option: the uri names no bucket that can be written to.
    """
    code = f"bad_{option.lstrip('-')}"
    try:
        scheme = parse(uri).scheme
    except InputError as error:
        raise SettingsError(code, f"{option} {uri}: {error.detail}") from None
    if scheme not in PACKAGES:
        raise SettingsError(code, f"nothing can be written to {scheme}://; give {option} a folder, gs://… or s3://…")
    if importlib.util.find_spec(PACKAGES[scheme]) is None:
        raise SettingsError(code, f"{scheme}:// needs {PACKAGES[scheme]}; pip install 'frametrail[cloud]'")


def store_of(work: str) -> str:
    """The root of the store of a work folder.

    Raises:
        SettingsError: `bad_work`, it is remote and no bucket.
    """
    if not is_remote(work):
        return str(Path(work).resolve() / "store")
    check_bucket("--work", work)
    return f"{work.rstrip('/')}/store"


def local_work(work: str) -> Path:
    """Where logs go: the work folder, or for one in a bucket a folder of the user's own."""
    return own_cache() if is_remote(work) else Path(work)


def removal(place: str) -> str:
    """The command that removes what lies at a place."""
    tools = {"gs": "gcloud storage rm -r", "s3": "aws s3 rm --recursive"}
    return f"{tools.get(place.partition('://')[0], 'rm -r')} {shlex.quote(place)}"
