"""Edit lists, written into MP4 files by hand (ISO/IEC 14496-12, 8.6.6)."""

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

Part = tuple[Fraction, Fraction | None]
"""How long a part of the presentation is, in seconds, and where in the recording it begins; None shows nothing."""


def set_edits(path: Path, parts: Sequence[Part], rate: Fraction = Fraction(1)) -> None:
    """Gives the only track this edit list instead of its own. Seconds of the recording count from its first frame.

    What lies behind the index moves, so nothing may point there from the beginning of the file.
    """
    data = bytearray(path.read_bytes())
    moov = _find(data, b"moov", 0, len(data))
    trak = _find(data, b"trak", *_inside(data, moov))
    media = _find(data, b"mdhd", *_inside(data, _find(data, b"mdia", *_inside(data, trak))))
    movie_tick, media_tick = _timescale(data, _find(data, b"mvhd", *_inside(data, moov))), _timescale(data, media)
    first, old = _first_frame(data, trak)
    entries = b"".join(
        struct.pack(
            ">Iii",
            int(length * movie_tick),
            -1 if begin is None else first + int(begin * media_tick),
            int(rate * (1 << 16)),
        )
        for length, begin in parts
    )
    edts = _box(b"edts", _box(b"elst", struct.pack(">II", 0, len(parts)) + entries))
    at = _inside(data, trak)[0] + _size(data, _inside(data, trak)[0])  # behind the track header
    data[at : at + old] = edts
    for box in (moov, trak):
        struct.pack_into(">I", data, box, _size(data, box) + len(edts) - old)
    path.write_bytes(data)


def _first_frame(data: bytearray, trak: int) -> tuple[int, int]:
    """Where the muxer says that the first frame lies, in ticks of the track, and the size of the box that says so."""
    header = _inside(data, trak)[0]
    at = header + _size(data, header)
    if data[at + 4 : at + 8] != b"edts":
        return 0, 0
    count, begin = struct.unpack_from(">I", data, at + 20)[0], struct.unpack_from(">i", data, at + 28)[0]
    assert count == 1, "written with a single edit"
    return begin, _size(data, at)


def _timescale(data: bytearray, box: int) -> int:
    """Ticks a second of an mvhd or mdhd box, version 0."""
    assert data[box + 8] == 0
    return int(struct.unpack_from(">I", data, box + 20)[0])


def _find(data: bytearray, kind: bytes, begin: int, end: int) -> int:
    return next(at for at in _walk(data, begin, end) if data[at + 4 : at + 8] == kind)


def _walk(data: bytearray, at: int, end: int) -> Iterator[int]:
    while at < end:
        yield at
        at += _size(data, at)


def _inside(data: bytearray, box: int) -> tuple[int, int]:
    return box + 8, box + _size(data, box)


def _size(data: bytearray, box: int) -> int:
    return int(struct.unpack_from(">I", data, box)[0])


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
