"""Which videos show nearly the same: encoded anew, made smaller, at another frame rate, or without their beginning.

The perceptual hashes of two videos, taken at one steady rate, are laid beside each other at every shift in time. Where
one is a copy, most pictures agree at one shift; by chance as many agree as at any other shift, which is taken off. So a
lecture on one slide, or a fixed camera, is like no other part of itself: it cannot be told, and counts as different.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from schemas.scan import Scan
from transforms.media.phash import BYTES

SAME_PICTURE = 48
"""Bits of 256 that may differ. PDQ takes 31 for two files of one picture; frames of a copy that lost its beginning are
also up to a quarter of a second apart."""

LEAST_SAMPLES = 10
"""Pictures that are not plain, five seconds of them: in fewer there is too little to be sure of."""

_MOST_SHARING = 64
"""Videos that may have a band of bits in common; what more of them share, such as a channel's opening, says nothing."""
_LEAST_SHARED = 3
_SHIFTS = 3


@dataclass(frozen=True, slots=True)
class Agreement:
    """The share of the pictures of each of two videos that the other has at the same place, 0 to 1."""

    first: float
    second: float

    @property
    def both(self) -> float:
        return min(self.first, self.second)

    @property
    def either(self) -> float:
        """High also where one video is a piece of the other."""
        return max(self.first, self.second)


NONE = Agreement(0.0, 0.0)


def at_a_steady_rate(scan: Scan, looks: bytes, fps: float) -> bytes:
    """The hashes of what is shown at every 1/`fps` seconds; `looks` are those of the samples of a scan.

    A frame is shown until the next one, so a copy with a frame a second has two samples of each at two a second.
    """
    count = max(1, math.ceil(scan.duration_s * fps - 1e-5))
    # Times are rounded to the microsecond, so a frame on the grid may lie a hair before it.
    places = [math.floor(sample.pts_s * fps + 1e-5) for sample in scan.samples]
    shown = np.searchsorted(places, np.arange(count), side="right") - 1
    hashes = np.frombuffer(looks, np.uint8).reshape(-1, BYTES)
    return hashes[np.maximum(shown, 0)].tobytes() if len(hashes) else b""


class _Film(NamedTuple):
    """`hashes` are `(samples, 4)` uint64; `telling` says which samples show something."""

    hashes: np.ndarray
    telling: np.ndarray


def agreement(a: bytes, b: bytes) -> Agreement:
    """How far two videos agree above what chance gives, by hashes of their pictures at one rate, `BYTES` each."""
    one, other = _film(a), _film(b)
    telling, others_telling = int(one.telling.sum()), int(other.telling.sum())
    if telling < LEAST_SAMPLES or others_telling < LEAST_SAMPLES:
        return NONE
    shifts = range(1 - len(other.hashes), len(one.hashes))
    counts = np.array([_alike(one, other, shift).sum() for shift in shifts])
    chance = float(counts.sum()) / (telling * others_telling)
    if not 0 < chance < 1:
        return NONE
    best = np.argsort(-np.convolve(counts, np.ones(3), "same"), kind="stable")[:_SHIFTS]
    found = (_at(one, other, shifts[place]) for place in best)
    shares = [(mine / telling, theirs / others_telling) for mine, theirs in found]
    above = [Agreement(*(max(0.0, (share - chance) / (1 - chance)) for share in pair)) for pair in shares]
    return max(above, key=lambda found: (found.both, found.either))


def _film(looks: bytes) -> _Film:
    hashes = np.frombuffer(looks, np.uint64).reshape(-1, BYTES // 8)
    return _Film(hashes, np.asarray(hashes.any(axis=1)))


def _at(one: _Film, other: _Film, shift: int) -> tuple[int, int]:
    """Samples of either that the other has at a shift, or one sample earlier or later."""
    mine, theirs = np.zeros(len(one.hashes), bool), np.zeros(len(other.hashes), bool)
    for near in range(max(shift - 1, 1 - len(theirs)), min(shift + 2, len(mine))):
        ours, others = _overlap(len(mine), len(theirs), near)
        alike = _alike(one, other, near)
        mine[ours] |= alike
        theirs[others] |= alike
    return int(mine.sum()), int(theirs.sum())


def _overlap(length: int, others: int, shift: int) -> tuple[slice, slice]:
    """Where two videos overlap, in either, when the second begins `shift` samples after the first."""
    start, their_start = max(0, shift), max(0, -shift)
    overlap = min(length - start, others - their_start)
    return slice(start, start + overlap), slice(their_start, their_start + overlap)


def _alike(one: _Film, other: _Film, shift: int) -> np.ndarray:
    """For every sample of the overlap, whether both show the same picture, and no plain one."""
    mine, theirs = _overlap(len(one.hashes), len(other.hashes), shift)
    bits = np.bitwise_count(one.hashes[mine] ^ other.hashes[theirs]).sum(axis=1, dtype=np.uint16)
    alike: np.ndarray = (bits <= SAME_PICTURE) & one.telling[mine] & other.telling[theirs]
    return alike


def likely_pairs(looks: Sequence[bytes]) -> list[tuple[int, int]]:
    """Pairs of videos that may agree, the smaller position first: those that share bands of 32 bits in some pictures.

    Of pictures that differ in 10 bits of 256 nine tenths share a band, in 20 bits 40 %; of unlike ones next to none.
    """
    bands = [np.unique(_bands(held)) for held in looks]
    keys = np.concatenate(bands) if bands else np.zeros(0, np.uint64)
    videos = np.repeat(np.arange(len(bands)), [len(one) for one in bands])
    order = np.argsort(keys, kind="stable")
    keys, videos = keys[order], videos[order]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, int)
    ends = np.r_[starts[1:], len(keys)]
    sharing = ends - starts
    shared: Counter[tuple[int, int]] = Counter()
    for group in np.flatnonzero((sharing > 1) & (sharing <= _MOST_SHARING)):
        shared.update(combinations(videos[starts[group] : ends[group]].tolist(), 2))
    return sorted(pair for pair, count in shared.items() if count >= _LEAST_SHARED)


def _bands(looks: bytes) -> np.ndarray:
    """Every 32 bits of every hash, with their place in it, as one number."""
    held = np.frombuffer(looks, np.uint32).reshape(-1, BYTES // 4)
    held = held[held.any(axis=1)].astype(np.uint64)
    return (held | (np.arange(BYTES // 4, dtype=np.uint64) << np.uint64(32))).ravel()
