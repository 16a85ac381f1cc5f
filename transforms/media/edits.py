"""Edit lists of MP4 files (ISO/IEC 14496-12, 8.6.6): which parts of a recording are shown, and in which order.

FFmpeg follows a list of one part, delayed or not. Of several it gets the frames or their times wrong where frames are
reordered or nothing is shown between two parts, so a file with such a list must not pass for one that is understood.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO

_MANY = 10_000
"""More entries than any program writes: the box is not what it seems."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One part: how long it is in ticks of the movie, where it begins in ticks of the track, -1 where nothing is shown,
    and how fast it runs."""

    length: int
    begin: int
    rate: float


def edits_of(path: str | PathLike[str], track: int) -> tuple[Edit, ...]:
    """The edit list of the track with this number; empty where there is none, or none that can be read."""
    with open(path, "rb") as file:
        try:
            for trak in _find(file, (0, file.seek(0, 2)), b"moov", b"trak"):
                if any(_number(file, header) == track for header in _find(file, trak, b"tkhd")):
                    return tuple(edit for at in _find(file, trak, b"edts", b"elst") for edit in _entries(file, at[0]))
        except struct.error:
            pass
    return ()


def is_plain(edits: tuple[Edit, ...]) -> bool:
    """Whether at most one part is shown, at its own speed, after a delay at most."""
    shown = [at for at, edit in enumerate(edits) if edit.begin >= 0]
    return len(shown) <= 1 and all(at == len(edits) - 1 and edits[at].rate == 1 for at in shown)


_Place = tuple[int, int]
"""Where the inside of a box begins and ends, in bytes."""


def _find(file: BinaryIO, place: _Place, kind: bytes, *inside: bytes) -> Iterator[_Place]:
    """The boxes of this kind in a place, or those that lie inside of them."""
    at, end = place
    while at + 8 <= end:
        size, name = _unpack(file, at, ">I4s")
        header = 8
        if size == 1:
            (size,), header = _unpack(file, at + 8, ">Q"), 16
        after = at + size if size else end
        if after < at + header or after > end:
            return
        if name == kind:
            found = (at + header, after)
            yield from _find(file, found, *inside) if inside else (found,)
        at = after


def _number(file: BinaryIO, header: _Place) -> int:
    """The track's number, behind two times of four or eight bytes."""
    at = header[0]
    (version,) = _unpack(file, at, ">B")
    return int(_unpack(file, at + (20 if version == 1 else 12), ">I")[0])


def _entries(file: BinaryIO, at: int) -> Iterator[Edit]:
    version, count = _unpack(file, at, ">B3xI")
    form = ">Qqi" if version == 1 else ">Iii"
    for entry in range(count if count <= _MANY else 0):
        length, begin, rate = _unpack(file, at + 8 + entry * struct.calcsize(form), form)
        yield Edit(length, begin, rate / (1 << 16))


def _unpack(file: BinaryIO, at: int, form: str) -> tuple:
    file.seek(at)
    return struct.unpack(form, file.read(struct.calcsize(form)))
