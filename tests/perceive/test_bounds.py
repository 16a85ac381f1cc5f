from itertools import chain
from pathlib import Path

import pytest

from schemas.scan import Scan
from tests.conftest import SAMPLES
from tests.perceive.test_scan import SAMPLE_VIDEOS
from transforms.perceive.bounds import came_at, screen_spans
from transforms.perceive.scan import ScanSettings, scan
from transforms.perceive.screens import ScreenPicker
from transforms.store import Store

SAMPLES_S = [0.0, 0.5, 1.0, 1.5, 2.0]


@pytest.mark.parametrize(
    ("read_s", "cuts_s", "came_s"),
    [
        (0.0, [], 0.0),
        (1.0, [], 0.75),
        (1.0, [0.6], 0.6),
        (1.0, [0.6, 0.9], 0.9),
        (1.0, [0.5, 1.5], 0.75),
        (1.0, [1.0], 1.0),
        # The cut is at the very frame that was read, whose time was rounded up.
        (1.0, [1.0005], 1.0005),
        (2.0, [0.2, 1.2], 1.75),
    ],
    ids=["first", "no cut", "cut", "two cuts", "cuts elsewhere", "cut at the sample", "rounded", "earlier cuts"],
)
def test_text_comes_with_the_cut_or_halfway(read_s: float, cuts_s: list[float], came_s: float) -> None:
    assert came_at(read_s, SAMPLES_S, cuts_s) == came_s


def test_a_screen_holds_until_the_next_one_comes(tmp_path: Path) -> None:
    found = picked("lesson.mp4", str(tmp_path))
    spans = screen_spans(found)
    assert len(spans) == len(found.screens) > 10
    assert spans[0].start_s == 0.0
    assert spans[-1].end_s == found.duration_s
    assert [span.end_s for span in spans[:-1]] == [span.start_s for span in spans[1:]]
    assert all(span.start_s <= screen.pts_s for span, screen in zip(spans, found.screens, strict=True))


@pytest.mark.parametrize("file", sorted(SAMPLE_VIDEOS))
def test_bounds_are_nearer_to_the_truth_than_the_samples_are(file: str, tmp_path: Path) -> None:
    """Half a second lies between two samples: read as they are, cards begin and end a quarter late on average."""
    found, cards = picked(file, str(tmp_path)), SAMPLE_VIDEOS[file]["cards"]
    edges = [*chain.from_iterable((card["start_s"], card["end_s"]) for card in cards)]
    off_s = errors(edges, [span.start_s for span in screen_spans(found)] + [found.duration_s])
    late_s = errors(edges, [screen.pts_s for screen in found.screens] + [found.duration_s])
    assert max(off_s) <= 0.41
    assert sum(off_s) / len(off_s) <= 0.1
    assert sum(late_s) / len(late_s) >= 0.15


def picked(file: str, root: str) -> Scan:
    return scan(str(SAMPLES / file), ScanSettings(), Store(root), ScreenPicker())


def errors(edges_s: list[float], found_s: list[float]) -> list[float]:
    """From every edge to the nearest that was found."""
    return [min(abs(edge_s - one_s) for one_s in found_s) for edge_s in edges_s]
