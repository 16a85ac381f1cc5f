"""The place of a release: whether a build may use it, one build at a time, and how what was written gets there."""

import errno
import fcntl
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from runners.fingerprint import Fingerprint, changed, parts_of_manifest
from runners.places import removal
from schemas.errors import SettingsError


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


def folder_of(path: Path) -> Path:
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
        SettingsError: `bad_out`, the folder could not be made, or not be written in. Nothing is made to find out, but
            where permissions do not tell.
    """
    there = next(one for one in (path, *path.absolute().parents) if os.path.exists(one))
    if why := _obstacle(there):
        raise SettingsError("bad_out", f"cannot write in {there} ({os.strerror(why)}); give another --out")


def _obstacle(there: Path) -> int:
    """The errno with which nothing can be written in what is there; 0 when something can."""
    if not there.is_dir():
        return errno.ENOTDIR
    if not os.access(there, os.W_OK | os.X_OK):
        return errno.EACCES
    if os.statvfs(there).f_blocks:
        return 0
    try:  # a file system that holds no data, such as /proc: whoever may do everything may write there, and cannot
        os.rmdir(tempfile.mkdtemp(dir=there))
    except OSError as error:
        return error.errno or errno.EACCES
    return 0


def refuse_leftovers(release: Path) -> None:
    """Refuses to build where something lies that is no release: it would be in the way when all the work is done."""
    empty = release.is_dir() and not any(release.iterdir())
    if os.path.lexists(release) and not empty and not (release / "manifest.json").exists():
        raise SettingsError(
            "no_release",
            f"{release} is no finished release (it has no manifest.json) and is in the way; move it, give another"
            f" --out, or rm -r {shlex.quote(str(release))}",
        )


@contextmanager
def locked(release: Path) -> Iterator[None]:
    """Keeps a second build of the same release out while this one runs; the lock goes with the process.

    Its file stays: without it, a build that had just opened it and one that made it anew would both hold the lock.
    """
    with (release.parent / f".{release.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError("already_building", f"another build of {release} is running; wait for it") from None
        yield


def moved(written: Path, release: Path, failures: list[str]) -> Path:
    """Moves what was written into its place, or aside: a server that was down must not be a version for ever."""
    failed = release.with_name(f"{release.name}.failed")
    shutil.rmtree(failed, ignore_errors=True)
    return written.rename(failed if failures else release)
