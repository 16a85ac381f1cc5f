"""Zooms with a rate, a number or a detail, regions of the picture, and frames by their number."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from schemas.chat import Call
from schemas.codec import to_json
from schemas.scan import FrameTimes
from schemas.settings import Ground
from schemas.source import Box
from schemas.span import Span
from schemas.trajectory import Turn
from tests.timelines import found_by_words, make_timeline
from tests.tools.test_tools import NAMES, VIEW, look, scene, times
from transforms.engines.embed import Bm25
from transforms.store import Store
from transforms.tools.base import FrameRequest, Observation, View, parse_arguments
from transforms.tools.looks import looks
from transforms.tools.rates import at_rate, rate_refusal
from transforms.tools.registry import SHOWING, TOOLS, WATCHING, call_tool, pixels_of
from transforms.tools.scene import Scene, open_scene

UNEVEN = FrameTimes((0.0, 0.033367, 0.9, 0.9004, 3.25), 4.0)
LEFT: Box = (0.0, 0.4, 0.4, 0.6)
RIGHT: Box = (0.6, 0.4, 1.0, 0.6)


def call(name: str, on: Scene | None = None, **arguments: Any) -> Observation:
    return asyncio.run(call_tool(on or scene(), NAMES, name, json.dumps(arguments)))


def two_signs() -> Scene:
    return found_by_words(make_timeline([("Gate 14", 3.0, 8.0, LEFT), ("Gate 41", 5.0, 8.0, RIGHT)]))


def uneven() -> Scene:
    """A video of five frames that stay for very different times."""

    async def times() -> FrameTimes:
        return UNEVEN

    return replace(found_by_words(make_timeline(duration_s=4.0)), times=times)


def test_the_new_tools_that_show_are_known_to_show() -> None:
    zooms = {"zoom", "zoom_fps", "zoom_frames", "zoom_detail"}
    assert {"overview", "spatial_zoom", *(f"temporal_{zoom}" for zoom in zooms)} == SHOWING
    assert {"overview", "caption_region", *(f"caption_{zoom}" for zoom in zooms)} == WATCHING


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("caption_zoom", {}),
        ("caption_zoom_fps", {"fps": 1.7}),
        ("caption_zoom_frames", {"frames": 3}),
        ("caption_zoom_detail", {"detail": "coarse"}),
    ],
)
@pytest.mark.parametrize("window", [(2.0, 6.0), (0.3, 4.1), (57.3, 60.0)])
def test_what_is_read_of_a_window_is_what_its_frames_show(
    name: str, more: dict[str, Any], window: tuple[float, float]
) -> None:
    arguments = {"start_s": window[0], "end_s": window[1], **more}
    seen = call(name, **arguments)
    text, pts_s, _ = look(name, seen, **arguments)
    heading, *lines = seen.text.splitlines()
    assert heading == f"From {window[0]} s to {window[1]} s, {text.removesuffix('.')}:"
    told = [line.partition("]")[0] for line in lines if "Gate 14" in line]
    showing = [f"{time_s:.2f}" for time_s in pts_s if 3.0 <= time_s < 8.0]
    assert told == ["[" + "-".join(dict.fromkeys((showing[0], showing[-1])))] if showing else not told


@pytest.mark.parametrize(
    ("name", "more", "shown"),
    [
        ("caption_zoom_fps", {}, [2.5, 3.5, 4.5, 5.5]),
        ("caption_zoom_fps", {"fps": 0.5}, [3.0, 5.0]),
        ("caption_zoom_fps", {"fps": 0.01}, [4.0]),
        ("caption_zoom_fps", {"fps": 2}, [2.2, 2.7, 3.2, 3.7, 4.2, 4.7, 5.2, 5.7]),
        ("caption_zoom_frames", {}, [2.2, 2.7, 3.2, 3.7, 4.2, 4.7, 5.2, 5.7]),
        ("caption_zoom_frames", {"frames": 1}, [4.0]),
    ],
)
def test_as_many_frames_as_were_asked_for(name: str, more: dict[str, Any], shown: list[float]) -> None:
    seen = call(name, start_s=2, end_s=6, **more)
    text, pts, spans = look(name, seen, start_s=2, end_s=6, **more)
    assert (pts, spans) == (shown, (Span(2.0, 6.0),))
    assert (
        text
        == f"{len(shown)} {'frame' if len(shown) == 1 else 'frames'} at " + ", ".join(f"{t:.2f}" for t in shown) + " s."
    )


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        (
            "caption_zoom_fps",
            {"start_s": 2, "end_s": 14},
            "12 s at 1 frames per second are 12 frames, but a call shows at most 8 frames. Ask for a shorter window, or"
            " an fps of at most 0.666.",
        ),
        ("caption_zoom_fps", {"start_s": 2, "end_s": 6, "fps": 0}, "fps must be more than 0, not 0."),
        ("caption_zoom_fps", {"start_s": 2, "end_s": 6, "fps": "fast"}, "fps: Input should be a valid number"),
        ("caption_zoom_fps", {"start_s": 6, "end_s": 2}, "start_s must be smaller than end_s"),
        (
            "caption_zoom_frames",
            {"start_s": 2, "end_s": 6, "frames": 9},
            "A call shows at most 8 frames: frames must be from 1 to 8.",
        ),
        ("caption_zoom_frames", {"start_s": 2, "end_s": 6, "frames": 0}, "frames must be from 1 to 8."),
        ("caption_zoom_frames", {"start_s": 2, "end_s": 6, "frames": True}, "true and false are no numbers"),
        ("caption_zoom_detail", {"start_s": 2, "end_s": 6, "detail": "all"}, "'coarse', 'medium' or 'fine'"),
        ("caption_region", {"t_s": 60, "x0": 0, "y0": 0, "x1": 1, "y1": 0.5}, "t_s must lie in the video, from 0 to"),
        ("caption_region", {"t_s": 3, "x0": 0.5, "y0": 0, "x1": 0.4, "y1": 1}, "needs 0 <= x0 < x1 <= 1"),
        ("caption_region", {"t_s": 3, "x0": 10, "y0": 20, "x1": 300, "y1": 200}, "parts of the picture, not pixels"),
        ("caption_region", {"t_s": 3, "x0": 0, "y0": 0, "x1": 1, "y1": 1}, "This is the whole picture."),
        (
            "caption_region",
            {"t_s": 3, "x0": 0, "y0": 0, "x1": 0.04, "y1": 0.5},
            "x1 - x0 must be at least 0.044 and y1 - y0 at least 0.078, which is 28 pixels.",
        ),
        ("caption_region", {"t_s": 3}, "The arguments are: t_s, x0, y0, x1, y1."),
    ],
)
def test_a_call_that_cannot_be_done_is_told_what_to_do(name: str, arguments: dict[str, Any], told: str) -> None:
    seen = call(name, **arguments)
    assert seen.error
    assert told in seen.text


def test_the_limit_is_the_entrys() -> None:
    timeline, store = make_timeline(), Store("memory://none")
    narrow = asyncio.run(open_scene(timeline, Bm25(), store, None, Ground(frames_per_call=3)))
    assert call("caption_zoom_fps", narrow, start_s=2, end_s=6).error
    assert not call("caption_zoom_fps", replace(narrow, times=times), start_s=2, end_s=5).error
    assert call("caption_zoom_frames", narrow, start_s=2, end_s=6).text.startswith("A call shows at most 3 frames:")


def test_a_rate_that_just_fits_is_not_refused() -> None:
    """0.7 * 10 is a hair more than 7."""
    assert rate_refusal(0.7, 10.0, 7) == ""
    assert rate_refusal(0.71, 10.0, 7) != ""
    assert [at_rate(length_s, 0.5) for length_s in (1.0, 3.0, 4.9)] == [1, 2, 2]


@pytest.mark.parametrize(
    ("detail", "length_s", "frames", "tokens"),
    [
        ("coarse", 1.0, 2, 768),
        ("coarse", 4.0, 8, 256),
        ("coarse", 20.0, 16, 128),
        ("medium", 4.0, 8, 512),
        ("fine", 4.0, 8, 768),
        ("fine", 30.0, 48, 128),
    ],
)
def test_a_detail_is_a_budget(detail: str, length_s: float, frames: int, tokens: int) -> None:
    """Frames times tokens stay within 2048, 4096 or 6144, a frame within 128 to 768."""
    view = View(VIEW.times, frames=4, frames_left=64, pixels_per_frame=10**9)
    tool = TOOLS["caption_zoom_detail"]
    given = json.dumps({"start_s": 2.0, "end_s": 2.0 + length_s, "detail": detail})
    shown = tool.look(Observation("", (Span(2.0, 2.0 + length_s),)), parse_arguments(tool, given), view)
    assert [len(shown.requests), {r.max_pixels for r in shown.requests}] == [frames, {tokens * 784}]
    call = Call("c", "temporal_zoom_detail", given)
    assert pixels_of(call, frames, 10**9) == tokens * 784
    assert pixels_of(call, frames, 1000) == 1000
    assert pixels_of(Call("c", "temporal_zoom_detail", "{}"), frames, 1000) == 1000


def test_a_detail_takes_what_the_trajectory_may_still_show() -> None:
    turns = (Turn("system"), Turn("user"), *_zoomed(0, 4.0), *_zoomed(1, 8.0), *_zoomed(2, 8.0))
    settings = Ground(overview_frames=2, frames_per_call=8, frames_per_trajectory=20)
    plan = looks(turns, VIEW.times, make_timeline(), settings)
    assert [len(one.look.requests) for one in plan] == [2, 8, 10, 0]
    # Smaller frames leave more of the pixels: 8 of 512 tokens are all of one frame, 640 x 360.
    settings = Ground(overview_frames=1, frames_per_trajectory=64, pixels_per_trajectory=640 * 360 * 10)
    plan = looks(turns, VIEW.times, make_timeline(), settings)
    assert [(len(one.look.requests), max((r.max_pixels for r in one.look.requests), default=0)) for one in plan] == [
        (1, 401408),
        (8, 401408),
        (1, 401408),
        (0, 0),
    ]


def _zoomed(number: int, length_s: float) -> tuple[Turn, Turn]:
    given = json.dumps({"start_s": 10.0, "end_s": 10.0 + length_s, "detail": "medium"})
    call = Call(f"c{number}", "caption_zoom_detail", given)
    return Turn("assistant", calls=(call,)), Turn("tool", call_id=call.id, spans=(Span(10.0, 10.0 + length_s),))


def test_a_region_reads_what_stands_mostly_in_it_at_that_time() -> None:
    signs = two_signs()
    seen = call("caption_region", signs, t_s=6, x0=0, y0=0, x1=0.5, y1=1)
    assert seen == Observation(
        'At 6.00 s, the region from x 0 to 0.5 and from y 0 to 1:\ntext on screen: "Gate 14"',
        (Span(6.0, 6.0),),
        ("line-0",),
    )
    assert 'screen: "Gate 41"' not in call("caption_region", signs, t_s=4, x0=0.5, y0=0, x1=1, y1=1).text
    assert 'screen: "Gate 41"' in call("caption_region", signs, t_s=5, x0=0.5, y0=0, x1=1, y1=1).text
    assert "No text was noted in it." in call("caption_region", signs, t_s=6, x0=0.2, y0=0, x1=0.8, y1=1).text
    assert call("caption_region", t_s=6, x0=0, y0=0, x1=0.5, y1=1).text.endswith(
        "seen in the whole picture around that time: scene number 0"
    )


def test_the_smallest_region_that_is_told_of_is_taken() -> None:
    """28 of 848 pixels are a hair more than 0.033."""
    wide = found_by_words(replace(make_timeline(), width=848, height=480))
    told = call("caption_region", wide, t_s=3, x0=0.5, y0=0.5, x1=0.52, y1=0.52).text
    assert told.startswith("The region is too small: x1 - x0 must be at least 0.034 and y1 - y0 at least 0.059,")
    assert not call("caption_region", wide, t_s=3, x0=0.466, y0=0.441, x1=0.5, y1=0.5).error


def test_a_region_becomes_the_crop_of_the_frame_that_is_displayed() -> None:
    tool = TOOLS["caption_region"]
    args = parse_arguments(tool, '{"t_s": 2, "x0": 0.6, "y0": 0.4, "x1": 1, "y1": 0.6}')
    view = View(UNEVEN, frames=4, frames_left=1, pixels_per_frame=1000)
    shown = tool.look(Observation("", (Span(2.0, 2.0),)), args, view)
    assert shown.text == "1 frame at 0.90 s, its region from x 0.6 to 1 and from y 0.4 to 0.6."
    assert shown.spans == (Span(0.9004, 3.25),)
    assert shown.requests == (FrameRequest(0.9004, RIGHT, 1000),)
    spent = tool.look(Observation("", ()), args, replace(view, frames_left=0))
    assert (spent.spans, spent.requests) == ((), ())
    assert spent.text.startswith("No frames: ")


def test_frames_by_their_number_and_back() -> None:
    video = uneven()
    for number, pts_s in enumerate(UNEVEN.pts_s):
        by_time = call("frame_number", video, t_s=pts_s)
        assert by_time == call("frame_time", video, frame=number)
        assert by_time.text.startswith(f"Frame {number}, of frames 0 to 4, is displayed from ")
    assert call("frame_number", video, t_s=0.5).text == (
        "Frame 1, of frames 0 to 4, is displayed from 0.033367 s to 0.9 s."
    )
    assert call("frame_time", video, frame=4).text.endswith("from 3.25 s to 4 s.")
    for name, given in (("frame_number", {"t_s": 0.5}), ("frame_time", {"frame": 1})):
        seen = call(name, video, **given)
        assert look(name, seen, **given) == (seen.text, [], ())


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("frame_number", {"t_s": 4.0}, "t_s must lie in the video, from 0 to 4.0 s, not at 4."),
        ("frame_number", {"t_s": -0.1}, "t_s must lie in the video"),
        ("frame_time", {"frame": 5}, "frame must be from 0 to 4, the last frame of the video, not 5."),
        ("frame_time", {"frame": -1}, "frame must be from 0 to 4"),
        ("frame_time", {"frame": 1.5}, "frame: Input should be a valid integer"),
    ],
)
def test_frames_that_there_are_not(name: str, arguments: dict[str, Any], told: str) -> None:
    seen = call(name, uneven(), **arguments)
    assert seen.error
    assert told in seen.text


def test_frame_times_are_read_from_the_store_when_a_tool_wants_them() -> None:
    store = Store("memory://times")
    timeline = replace(make_timeline(duration_s=4.0), times=store.put_blob(to_json(UNEVEN)))
    opened = asyncio.run(open_scene(timeline, Bm25(), store))
    assert call("frame_time", opened, frame=1) == call("frame_time", uneven(), frame=1)
