import json
import shutil
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from schemas.codec import from_json
from schemas.errors import InputError
from schemas.scan import FrameTimes, Scan
from schemas.source import Video
from tests.conftest import SAMPLES
from tests.strip import read_strip
from transforms.media.audio import RATE
from transforms.media.picture import decode_jpeg
from transforms.perceive.scan import CLIP_SIDE, ScanSettings, scan, scan_video
from transforms.store import Store

SAMPLE_VIDEOS: dict[str, dict[str, Any]] = {
    video["file"]: video for video in json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["videos"]
}
FILES = sorted(SAMPLE_VIDEOS)


class EveryFifth:
    """Picks the first and every fifth sample."""

    identity = {"name": "every fifth"}

    def __init__(self) -> None:
        self.seen: list[tuple[float, tuple[int, ...]]] = []

    def push(self, pts_s: float, rgb: np.ndarray) -> bool:
        self.seen.append((pts_s, rgb.shape))
        return len(self.seen) % 5 == 1


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(str(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def look(store: Store) -> Any:
    return cache(lambda file: scan(str(SAMPLES / file), ScanSettings(), store, EveryFifth()))


def shown_at(number: int | None, video: dict[str, Any]) -> float:
    """The committed time of the frame whose number the strip holds."""
    assert number is not None
    return video["pts_s"][number]


@pytest.mark.parametrize("file", FILES)
def test_times_are_those_of_the_file(file: str, look: Any, store: Store) -> None:
    found: Scan = look(file)
    times = from_json(FrameTimes, store.blob(found.times))
    video = SAMPLE_VIDEOS[file]
    assert list(times.pts_s) == video["pts_s"]
    assert (found.frames, found.duration_s, times.duration_s) == (
        video["frames"],
        video["duration_s"],
        video["duration_s"],
    )
    assert (found.width, found.height, found.damaged) == (video["width"], video["height"], 0)


@pytest.mark.parametrize("file", FILES)
def test_samples_are_the_first_frames_of_every_half_second(file: str, look: Any) -> None:
    wanted: dict[int, float] = {}
    for at in SAMPLE_VIDEOS[file]["pts_s"]:
        wanted.setdefault(int(at * 2 + 1e-5), at)
    assert [sample.pts_s for sample in look(file).samples] == list(wanted.values())


@pytest.mark.parametrize("file", FILES)
def test_every_picture_that_is_kept_is_the_frame_of_its_time(file: str, look: Any, store: Store) -> None:
    found, video = look(file), SAMPLE_VIDEOS[file]
    kept = [(screen.pts_s, screen.picture) for screen in found.screens] + [
        pair for clip in found.clips for pair in zip(clip.pts_s, clip.pictures, strict=True)
    ]
    assert [shown_at(read_strip(decode_jpeg(store.blob(name))), video) for _, name in kept] == [at for at, _ in kept]


@pytest.mark.parametrize("file", FILES)
def test_clips_follow_each_other_and_show_pictures_of_their_own(file: str, look: Any, store: Store) -> None:
    found: Scan = look(file)
    assert found.clips[0].span.start_s == 0.0 and found.clips[-1].span.end_s == found.duration_s
    assert all(a.span.end_s == b.span.start_s for a, b in pairwise(found.clips))
    assert all(1 <= len(clip.pictures) <= 3 for clip in found.clips)
    inside = [clip.span.start_s <= at < clip.span.end_s for clip in found.clips for at in clip.pts_s]
    assert sum(inside) == len(inside)
    assert {max(decode_jpeg(store.blob(clip.pictures[0])).shape[:2]) for clip in found.clips} == {CLIP_SIDE}


@pytest.mark.parametrize("file", FILES)
def test_screens_are_the_samples_that_were_picked(file: str, look: Any) -> None:
    found: Scan = look(file)
    assert [screen.pts_s for screen in found.screens] == [sample.pts_s for sample in found.samples[::5]]


@pytest.mark.parametrize("file", FILES)
def test_sound_is_on_the_videos_clock(file: str, look: Any, store: Store) -> None:
    """Loud where the truth has a sentence, silent where it has none (effects apart)."""
    found, video = look(file), SAMPLE_VIDEOS[file]
    samples = np.frombuffer(store.blob(found.audio), "<i2").astype(float)
    assert found.audio_s == len(samples) / RATE
    assert abs(found.audio_start_s + found.audio_s - video["duration_s"]) < 0.1

    def loudness(start_s: float, end_s: float) -> float:
        first, last = (round((at - found.audio_start_s) * RATE) for at in (start_s, end_s))
        return float(np.sqrt(np.mean(samples[max(0, first) : last] ** 2)))

    speech = [(one["start_s"], one["end_s"]) for one in video["speech"]]
    gaps = [(a[1] + 0.1, b[0] - 0.1) for a, b in pairwise(speech) if b[0] - a[1] > 0.5]
    assert min(loudness(*one) for one in speech) > 10 * max(loudness(*one) for one in gaps)


def test_a_scan_is_not_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "soup.mp4"
    shutil.copy(SAMPLES / "soup.mp4", path)
    video = Video("soup", "soup.mp4", str(path), SAMPLE_VIDEOS["soup.mp4"]["sha256"])
    pickers: list[EveryFifth] = []

    def make() -> EveryFifth:
        pickers.append(EveryFifth())
        return pickers[-1]

    first = scan_video(video, ScanSettings(), Store(str(tmp_path / "store")), make, EveryFifth.identity)
    again = scan_video(video, ScanSettings(), Store(str(tmp_path / "store")), make, EveryFifth.identity)
    assert (again, len(pickers)) == (first, 1)
    other = ScanSettings(sample_fps=1.0)
    scan_video(video, other, Store(str(tmp_path / "store")), make, EveryFifth.identity)
    assert [len(picker.seen) for picker in pickers] == [141, 71]


def test_a_file_that_is_gone_is_not_remembered_as_gone(tmp_path: Path) -> None:
    path, store = tmp_path / "soup.mp4", Store(str(tmp_path / "store"))
    video = Video("soup", "soup.mp4", str(path), SAMPLE_VIDEOS["soup.mp4"]["sha256"])
    with pytest.raises(InputError) as error:
        scan_video(video, ScanSettings(), store, EveryFifth, EveryFifth.identity)
    assert error.value.code == "missing"
    shutil.copy(SAMPLES / "soup.mp4", path)
    assert scan_video(video, ScanSettings(), store, EveryFifth, EveryFifth.identity).frames == 2106


def test_a_video_without_sound(real_videos: Path, store: Store) -> None:
    found = scan(str(real_videos / "bikes_10s.mp4"), ScanSettings(), store, EveryFifth())
    assert (found.audio, found.audio_s, found.audio_start_s) == ("", 0.0, 0.0)


def test_damage_is_counted_and_passed_over(real_videos: Path, store: Store) -> None:
    found = scan(str(real_videos / "broken" / "corrupted.mp4"), ScanSettings(), store, EveryFifth())
    assert found.damaged > 0


def test_a_scan_uses_one_thread(tmp_path: Path) -> None:
    """Videos are scanned side by side."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        scan(str(SAMPLES / "lesson.mp4"), ScanSettings(sample_fps=0.1), Store(tmp_path), EveryFifth())
        assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)
