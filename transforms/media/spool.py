"""Pictures put aside on disk until it is known which are wanted."""

from typing import BinaryIO

from schemas.scan import FrameTimes


class PictureSpool:
    """JPEGs by their presentation time, in `file`, which is open for writing and reading. Only times are in memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[float, tuple[int, int]] = {}

    def add(self, pts_s: float, jpeg: bytes) -> None:
        """Keeps a picture; times are ascending."""
        self._places[pts_s] = (self._file.tell(), len(jpeg))
        self._file.write(jpeg)

    def times(self, duration_s: float) -> FrameTimes:
        return FrameTimes(tuple(self._places), duration_s)

    def read(self, pts_s: float) -> bytes:
        """A picture that was kept; call it only when all have been added."""
        place, size = self._places[pts_s]
        self._file.seek(place)
        return self._file.read(size)
