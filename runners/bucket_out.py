"""A release in a bucket: it is built in a local folder and copied, the manifest last and only if there is none.

So a bucket never holds half a release: what has no manifest.json is not one. A copy that was cut off is finished by
the same command. Two builds of one version at the same time end with the manifest of the first; what the other had
copied by then shows in an audit.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec

from runners.places import check_bucket, removal
from schemas.errors import SettingsError
from transforms.remote.uris import is_remote
from transforms.store import was_there

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Out:
    """`folder` is where a build writes, `shown` the place that was asked for."""

    folder: str
    shown: str

    def tell(self, text: str) -> str:
        """What is said of the folder, said of the place."""
        shown = self.shown.rstrip("/")
        return text.replace(removal(self.folder), removal(shown)).replace(self.folder, shown)

    def keep(self, release: Path) -> None:
        """Copies a result into its place, if that is in a bucket.

        Raises:
            SettingsError: `version_taken`, `bad_out`.
        """
        if self.folder != self.shown:
            with _our_errors(self.shown):
                _copy(release, f"{self.shown.rstrip('/')}/{release.relative_to(self.folder).as_posix()}")


@contextmanager
def out_folder(out: str, name: str, version: str) -> Iterator[Out]:
    """A local folder for a build whose releases go to `out`. For a bucket, it has the finished release of that version,
    as far as a build looks at it.

    Raises:
        SettingsError: the bucket cannot be read.
    """
    if not is_remote(out):
        yield Out(out, out)
        return
    check_bucket("--out", out)
    with TemporaryDirectory(prefix="frametrail-out-") as folder:
        with _our_errors(out):
            _fetch_finished(f"{out.rstrip('/')}/{name}/{version}", Path(folder) / name / version)
        place = Out(folder, out)
        try:
            yield place
        except SettingsError as error:
            raise SettingsError(error.code, place.tell(error.detail)) from error


def _fetch_finished(source: str, target: Path) -> None:
    """The manifest and what a build reads of a finished release; nothing when there is none."""
    bucket, base = fsspec.core.url_to_fs(source)
    bucket.invalidate_cache()
    try:
        manifest = bucket.cat_file(f"{base}/{MANIFEST}")
    except FileNotFoundError:
        return
    paths = [entry["path"] for entry in json.loads(manifest)["files"]]
    for path in paths:
        if ".." in path.split("/"):
            raise SettingsError(
                "bad_out", f"{source}/{MANIFEST} names {path!r}, a place outside the release; see who did"
            )
        if path == "report.json" or path.startswith("sft_parquet/"):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(bucket.cat_file(f"{base}/{path}"))
    target.mkdir(parents=True, exist_ok=True)
    (target / MANIFEST).write_bytes(manifest)


def _copy(release: Path, target: str) -> None:
    bucket, base = fsspec.core.url_to_fs(target)
    bucket.invalidate_cache()
    sealed, manifest = f"{base}/{MANIFEST}", (release / MANIFEST).read_bytes()
    files = [path.relative_to(release).as_posix() for path in sorted(release.rglob("*")) if path.is_file()]
    there = {path.removeprefix(f"{base}/") for path in bucket.find(base)}
    if MANIFEST in there:
        if bucket.cat_file(sealed) == manifest:
            return
        if not _may_be_replaced(release):
            raise _taken(target)
        bucket.rm_file(sealed)
    for path in sorted(there - {*files}):
        bucket.rm_file(f"{base}/{path}")
    for path in files:
        if path != MANIFEST:
            bucket.put_file(str(release / path), f"{base}/{path}")
    try:
        bucket.pipe_file(sealed, manifest, mode="create")
    except OSError as error:
        if not was_there(error):
            raise
        if bucket.cat_file(sealed) != manifest:
            raise _taken(target) from None
    # What an earlier run was kept as, which fell short.
    for path in bucket.find(f"{base}.failed"):
        bucket.rm_file(path)


def _may_be_replaced(release: Path) -> bool:
    """Trials and results that are no version; versions never."""
    return "+" in release.name or release.name.endswith(".failed")


def _taken(target: str) -> SettingsError:
    return SettingsError(
        "version_taken", f"{target} was finished by another build meanwhile; raise `version`, or give another --out"
    )


@contextmanager
def _our_errors(out: str) -> Iterator[Any]:
    try:
        yield
    except SettingsError:
        raise
    except Exception as error:
        # The packages let errors of the libraries below them through, which have no common base.
        said = " ".join(str(error).split())[:200]
        raise SettingsError("bad_out", f"{out} cannot be read or written ({said}); the same command resumes") from error
