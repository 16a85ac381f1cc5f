from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from schemas.codec import from_json
from schemas.scan import FrameTimes, Scan
from schemas.span import Span
from tests.conftest import SAMPLES
from tests.perceive.test_scan import SAMPLE_VIDEOS
from transforms.perceive.bounds import screen_spans, turn_at
from transforms.perceive.scan import ScanSettings, scan
from transforms.perceive.screens import ScreenPicker
from transforms.store import Store

SAMPLES_S = [0.0, 0.5, 1.0, 1.5, 2.0]
FRAMES_S = [n / 25 for n in range(51)]


@pytest.mark.parametrize(
    ("read_s", "cuts_s", "came_s"),
    [
        (0.0, [], 0.0),
        (1.0, [], 0.75),
        (1.0, [0.6], 0.6),
        (1.0, [0.5, 1.5], 0.75),
        (1.0, [1.0], 1.0),
        # The cut is at the very frame that was read, whose time was rounded up.
        (1.0, [1.0005], 1.0005),
        (1.5, [1.0005], 1.25),
        (2.0, [0.2, 1.2], 1.75),
    ],
    ids=[
        *("first", "no cut", "cut", "cuts elsewhere", "cut at the sample", "rounded", "of the one before"),
        "earlier cuts",
    ],
)
def test_text_comes_with_the_cut_or_halfway(read_s: float, cuts_s: list[float], came_s: float) -> None:
    assert turn_at(read_s, SAMPLES_S, cuts_s, [], FRAMES_S) == Span(came_s, came_s)


@pytest.mark.parametrize("cuts_s", [[], [10.0]])
def test_text_comes_with_the_frame_where_no_other_was_displayed(cuts_s: list[float]) -> None:
    """Slides that are a frame each, and a recording that wrote a frame for ten seconds of stillness."""
    at_ten = Span(10.0, 10.0)
    assert turn_at(10.0, [0.0, 10.0, 20.0], cuts_s, [], [0.0, 10.0, 20.0]) == at_ten
    assert turn_at(10.0, [0.0, 10.0, 10.5], cuts_s, [], [0.0, *(10 + n / 25 for n in range(20))]) == at_ten
    assert turn_at(1.5, [1.0, 1.5], [], [], [1.0, 1.25, 1.5]) == Span(1.25, 1.25)


STILL = [(n / 12.5, 0.02) for n in range(1, 26)]
MOVING = [(n / 12.5, 4.0) for n in range(1, 26)]


@pytest.mark.parametrize(
    ("changes", "came_s"),
    [
        (STILL, 0.75),
        ([*STILL[:8], (0.72, 0.9), *STILL[9:]], 0.72),
        ([*STILL[:8], (0.72, 0.1), *STILL[9:]], 0.75),
        ([*STILL[:8], (0.72, 0.9), (0.8, 0.5), *STILL[10:]], 0.72),
        # In the samples before and after.
        ([*STILL[:5], (0.48, 0.9), *STILL[6:13], (1.12, 0.9), *STILL[14:]], 0.75),
        ([*STILL[:12], (1.0, 0.9), *STILL[13:]], 1.0),
        # A frame after the one that was read.
        ([*STILL[:12], (1.04, 0.9), *STILL[13:]], 0.75),
        (MOVING, 0.75),
        ([*MOVING[:8], (0.72, 15.0), *MOVING[9:]], 0.75),
        ([*MOVING[:8], (0.72, 25.0), *MOVING[9:]], 0.72),
        # Too few comparisons to say which stands out.
        ([(0.4, 0.0), (0.8, 9.0), (1.2, 0.0)], 0.75),
    ],
    ids=[
        *("still", "sudden", "hardly more than nothing", "the greater of two", "elsewhere", "at the sample"),
        *("later", "always moving", "a little more", "much more", "few frames"),
    ],
)
def test_text_comes_with_the_one_sudden_change(changes: list[tuple[float, float]], came_s: float) -> None:
    assert turn_at(1.0, SAMPLES_S, [], changes, FRAMES_S) == Span(came_s, came_s)


CUT = [*STILL[:7], (0.6, 40.0), *STILL[8:]]


@pytest.mark.parametrize(
    ("changes", "cuts_s", "gone_s", "came_s"),
    [
        (STILL, [0.6, 0.9], 0.6, 0.9),
        # A card that goes before the cut, and one that comes after it.
        ([*CUT[:10], (0.88, 3.0), *CUT[11:]], [0.6], 0.6, 0.88),
        ([*CUT[:6], (0.56, 3.0), *CUT[7:]], [0.6], 0.56, 0.6),
        ([*STILL[:9], (0.8, 3.0), *STILL[10:12], (0.9999, 40.0), *STILL[13:]], [1.0], 0.8, 1.0),
        # The cut's own change may be told by a frame after the one that was read.
        ([*STILL[:9], (0.8, 3.0), *STILL[10:12], (1.04, 40.0), *STILL[13:]], [1.0], 0.8, 1.0),
        (CUT, [0.6], 0.6, 0.6),
        # The coarser coding of a key frame.
        ([*CUT[:10], (0.88, 0.6), *CUT[11:]], [0.6], 0.6, 0.6),
        ([*MOVING[:7], (0.6, 40.0), *MOVING[8:10], (0.88, 8.0), *MOVING[11:]], [0.6], 0.6, 0.6),
    ],
    ids=[
        *("two cuts", "comes after the cut", "goes before the cut", "cut at the sample", "told later", "the cut alone"),
        *("key frame", "always moving"),
    ],
)
def test_beside_a_cut_the_old_text_may_go_before_the_new_one_comes(
    changes: list[tuple[float, float]], cuts_s: list[float], gone_s: float, came_s: float
) -> None:
    assert turn_at(1.0, SAMPLES_S, cuts_s, changes, FRAMES_S) == Span(gone_s, came_s)


