"""Crops show what lies in them and no more, zooms show as many frames as they name, and frame numbers are right."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from schemas.chat import Call
from schemas.codec import canonical
from schemas.settings import Ground
from schemas.source import Box, Evidence
from schemas.span import Span
from schemas.timeline import TextLine
from schemas.trajectory import Frame, Turn
from tests.verify.cases import SHA256, SIGN, TIMES, changed, picture, right_case, turn_changed
from tests.verify.test_measures import last_says, told, zoomed
from transforms.engines.ocr import RapidOcr
from transforms.frame_store import frame_key
from transforms.media.frames import displayed_at
from transforms.media.picture import encode_jpeg
from transforms.store import Store
from transforms.tools.base import FrameRequest
from transforms.tools.frame_number import told as told_of_frame
from transforms.verify import (
    evidence,
    foresight,
    frames,
    last_window,
    pictures,
    said_times,
    screen_text,
    shown,
    windows,
    words,
)
from transforms.verify.case import Case
from transforms.verify.evidence import seen_share
from transforms.verify.sufficient import evidence_frames

ON_IT: Box = (0.1, 0.4, 0.9, 0.6)
"""Where the sign stands: `tests.timelines.MIDDLE`."""
HALF: Box = (0.1, 0.4, 0.5, 0.6)
BESIDE: Box = (0.0, 0.7, 1.0, 1.0)


def region_call(number: int, t_s: float, box: Box) -> Call:
    return Call(f"r{number}", "spatial_zoom", canonical(dict(zip(("x0", "y0", "x1", "y1"), box, strict=True), t_s=t_s)))


def cropped(case: Case, *crops: tuple[float, Box], text: str = SIGN) -> Case:
    """The case with no look but regions of the picture, and evidence on screen alone, in its box."""
    whole = case.trajectory.frames[0]
    kept = [whole]
    turns = list(case.trajectory.turns[:2])
    for n, (t_s, box) in enumerate(crops):
        start_s, end_s = displayed_at(TIMES, t_s)
        frame = Frame(case.store.put_blob(picture(text)), start_s, box, 320, 180)
        fetched(case.store, frame, Ground().pixels_per_frame)
        call = region_call(n, t_s, box)
        look = Turn("tool", call_id=call.id, look_text="1 frame", spans=(Span(start_s, end_s),), frame_refs=(n + 1,))
        turns += [Turn("assistant", "", "I look at a part.", (call,)), look]
        kept.append(frame)
    made = changed(case, turns=(*turns, case.trajectory.turns[-1]), frames=tuple(kept))
    return with_evidence(made, Evidence(Span(20.0, 26.0), ON_IT, "screen", SIGN))


def fetched(store: Store, frame: Frame, max_pixels: int) -> None:
    request = FrameRequest(frame.pts_s, frame.box, max_pixels)
    row = {"sha256": frame.sha256, "width": frame.width, "height": frame.height}
    store.memo(frame_key(SHA256, request), lambda: row)


def with_evidence(case: Case, *pieces: Evidence) -> Case:
    return changed(case, question=replace(case.trajectory.question, evidence=pieces))


def moment(box: Box | None) -> Evidence:
    """A piece of evidence that lasts no longer than one frame."""
    return Evidence(Span(21.0, 21.1), box, "screen", SIGN)


@pytest.mark.parametrize(
    ("box", "piece", "share"),
    [
        (ON_IT, ON_IT, 1.0),
        (HALF, ON_IT, 0.5),
        (BESIDE, ON_IT, 0.0),
        (HALF, None, 0.08),
        (BESIDE, None, 0.3),
    ],
    ids=["all of it", "half of it", "beside it", "a part of no known place", "another part of no known place"],
)
def test_a_crop_shows_evidence_as_far_as_its_box_covers_it(
    box: Box, piece: Box | None, share: float, tmp_path: Path
) -> None:
    case = cropped(right_case(tmp_path), (21.0, box))
    assert seen_share(case, moment(piece)) == pytest.approx(share)
    instant = Evidence(Span(21.05, 21.05), piece, "screen", SIGN)
    assert seen_share(case, instant) == pytest.approx(share)


def test_what_two_looks_show_counts_once(tmp_path: Path) -> None:
    """A half for one frame, all of it for the next, and both for a third."""
    looks = ((21.0, HALF), (21.1, ON_IT), (21.2, HALF), (21.2, ON_IT))
    case = cropped(right_case(tmp_path), *looks)
    piece = Evidence(Span(21.0, 21.4), ON_IT, "screen", SIGN)
    assert seen_share(case, piece) == pytest.approx((0.5 + 1 + 1) / 4)


def test_one_moment_is_not_six_seconds(tmp_path: Path) -> None:
    verdict = evidence.check(cropped(right_case(tmp_path), (21.0, ON_IT)))
    assert verdict.code == "evidence_not_seen"
    assert verdict.measure == pytest.approx(0.1 / 6, abs=1e-4)


def test_frames_of_the_evidence_are_those_that_show_some_of_it(tmp_path: Path) -> None:
    case = cropped(right_case(tmp_path), (21.0, HALF), (22.0, BESIDE), (23.0, ON_IT), (40.0, ON_IT))
    assert [frame.pts_s for frame in evidence_frames(case)] == [21.0, 23.0]


def test_text_is_read_in_crops_that_show_its_place_alone(tmp_path: Path) -> None:
    """The drawn crops say it all the same, as a sign that hangs there twice would."""
    ocr = RapidOcr()
    assert screen_text.check(cropped(right_case(tmp_path, ocr), (21.0, ON_IT))).code == ""
    assert screen_text.check(cropped(right_case(tmp_path, ocr), (21.0, BESIDE))).code == "text_not_readable"
    assert screen_text.check(cropped(right_case(tmp_path, ocr), (21.0, ON_IT), text="41")).code == "text_not_readable"


@pytest.mark.parametrize(
    ("box", "code"),
    [(ON_IT, ""), ((0.1, 0.4, 0.7, 0.6), ""), (HALF, "told_before_seen"), (BESIDE, "told_before_seen")],
    ids=["its place", "most of it", "half of it", "another place"],
)
def test_a_text_is_told_once_its_place_was_shown(box: Box, code: str, tmp_path: Path) -> None:
    case = cropped(right_case(tmp_path), (21.0, box))
    asked = replace(case.trajectory.question, kind="open", choices=(), answer="?")
    line = TextLine("l9", Span(20.0, 26.0), "Platform 9 closed", ON_IT, 0.9, True, "test")
    case = replace(case, timeline=replace(case.timeline, lines=(line,)))
    case = turn_changed(changed(case, question=asked), -1, lambda turn: replace(turn, reasoning="Platform 9 closed."))
    assert foresight.check(case).code == code


def test_a_black_crop_beside_the_evidence_may_be(tmp_path: Path) -> None:
    for box, code in ((ON_IT, "frame_black"), (BESIDE, "")):
        case = cropped(right_case(tmp_path / code), (21.0, box))
        black = replace(
            case.trajectory.frames[1],
            sha256=case.store.put_blob(encode_jpeg(np.zeros((180, 320, 3), np.uint8))),
            pts_s=21.5,
        )
        fetched(case.store, black, Ground().pixels_per_frame)
        assert pictures.check(changed(case, frames=(case.trajectory.frames[0], black))).code == code


def test_crops_are_of_the_region_and_the_moment_that_were_asked_for(tmp_path: Path) -> None:
    case = cropped(right_case(tmp_path), (21.05, ON_IT))
    assert frames.check(case).code == ""
    whole, crop = case.trajectory.frames
    for other in (replace(crop, box=HALF), replace(crop, box=None)):
        assert frames.check(changed(case, frames=(whole, other))).code == "frame_region"
    late = turn_changed(case, 3, lambda turn: replace(turn, spans=(Span(20.0, 24.0),)))
    assert frames.check(changed(late, frames=(whole, replace(crop, pts_s=21.1)))).code == "frame_region"
    zoom = right_case(tmp_path)
    part = (zoom.trajectory.frames[0], replace(zoom.trajectory.frames[1], box=HALF), zoom.trajectory.frames[2])
    assert frames.check(changed(zoom, frames=part)).code == "frame_region"


@pytest.mark.parametrize(
    ("crops", "expected"),
    [
        ([(21.0, ON_IT)], ("", 0.0)),
        ([(40.0, ON_IT)], ("last_window_elsewhere", 0.0)),
        ([(40.0, ON_IT), (21.0, ON_IT)], ("", 0.0)),
        ([(21.0, ON_IT), (40.0, ON_IT)], ("last_window_elsewhere", 0.0)),
    ],
)
def test_the_last_look_may_be_at_a_region(
    crops: list[tuple[float, Box]], expected: tuple[str, float], tmp_path: Path
) -> None:
    assert told(last_window.check(cropped(right_case(tmp_path), *crops))) == expected


def test_a_moment_of_a_region_may_be_said(tmp_path: Path) -> None:
    case = cropped(right_case(tmp_path), (44.0, ON_IT))
    say = turn_changed(case, -3, lambda turn: replace(turn, reasoning="I look at the sign at 44 s."))
    assert said_times.check(say).code == ""
    elsewhere = turn_changed(case, -3, lambda turn: replace(turn, reasoning="I look at the sign at 50 s."))
    assert told(said_times.check(elsewhere)) == ("time_not_looked_at", 50.0)


def with_arguments(case: Case, name: str, *more: dict[str, object]) -> Case:
    """Its windows are opened by another zoom, with more arguments."""
    turns = list(case.trajectory.turns)
    for at, given in zip(range(2, len(turns), 2), more, strict=False):
        (call,), (span,) = turns[at].calls, turns[at + 1].spans
        arguments = canonical({"start_s": span.start_s, "end_s": span.end_s, **given})
        turns[at] = replace(turns[at], calls=(replace(call, name=name, arguments_json=arguments),))
    return changed(case, turns=tuple(turns))


@pytest.mark.parametrize(
    ("spans", "name", "more", "code"),
    [
        ([(10.0, 18.0)], "temporal_zoom_fps", [{"fps": 1.0}], ""),
        ([(10.0, 18.1)], "temporal_zoom_fps", [{"fps": 1.0}], "too_many_asked"),
        ([(10.0, 14.0)], "temporal_zoom_frames", [{"frames": 8}], ""),
        ([(10.0, 14.0)], "temporal_zoom_frames", [{"frames": 9}], "too_many_asked"),
        ([(10.0, 41.0)], "temporal_zoom_detail", [{"detail": "fine"}], "window_too_long"),
        ([(10.0, 14.0)] * 2, "temporal_zoom_detail", [{"detail": "coarse"}, {"detail": "fine"}], "repeated_window"),
        ([(10.0, 14.0)] * 2, "temporal_zoom_fps", [{"fps": 1.0}, {"fps": 2.0}], "repeated_window"),
        ([(10.0, 14.0), (30.0, 34.0)], "temporal_zoom_fps", [{"fps": 1.0}, {"fps": 2.0}], ""),
    ],
)
def test_windows_of_every_zoom(
    spans: list[tuple[float, float]], name: str, more: list[dict[str, object]], code: str, tmp_path: Path
) -> None:
    assert windows.check(with_arguments(zoomed(right_case(tmp_path), *spans), name, *more)).code == code


@pytest.mark.parametrize(
    ("name", "more", "expected"),
    [
        ("temporal_zoom", {}, ("", 0.0)),
        ("temporal_zoom_detail", {"detail": "fine"}, ("", 0.0)),
        ("temporal_zoom_frames", {"frames": 1}, ("", 0.0)),
        ("temporal_zoom_fps", {"fps": 0.1}, ("", 0.0)),
        ("temporal_zoom_frames", {"frames": 4}, ("fewer_shown", 3.0)),
        ("temporal_zoom_fps", {"fps": 0.5}, ("fewer_shown", 1.0)),
    ],
)
def test_a_zoom_shows_as_many_frames_as_it_names(
    name: str, more: dict[str, object], expected: tuple[str, float], tmp_path: Path
) -> None:
    """The look of the drawn case shows one frame of four seconds."""
    case = with_arguments(zoomed(right_case(tmp_path), (10.0, 14.0)), name, more)
    assert told(shown.check(case)) == expected


def test_a_video_may_have_fewer_frames_than_a_zoom_names(tmp_path: Path) -> None:
    """The last of the video are 0.1 s apart."""
    case = with_arguments(zoomed(right_case(tmp_path), (59.9, 61.0)), "temporal_zoom_frames", {"frames": 4})
    assert told(shown.check(case)) == ("", 0.0)


def test_a_zoom_that_shows_nothing_is_told_whatever_its_name(tmp_path: Path) -> None:
    for name in ("temporal_zoom_fps", "temporal_zoom_frames", "temporal_zoom_detail"):
        case = with_arguments(zoomed(right_case(tmp_path), (10.0, 14.0)), name, {})
        assert shown.check(turn_changed(case, 3, lambda turn: replace(turn, frame_refs=()))).code == "nothing_shown"
    crop = cropped(right_case(tmp_path), (21.0, ON_IT))
    assert shown.check(turn_changed(crop, 3, lambda turn: replace(turn, frame_refs=()))).code == "nothing_shown"


def test_pictures_of_a_detail_have_its_size(tmp_path: Path) -> None:
    """Eight frames of 4096 tokens have 512 each, which is what the entry allows; one of 2048 may have 768."""
    case = with_arguments(zoomed(right_case(tmp_path), (20.0, 24.0)), "temporal_zoom_detail", {"detail": "coarse"})
    roomy = replace(case, ground=Ground(pixels_per_frame=10**6))
    frame = roomy.trajectory.frames[1]
    fetched(roomy.store, roomy.trajectory.frames[0], 10**6)
    fetched(roomy.store, frame, 10**6)
    kept = changed(roomy, frames=roomy.trajectory.frames[:2])
    assert pictures.check(kept).code == "frame_unknown"
    fetched(roomy.store, frame, 768 * 784)
    assert pictures.check(kept).code == ""


@pytest.mark.parametrize(
    ("name", "arguments", "number", "code"),
    [
        ("frame_number", {"t_s": 21.05}, 210, ""),
        ("frame_number", {"t_s": 21.05}, 211, "frame_number"),
        ("frame_time", {"frame": 210}, 210, ""),
        ("frame_time", {"frame": 211}, 210, "frame_number"),
        ("frame_time", {"frame": 600}, 210, "frame_number"),
    ],
)
def test_numbers_of_frames_are_those_of_the_video(
    name: str, arguments: dict[str, object], number: int, code: str, tmp_path: Path
) -> None:
    case = right_case(tmp_path)
    call = Call("c1", name, canonical(arguments))
    case = turn_changed(case, 4, lambda turn: replace(turn, calls=(call,)))
    case = turn_changed(
        case, 5, lambda turn: replace(turn, look_text=told_of_frame(TIMES, number), spans=(), item_ids=())
    )
    assert frames.check(case).code == code


@pytest.mark.parametrize("call_id", ["c1", ""])
def test_what_is_told_is_of_the_window_that_was_asked_about(call_id: str, tmp_path: Path) -> None:
    call = Call(call_id, "inspect", '{"end_s":34.0,"question":"Who speaks?","start_s":29.0}')
    case = turn_changed(right_case(tmp_path), 4, lambda turn: replace(turn, calls=(call,)))
    case = turn_changed(case, 5, lambda turn: replace(turn, call_id=call_id))
    assert frames.check(case).code == ""
    case = turn_changed(case, 5, lambda turn: replace(turn, spans=(Span(29.0, 35.0),)))
    assert frames.check(case).code == "look_window"


def test_names_of_caption_space_are_words_of_it(tmp_path: Path) -> None:
    for name in ("caption_zoom", "caption_zoom_fps", "caption_region"):
        assert words.check(last_says(right_case(tmp_path), f"I call {name}.")).code == "caption_words"
