"""Fetching frames with decord, which jumps to them: only from files on which it is exact."""

import importlib.metadata
from collections.abc import Iterable, Iterator
from os import PathLike, fspath
from typing import Any

import av
import numpy as np

from schemas.errors import EngineError, InputError
from schemas.scan import FrameTimes
from transforms.media.decode import Frame, open_video
from transforms.media.outline import why_not_exact
from transforms.media.picture import Turn

_LATE_S = 0.002
"""decord tells times in float32, which is off by half a millisecond after two hours."""


def identity() -> dict[str, Any]:
    """Everything of the decoder that can change a picture.

    Raises:
        EngineError: `decoder_missing`, the package is not installed.
    """
    try:
        return {"name": "decord", "version": importlib.metadata.version("decord")}
    except importlib.metadata.PackageNotFoundError:
        raise EngineError(
            "decoder_missing",
            "decord is not installed: pip install 'frametrail[decord]' (Linux on x86-64), or --set ground.decoder=pyav",
        ) from None


def fetch(path: str | PathLike[str], wanted: Iterable[float], times: FrameTimes) -> Iterator[Frame]:
    """The frames with exactly these presentation times, ascending; `wanted` are members of `times`.

    Colours come from another FFmpeg than PyAV's and differ from its by about one grey level.

    Raises:
        InputError: as `open_video`; `not_exact`, decord may show another frame of this file than the one that is meant.
    """
    left = sorted(set(wanted))
    if not left:
        return
    with open_video(path) as source:
        first = next(source.frames())
    with open_video(path) as source:
        why = why_not_exact(source.outline(), times)
    if first.view.turn != Turn():
        why = why or "its picture is stored turned"
    numbers = {pts_s: number for number, pts_s in enumerate(times.pts_s)}
    if not why and not all(pts_s in numbers for pts_s in left):
        why = "a frame is wanted at a time when none begins"
    if why:
        raise _not_exact(why)
    reader = _opened(path, times)
    for pts_s in left:
        try:
            rgb = reader[numbers[pts_s]].asnumpy()
        except Exception as error:  # of its own kinds, none of which is documented
            raise _not_exact(f"decord stopped at {pts_s} s: {_said(error)}") from error
        if rgb.shape != (first.raw.height, first.raw.width, 3):
            raise _not_exact("its pictures differ in size")
        yield Frame(pts_s, av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"), first.view)


def _opened(path: str | PathLike[str], times: FrameTimes) -> Any:
    """decord's reader, whose own list of times has been compared."""
    import decord

    try:
        # Any frame that it would fill in for a broken one is one too many.
        reader = decord.VideoReader(fspath(path), ctx=decord.cpu(0), num_threads=1, fault_tol=1e-9)
        starts = np.asarray(reader.get_frame_timestamp(range(len(reader))), dtype=np.float64)[:, 0]
    except Exception as error:
        raise _not_exact(f"decord cannot open it: {_said(error)}") from error
    if len(starts) != len(times.pts_s) or np.abs(starts - starts[0] - np.array(times.pts_s)).max() > _LATE_S:
        raise _not_exact("decord counts other frames, or other times, than PyAV")
    return reader


def _not_exact(why: str) -> InputError:
    return InputError(
        "not_exact", f"decord may show other frames of this file than those meant ({why}); --set ground.decoder=pyav"
    )


def _said(error: Exception) -> str:
    """Its first line without what stands in brackets before it: the clock, and where files lie on this machine."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rsplit("] ", 1)[-1][:200]