@pytest.mark.parametrize(
    ("changes", "cuts_s", "gone_s", "came_s"),
    [
        ([*STILL[:6], (0.54, 40.0), *STILL[7:]], [0.5], 0.75, 0.75),
        ([*STILL[:6], (0.54, 40.0), *STILL[7:]], [0.5, 0.9], 0.9, 0.9),
        ([*STILL[:6], (0.54, 40.0), *STILL[7:10], (0.88, 3.0), *STILL[11:]], [0.2, 0.5], 0.88, 0.88),
    ],
    ids=["no cut since", "another cut", "a sudden change"],
)
def test_a_cut_at_the_sample_before_is_none_since(
    changes: list[tuple[float, float]], cuts_s: list[float], gone_s: float, came_s: float
) -> None:
    """The cut's own change may be told by the frame after it."""
    assert turn_at(1.0, SAMPLES_S, cuts_s, changes, FRAMES_S) == Span(gone_s, came_s)


def test_a_screen_holds_from_its_own_turn_to_the_next() -> None:
    turns = [Span(0.0, 0.0), Span(5.6, 6.0), Span(8.0, 8.0)]
    assert screen_spans(turns, 10.0) == [Span(0.0, 5.6), Span(6.0, 8.0), Span(8.0, 10.0)]
    assert screen_spans([], 10.0) == []


def test_a_screen_that_is_gone_before_its_cut_is_written_holds_for_no_time() -> None:
    """A shot begins at its frame's time rounded up to the millisecond, when the next frame may be displayed already."""
    assert screen_spans([Span(16.17, 16.17), Span(16.1696, 18.0)], 20.0) == [Span(16.17, 16.17), Span(18.0, 20.0)]
    assert screen_spans([Span(3.0005, 3.001)], 3.0002) == [Span(3.001, 3.001)]


def test_slides_that_are_a_frame_each(tmp_path: Path) -> None:
    """Three cards, ten seconds each, in a file with a frame every ten seconds."""
    path, store = tmp_path / "slides.mp4", Store(str(tmp_path / "store"))
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(1, 10), options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for text in ("GATE 14", "PLATFORM 63 IS CLOSED", "ROOM 5061"):
            frame = av.VideoFrame.from_ndarray(card(text), format="rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    found = scan(str(path), ScanSettings(), store, ScreenPicker())
    spans = [screen.span for screen in found.screens]
    assert [(span.start_s, span.end_s) for span in spans] == [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)]


def test_a_screen_holds_until_the_next_one_comes(tmp_path: Path) -> None:
    found, spans = picked("lesson.mp4", tmp_path)
    assert len(spans) == len(found.screens) > 10
    assert spans[0].start_s == 0.0
    assert spans[-1].end_s == found.duration_s
    assert all(span.end_s <= after.start_s for span, after in pairwise(spans))
    assert all(span.start_s <= screen.pts_s < span.end_s for span, screen in zip(spans, found.screens, strict=True))


@pytest.mark.parametrize("file", sorted(SAMPLE_VIDEOS))
def test_bounds_are_nearer_to_the_truth_than_the_samples_are(file: str, tmp_path: Path) -> None:
    """Half a second lies between two samples: read as they are, cards begin and end a quarter late on average."""
    (found, spans), cards = picked(file, tmp_path), SAMPLE_VIDEOS[file]["cards"]
    edges = [*chain.from_iterable((card["start_s"], card["end_s"]) for card in cards)]
    off_s = errors(edges, [*chain.from_iterable((span.start_s, span.end_s) for span in spans)])
    late_s = errors(edges, [screen.pts_s for screen in found.screens] + [found.duration_s])
    assert max(off_s) == 0.0
    assert sum(late_s) / len(late_s) >= 0.15


def picked(file: str, folder: Path) -> tuple[Scan, list[Span]]:
    store = Store(str(folder))
    found = scan(str(SAMPLES / file), ScanSettings(), store, ScreenPicker())
    return found, [screen.span for screen in found.screens]


def times_of(found: Scan, store: Store) -> FrameTimes:
    return from_json(FrameTimes, store.blob(found.times))


def card(text: str) -> np.ndarray:
    image = Image.new("RGB", (640, 360), "white")
    ImageDraw.Draw(image).text((60, 150), text, fill="black", font=ImageFont.load_default(size=44))
    return np.asarray(image)


def errors(edges_s: list[float], found_s: list[float]) -> list[float]:
    """From every edge to the nearest that was found."""
    return [min(abs(edge_s - one_s) for one_s in found_s) for edge_s in edges_s]
