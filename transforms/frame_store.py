"""Frames by presentation time: memoised one by one, and one pass per video for all that are missing."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from schemas.codec import canonical
from schemas.scan import FrameTimes
from schemas.source import Box, Video
from schemas.trajectory import Frame
from transforms.media import by_decord, frames
from transforms.media.picture import encode_jpeg
from transforms.remote.at_hand import video_path
from transforms.store import Store, memo_key
from transforms.tools.base import FrameRequest

VERSION = "2"


def frame_key(video_sha256: str, request: FrameRequest, decoder: Any = None) -> str:
    """`decoder` is the identity of one that gives other pixels than PyAV."""
    return memo_key("frame", VERSION, decoder, inputs=[video_sha256, request.pts_s, request.box, request.max_pixels])


def held(
    video_sha256: str, pts_s: float, box: Box | None, max_pixels: int, store: Store, by_jumping: bool
) -> dict[str, Any] | None:
    """What the store has for a frame: `sha256`, `width` and `height`; None when it was never fetched.

    `by_jumping` says that decord fetched it.
    """
    request = FrameRequest(pts_s, box, max_pixels)
    row: dict[str, Any] | None = store.peek(
        frame_key(video_sha256, request, by_decord.identity() if by_jumping else None)
    )
    return row


def fetch(
    video: Video, requests: Iterable[FrameRequest], store: Store, decord_times: FrameTimes | None = None
) -> dict[FrameRequest, Frame]:
    """The frames that were asked for. One sequential pass fetches everything that the store does not hold yet.

    With `decord_times`, those of all frames of the video, decord jumps to them instead.

    Raises:
        InputError: as `transforms.media.frames.fetch`, `changed_video` among them, or `by_decord.fetch`.
        EngineError: `decoder_missing`.
    """
    decoder = by_decord.identity() if decord_times else None
    wanted = sorted(set(requests), key=lambda r: (r.pts_s, canonical(r.box), r.max_pixels))
    missing: dict[float, list[FrameRequest]] = {}
    for request in wanted:
        if not store.holds(frame_key(video.sha256, request, decoder)):
            missing.setdefault(request.pts_s, []).append(request)
    if missing:
        location = video_path(video, store)
        shown = by_decord.fetch(location, missing, decord_times) if decord_times else frames.fetch(location, missing)
        for frame in shown:
            for request in missing[frame.pts_s]:
                picture = frames.render(frame, request.max_pixels, request.box)
                height, width = picture.shape[:2]
                row = {"sha256": store.put_blob(encode_jpeg(picture)), "width": width, "height": height}
                store.memo(frame_key(video.sha256, request, decoder), partial(dict, row))
    return recall(video.sha256, wanted, store, decord_times is not None)


def recall(
    video_sha256: str, requests: Iterable[FrameRequest], store: Store, by_jumping: bool
) -> dict[FrameRequest, Frame]:
    """Those of the frames that the store holds; nothing is decoded. `by_jumping` says that decord fetched them."""
    decoder = by_decord.identity() if by_jumping else None
    found: dict[FrameRequest, Frame] = {}
    for request in requests:
        held = store.peek(frame_key(video_sha256, request, decoder))
        if held is not None:
            found[request] = Frame(held["sha256"], request.pts_s, request.box, held["width"], held["height"])
    return found
