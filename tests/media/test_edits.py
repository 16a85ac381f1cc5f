"""Edit lists are read as they stand, and those that cannot be followed are known."""

import struct
from fractions import Fraction
from pathlib import Path

import pytest

from schemas.errors import InputError
from tests.exactness.boxes import Part, set_edits
from tests.media.clips import track, write
from transforms.media.decode import open_video
from transforms.media.edits import Edit, edits_of, is_plain

WHOLE = Edit(1000, 0, 1.0)
PAUSE = Edit(500, -1, 1.0)


def box(kind: bytes, *inside: bytes, large: bool = False) -> bytes:
    body = b"".join(inside)
    return (
        struct.pack(">I4sQ", 1, kind, 16 + len(body)) + body
        if large
        else struct.pack(">I4s", 8 + len(body), kind) + body
    )


def movie(number: int, elst: bytes, version: int = 0, large: bool = False) -> bytes:
    """A track header with its number behind two times, and an edit list."""
    header = box(b"tkhd", struct.pack(">B3x", version), bytes(16 if version else 8), struct.pack(">I", number))
    return box(b"ftyp") + box(b"moov", box(b"trak", header, box(b"edts", elst)), large=large)


def elst(version: int, *edits: Edit, count: int | None = None) -> bytes:
    form = ">Qqi" if version else ">Iii"
    entries = b"".join(struct.pack(form, edit.length, edit.begin, int(edit.rate * 65536)) for edit in edits)
    return box(b"elst", struct.pack(">B3xI", version, len(edits) if count is None else count), entries)


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("version", [0, 1])
def test_a_list_is_read_as_it_stands(version: int, large: bool, tmp_path: Path) -> None:
    edits = (PAUSE, Edit(2**31, 2**30, 1.0), Edit(7, 8, 0.5))
    (tmp_path / "a.mp4").write_bytes(movie(3, elst(version, *edits), version, large))
    assert edits_of(tmp_path / "a.mp4", 3) == edits
    assert edits_of(tmp_path / "a.mp4", 2) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"moov",
        movie(1, b""),
        movie(1, elst(0, WHOLE))[:-20],
        movie(1, elst(0, WHOLE, count=2)),
        movie(1, elst(0, WHOLE, count=2**32 - 1)),
        struct.pack(">I4s", 3, b"moov"),
        struct.pack(">I4sQ", 1, b"moov", 2**63),
    ],
)
def test_what_is_broken_or_missing_is_none(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    assert edits_of(tmp_path / "a.mp4", 1) == ()


@pytest.mark.parametrize(
    ("edits", "plain"),
    [
        ((), True),
        ((WHOLE,), True),
        ((PAUSE, WHOLE), True),
        ((PAUSE, PAUSE, WHOLE), True),
        ((PAUSE,), True),
        ((WHOLE, WHOLE), False),
        ((WHOLE, PAUSE), False),
        ((WHOLE, PAUSE, WHOLE), False),
        ((Edit(1000, 0, 0.5),), False),
        ((Edit(1000, 0, 0.0),), False),
    ],
)
def test_which_lists_can_be_followed(edits: tuple[Edit, ...], plain: bool) -> None:
    assert is_plain(edits) == plain


SECOND = Fraction(1)


@pytest.mark.parametrize(
    ("parts", "rate"),
    [([(SECOND / 2, Fraction(0)), (SECOND / 2, SECOND / 2)], 1), ([(SECOND, Fraction(0))], Fraction(1, 2))],
)
def test_a_file_whose_list_cannot_be_followed_is_refused(parts: list[Part], rate: Fraction, tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", track(30))
    set_edits(tmp_path / "a.mp4", parts, rate)
    with pytest.raises(InputError) as caught, open_video(tmp_path / "a.mp4"):
        pass
    assert (caught.value.code, caught.value.detail) == (
        "edited",
        "its edit list shows several parts of the recording, or not at its own speed, and no time in it is certain;"
        " let the program that cut it write a new file",
    )
