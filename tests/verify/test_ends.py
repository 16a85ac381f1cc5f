"""The ends of a stretch on screen lie between frames close together, or are told in words that the row keeps."""

from dataclasses import replace
from pathlib import Path

import pytest

from schemas.chat import Call
from schemas.codec import canonical
from schemas.scan import FrameTimes
from schemas.source import Box, Evidence
from schemas.span import Span
from schemas.trajectory import Frame, Turn, Verdict
from tests.verify.cases import changed, right_case
from transforms.media.frames import spread
from transforms.verify import ends
from transforms.verify.case import Case

SCREEN, SPEECH, ANY = "screen", "speech", "any"


def told(verdict: Verdict) -> tuple[str, float | None]:
    return verdict.code, verdict.measure


def asked(folder: Path, answer: str, *looks: tuple[float, ...], senses: tuple[str, ...] = (SCREEN,)) -> Case:
    """From when to when something from 20 to 26 s is on screen, of a video of a minute at ten frames per second. Each
    look shows frames at these times."""
    case = right_case(folder)
    evidence = tuple(Evidence(Span(20.0, 26.0), None, sense) for sense in senses)  # type: ignore[arg-type]
    question = replace(case.trajectory.question, kind="span", choices=(), answer=Span(20.0, 26.0), evidence=evidence)
    case = changed(case, question=question, answer=answer, frames=())
    case = changed(case, turns=(case.trajectory.turns[0], replace(case.trajectory.turns[1], frame_refs=())))
    for look in looks:
        case = looked(case, look)
    return changed(case, turns=(*case.trajectory.turns, Turn("assistant", "", "That settles it.")))


def looked(case: Case, pts_s: tuple[float, ...], box: Box | None = None) -> Case:
    """The case with one look more, whose frames are at these times."""
    frames, turns = list(case.trajectory.frames), case.trajectory.turns
    refs = []
    for one in pts_s:
        frame = Frame("0" * 64, one, box, 320, 180)
        refs.append(frames.index(frame) if frame in frames else len(frames))
        frames += [frame][: len(frames) == refs[-1]]
    window, name = Span(pts_s[0], pts_s[-1]), f"c{len(turns)}"
    call = Call(name, "temporal_zoom", canonical({"start_s": window.start_s, "end_s": window.end_s}))
    shown = Turn("tool", call_id=name, look_text="frames", spans=(window,), frame_refs=tuple(refs))
    return changed(case, turns=(*turns, Turn("assistant", "", "I look.", (call,)), shown), frames=tuple(frames))


def says(case: Case, name: str, text: str, *items: str) -> Case:
    """The case with a tool that tells something before the answer."""
    call = Call("told", name, canonical({"start_s": 18.0, "end_s": 28.0, "question": "When?"}))
    look = Turn("tool", call_id="told", read_text=text, look_text=text, spans=(Span(18.0, 28.0),), item_ids=items)
    *turns, last = case.trajectory.turns
    return changed(case, turns=(*turns, Turn("assistant", "", "I ask.", (call,)), look, last))


CLOSE = (19.5, 20.5), (25.6, 26.4)
"""Frames on both sides of both ends."""


@pytest.mark.parametrize(
    ("answer", "looks", "expected"),
    [
        ("20-26", CLOSE, ("", 1.0)),
        ("20.2-26.1", CLOSE, ("", 1.0)),
        ("20-26", ((19.4, 20.5), (25.6, 26.4)), ("ends_not_seen", 1.1)),
        ("20-26", ((19.5, 20.5), (25.0, 26.4)), ("ends_not_seen", 1.4)),
        ("20-26", ((19.3, 20.5), (25.0, 27.0)), ("ends_not_seen", 2.0)),
        ("20-26", ((18.5, 20.5), (25.6, 26.8)), ("ends_not_seen", 2.0)),
        ("20-26", ((19.0, 21.0, 23.0, 25.0, 27.0),), ("ends_not_seen", 2.0)),
        ("20-26", ((19.0, 21.0, 23.0, 25.0, 27.0), (19.5, 20.5), (25.5, 26.5)), ("", 1.0)),
        ("20-26", ((19.0, 20.6), (19.8, 25.4), (26.2,)), ("", 0.8)),
        ("20-26", ((19.5, 20.5), (19.5, 20.5, 25.6), (25.6, 26.4)), ("", 1.0)),
        ("20-26", ((19.2, 20.0, 20.8), (25.2, 26.0, 26.8)), ("", 0.8)),
        ("20-26", ((18.2, 20.0, 20.8), (25.2, 26.0, 26.8)), ("ends_not_seen", 1.8)),
        ("20-26", ((19.9, 20.0), (25.9, 26.0)), ("", 0.0)),
        ("26-20", CLOSE, ("", 1.0)),
        ("20-26", ((20.0, 20.5), (25.6, 26.4)), ("ends_not_seen", None)),
        ("20-26", ((19.5, 20.5), (25.0, 25.6)), ("ends_not_seen", None)),
        ("20-26", (), ("ends_not_seen", None)),
        ("soon", CLOSE, ("", None)),
        ("20-26 or 30-40", CLOSE, ("", None)),
        ("", CLOSE, ("", None)),
    ],
    ids=[
        "a second",
        "not where the frames are",
        "the start",
        "the end",
        "both, the end more",
        "both, the start more",
        "one look over all of it",
        "and closer looks at the ends",
        "frames of several looks",
        "frames that are shown twice",
        "a frame at each end",
        "a frame at each end, and none close before it",
        "no frame of the video between them",
        "backwards, which another verifier tells",
        "nothing before it",
        "nothing after it",
        "nothing at all",
        "no times",
        "several stretches",
        "no answer",
    ],
)
def test_ends(
    answer: str, looks: tuple[tuple[float, ...], ...], expected: tuple[str, float | None], tmp_path: Path
) -> None:
    assert told(ends.check(asked(tmp_path, answer, *looks))) == expected


