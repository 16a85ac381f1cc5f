"""Room on the disk for what is fetched: of the videos fetched before, those that nobody used for longest give way."""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

_SPARE_SHARE, _SPARE_BYTES = 0.1, 5_000_000_000
"""What else a build writes needs room too: a tenth of the disk stays free, of a large one five gigabytes."""
_WHOLE = "[0-9a-f][0-9a-f]/" + "[0-9a-f]" * 64
_IN_USE_S = 600.0
"""Who is told where a file lies opens it at once, and what is open may be removed: this is more than enough."""


def used(path: Path) -> None:
    """Notes that a file is about to be used."""
    with suppress(OSError):
        os.utime(path)


def make_room(folder: Path, size: int) -> None:
    """Removes whole files of the cache until `size` more bytes fit on its disk; what is missing is fetched again.

    Nothing is removed while there is room, and nothing that was used in the last ten minutes.
    """
    disk = shutil.disk_usage(folder)
    wanted = size + min(_SPARE_SHARE * disk.total, _SPARE_BYTES) - disk.free
    for path, bytes_ in _longest_unused(folder) if wanted > 0 else ():
        if wanted <= 0:
            return
        path.unlink(missing_ok=True)
        wanted -= bytes_


def _longest_unused(folder: Path) -> list[tuple[Path, int]]:
    """The whole files that nobody uses, with their sizes in bytes, the one that was used longest ago first."""
    found = []
    for path in folder.glob(_WHOLE):
        # Another process may have removed it.
        with suppress(FileNotFoundError):
            held = path.stat()
            found.append((held.st_mtime, str(path), held.st_size))
    before = time.time() - _IN_USE_S
    return [(Path(path), size) for at, path, size in sorted(found) if at < before]
