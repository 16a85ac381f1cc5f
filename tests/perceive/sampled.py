"""Sampled frames of a video file, by PyAV alone."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np


def sampled(path: Path, fps: float = 2.0, until_s: float = float("inf")) -> Iterator[tuple[float, np.ndarray]]:
    """(seconds, upright RGB) of the first frame at or after every `1 / fps` seconds, from the start of the file."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        place = 0
        for frame in container.decode(stream):
            assert frame.pts is not None
            pts_s = round(float(frame.pts * stream.time_base), 6)
            if pts_s >= until_s:
                return
            if pts_s * fps + 1e-5 >= place:
                place = int(pts_s * fps + 1e-5) + 1
                yield pts_s, frame.to_ndarray(format="rgb24")