@pytest.mark.parametrize(
    ("answer", "looks", "expected"),
    [
        ("0-26", ((0.9, 2.0), (25.6, 26.4)), ("", 0.9)),
        ("0.1-26", ((0.9, 2.0), (25.6, 26.4)), ("", 0.9)),
        ("0-26", ((1.1, 2.0), (25.6, 26.4)), ("ends_not_seen", 1.1)),
        ("0.3-26", ((0.9, 2.0), (25.6, 26.4)), ("ends_not_seen", None)),
        ("20-60", ((19.5, 20.5), (57.0, 59.2)), ("", 1.0)),
        ("20-60.1", ((19.5, 20.5), (57.0, 59.2)), ("", 1.0)),
        ("20-60", ((19.5, 20.5), (57.0, 58.9)), ("ends_not_seen", 1.1)),
        ("20-60", ((19.5, 20.5), (57.0, 59.9)), ("", 1.0)),
        ("20-59.7", ((19.5, 20.5), (57.0, 59.2)), ("ends_not_seen", None)),
    ],
    ids=[
        "from the start on",
        "a hair later",
        "seen too late",
        "no frame without it",
        "until the end",
        "a hair past it",
        "seen too early",
        "the last frame",
        "no frame without it after it",
    ],
)
def test_the_ends_of_the_video_are_known(
    answer: str, looks: tuple[tuple[float, ...], ...], expected: tuple[str, float | None], tmp_path: Path
) -> None:
    assert told(ends.check(asked(tmp_path, answer, *looks))) == expected


def test_what_frames_are_not_there_nobody_need_see(tmp_path: Path) -> None:
    """A recording that has a frame only when something changes: what is on screen changes with a frame, whose time an
    answer rounds."""
    times = FrameTimes((0.0, 8.0, 19.96, 26.04, 41.0), 60.0)
    seen = replace(asked(tmp_path, "20-26", (8.0, 19.96), (26.04,)), times=times)
    assert told(ends.check(seen)) == ("", 0.0)
    assert told(ends.check(replace(asked(tmp_path, "20-26", (0.0, 19.96), (26.04,)), times=times))) == (
        "ends_not_seen",
        19.96,
    )
    assert told(ends.check(replace(asked(tmp_path, "41-60", (26.04, 41.0)), times=times))) == ("", 0.0)


def test_what_is_nearest_to_an_end_of_the_video_is_that_end(tmp_path: Path) -> None:
    """A recording of one frame a second: nothing comes at 0.3 s, nor goes at 59.6 s."""
    times = FrameTimes(tuple(map(float, range(60))), 60.0)
    seen = replace(asked(tmp_path, "0.3-59.6", (0.0, 1.0), (58.0, 59.0)), times=times)
    assert told(ends.check(seen)) == ("", 0.0)
    assert told(ends.check(changed(seen, answer="0.6-59.4"))) == ("", 0.0)
    late = replace(asked(tmp_path, "0.3-59.6", (2.0, 58.0, 59.0)), times=times)
    assert told(ends.check(late)) == ("ends_not_seen", 2.0)


@pytest.mark.parametrize("fps", [24000 / 1001, 30000 / 1001, 12.5, 25.0])
def test_a_zoom_of_one_frame_a_second_shows_an_end(fps: float, tmp_path: Path) -> None:
    """Its frames, which are those displayed every second, lie a hair more than that apart in most videos."""
    times = FrameTimes(tuple(round(number / fps, 6) for number in range(int(60 * fps))), 60.0)
    for start_s in (16.1, 16.4, 16.7, 17.0):
        looks = [spread(times, Span(first_s, first_s + 8), 8) for first_s in (start_s, start_s + 6)]
        assert ends.check(replace(asked(tmp_path, "20-26", *looks), times=times)).code == ""


