"""From the uri of a manifest to a file that may be read: one of this machine, or a remote one.

Nothing leaves its roots, by `..`, an absolute path or a link: the real path counts. What rows and reasons show is the
uri as given or relative to its root, never a path of this machine. Whether a remote file is there is not asked here.
"""

import os
import re
import stat
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from schemas.errors import InputError
from transforms.remote.uris import check_allowed, follow, is_remote, parse

LONGEST_SHOWN = 200
"""Characters of a uri that a reason repeats."""

_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Place:
    """`uri` is what may be shown, `location` the real path to read, `path` the same before links were followed.

    Of a remote file, `location` is its uri and `path` is empty.
    """

    uri: str
    location: str
    path: str


def find(uri: str, base: str, roots: tuple[str, ...]) -> Place:
    """The file that a uri names; relative ones start at the folder `base`, which may be remote.

    Raises:
        InputError: `bad_uri`, `remote_uri`, `outside_root`, `missing_file`, `not_a_file` or `unreadable`; for remote
            ones, as `transforms.remote.uris.parse`.
    """
    if is_remote(uri) or (is_remote(base) and not _SCHEME.match(uri)):
        return _find_remote(uri, base, roots)
    given = _local(uri)
    absolute = os.path.isabs(given)
    path = os.path.normpath(os.path.join(base, given))
    # The given path and not its tidied form is resolved: `link/..` is where the link points, not where it lies.
    location = os.path.realpath(os.path.join(base, given))
    root = holding_root(location, roots)
    shown = _short(f".../{os.path.basename(given)}" if absolute else given)
    if root is None:
        # The folder itself may be named by a link, which leads nowhere out.
        linked = holding_root(os.path.normpath(os.path.join(os.path.realpath(base), given)), roots) is not None
        where, folder = (
            ("leads through a link out of", "the folder behind it") if linked else ("lies outside", "its folder")
        )
        raise InputError(
            "outside_root", f"{shown!r} {where} the folders this entry may read; add {folder} to `allow:` of the entry"
        )
    try:
        state = os.stat(location)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError("missing_file", f"there is no file {shown!r}; correct the uri or add the file") from None
    except OSError as error:
        raise InputError("unreadable", f"{shown!r} cannot be read ({error.strerror})") from None
    if not stat.S_ISREG(state.st_mode):
        raise InputError("not_a_file", f"{shown!r} is not a file; name the video file itself")
    if not os.access(location, os.R_OK):
        raise InputError("unreadable", f"{shown!r} cannot be read; change its permissions")
    return Place(os.path.relpath(location, os.path.realpath(root)) if absolute else given, location, path)


def _find_remote(uri: str, base: str, roots: tuple[str, ...]) -> Place:
    absolute = is_remote(uri)
    place = parse(uri) if absolute else follow(parse(base), uri)
    check_allowed(place, roots)
    return Place(place.shown if absolute else uri.partition("?")[0], place.text, "")


def holding_root(location: str, roots: tuple[str, ...]) -> str | None:
    """The first root that a real path lies in; remote roots hold none."""
    for root in roots:
        if is_remote(root):
            continue
        real = os.path.realpath(root)
        if location == real or location.startswith(real.rstrip(os.sep) + os.sep):
            return root
    return None


def _short(uri: str) -> str:
    return uri if len(uri) <= LONGEST_SHOWN else f"{uri[:LONGEST_SHOWN]}…"


def _local(uri: str) -> str:
    """The path inside a uri."""
    if not _SCHEME.match(uri):
        return uri
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise InputError("bad_uri", f"this is no uri ({error}); write a path, or file:// and a path") from None
    if parts.scheme.casefold() != "file" or parts.netloc not in ("", "localhost"):
        raise InputError(
            "remote_uri", f"{_short(uri)!r} is on another machine, and file:// is not; name a path, or an https:// uri"
        )
    return unquote(parts.path)
