"""Every video file under a folder."""

import hashlib
import os
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

from schemas.errors import SettingsError
from schemas.source import Rejected, Video
from transforms.read.sidecar import subtitles_in
from transforms.read.uris import holding_root

_ENDINGS = (
    ".3g2 .3gp .asf .avi .divx .dv .f4v .flv .m2ts .m2v .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogm .ogv .qt .rm"
    " .rmvb .ts .vob .webm .wmv .y4m"
)
VIDEO_EXTENSIONS = frozenset(_ENDINGS.split())
"""Containers that FFmpeg opens and that usually hold a picture, by the endings people give them."""


@dataclass(slots=True)
class _Walk:
    top: str
    roots: tuple[str, ...]
    files: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def list_folder(
    path: str | os.PathLike[str], license: str = "", allow: tuple[str, ...] = ()
) -> tuple[tuple[Video, ...], tuple[Rejected, ...]]:
    """The videos under a folder by id, and what is turned away: links that leave their roots, folders without access.

    `allow` are roots that links may lead to, besides the folder itself. Names that begin with a dot and
    files that are no videos are passed over. An id is the path under the folder without its ending, and with it where
    two files differ in nothing else.

    Raises:
        SettingsError: there is no such folder, or no video file in it.
    """
    top = os.fspath(path)
    if not os.path.isdir(top):
        raise SettingsError("no_folder", f"{top} is not a folder; correct `source.path`")
    walk = _Walk(top, (top, *allow))
    _visit("", walk)
    if not walk.files and not walk.rejected:
        raise SettingsError("no_videos", f"no video file lies under {top}; correct `source.path`, or use a manifest")
    names = _ids(walk.files)
    subtitles: dict[str, dict[str, str]] = {}
    videos = []
    for relative in walk.files:
        folder, name = os.path.split(os.path.join(top, relative))
        if folder not in subtitles:
            subtitles[folder] = subtitles_in(folder)
        text = subtitles[folder].get(os.path.splitext(name)[0], "")
        videos.append(
            Video(
                id=names[relative],
                uri=relative,
                location=os.path.realpath(os.path.join(folder, name)),
                license=license,
                subtitles=os.path.join(folder, text) if text else "",
            )
        )
    return tuple(sorted(videos, key=lambda video: video.id)), tuple(sorted(walk.rejected, key=lambda row: row.id))


def _visit(folder: str, walk: _Walk) -> None:
    """Adds the videos of one folder and goes down; `folder` is relative to the top.

    A linked folder that lies under the top anyway is left to its own name, so that ids do not hang on a link.
    """
    here = os.path.realpath(os.path.join(walk.top, folder))
    if here in walk.seen:
        return
    walk.seen.add(here)
    try:
        names = sorted(os.listdir(here))
    except OSError as error:
        walk.rejected.append(_turned_away("unreadable", folder, f"the folder cannot be listed ({error.strerror})"))
        return
    for name in names:
        if name.startswith("."):
            continue
        relative, path = os.path.join(folder, name), os.path.join(walk.top, folder, name)
        is_video = os.path.splitext(name)[1].casefold() in VIDEO_EXTENSIONS
        if os.path.islink(path) and (is_video or os.path.isdir(path)):
            if holding_root(os.path.realpath(path), walk.roots) is None:
                reason = "the link leads out of the folder; copy the file, or add its folder to `allow:` of the entry"
                walk.rejected.append(_turned_away("outside_root", relative, reason))
                continue
            if not os.path.exists(path):
                walk.rejected.append(_turned_away("missing_file", relative, "the link leads to nothing; remove it"))
                continue
        if os.path.isdir(path):
            if not os.path.islink(path) or holding_root(os.path.realpath(path), (walk.top,)) is None:
                _visit(relative, walk)
        elif is_video and os.path.isfile(path):
            if not _printable(relative):
                reason = "the name is not UTF-8 or holds control characters; rename the file"
                walk.rejected.append(_turned_away("bad_name", relative, reason))
            else:
                walk.files.append(relative)


def _ids(files: list[str]) -> dict[str, str]:
    """Ids that are unique, need no quoting, and do not change when other files come or go unless names collide."""
    found: dict[str, str] = {}
    for spelling in (lambda f: os.path.splitext(f)[0], lambda f: f, lambda f: f"{f}-{_hash(f)}"):
        left = [file for file in files if file not in found]
        wanted = {file: _safe(spelling(file)) for file in left}
        count = Counter([*wanted.values(), *found.values()])
        found |= {file: name for file, name in wanted.items() if count[name] == 1}
    return found


def _safe(name: str) -> str:
    return re.sub(r"[^\w./-]+", "_", unicodedata.normalize("NFC", name).replace(os.sep, "/"))


def _hash(name: str) -> str:
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:8]


def _printable(name: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


def _turned_away(code: str, relative: str, detail: str) -> Rejected:
    name = "".join(c if _printable(c) else "\N{REPLACEMENT CHARACTER}" for c in relative) or "."
    if not _printable(relative):
        # Two such names may look the same.
        name += f"-{_hash(relative)}"
    return Rejected(stage="read", code=code, outcome="fail", unit="video", id=name, detail=f"{name}: {detail}")
