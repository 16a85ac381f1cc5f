"""The ends of a text's stretch are held to what OCR reads in the frames of the row."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from schemas.chat import Call
from schemas.codec import canonical
from schemas.source import Box, Evidence
from schemas.span import Span
from schemas.trajectory import Frame, Turn
from tests.timelines import MIDDLE, make_timeline
from tests.verify.cases import changed, right_case
from transforms.engines.ocr import RapidOcr
from transforms.media.picture import encode_jpeg
from transforms.verify import ends_read
from transforms.verify.case import Case, accept

OCR = RapidOcr()
TEXT = "LAST BOAT 22:15"
STAY = Span(20.0, 26.0)


def shows(case: Case, texts: dict[float, str], box: Box | None = None) -> Case:
    """The case with a look whose frames show these texts at these times."""
    frames, turns = case.trajectory.frames, case.trajectory.turns
    for pts_s, text in sorted(texts.items()):
        image = Image.new("RGB", (640, 180), "white")
        ImageDraw.Draw(image).text((60, 60), text, fill="black", font=ImageFont.load_default(size=44))
        blob = case.store.put_blob(encode_jpeg(np.asarray(image)))
        frames = (*frames, Frame(blob, pts_s, box, 640, 180))
    refs, name = tuple(range(len(case.trajectory.frames), len(frames))), f"c{len(turns)}"
    window = Span(min(texts), max(texts))
    call = Call(name, "temporal_zoom", canonical({"start_s": window.start_s, "end_s": window.end_s}))
    shown = Turn("tool", call_id=name, look_text="frames", spans=(window,), frame_refs=refs)
    return changed(case, turns=(*turns, Turn("assistant", "", "I look.", (call,)), shown), frames=frames)


def answered(folder: Path, answer: str, texts: dict[float, str]) -> Case:
    """From when to when is a text on screen? It is from 20 to 26 s, in a video of ten frames per second."""
    case = right_case(folder, OCR)
    evidence = (Evidence(STAY, (0.05, 0.2, 0.8, 0.7), "screen", TEXT),)
    question = replace(case.trajectory.question, kind="span", choices=(), answer=STAY, evidence=evidence)
    case = changed(case, question=question, answer=answer, frames=())
    case = changed(case, turns=(case.trajectory.turns[0], replace(case.trajectory.turns[1], frame_refs=())))
    return shows(case, texts)


def every(half: float, **but: str) -> dict[float, str]:
    """Frames twice a second around both ends; the text is there until 26 s, from `half` on."""
    times = [18.5, 19.0, 19.5, 20.0, 20.5, 21.0, 21.5, 25.0, 25.5, 26.0, 26.5, 27.0]
    return {at_s: TEXT if half <= at_s < 26.0 else "" for at_s in times}


@pytest.mark.parametrize(
    ("answer", "begins_s", "detail", "measure"),
    [
        ("20-26", 20.0, "", 4.0),
        ("19.6-26.4", 20.0, "", 4.0),
        ("20.4-25.6", 20.0, "", 4.0),
        ("26-20", 20.0, "", 4.0),
        ("19.0-26", 20.0, "the answer names 19 s, but the frame at 19.50 s does not show 'LAST BOAT 22:15'", 0.5),
        ("20-27", 20.0, "the answer names 27 s, but the frame at 26.00 s does not show 'LAST BOAT 22:15'", 1.0),
        ("21-26", 20.0, "the answer names 21 s, but the frame at 20.00 s shows 'LAST BOAT 22:15'", 1.0),
        ("20-25", 20.0, "the answer names 25 s, but the frame at 25.50 s shows 'LAST BOAT 22:15'", 0.5),
        # The timeline was wrong, and so is the answer that agrees with it.
        ("20-26", 21.0, "the answer names 20 s, but the frame at 20.50 s does not show 'LAST BOAT 22:15'", 0.5),
        ("soon", 20.0, "", None),
    ],
)
def test_frames_within_show_the_text_and_those_outside_do_not(
    answer: str, begins_s: float, detail: str, measure: float | None, tmp_path: Path
) -> None:
    verdict = ends_read.check(answered(tmp_path, answer, every(begins_s)))
    assert (verdict.detail, verdict.measure, verdict.code) == (detail, measure, "ends_elsewhere" if detail else "")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LAST BOAT", ""),
        ("LAST BOAT 2", ""),
        ("LAST BOAT 21:15", "ends_elsewhere"),
        ("LAST BOOT 22:15", ""),
        ("LAST CALL", "ends_elsewhere"),
    ],
    ids=["typed, or faded in", "a digit later", "near-twin", "misread", "another"],
)
def test_within_a_reading_like_it_is_not_against_it(text: str, code: str, tmp_path: Path) -> None:
    assert ends_read.check(answered(tmp_path, "20-26", {**every(20.0), 20.5: text})).code == code


@pytest.mark.parametrize("twin", ["FAST BOAT 22:15", "LAST BOAT 22"], ids=["letters differ", "half of it"])
def test_within_another_text_of_the_video_is_not_it(twin: str, tmp_path: Path) -> None:
    before = {at_s: text or (twin if at_s < 20.0 else "") for at_s, text in every(20.0).items()}
    case = answered(tmp_path, "18.6-26", before)
    assert ends_read.check(case).code == ""
    known = replace(case, timeline=make_timeline(lines=[(twin, 15.0, 20.0), (TEXT, 20.0, 26.0)]))
    assert ends_read.check(known).code == "ends_elsewhere"
    unsure = replace(case, timeline=make_timeline(lines=[(twin, 15.0, 20.0, MIDDLE, False), (TEXT, 20.0, 26.0)]))
    assert ends_read.check(unsure).code == ""


def test_outside_only_the_very_text_is_against_it(tmp_path: Path) -> None:
    for text, code in (("LAST BOAT 21:15", ""), ("LAST BOAT", ""), (TEXT, "ends_elsewhere")):
        assert ends_read.check(answered(tmp_path, "20-26", {**every(20.0), 19.0: text, 19.4: text})).code == code


def test_frames_far_outside_and_crops_say_nothing_of_an_end(tmp_path: Path) -> None:
    again = {**every(20.0), 17.0: TEXT, 29.0: TEXT}
    far = {at_s: text for at_s, text in again.items() if not 17.5 < at_s < 20.0 and not 26.0 <= at_s < 28.5}
    assert ends_read.check(answered(tmp_path, "20-26", far)) == accept("ends_read", 2.0)
    cropped = shows(answered(tmp_path, "20-26", every(20.0)), {19.4: TEXT, 20.6: ""}, (0.0, 0.0, 0.5, 0.5))
    assert ends_read.check(cropped) == accept("ends_read", 4.0)


def test_of_a_moment_that_is_shown_twice_the_larger_picture_is_read(tmp_path: Path) -> None:
    case = shows(answered(tmp_path, "20-26", every(20.0)), {20.5: ""})
    *frames, again = case.trajectory.frames
    small = changed(case, frames=(*frames, replace(again, width=160, height=45)))
    assert ends_read.check(small) == accept("ends_read", 4.0)


def test_what_it_cannot_hold_is_said(tmp_path: Path) -> None:
    case = answered(tmp_path, "19-26", every(20.0))
    question = case.trajectory.question
    (piece,) = question.evidence

    def reason(**fields: object) -> str:
        return ends_read.check(changed(case, question=replace(question, **fields))).reason  # type: ignore[arg-type]

    none = "what is asked for is not when one text is on screen"
    assert reason(kind="open", answer="19") == "no span is asked for"
    assert reason(evidence=(replace(piece, modality="speech"),)) == none
    assert reason(evidence=(replace(piece, text=""),)) == none
    assert reason(evidence=(piece, piece)) == none
    assert reason(answer=Span(20.0, 25.0)) == none
    assert ends_read.check(replace(case, ocr=None)).reason == "the OCR engine is off"
    off = replace(case, settings=case.settings.model_copy(update={"span_off_s": None}))
    assert ends_read.check(off).reason == "verify.span_off_s is null"
    wide = replace(case, settings=case.settings.model_copy(update={"span_off_s": 1.0}))
    assert ends_read.check(wide).code == ""
