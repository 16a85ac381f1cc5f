"""A perceptual hash stays nearly the same when a picture is encoded anew, and differs between pictures."""

import cv2
import numpy as np
import pytest

from transforms.media.phash import BYTES, PLAIN, phash


def drawn(seed: int) -> np.ndarray:
    """A picture of soft blobs, `(360, 640)`."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 16), dtype=np.uint8)
    return cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC)


def apart(a: bytes, b: bytes) -> int:
    """Bits that differ."""
    assert len(a) == len(b) == BYTES
    return (int.from_bytes(a) ^ int.from_bytes(b)).bit_count()


@pytest.mark.parametrize("seed", range(5))
def test_small_dark_or_badly_encoded_it_is_the_same(seed: int) -> None:
    picture = drawn(seed)
    small = cv2.resize(picture, (213, 120), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])
    worse = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    dark = (picture // 2 + 10).astype(np.uint8)
    assert max(apart(phash(picture), phash(copy)) for copy in (small, worse, dark)) <= 16


def test_other_pictures_are_far_apart() -> None:
    hashes = [phash(drawn(seed)) for seed in range(20)]
    distances = [apart(a, b) for n, a in enumerate(hashes) for b in hashes[:n]]
    assert min(distances) > 80


def test_a_picture_that_shows_next_to_nothing_is_plain() -> None:
    assert phash(np.zeros((360, 640), np.uint8)) == PLAIN
    assert phash(np.full((90, 160), 235, np.uint8)) == PLAIN
    faint = np.random.default_rng(0).integers(14, 18, (360, 640), dtype=np.uint8)
    assert phash(faint) == PLAIN
    assert phash(drawn(0)) != PLAIN
