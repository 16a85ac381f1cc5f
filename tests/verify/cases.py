"""A right trajectory about a drawn video of one minute, and the case it is verified in; tests break one thing each."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from schemas.chat import Call
from schemas.scan import FrameTimes
from schemas.settings import Ground, Verify
from schemas.source import Evidence, Question
from schemas.span import Span
from schemas.timeline import Caption
from schemas.trajectory import Frame, Lineage, Source, Trajectory, Turn
from tests.timelines import make_timeline
from transforms.answers import ask_form
from transforms.engines.ocr import Ocr
from transforms.frame_store import frame_key
from transforms.media.picture import encode_jpeg
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.tools.registry import grounded_tools_json
from transforms.verify.case import Case

SIGN = "Gate 14 opens"
SHA256 = "0" * 64
TIMES = FrameTimes(tuple(round(n / 10, 6) for n in range(600)), 60.0)
CAPTION = "a bright hall with a long row of counters and a clock on the wall"


def picture(text: str) -> bytes:
    image = Image.new("RGB", (320, 180), "white")
    ImageDraw.Draw(image).text((30, 70), text, fill="black", font=ImageFont.load_default(size=32))
    return encode_jpeg(np.asarray(image))


def right_case(folder: Path, ocr: Ocr | None = None) -> Case:
    store = Store(folder)
    shown = [("", 5.0), (SIGN, 21.0), (SIGN, 23.0)]
    frames = tuple(Frame(store.put_blob(picture(text)), pts, None, 320, 180) for text, pts in shown)
    for frame in frames:
        decoded(store, frame)
    question = Question(
        "q",
        "v",
        "What does the sign say?",
        "choice",
        SIGN,
        ("Gate 41 opens", SIGN),
        (
            Evidence(Span(20.0, 26.0), None, "screen", SIGN),
            Evidence(Span(30.0, 33.0), None, "speech", "leaves at noon"),
        ),
    )
    said = 'Speech from 29.0 s to 34.0 s:\n[30.0-33.0] "The ferry leaves at noon."'
    turns = (
        Turn("system", "You answer a question."),
        Turn("user", ask_form(question), look_text="The video lasts 60.0 s. 1 frame at 5.00 s.", frame_refs=(0,)),
        _calling("temporal_zoom", '{"end_s":24.0,"start_s":20.0}', 0, "A sign may be shown near 20.0 s."),
        Turn("tool", call_id="c0", look_text="2 frames", spans=(Span(20.0, 24.0),), frame_refs=(1, 2)),
        _calling("subtitle_zoom", '{"end_s":34.0,"start_s":29.0}', 1, f'From 20.0 s to 24.0 s the sign says "{SIGN}".'),
        Turn("tool", call_id="c1", read_text=said, look_text=said, spans=(Span(29.0, 34.0),), item_ids=("speech-0",)),
        Turn("assistant", "", "The sign and the voice agree."),
    )
    trajectory = Trajectory(
        id="t",
        video=Source("v", "v.mp4", SHA256, 60.0, "CC0-1.0", "v"),
        question=question,
        tools_json=grounded_tools_json(("caption_zoom", "subtitle_zoom")),
        turns=turns,
        frames=frames,
        answer="B",
        right=True,
        status="open",
        code="",
        verdicts=(),
        lineage=Lineage("d", "1.0.0", "f", '{"engine":"scripted"}', (), 0, 0),
    )
    timeline = replace(
        make_timeline(lines=[(SIGN, 20.0, 26.0)], speech=[("The ferry leaves at noon.", 30.0, 33.0)]),
        captions=(Caption("c1", Span(0.0, 60.0), CAPTION, "clip", 1.0, True, "test"),),
    )
    return Case(trajectory, timeline, TIMES, Verify(), store, ocr)


def decoded(store: Store, frame: Frame) -> None:
    """Leaves in the store what decoding the video leaves there."""
    request = FrameRequest(frame.pts_s, frame.box, Ground().pixels_per_frame)
    row = {"sha256": frame.sha256, "width": frame.width, "height": frame.height}
    store.memo(frame_key(SHA256, request), lambda: row)


def _calling(name: str, arguments: str, number: int, reasoning: str) -> Turn:
    return Turn("assistant", "", reasoning, (Call(f"c{number}", name, arguments),))


def changed(case: Case, **fields: object) -> Case:
    """The case with other fields of its trajectory."""
    return replace(case, trajectory=replace(case.trajectory, **fields))  # type: ignore[arg-type]


def turn_changed(case: Case, index: int, change: Callable[[Turn], Turn]) -> Case:
    turns = list(case.trajectory.turns)
    turns[index] = change(turns[index])
    return changed(case, turns=tuple(turns))
