"""What a file tells of its video without any of it being decoded, and whether decord can be trusted with it."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise

from schemas.scan import FrameTimes

_CONTAINERS = {"mov,mp4,m4a,3gp,3g2,mj2": "MP4", "matroska,webm": "Matroska"}
_CODECS = ("h264", "hevc", "vp8", "vp9", "mpeg4")
"""What the FFmpeg of 2019 inside decord 0.6 decodes as today's does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One packet: its times in ticks, whether decoding can begin with it, and whether it is not to be shown.

    Matroska keeps no `dts`, by which MP4 jumps; the first ones are unknown there.
    """

    pts: int | None
    dts: int | None
    key: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """The chosen video stream, its packets in the order of the file; `failed` of them could not be read.

    `container` and `codec` are FFmpeg's names, `videos` is how many video streams there are, stills included.
    """

    container: str
    codec: str
    videos: int
    tick_s: Fraction
    packets: tuple[Mark, ...]
    failed: int = 0


def why_not_exact(outline: Outline, times: FrameTimes) -> str:
    """Why decord may show another frame than the one that is meant, in words; empty when it shows the right one.

    decord numbers the packets, sorts their times, and to show number n jumps to the last key packet whose number is
    not above n and counts frames from there. That holds when every packet gives one frame, when no frame that is shown
    before a key frame comes after it, and when a jump to a key frame's time cannot end at the next one. `times` are
    those of the frames that a whole pass by PyAV has shown.
    """
    marks = outline.packets
    if outline.container not in _CONTAINERS:
        return f"its container is {outline.container}, neither {' nor '.join(_CONTAINERS.values())}"
    if outline.codec not in _CODECS:
        return f"it is coded as {outline.codec}"
    if outline.videos != 1:
        return f"it has {outline.videos} video streams"
    if outline.failed:
        return "some of it cannot be read"
    if any(mark.hidden for mark in marks):
        return "it holds frames that are not to be shown, such as those that an edit list cuts off"
    shown = [mark.pts for mark in marks if mark.pts is not None]
    if len(shown) < len(marks):
        return "some of its frames have no time"
    if not marks or not marks[0].key:
        return "it does not begin with a key frame"
    if not _closed(shown, [mark.key for mark in marks]):
        return "frames that are shown before a key frame come after it (an open GOP)"
    keys = [mark for mark in marks if mark.key]
    if any(after.dts is not None and after.dts <= (key.pts or 0) for key, after in pairwise(keys)):
        return "its key frames lie so close together that a jump may end at the wrong one"
    if _seconds(sorted(shown), outline.tick_s) != times.pts_s:
        return f"it has {len(marks)} packets, and a whole pass showed {len(times.pts_s)} frames at other times"
    return ""


def _closed(shown: list[int], keys: list[bool]) -> bool:
    """Whether nothing that comes after a key frame is shown before it, and nothing before it is shown after it."""
    least = list(accumulate(reversed(shown), min))[::-1]
    most = list(accumulate(shown, max))
    return all(least[at] == shown[at] and (at == 0 or most[at - 1] < shown[at]) for at, key in enumerate(keys) if key)


def _seconds(ticks: list[int], tick_s: Fraction) -> tuple[float, ...]:
    """Times since the first, to the microsecond, as a pass counts them."""
    num, den = tick_s.numerator, tick_s.denominator
    return tuple(round((tick - ticks[0]) * num / den, 6) for tick in ticks)
