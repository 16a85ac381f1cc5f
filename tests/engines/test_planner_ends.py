"""The planner looks closely at where a stretch on screen begins and ends, unless it has."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from schemas.scan import FrameTimes
from schemas.settings import DEFAULT_TOOLS, ToolName
from schemas.source import Question
from schemas.span import Span, iou
from schemas.timeline import Timeline
from tests.engines.planner_scenes import DURATION_S, ask, explored, made_calls, video, windows
from transforms.answers import judge
from transforms.engines.planner.case import Case
from transforms.engines.planner.desk import Desk, NextCall
from transforms.engines.planner.ends import see_ends
from transforms.engines.planner.observation import Item, read_observation
from transforms.engines.planner.question import read_question
from transforms.engines.planner.wording import Voice
from transforms.explore.loop import Rollout
from transforms.media.frames import spread

TIMES = FrameTimes(tuple(round(n / 25, 6) for n in range(2500)), DURATION_S)

PRICES = ask('When is "TICKET PRICES" on screen?', "span", Span(53, 60), (), [(53, 60, "screen")])
MODELS = ask("From when to when can the title 'Data models' be read?", "span", Span(24, 44), (), [(24, 44, "screen")])
DOGS = ask("When does the speaker talk about dogs?", "span", Span(18, 21), (), [(18, 21, "speech")])

FRAMES = (21.25, 23.75, 26.25, 28.75, 31.25, 33.75, 36.25, 38.75)
"""Those of a look from 20 to 40 s."""

ON_SCREEN = pytest.mark.parametrize("question", [PRICES, MODELS], ids=["seven seconds", "twenty seconds"])


def gaps_s(rollout: Rollout, question: Question) -> list[float]:
    """How far apart the frames beside each end of the right answer are, in the frames that its windows show."""
    assert isinstance(question.answer, Span)
    shown = {pts_s for window in windows(rollout, "caption_zoom") for pts_s in spread(TIMES, window, 8)}
    start_s, end_s = question.answer.start_s, question.answer.end_s
    before_start = max((pts_s for pts_s in shown if pts_s < start_s), default=0.0)
    after_end = min((pts_s for pts_s in shown if pts_s >= end_s), default=DURATION_S)
    return [
        min(pts_s for pts_s in shown if pts_s >= start_s) - before_start,
        after_end - max(pts_s for pts_s in shown if pts_s < end_s),
    ]


def looked(*shown: float) -> tuple[Case, Item]:
    """The text, after a look from 20 to 40 s that shows it from one of its frames to another."""
    listed = ", ".join(f"{time_s:.2f}" for time_s in FRAMES)
    first_s, last_s = shown[0], shown[-1]
    line = f'[{first_s:.2f}-{last_s:.2f}] text on screen: "TICKET PRICES"'
    look = read_observation("caption_zoom", f"From 20.0 s to 40.0 s, 8 frames at {listed} s:\n{line}")
    desk = Desk(frozenset({"caption_zoom"}), {}, True, 8, DURATION_S, str, [look])
    return Case(read_question(PRICES.text, DURATION_S), desk, Voice("", 0)), look.items[0]


def card(start_s: float, end_s: float) -> tuple[Question, Timeline]:
    """A text that is on screen so long, in a video that has nothing else on screen."""
    text = "LAST BOAT AT 22:15"
    question = ask(f'When is "{text}" on screen?', "span", Span(start_s, end_s), (), [(start_s, end_s, "screen")])
    return question, video([(text, start_s, end_s)])


@ON_SCREEN
@pytest.mark.parametrize("index", range(4))
def test_both_ends_lie_between_frames_that_are_close_together(question: Question, index: int, tmp_path: Path) -> None:
    rollout, _ = explored(tmp_path, question, rollout=index)
    assert judge(question, rollout.answer).right
    assert max(gaps_s(rollout, question)) <= 1.0
    assert not any(turn.error for turn in rollout.turns)


@ON_SCREEN
def test_no_window_is_nearly_another_one(question: Question, tmp_path: Path) -> None:
    opened = windows(explored(tmp_path, question)[0], "caption_zoom")
    assert max(iou(a, b) for n, a in enumerate(opened) for b in opened[:n]) <= 0.65
    assert min(window.length_s for window in opened) >= 1.0


def test_it_says_why(tmp_path: Path) -> None:
    rollout, _ = explored(tmp_path, PRICES)
    said = [turn.reasoning for turn in rollout.turns if turn.role == "assistant"]
    comes, goes = (next(text for text in said if f"at which it {moment}" in text) for moment in ("comes", "goes"))
    assert re.search(r"about 53 .* about 59 s", comes)
    for text, window, moment in ((comes, "from 50.5 to 54.5 s", "comes"), (goes, "from 57.5 to 61.5 s", "goes")):
        assert window in text
        assert f"for the moment at which it {moment}: the pictures so far are too far apart to tell" in text


@pytest.mark.parametrize("index", range(4))
def test_a_text_that_stays_over_several_clips_is_looked_at_whole(index: int, tmp_path: Path) -> None:
    """Three clips in a row have it: frames are for its ends, not for finding them step by step."""
    question, timeline = card(24.0, 52.0)
    rollout, _ = explored(tmp_path, question, timeline, rollout=index)
    first, *closer = windows(rollout, "caption_zoom")
    assert first.start_s <= 22.0 and first.end_s >= 54.0
    spacing_s = first.length_s / 8
    assert len(closer) == 2 and all(4.0 <= window.length_s <= spacing_s + 0.1 for window in closer)
    for window, end_s in zip(closer, (24.0, 52.0), strict=True):
        # Around the middle between two frames, or one and the end of the look, wherever between them the text ends.
        frames = [first.start_s, *(first.start_s + (n + 0.5) * spacing_s for n in range(8)), first.end_s]
        assert any(abs((a + b) / 2 - window.middle_s) <= 0.05 for a, b in pairwise(frames) if a < end_s <= b)
    assert max(gaps_s(rollout, question)) <= 1.0


def test_what_was_seen_closely_is_not_looked_at_again(tmp_path: Path) -> None:
    """A second and a half of a text: the look at where it comes shows where it goes, too."""
    question, timeline = card(46.0, 47.5)
    rollout, _ = explored(tmp_path, question, timeline)
    assert (judge(question, rollout.answer).right, len(windows(rollout, "caption_zoom"))) == (True, 2)
    assert max(gaps_s(rollout, question)) <= 1.0


def test_a_short_window_needs_no_closer_look(tmp_path: Path) -> None:
    """The clip, of eight seconds in other places, is of one: frames lie 0.9 s apart at most as it is."""
    question, timeline = card(61.0, 62.0)
    clips = list(timeline.clips)
    clips[7:8] = [replace(clips[7], span=span) for span in (Span(60, 61), Span(61, 62), Span(62, 70))]
    captions = tuple(replace(timeline.captions[0], id=f"c{n}", span=c.span) for n, c in enumerate(clips))
    timeline = replace(timeline, clips=tuple(clips), captions=captions)
    rollout, _ = explored(tmp_path, question, timeline)
    assert (judge(question, rollout.answer).right, len(windows(rollout, "caption_zoom"))) == (True, 1)
    assert max(gaps_s(rollout, question)) <= 1.0


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 7.0), (93.0, DURATION_S)])
def test_the_video_itself_begins_and_ends_there(start_s: float, end_s: float, tmp_path: Path) -> None:
    question, timeline = card(start_s, end_s)
    rollout, _ = explored(tmp_path, question, timeline)
    assert (judge(question, rollout.answer).right, len(windows(rollout, "caption_zoom"))) == (True, 3)
    assert max(gaps_s(rollout, question)) <= 1.0


@pytest.mark.parametrize(
    ("start_s", "end_s", "answer"), [(0.5, 7.0, "0.5-7.0"), (0.1, 7.0, "0.0-7.0"), (93.0, 99.5, "93.2-99.5")]
)
def test_what_comes_soon_after_the_start_was_not_there_from_the_start(
    start_s: float, end_s: float, answer: str, tmp_path: Path
) -> None:
    rollout, _ = explored(tmp_path, *card(start_s, end_s))
    assert rollout.answer == answer


@pytest.mark.parametrize("most", [2, 3])
def test_it_answers_with_what_it_has_when_its_calls_are_used_up(most: int, tmp_path: Path) -> None:
    rollout, _ = explored(tmp_path, PRICES, max_turns=most)
    assert (len(made_calls(rollout)), judge(PRICES, rollout.answer).right) == (most, True)


def test_where_its_looks_end_nothing_else_does() -> None:
    """What fills a window may stay longer: it has no end there that could be looked at."""

    def looks_next(*shown: float) -> str:
        try:
            see_ends(*looked(*shown))
        except NextCall as call:
            return call.arguments_json
        return ""

    assert looks_next(21.25, 38.75) == ""
    assert looks_next(23.75, 38.75) == '{"end_s":24.5,"start_s":20.5}'
    assert looks_next(21.25, 33.75) == '{"end_s":37.0,"start_s":33.0}'


@pytest.mark.parametrize(
    ("shown", "told"),
    [((23.75, 33.75), (22.5, 35.0)), ((21.25, 38.75), (20.0, 40.0)), ((26.25, 26.25), (25.0, 27.5))],
    ids=["between frames", "where the look ends", "in one frame"],
)
def test_a_text_is_there_from_the_middle_between_frames(shown: tuple[float, float], told: tuple[float, float]) -> None:
    case, item = looked(*shown)
    assert case.desk.items() == [item]
    assert (item.span, item.shown) == (Span(*told), Span(*shown))


def test_a_finer_look_takes_the_place_of_a_coarser_one() -> None:
    """The first look has it from 22.5 s on; the second has a frame at 23 s that is without it."""
    case, _ = looked(23.75, 33.75)
    heading = "From 22.0 s to 24.0 s, 4 frames at 22.25, 22.75, 23.25, 23.75 s:"
    finer = f'{heading}\n[23.25-23.75] text on screen: "Ticket prices"'
    case.desk.seen.append(read_observation("caption_zoom", finer))
    assert [item.span for item in case.desk.items()] == [Span(23.0, 35.0)]


def test_what_looks_have_not_gone_through_may_be_another_time() -> None:
    case, _ = looked(36.25, 38.75)
    later = 'From 50.0 s to 52.0 s, 2 frames at 50.50, 51.50 s:\n[50.50] text on screen: "TICKET PRICES"'
    case.desk.seen.append(read_observation("caption_zoom", later))
    assert [item.span for item in case.desk.items()] == [Span(35.0, 40.0), Span(50.0, 51.0)]


def test_what_is_heard_needs_no_look(tmp_path: Path) -> None:
    assert windows(explored(tmp_path, DOGS)[0], "caption_zoom") == []


def test_who_asks_somebody_to_look_is_told(tmp_path: Path) -> None:
    rollout, _ = explored(tmp_path, PRICES, tools=("clip_retrieval", "inspect"))
    assert (judge(PRICES, rollout.answer).right, len(windows(rollout, "inspect"))) == (True, 1)


@pytest.mark.parametrize(("start_s", "end_s", "looks"), [(53.0, 60.0, 1), (30.0, 70.0, 3)])
def test_a_zoom_of_two_frames_a_second_is_close_enough(
    start_s: float, end_s: float, looks: int, tmp_path: Path
) -> None:
    """It gives 32 frames at most: over a minute, or the 50 s of a look here, they lie further apart."""
    question, timeline = card(start_s, end_s)
    tools: tuple[ToolName, ...] = (*(tool for tool in DEFAULT_TOOLS if tool != "caption_zoom"), "caption_zoom_detail")
    rollout, _ = explored(tmp_path, question, timeline, tools=tools)
    assert (judge(question, rollout.answer).right, len(windows(rollout, "caption_zoom_detail"))) == (True, looks)