def test_a_region_is_not_the_whole_picture(tmp_path: Path) -> None:
    case = asked(tmp_path, "20-26", (19.0, 20.5), (25.6, 26.4))
    *turns, last = case.trajectory.turns
    cropped = looked(changed(case, turns=tuple(turns)), (19.8,), (0.1, 0.1, 0.5, 0.5))
    cropped = changed(cropped, turns=(*cropped.trajectory.turns, last))
    assert told(ends.check(cropped)) == ("ends_not_seen", 1.5)


def test_it_says_what_would_help(tmp_path: Path) -> None:
    verdict = ends.check(asked(tmp_path, "20.2-26", (19.0, 20.5), (25.6, 26.4)))
    assert verdict.detail == (
        "the answer names 20.2 s, but the frames beside it are 1.50 s apart, at 19.00 and 20.50 s, more than"
        " verify.span_gap_s: 1; a window shorter than 8 s around it would show it"
    )
    verdict = ends.check(asked(tmp_path, "20-26", (19.5, 20.5), (25.5,)))
    assert verdict.detail == (
        "the answer names 26 s, but no frame after it is shown; a window shorter than 8 s around it would show it"
    )


def test_an_entry_says_how_far_apart(tmp_path: Path) -> None:
    case = asked(tmp_path, "20-26", (19.0, 21.0), (25.6, 26.4))
    wide = replace(case, settings=case.settings.model_copy(update={"span_gap_s": 2.0}))
    assert told(ends.check(wide)) == ("", 2.0)
    off = replace(case, settings=case.settings.model_copy(update={"span_gap_s": None}))
    assert ends.check(off).reason == "verify.span_gap_s is null"


def test_it_is_about_stretches_that_are_asked_for(tmp_path: Path) -> None:
    verdict = ends.check(right_case(tmp_path))
    assert (verdict.outcome, verdict.measure, verdict.reason) == ("accept", None, "no span is asked for")


def test_what_is_heard_is_told_with_its_times(tmp_path: Path) -> None:
    verdict = ends.check(asked(tmp_path, "20-26", senses=(SPEECH, SPEECH)))
    assert (verdict.outcome, verdict.reason) == ("accept", "what is asked for is heard")


@pytest.mark.parametrize("senses", [(), (ANY,), (SCREEN, SPEECH)], ids=["no evidence", "unknown", "both"])
def test_where_it_may_be_heard_a_phrase_that_was_told_has_its_ends(senses: tuple[str, ...], tmp_path: Path) -> None:
    """The ferry is spoken of from 30 to 33 s."""
    ferry = '[30.0-33.0] "The ferry leaves at noon."'
    case = asked(tmp_path, "30.0-33", senses=senses)
    assert told(ends.check(case)) == ("ends_not_seen", None)
    assert told(ends.check(says(case, "subtitle_zoom", ferry, "speech-0"))) == ("", 0.0)
    assert told(ends.check(says(asked(tmp_path, "30-32", senses=senses), "subtitle_zoom", ferry, "speech-0"))) == (
        "ends_not_seen",
        None,
    )
    half_seen = asked(tmp_path, "30-36", (35.6, 36.4), senses=senses)
    assert told(ends.check(says(half_seen, "subtitle_zoom", ferry, "speech-0"))) == ("", 0.8)


def test_what_is_seen_no_phrase_has_the_ends_of(tmp_path: Path) -> None:
    case = says(asked(tmp_path, "30-33"), "subtitle_zoom", '[30.0-33.0] "The ferry leaves at noon."', "speech-0")
    assert told(ends.check(case)) == ("ends_not_seen", None)


def test_what_has_a_region_is_seen(tmp_path: Path) -> None:
    case = says(asked(tmp_path, "30-33", senses=(ANY,)), "subtitle_zoom", '[30.0-33.0] "The ferry."', "speech-0")
    (piece,) = case.trajectory.question.evidence
    boxed = changed(case, question=replace(case.trajectory.question, evidence=(replace(piece, box=(0, 0, 1, 0.5)),)))
    assert (ends.check(case).code, ends.check(boxed).code) == ("", "ends_not_seen")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('[20.0-26.0] text on screen: "Gate 14 opens"', ""),
        ("Answer: It shows from 20 to 26 s.\nEvidence: A sign.\nConfidence: 0.98", ""),
        ('[20.0-25.0] text on screen: "Gate 26 opens"', "ends_not_seen"),
        ("Answer: It shows Gate 14.\nEvidence: A sign.\nConfidence: 0.98", "ends_not_seen"),
    ],
)
def test_who_looked_may_tell_the_ends(text: str, code: str, tmp_path: Path) -> None:
    """Not that they are those of the window that was asked about, which stand above what is told."""
    case = says(asked(tmp_path, "20-26"), "inspect", f"From 20.0 s to 26.0 s:\n{text}")
    assert ends.check(case).code == code


def test_a_search_tells_of_clips_and_shows_nothing(tmp_path: Path) -> None:
    case = says(asked(tmp_path, "20-26"), "clip_retrieval", "1 matching clip:\n[20.0-26.0]")
    assert told(ends.check(case)) == ("ends_not_seen", None)
