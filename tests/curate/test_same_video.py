"""Copies of a video are told from other videos, by what one scan of each leaves in the store."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from schemas.scan import Sample, Scan
from schemas.settings import Curate, Perceive
from schemas.source import Video
from tests.builds import ROOT, beginning
from tests.media.recode import recode
from transforms.curate.same_video import LEAST_SAMPLES, NONE, agreement, at_a_steady_rate, likely_pairs
from transforms.media.phash import BYTES, PLAIN
from transforms.perceive.perceive import look_over
from transforms.read.identify import fingerprint_file
from transforms.store import Store

LEAST = Curate().same_video
SECONDS = 16.0

Looks = Callable[[Path], bytes]


@pytest.fixture(scope="session")
def looks_of(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    store = Store(tmp_path_factory.mktemp("looks"))

    def looks(path: Path) -> bytes:
        video = Video(path.stem, path.name, str(path), sha256=fingerprint_file(path, store))
        scan = look_over(video, Perceive(), store)
        return at_a_steady_rate(scan, store.blob(scan.looks), Perceive().sample_fps)

    return looks


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, looks_of: Looks) -> dict[str, bytes]:
    """The beginning of each sample, copies of one of them, and a later part of it."""
    folder = tmp_path_factory.mktemp("films")
    found = {}
    for name in ("harbour", "lesson", "soup"):
        beginning(ROOT / "samples" / f"{name}.mp4", folder / f"{name}.mp4", SECONDS)
        found[name] = looks_of(folder / f"{name}.mp4")
    soup = ROOT / "samples" / "soup.mp4"
    copies = {
        "soup, small and worse": recode(soup, folder / "small.mp4", 320, 25, 0, SECONDS, 36),
        "soup, 10 fps": recode(soup, folder / "fps.mp4", 480, 10, 0, SECONDS),
        "soup, a frame a second": recode(soup, folder / "slow.mp4", 480, 1, 0, SECONDS),
        "soup, without its beginning": recode(soup, folder / "cut.mp4", 426, 12, 2.7, SECONDS),
        "more of soup": recode(soup, folder / "more.mp4", 426, 25, 20, 20 + SECONDS),
    }
    return found | {name: looks_of(path) for name, path in copies.items()}


COPIES = ("soup", "soup, small and worse", "soup, 10 fps", "soup, a frame a second", "soup, without its beginning")


def test_copies_agree_and_others_do_not(films: dict[str, bytes]) -> None:
    shares = {pair: agreement(films[pair[0]], films[pair[1]]) for pair in combinations(films, 2)}
    same = {pair: share for pair, share in shares.items() if set(pair) <= set(COPIES)}
    assert len(same) == 10
    assert {pair: share for pair, share in same.items() if share.both < LEAST} == {}
    assert {pair: share for pair, share in shares.items() if pair not in same and share.either >= LEAST / 2} == {}


def test_what_agrees_is_among_the_likely_pairs(films: dict[str, bytes]) -> None:
    names = list(films)
    likely = {(names[one], names[other]) for one, other in likely_pairs(list(films.values()))}
    assert {pair for pair in combinations(names, 2) if set(pair) <= set(COPIES)} <= likely


def test_a_piece_agrees_in_one_way_only(films: dict[str, bytes]) -> None:
    piece = films["soup, small and worse"][10 * BYTES : 25 * BYTES]
    share = agreement(films["soup"], piece)
    assert share.either >= 0.9
    assert share.both < LEAST
    other = agreement(piece, films["soup"])
    assert (other.first, other.second) == (share.second, share.first)


def noise(count: int, seed: int) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count * BYTES, dtype=np.uint8).tobytes()


def test_what_shows_nothing_agrees_with_nothing() -> None:
    assert agreement(PLAIN * 100, PLAIN * 100) == NONE
    assert agreement(b"", noise(100, 0)) == NONE
    few = noise(LEAST_SAMPLES - 1, 0)
    assert agreement(few + PLAIN * 50, few + PLAIN * 50) == NONE
    assert likely_pairs([PLAIN * 100, PLAIN * 100, b""]) == []
    assert likely_pairs([]) == []


def test_what_is_shown_at_a_steady_rate() -> None:
    samples = tuple(Sample(pts_s, 90.0, 0.0, ()) for pts_s in (0.0, 0.4, 0.999999, 2.6))
    scan = Scan(64, 36, 3.2, 4, "", (), (), samples, (), "", "", 0.0, 0.0, 0)
    a, b, c, d = (bytes([n]) * BYTES for n in range(4))
    assert at_a_steady_rate(scan, a + b + c + d, 2.0) == b + b + c + c + c + d + d
    assert at_a_steady_rate(replace(scan, samples=samples[:1]), a, 1.0) == a * 4
    assert at_a_steady_rate(replace(scan, samples=()), b"", 2.0) == b""


def test_a_video_that_always_shows_the_same_cannot_be_told() -> None:
    picture = noise(1, 0)
    assert agreement(picture * 100, picture * 100) == NONE
    slide, other, third = noise(1, 1), noise(1, 2), noise(1, 3)
    # a cut in the middle of a slide: both parts begin or end with it
    assert agreement(slide * 60 + other * 40, other * 60 + third * 40).either < 0.5
    # the whole is told by when its slides change
    whole = slide * 60 + other * 40 + third * 50
    assert agreement(whole, whole[5 * BYTES :]).both > 0.9


def test_plain_pictures_between_others_are_passed_over() -> None:
    film = noise(50, 0)
    assert agreement(PLAIN * 30 + film, film + PLAIN * 80).both == 1.0


def test_a_band_that_many_videos_share_says_nothing() -> None:
    opening = noise(20, 0)
    films = [opening + noise(40, n) for n in range(1, 80)]
    assert likely_pairs(films) == []
    assert likely_pairs(films[:2]) == [(0, 1)]


@pytest.mark.heavy
def test_real_videos_differ_and_so_do_parts_of_a_lecture(real_videos: Path, tmp_path: Path, looks_of: Looks) -> None:
    lectures = ("lecture_crypto_145s.mp4", "lecture_gis_101s_720p_20fps.mp4")
    others = ("cc_wanna_work_together_180s.mp4", "short_zh_subs_50s_vertical.mp4", "bbb_trailer_55s_720p.mp4")
    films = {name: looks_of(real_videos / name) for name in (*lectures, *others)}
    for name in lectures:
        for part in (0, 1):
            copy = recode(real_videos / name, tmp_path / f"{part}{name}", 480, 20, 50 * part, 50 * part + 50)
            films[f"part {part} of {name}"] = looks_of(copy)
        copy = recode(real_videos / name, tmp_path / name, 320, 12, 4)
        assert agreement(films[name], looks_of(copy)).both >= LEAST
    parts = {f"part {part} of {name}" for name in lectures for part in (0, 1)}
    shares = {pair: agreement(films[pair[0]], films[pair[1]]) for pair in combinations(films, 2)}
    alone = {pair: share for pair, share in shares.items() if set(pair) <= parts or not set(pair) & parts}
    assert len(alone) == 6 + 10
    assert {pair: share for pair, share in alone.items() if share.either >= LEAST} == {}
