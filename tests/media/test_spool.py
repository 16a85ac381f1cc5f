from io import BytesIO
from pathlib import Path

import pytest

from schemas.scan import FrameTimes
from tests.media.clips import numbered
from tests.strip import read_strip
from transforms.media.picture import decode_jpeg, encode_jpeg
from transforms.media.spool import PictureSpool


def test_pictures_come_back_byte_for_byte_in_any_order(tmp_path: Path) -> None:
    jpegs = {0.5 * number: encode_jpeg(numbered(number)) for number in range(12)}
    with (tmp_path / "spool").open("w+b") as file:
        spool = PictureSpool(file)
        for pts_s, jpeg in jpegs.items():
            spool.add(pts_s, jpeg)
        for pts_s in [*reversed(jpegs), *jpegs, 3.0, 3.0]:
            assert spool.read(pts_s) == jpegs[pts_s]
            assert read_strip(decode_jpeg(spool.read(pts_s))) == 2 * pts_s
        assert file.seek(0, 2) == sum(map(len, jpegs.values()))


def test_times_are_those_of_the_pictures() -> None:
    spool = PictureSpool(BytesIO())
    for pts_s in (0.0, 0.033367, 1.5):
        spool.add(pts_s, b"jpeg")
    assert spool.times(2.25) == FrameTimes((0.0, 0.033367, 1.5), 2.25)


def test_pictures_may_be_empty_or_of_any_length() -> None:
    spool, pictures = PictureSpool(BytesIO()), [b"", b"a", b"", b"bc" * 70000, b"d"]
    for number, picture in enumerate(pictures):
        spool.add(float(number), picture)
    assert [spool.read(float(number)) for number in range(5)] == pictures


def test_nothing_was_kept() -> None:
    spool = PictureSpool(BytesIO())
    assert spool.times(1.0) == FrameTimes((), 1.0)
    with pytest.raises(KeyError):
        spool.read(0.0)
