"""Whether the frame that is got for a time is the one that is shown at that time, for every time that is asked.

The answers are worked out on whole microseconds from how the file was written. Then the project's own ways are asked:
the scan's pass for the times, `frame_at` and `spread` for the choice, and each way of fetching for the picture.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from schemas.errors import EngineError, InputError
from schemas.scan import FrameTimes
from schemas.source import Video
from schemas.span import Span
from tests.exactness.files import Case, Shown
from tests.exactness.seek import Picture, by_seeking
from tests.strip import read_strip
from transforms import frame_store as ground
from transforms.media import by_decord, frames
from transforms.media.decode import Frame, open_video
from transforms.media.picture import decode_jpeg
from transforms.store import Store
from transforms.tools.base import FrameRequest

ALL = 10**9
HAIRS_US = (1, 1000)
COUNTS = (1, 2, 3, 8, 100)
"""How many frames are asked of a span."""


@dataclass(frozen=True, slots=True)
class Result:
    """How many of `asked` times, and of `spans`, were answered with the right frames and their own times.

    `times_right`: the times of all frames are those that were written, no more and no less. `refused` and
    `decord_refused` say why the file was turned away, and are empty when it was not. `by_seek` is -1 when not asked.
    """

    case: Case
    frames: int
    asked: int
    spans: int
    times_right: bool = False
    by_pass: int = 0
    by_spread: int = 0
    by_seek: int = -1
    by_decord: int = 0
    refused: str = ""
    decord_refused: str = ""

    @property
    def exact(self) -> bool:
        """Whether nothing that the project gives is wrong: it is right throughout, or refused where it must be."""
        if self.refused or self.case.refused:
            return bool(self.case.refused) and self.refused.startswith(f"{self.case.refused}: ")
        return (
            self.times_right
            and (self.by_pass, self.by_spread) == (self.asked, self.spans)
            and (bool(self.decord_refused) or self.by_decord == self.asked)
        )


def check(case: Case, folder: Path, seek: bool = False) -> Result:
    """Writes the file into the folder and asks in every way for its frames."""
    path = folder / case.name.replace(": ", " ")
    shown = case.make(path)
    right = {t_us: picture_at(shown, t_us) for t_us in times_asked(shown)}
    spans = [(a, b, n) for a, b in spans_asked(shown) for n in COUNTS]
    result = Result(case, len(shown.numbers), len(right), len(spans))
    if seek:
        found = by_seeking(path, right)
        result = replace(result, by_seek=sum(found[t_us] == picture for t_us, picture in right.items()))
    try:
        times = times_of(path)
    except InputError as error:
        return replace(result, refused=str(error))

    fetched = _fetched(lambda wanted: frames.fetch(path, wanted), times.pts_s)
    kept = _grounded(path, times)
    chosen = {t_us: frames.frame_at(times, t_us / 1e6) for t_us in right}
    by_jumps, decord_refused = _by_decord(path, times)
    return replace(
        result,
        times_right=times.pts_s == tuple(start / 1e6 for start in shown.starts_us),
        by_pass=sum((fetched[at], at) == (kept[at], at) == right[t_us] for t_us, at in chosen.items()),
        by_spread=sum(
            [(fetched[at], at) for at in frames.spread(times, Span(a / 1e6, b / 1e6), n)] == pictures_in(shown, a, b, n)
            for a, b, n in spans
        ),
        by_decord=sum((by_jumps.get(at), at) == right[t_us] for t_us, at in chosen.items()),
        decord_refused=decord_refused,
    )


def times_asked(shown: Shown) -> list[int]:
    """In microseconds: each start and a hair around it, the middle up to the next, and the end and what lies beyond."""
    starts = [*shown.starts_us, shown.end_us]
    around = {start + side * hair for start in starts for hair in (0, *HAIRS_US) for side in (-1, 1)}
    middles = {(start + after) // 2 for start, after in pairwise(starts)}
    return sorted(around | middles | {shown.end_us + 10_000_000})


def picture_at(shown: Shown, t_us: int) -> Picture:
    """The frame on screen: the last that begins at or before the time, and the first for times before it."""
    at = max(0, bisect_right(shown.starts_us, t_us) - 1)
    return shown.numbers[at], shown.starts_us[at] / 1e6


def spans_asked(shown: Shown) -> list[tuple[int, int]]:
    """In microseconds: the whole, parts of it, the end and what lies beyond, and around the longest frame, the shortest
    and the first, spans that begin or end with it, in it, or hold nothing at all."""
    starts, end = shown.starts_us, shown.end_us
    lasts = {after - start: (start, after) for start, after in pairwise([*starts, end])}
    spans = {(0, end), (end // 3, end // 2), (starts[-1], end), (end - 1, end), (end, end), (end, end + 1_000_000)}
    for start, after in (lasts[max(lasts)], lasts[min(lasts)], (starts[0], starts[1])):
        middle = (start + after) // 2
        spans |= {(start, start), (start, after), (start, after + 1), (middle, middle), (middle, after)}
        spans |= {(middle, after + 1), (start + 1, after - 1), (start + 1, after)}
    return sorted((a, b) for a, b in spans if a <= b)


def pictures_in(shown: Shown, start_us: int, end_us: int, n: int) -> list[Picture]:
    """What `spread` promises for a span: the frames shown in the middle of each of `n` equal parts, none from before
    the first that begins in it; the one shown at its start, where none begins in it."""
    begun = [start for start in shown.starts_us if start_us <= start < end_us]
    if not begun:
        return [picture_at(shown, start_us)]
    length = end_us - start_us
    # To the microsecond, halves up.
    middles = [start_us + (length * (2 * part + 1) + n) // (2 * n) for part in range(n)]
    return sorted({picture_at(shown, max(begun[0], middle)) for middle in middles}, key=lambda picture: picture[1])


def times_of(path: Path) -> FrameTimes:
    with open_video(path) as source:
        for _ in source.frames():
            pass
        return source.times()


def _fetched(fetch: Callable[[Iterable[float]], Iterable[Frame]], pts_s: Sequence[float]) -> dict[float, int | None]:
    """The number in each frame, None where it hangs on which others are fetched with it."""
    found: dict[float, set[int | None]] = {}
    middle = len(pts_s) // 2
    for wanted in (pts_s, pts_s[::7], pts_s[5::11], pts_s[middle : middle + 1], pts_s[-1:]):
        for frame in fetch(wanted):
            found.setdefault(frame.pts_s, set()).add(read_strip(frames.render(frame, ALL)))
    return {at: numbers.pop() if len(numbers) == 1 else None for at, numbers in found.items()}


def _grounded(path: Path, times: FrameTimes) -> dict[float, int | None]:
    """What lies in the store after grounding has fetched every frame."""
    store = Store(path.parent / f"{path.name} store")
    requests = [FrameRequest(pts_s, None, ALL) for pts_s in times.pts_s]
    kept = ground.fetch(Video("v", path.name, str(path), sha256="0" * 64), requests, store)
    return {frame.pts_s: read_strip(decode_jpeg(store.blob(frame.sha256))) for frame in kept.values()}


def _by_decord(path: Path, times: FrameTimes) -> tuple[dict[float, int | None], str]:
    """As `_fetched`, and the reason why the file was refused."""
    try:
        return _fetched(lambda wanted: by_decord.fetch(path, wanted, times), times.pts_s), ""
    except InputError as error:
        reason = re.search(r"\((.*)\); --set", error.detail)
        assert error.code == "not_exact" and reason is not None
        return {}, reason[1]
    except EngineError as error:
        assert error.code == "decoder_missing"
        return {}, "it is not installed"
