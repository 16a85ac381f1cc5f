"""Which bytes a video and its subtitles are: their sha256, and what follows when two entries are the same bytes."""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from schemas.errors import EngineError, InputError
from schemas.source import Rejected, Video
from transforms.refuse import refuse
from transforms.remote import at_hand
from transforms.remote.limits import LIMITS, Limits
from transforms.remote.network import INTERNET, Network
from transforms.remote.uris import is_remote
from transforms.store import Store, memo_key

VERSION = "1"

_BLOCK = 1 << 20


def fingerprint_file(path: str | os.PathLike[str], store: Store) -> str:
    """sha256 of a file, read once for each (path, size, time of change).

    Raises:
        InputError: `missing_file`, `empty_file`, `unreadable`, or `changed_while_read`. None of them is remembered: the
            file may be put right without a change that the key would show.
    """
    location = os.path.realpath(path)
    try:
        before = os.stat(location)
        if before.st_size == 0:
            raise InputError("empty_file", "the file has no bytes; fetch it again")
        inputs = [location, before.st_size, before.st_mtime_ns]
        return str(store.memo(memo_key("sha256", VERSION, inputs=inputs), lambda: _digest(location, before)))
    except FileNotFoundError:
        raise InputError("missing_file", "the file is gone; put it back or drop its entry") from None
    except _Changed:
        raise InputError(
            "changed_while_read", "the file changed while it was read; start again when it is whole"
        ) from None
    except OSError as error:
        raise InputError("unreadable", f"the file cannot be read ({error.strerror}); change its permissions") from None


def subtitles_bytes(path: str | os.PathLike[str]) -> bytes:
    """What a subtitle file holds.

    Raises:
        InputError: `unreadable`.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            "unreadable",
            f"the subtitles {os.path.basename(path)} cannot be read ({error.strerror}); change their permissions, or"
            " take them away",
        ) from None


def identify(video: Video, store: Store, network: Network = INTERNET, limits: Limits = LIMITS) -> Video | Rejected:
    """The video with its sha256 and that of its subtitles, or why it has none: its identity is its bytes.

    What is remote of it is fetched.
    """
    try:
        found = at_hand.fetch(video, store, network, limits)
        if not is_remote(found.location):
            found = replace(found, sha256=fingerprint_file(found.location, store))
        if found.subtitles and not is_remote(found.subtitles):
            found = replace(found, subtitles_sha256=hashlib.sha256(subtitles_bytes(found.subtitles)).hexdigest())
        if video.wanted_sha256 and found.sha256 != video.wanted_sha256:
            raise InputError(
                "digest_mismatch", "the file is not the one that the manifest names; correct `sha256`, or the file"
            )
        return found
    except (InputError, EngineError) as error:
        return refuse(error, "read", "video", video.id, video_id=video.id)


def merge_same(videos: Iterable[Video]) -> tuple[tuple[Video, ...], tuple[Rejected, ...]]:
    """One video for each sha256, both in order of id: the smallest id is kept, with the other ids as aliases."""
    by_bytes: dict[str, list[Video]] = defaultdict(list)
    for video in sorted(videos, key=lambda video: video.id):
        by_bytes[video.sha256].append(video)
    kept = [
        replace(first, aliases=tuple(sorted({*first.aliases, *(same.id for same in rest)})))
        for first, *rest in by_bytes.values()
    ]
    doubled = [
        Rejected(
            stage="read",
            code="duplicate_video",
            outcome="filter",
            unit="video",
            id=same.id,
            detail=f"the same bytes as {first.id!r}; questions about it are asked about that one",
            video_id=same.id,
        )
        for first, *rest in by_bytes.values()
        for same in rest
    ]
    return tuple(sorted(kept, key=lambda video: video.id)), tuple(sorted(doubled, key=lambda row: row.id))


class _Changed(OSError):
    pass


def _digest(location: str, before: os.stat_result) -> str:
    digest = hashlib.sha256()
    with open(location, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        after = os.fstat(file.fileno())
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise _Changed
    return digest.hexdigest()
