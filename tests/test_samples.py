"""The committed sample videos are what their truth says, read with PyAV alone."""

import hashlib
import json
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest

from tests.conftest import SAMPLES
from tests.strip import BITS, CONTRAST, DARK, LIGHT, read_strip, strip_box, strip_cells

TRUTH: dict[str, dict[str, Any]] = {
    video["file"]: video for video in json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["videos"]
}
FILES = sorted(TRUTH)


def seconds(ticks: int | None, base: Fraction | None) -> float:
    """A time of the container in seconds; one that is missing fails the test."""
    assert ticks is not None and base is not None
    return round(float(ticks * base), 6)


@cache
def seen(file: str) -> tuple[tuple[int, int], list[int | None], list[int | None], list[float]]:
    """Size, strip at full and (every tenth frame) at half size, and presentation time of every decoded frame."""
    whole: list[int | None] = []
    halved: list[int | None] = []
    times: list[float] = []
    with av.open(str(SAMPLES / file)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            # The strip is grey, so the luma plane alone holds it; converting every frame would take most of the time.
            plane = frame.planes[0]
            luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[
                : frame.height, : frame.width, None
            ]
            whole.append(read_strip(np.broadcast_to(luma, (frame.height, frame.width, 3))))
            times.append(seconds(frame.pts, frame.time_base))
            if number % 10 == 0:
                half = frame.reformat(width=frame.width // 2, height=frame.height // 2, format="rgb24")
                halved.append(read_strip(half.to_ndarray()))
            size = frame.width, frame.height
    return size, whole, halved, times


@cache
def heard(file: str) -> tuple[int, np.ndarray]:
    """Rate and samples of the sound, from the start of its first frame on."""
    with av.open(str(SAMPLES / file)) as container:
        frames = list(container.decode(audio=0))
    assert frames[0].pts == 0
    return frames[0].sample_rate, np.concatenate([frame.to_ndarray().ravel() for frame in frames])


def test_truth_names_the_three_committed_videos() -> None:
    assert sorted(path.name for path in SAMPLES.glob("*.mp4")) == FILES
    assert len(FILES) == 3


def test_samples_take_less_than_six_megabytes() -> None:
    assert sum((SAMPLES / file).stat().st_size for file in [*FILES, "truth.json"]) < 6_000_000


@pytest.mark.parametrize("file", FILES)
def test_bytes_are_those_of_the_truth(file: str) -> None:
    assert hashlib.sha256((SAMPLES / file).read_bytes()).hexdigest() == TRUTH[file]["sha256"]


@pytest.mark.parametrize("file", FILES)
def test_every_frame_carries_its_number(file: str) -> None:
    size, whole, halved, _ = seen(file)
    assert size == (TRUTH[file]["width"], TRUTH[file]["height"])
    assert whole == list(range(TRUTH[file]["frames"]))
    assert halved == list(range(0, TRUTH[file]["frames"], 10))


@pytest.mark.parametrize("file", FILES)
def test_every_frame_is_shown_when_the_truth_says(file: str) -> None:
    times = seen(file)[3]
    assert times == TRUTH[file]["pts_s"]
    assert times[0] == 0.0
    assert 40 <= TRUTH[file]["duration_s"] <= 90
    with av.open(str(SAMPLES / file)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.pts is not None]
    ends = [seconds(packet.pts, packet.time_base) + seconds(packet.duration, packet.time_base) for packet in packets]
    assert round(max(ends), 6) == TRUTH[file]["duration_s"]


def test_one_is_vertical_and_one_has_a_variable_frame_rate() -> None:
    assert [file for file in FILES if TRUTH[file]["height"] > TRUTH[file]["width"]] == ["soup.mp4"]
    steps = {file: {round(b - a, 3) for a, b in pairwise(seen(file)[3])} for file in FILES}
    assert steps["harbour.mp4"] == {0.04}
    assert steps["soup.mp4"] == {0.033}
    assert (min(steps["lesson.mp4"]), max(steps["lesson.mp4"])) == (0.02, 0.12)


@pytest.mark.parametrize("file", FILES)
def test_speech_is_heard_where_the_truth_says_and_nowhere_else(file: str) -> None:
    rate, samples = heard(file)
    inside = np.zeros(len(samples), bool)
    near = np.zeros(len(samples), bool)
    # AAC smears a sound by a frame of 1024 samples on either side.
    smear = 1024
    for sentence in TRUTH[file]["speech"]:
        first, end = round(sentence["start_s"] * rate), round(sentence["end_s"] * rate)
        inside[first:end] = near[max(0, first - smear) : end + smear] = True
        assert np.abs(samples[first : first + rate // 10]).max() > 0.02, sentence["text"]
        assert np.abs(samples[end - rate // 10 : end]).max() > 0.02, sentence["text"]
    assert np.sqrt(np.mean(samples[inside] ** 2)) > 0.05
    assert np.abs(samples[~near]).max() < 0.01


@pytest.mark.parametrize("file", FILES)
def test_content_is_rich_enough_to_ask_about(file: str) -> None:
    video = TRUTH[file]
    assert len(video["cards"]) >= 8
    assert all(3 <= card["end_s"] - card["start_s"] <= 8 for card in video["cards"])
    assert len(video["speech"]) >= 8
    assert len(video["scenes"]) >= 6
    assert [scene["start_s"] for scene in video["scenes"][1:]] == [scene["end_s"] for scene in video["scenes"][:-1]]
    for sentence in video["speech"]:
        assert [
            scene
            for scene in video["scenes"]
            if scene["start_s"] < sentence["start_s"] and sentence["end_s"] < scene["end_s"]
        ]
    boundaries = [
        item[edge] for key in ("scenes", "cards", "events") for item in video[key] for edge in ("start_s", "end_s")
    ]
    assert set(boundaries) <= {*video["pts_s"], video["duration_s"]}


def test_texts_stand_once_but_for_the_one_that_is_ambiguous_on_purpose() -> None:
    repeated = {file: [text for text, count in Counter(_texts(file)).items() if count > 1] for file in FILES}
    assert repeated == {"harbour.mp4": [], "lesson.mp4": ["QUESTION TIME"], "soup.mp4": []}


def test_shapes_can_be_counted() -> None:
    counts = {file: dict(Counter(event["name"] for event in TRUTH[file]["events"])) for file in FILES}
    assert counts == {
        "harbour.mp4": {"red circle": 3, "green triangle": 2},
        "lesson.mp4": {"orange circle": 3, "blue square": 4, "green triangle": 2, "yellow triangle": 2},
        "soup.mp4": {"orange circle": 4, "green triangle": 2, "white square": 3},
    }


@pytest.mark.parametrize("number", [0, 1, 2, 1000, (1 << BITS) - 1])
@pytest.mark.parametrize(
    "size", [(640, 360), (360, 640), (320, 180), (448, 252)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_strip_reads_back(number: int, size: tuple[int, int]) -> None:
    assert read_strip(_drawn(number, size)) == number


def test_strip_is_refused_when_it_cannot_be_trusted() -> None:
    picture = _drawn(1234, (640, 360))
    grey, swapped, cropped = picture.copy(), picture.copy(), picture[:-8]
    # One cell of a pair damaged: its complement no longer disagrees.
    grey[352:360, 40:48] = grey[344:352, 40:48]
    # The first column turned over: the two fixed columns no longer stand as they should.
    swapped[344:360, 0:8] = swapped[344:360, 0:8][::-1]
    assert [read_strip(image) for image in (picture, grey, swapped, cropped)] == [1234, None, None, None]
    assert read_strip(picture[::-1]) is None
    assert read_strip(np.full((360, 640, 3), 90, np.uint8)) is None


def test_strip_refuses_what_is_only_an_edge() -> None:
    picture = np.full((360, 640, 3), 20, np.uint8)
    picture[352:] = 20 + int(2 * CONTRAST)
    assert read_strip(picture) is None
    assert read_strip(picture[:, ::-1]) is None


def test_strip_holds_sixteen_bits() -> None:
    with pytest.raises(ValueError, match="0 to 65535"):
        strip_cells(1 << BITS)


def _texts(file: str) -> list[str]:
    return [line["text"] for card in TRUTH[file]["cards"] for line in card["lines"]]


def _drawn(number: int, size: tuple[int, int]) -> np.ndarray:
    """A picture that shows nothing but the strip of `number`, drawn cell by cell at any size."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    left, top, right, bottom = strip_box(width, height)
    cells = np.where(strip_cells(number), LIGHT, DARK)
    for y in range(round(top), round(bottom)):
        for x in range(round(left), round(right)):
            row = min(cells.shape[0] - 1, int((y + 0.5 - top) / (bottom - top) * cells.shape[0]))
            column = min(cells.shape[1] - 1, int((x + 0.5 - left) / (right - left) * cells.shape[1]))
            picture[y, x] = cells[row, column]
    return picture
