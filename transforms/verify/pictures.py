"""Pictures are what they claim to be: whole, of the recorded size, the very ones that decoding gave, and not black."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from schemas.errors import InputError
from schemas.trajectory import Frame, Turn, Verdict
from transforms.frame_store import held
from transforms.media.picture import decode_jpeg
from transforms.store import Store
from transforms.tools.registry import pixels_of
from transforms.verify.case import Case, accept, failed, filtered, share_shown

NAME = "pictures"

_BLACK_LEVEL, _BLACK_SHARE = 0.10, 0.98
"""A pixel is black up to this share of white, a picture when this share of its pixels is (FFmpeg's blackdetect)."""
_BRIGHT_LEVEL, _BRIGHT_SHARE = 0.50, 0.0001
"""Not when this share of them is as bright as text: of a title card of one short line, 99 % are black, too."""


def check(case: Case) -> Verdict:
    for frame, max_pixels in zip(case.trajectory.frames, _limits(case), strict=True):
        code, fault = _fault(case, frame, max_pixels)
        if fault:
            return failed(NAME, code, f"the frame at {frame.pts_s} s {fault}")
    for turn in case.looks:
        shown = [case.trajectory.frames[ref] for ref in turn.frame_refs]
        if (
            shown
            and _about_evidence(case, turn, shown)
            and all(_facts(case.store, frame.sha256).black for frame in shown)
        ):
            return filtered(NAME, "frame_black", f"all that is shown from {shown[0].pts_s} s on is black", 0.0)
    return accept(NAME, float(len(case.trajectory.frames)))


def _about_evidence(case: Case, turn: Turn, shown: list[Frame]) -> bool:
    """Whether a look is one that the answer may lean on: a wrong window may be black, and so may a wrong region."""
    pieces = [piece for piece in case.trajectory.question.evidence if piece.modality != "speech"]
    there = (piece for piece in pieces if any(share_shown(frame, piece.box) for frame in shown))
    return not pieces or any(span.overlap_s(piece.span) > 0 for piece in there for span in turn.spans)


def _limits(case: Case) -> list[int]:
    """The size limit in pixels that each frame was fetched with: the call that shows it first may ask for less."""
    most = case.ground.pixels_per_frame
    limits = [most] * len(case.trajectory.frames)
    for turn in reversed(case.looks):
        call = case.called.get(turn.call_id)
        for ref in turn.frame_refs:
            limits[ref] = pixels_of(call, len(turn.frame_refs), most) if call else most
    for ref in case.trajectory.turns[1].frame_refs:
        limits[ref] = most
    return limits


def _fault(case: Case, frame: Frame, max_pixels: int) -> tuple[str, str]:
    """A code and what is wrong with the picture; empty when nothing is."""
    by_jumping = case.ground.decoder == "decord"
    decoded = held(case.trajectory.video.sha256, frame.pts_s, frame.box, max_pixels, case.store, by_jumping)
    if decoded is None:
        return "frame_unknown", "was never decoded, as far as the store knows"
    if decoded["sha256"] != frame.sha256:
        return "frame_swapped", "shows another picture than the one that decoding gave"
    try:
        facts = _facts(case.store, frame.sha256)
    except (InputError, ValueError) as error:
        return "frame_broken", f"cannot be read: {error}"
    if (facts.width, facts.height) != (frame.width, frame.height):
        return "frame_broken", f"is {facts.width}x{facts.height}, not {frame.width}x{frame.height} as recorded"
    return "", ""


@dataclass(frozen=True, slots=True)
class _Facts:
    width: int
    height: int
    black: bool


@lru_cache(maxsize=8192)
def _facts(store: Store, sha256: str) -> _Facts:
    """Of one picture, decoded once in a process however many trajectories show it."""
    picture = decode_jpeg(store.blob(sha256))
    brightest = picture.max(axis=2)
    black = float(np.mean(brightest <= _BLACK_LEVEL * 255)) >= _BLACK_SHARE
    bright = float(np.mean(brightest >= _BRIGHT_LEVEL * 255)) >= _BRIGHT_SHARE
    return _Facts(picture.shape[1], picture.shape[0], black and not bright)
