"""The local file of a video or its subtitles, wherever they lie: what is remote is fetched once into a cache.

The cache is the folder `videos` beside a local store, and beside a remote one a folder of the user's own. It may be
removed whole between builds; what is missing is fetched again.
"""

import os
from dataclasses import replace
from pathlib import Path

from schemas.errors import InputError
from schemas.source import Terms, Video
from transforms.remote.download import download, held, known, path_of
from transforms.remote.limits import LIMITS, Limits
from transforms.remote.network import INTERNET, Network
from transforms.remote.uris import is_remote
from transforms.store import Absent, Held, Store


def cache_of(store: Store) -> Path:
    """Where the files that are fetched for a store lie."""
    if not is_remote(store.root):
        return Path(store.root.removeprefix("file://")).parent / "videos"
    return own_cache() / "videos"


def own_cache() -> Path:
    """The folder of the user's own for what can be had again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "frametrail"


def fetch(video: Video, store: Store, network: Network = INTERNET, limits: Limits = LIMITS) -> Video:
    """The video with the digests of what is remote of it, fetched; one that is all local as it is.

    Raises:
        InputError, EngineError: as `download`.
    """
    if is_remote(video.location):
        wanted = video.wanted_sha256
        video = replace(video, sha256=_fetch(video, video.location, wanted, store, network, limits))
    if is_remote(video.subtitles):
        found = _fetch(video, video.subtitles, "", store, network, limits)
        video = replace(video, subtitles_sha256=found)
    return video


def video_path(video: Video, store: Store) -> str:
    """The path of a video's local file, fetched again if it was remote and is gone.

    Raises:
        InputError, EngineError: as `download`; `changed_video`, when it is another by now.
    """
    return _path(video, video.location, video.sha256, store)


def subtitles_path(video: Video, store: Store) -> str:
    """The same for its subtitles."""
    return _path(video, video.subtitles, video.subtitles_sha256, store)


def _path(video: Video, location: str, name: str, store: Store) -> str:
    if not is_remote(location):
        return location
    folder = cache_of(store)
    found = held(folder, name)
    if found is None:
        if _fetch(video, location, "", store, INTERNET, LIMITS) != name:
            raise InputError("changed_video", "the file is another than when the build began; start again")
        found = path_of(folder, name)
    return str(found)


def _fetch(video: Video, location: str, wanted: str, store: Store, network: Network, limits: Limits) -> str:
    """Raises:
    Absent: the store is only read, and what it would fetch is not there.
    """
    terms = video.terms or Terms()
    if isinstance(store, Held):
        name = known(location, cache_of(store), wanted)
        if not name:
            raise Absent(location)
        return name
    return download(location, terms, cache_of(store), wanted, network, limits)
