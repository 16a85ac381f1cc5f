"""From a teacher's calls to verified frames of a real video with uneven frame times: zooms, a region, frame numbers."""

import asyncio
import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from schemas.codec import to_json
from schemas.scan import FrameTimes
from schemas.settings import Explore, Ground, ToolName, Verify
from schemas.source import Box, Evidence, Question, Video
from schemas.span import Span
from schemas.timeline import Caption, Shot
from schemas.trajectory import Lineage, Source, Trajectory
from tests.explore.scripted import Scripted, calls, says
from tests.media.clips import Track, write
from tests.timelines import make_timeline
from transforms.engines.embed import Bm25
from transforms.engines.ocr import RapidOcr
from transforms.explore.loop import explore
from transforms.explore.record import record
from transforms.frame_store import fetch
from transforms.ground.ground import ground
from transforms.media.decode import open_video
from transforms.media.picture import decode_jpeg
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.tools.looks import looks
from transforms.tools.scene import open_scene
from transforms.verify.case import Case
from transforms.verify.registry import verify

TOOLS: tuple[ToolName, ...] = (
    *("caption_zoom_fps", "caption_zoom_frames", "caption_zoom_detail", "caption_region", "frame_number", "frame_time"),
)
SIZE = (640, 360)
SIGN, OTHER = "GATE 14 OPENS", "PIER 3 CLOSED"
ON_SIGN: Box = (0.05, 0.2, 0.5, 0.4)
ON_OTHER: Box = (0.5, 0.6, 0.95, 0.8)
STEPS_MS = (40, 90, 17, 250, 33)


def picture(shade: int) -> np.ndarray:
    image = Image.new("RGB", SIZE, (shade, 255, 255))
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=30)
    for text, box in ((SIGN, ON_SIGN), (OTHER, ON_OTHER)):
        draw.text((box[0] * SIZE[0] + 12, box[1] * SIZE[1] + 18), text, fill="black", font=font)
    return np.asarray(image)


def film(path: Path) -> FrameTimes:
    """Writes twelve seconds whose frames stay for 17 to 250 ms, and tells their times as they are read back."""
    ticks = [0, *itertools.accumulate(itertools.islice(itertools.cycle(STEPS_MS), 140))]
    pages = [picture(shade) for shade in (190, 200, 210, 220)]
    write(path, Track([pages[n % 4] for n in range(140)], ticks, rate=Fraction(30)))
    with open_video(path) as source:
        pts_s = tuple(frame.pts_s for frame in source.frames())
    assert pts_s == tuple(tick / 1000 for tick in ticks[:-1])
    return FrameTimes(pts_s, ticks[-1] / 1000)


def explored(folder: Path) -> tuple[Case, Video]:
    """A case that was explored, grounded and is to be verified, and its video."""
    path, store = folder / "film.mp4", Store(folder / "store")
    times = film(path)
    duration_s = times.duration_s
    timeline = replace(
        make_timeline([(SIGN, 0.0, duration_s, ON_SIGN), (OTHER, 0.0, duration_s, ON_OTHER)], (), duration_s),
        times=store.put_blob(to_json(times)),
        clips=(Shot("k0", Span(0.0, duration_s)),),
        captions=(Caption("c0", Span(0.0, duration_s), "two signs on a wall", "clip", 1.0, True, "test"),),
    )
    evidence = (Evidence(Span(0.0, duration_s), ON_SIGN, "screen", SIGN),)
    question = Question("q", "v", "What does the sign on the left say?", "open", SIGN, (), evidence)
    x0, y0, x1, y1 = ON_SIGN
    chat = Scripted(
        [
            calls(("caption_zoom_fps", {"start_s": 0, "end_s": 12}), reasoning="I look at the whole of it first."),
            calls(("caption_zoom_fps", {"start_s": 1, "end_s": 4, "fps": 2}), reasoning="At a slower rate, then."),
            calls(("caption_zoom_frames", {"start_s": 4.5, "end_s": 8, "frames": 3}), reasoning="And how it goes on."),
            calls(("caption_zoom_detail", {"start_s": 8, "end_s": 11.5, "detail": "coarse"}), reasoning="To the end."),
            calls(("frame_number", {"t_s": 2.5}), reasoning="Which frame is that?"),
            calls(("frame_time", {"frame": 9}), reasoning="And when is the ninth?"),
            calls(("caption_region", {"t_s": 2.5, "x0": x0, "y0": y0, "x1": x1, "y1": y1}), reasoning="Now the sign."),
            says(f"The sign on the left can be read now. <answer>{SIGN}</answer>"),
        ]
    )
    settings, shown = Explore(tools=TOOLS), Ground(overview_frames=2)
    scene = asyncio.run(open_scene(timeline, Bm25(), store, Verify(), shown))
    rollout = asyncio.run(explore(scene, question, 0, settings, chat, store))
    video = Video("v", "film.mp4", str(path), "1" * 64)
    source = Source("v", video.uri, video.sha256, duration_s, "CC0-1.0", "v")
    lineage = Lineage("d", "1.0.0", "f", "", (), 0, 0)
    made: Trajectory = record(rollout, 0, True, question, source, settings, chat, lineage)
    plan = looks(made.turns, times, timeline, shown)
    found = fetch(video, {request for one in plan for request in one.look.requests}, store)
    return Case(ground(made, plan, found), timeline, times, Verify(), store, RapidOcr(), shown), video


def test_what_is_shown_is_what_was_asked_for(tmp_path: Path) -> None:
    case, video = explored(tmp_path)
    verified = verify(case)
    assert [(v.verifier, v.code, v.detail) for v in verified.verdicts if v.outcome != "accept"] == []
    assert verified.status == "accept"
    names = [call.name for turn in verified.turns for call in turn.calls]
    assert names == [
        *("temporal_zoom_fps", "temporal_zoom_fps", "temporal_zoom_frames", "temporal_zoom_detail"),
        *("frame_number", "frame_time", "spatial_zoom"),
    ]
    told = [turn for turn in verified.turns if turn.role == "tool"]
    assert [turn.error for turn in told] == [True] + [False] * 6
    assert told[0].look_text.startswith("12 s at 1 frames per second are 12 frames, but a call shows at most 8 frames.")
    assert [len(turn.frame_refs) for turn in told] == [0, 6, 3, 7, 0, 0, 1]
    # Seven of 2048 tokens have 292 each.
    assert {(f.width, f.height) for f in (verified.frames[ref] for ref in told[3].frame_refs)} == {(637, 358)}

    crop = verified.frames[told[6].frame_refs[0]]
    assert (crop.box, crop.width, crop.height) == (ON_SIGN, 288, 72)
    assert crop.pts_s == max(t for t in case.times.pts_s if t <= 2.5)
    number = case.times.pts_s.index(crop.pts_s)
    assert told[4].look_text == told[4].read_text
    assert told[4].look_text.startswith(f"Frame {number}, of frames 0 to 139, is displayed from {crop.pts_s:g} s to ")
    assert told[5].look_text == "Frame 9, of frames 0 to 139, is displayed from 0.827 s to 0.86 s."

    (whole,) = fetch(video, [FrameRequest(crop.pts_s, None, 640 * 360)], case.store).values()
    there, shown = (decode_jpeg(case.store.blob(one.sha256)).astype(int) for one in (whole, crop))
    assert np.abs(there[72:144, 32:320] - shown).mean() < 2
