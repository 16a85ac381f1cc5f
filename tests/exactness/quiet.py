"""H.264 that says nothing of how far its frames are reordered, as many cameras write it.

Its B-frames begin only after the part that FFmpeg looks at before it decodes, so a decoder that guesses is surprised.
"""

from pathlib import Path

import av
from av.video.frame import PictureType

from tests.media.clips import Track

B_FRAMES_FROM = 24


class LateB(Track):
    """Without B-frames before frame 24."""

    def frame(self, number: int) -> av.VideoFrame:
        frame = super().frame(number)
        if number < B_FRAMES_FROM:
            frame.pict_type = PictureType.P if number else PictureType.I
        return frame


def hush(path: Path, extradata: bytes) -> None:
    """Takes what the sequence parameters say of display and reordering (the VUI) out of a file, in place.

    `extradata` is the avcC box as it stands in the file.
    """
    length = int.from_bytes(extradata[6:8], "big")
    told = extradata[8 : 8 + length]
    data = path.read_bytes()
    assert data.count(told) == 1
    path.write_bytes(data.replace(told, _without_vui(told).ljust(length, b"\0")))


def _without_vui(sps: bytes) -> bytes:
    """The same sequence parameter set (ISO/IEC 14496-10, 7.3.2.1.1) without its VUI: the flag before it is cleared."""
    bits = _Bits(sps.replace(b"\0\0\3", b"\0\0"))
    profile = bits.take(32) >> 16 & 0xFF
    bits.golomb()
    if profile == 100:  # High, 4:2:0 in 8 bits
        assert [bits.golomb() for _ in range(3)] == [1, 0, 0] and bits.take(2) == 0
    bits.golomb()
    if bits.golomb() == 0:
        bits.golomb()
    bits.golomb()
    bits.take(1)
    bits.golomb()
    bits.golomb()
    assert bits.take(1), "not interlaced"
    bits.take(1)
    if bits.take(1):  # cropped
        for _ in range(4):
            bits.golomb()
    kept = bits.text[: bits.at] + "01"
    kept += "0" * (-len(kept) % 8)
    return int(kept, 2).to_bytes(len(kept) // 8, "big")


class _Bits:
    def __init__(self, data: bytes) -> None:
        self.text, self.at = "".join(f"{byte:08b}" for byte in data), 0

    def take(self, count: int) -> int:
        self.at += count
        return int(self.text[self.at - count : self.at], 2)

    def golomb(self) -> int:
        zeros = self.text.index("1", self.at) - self.at
        self.at += zeros
        return self.take(zeros + 1) - 1
