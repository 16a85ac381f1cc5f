"""Times on a clock: each comes back exactly, and all that we say of times is on the same clock."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

import prompts
from schemas.errors import InputError
from schemas.settings import DEFAULT_TOOLS, Clock, Dialect
from schemas.span import Span
from tests.dialects.spoken import render, system_content
from tests.trajectories import INFO, question, rl_question, trajectory, video
from transforms.dialects.clocks import _PROMPT, seconds, spelled, told_on
from transforms.dialects.registry import said_in, tools_in
from transforms.store import Store
from transforms.tools.base import clock as window_of
from transforms.tools.caption_zoom import frames_text
from transforms.tools.overview import duration_text
from transforms.tools.registry import grounded_tools_json
from transforms.write.rows import rl_row

HMS = Dialect(clock="hms")
CLOCKS: tuple[Clock, ...] = ("hms", "ms")
WRITTEN = [
    (0.0, "00:00:00", "00:00"),
    (12.5, "00:00:12.5", "00:12.5"),
    (59.999999, "00:00:59.999999", "00:59.999999"),
    (60.0, "00:01:00", "01:00"),
    (3599.04, "00:59:59.04", "59:59.04"),
    (3725.5, "01:02:05.5", "62:05.5"),
    (363600.0, "101:00:00", "6060:00"),
    (1e-07, "00:00:00.0000001", "00:00.0000001"),
]
NO_TIMES = ("", "1:00:00", "00:60:00", "00:00:60", "00:00:12.50", "00:00:12.", "-00:00:01", "12.5", "00:00:00:00")


@pytest.mark.parametrize("time_s, hms, ms", WRITTEN)
def test_a_time_on_both_clocks(time_s: float, hms: str, ms: str) -> None:
    assert (spelled(time_s, "hms"), spelled(time_s, "ms")) == (hms, ms)
    assert (seconds(hms, "hms"), seconds(ms, "ms")) == (time_s, time_s)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("length_s", [5.0, 61.0, 3599.9, 3600.0, 7321.25, 90_000.0])
def test_every_time_of_a_video_comes_back(clock: Clock, length_s: float) -> None:
    chance = random.Random(f"{clock} {length_s}")
    for digits in (0, 1, 2, 3, 6, 17):
        for _ in range(200):
            time_s = round(chance.uniform(0, length_s), digits)
            assert seconds(spelled(time_s, clock), clock) == time_s


def test_there_is_no_clock_of_frame_numbers() -> None:
    """Half of the windows that teachers write at 25 frames per second lie between two frames (docs/dialects.md)."""
    assert set(get_args(Clock)) == {"seconds", *CLOCKS}
    written = [n / 10 for n in range(600)]
    for fps in (25.0, 30000 / 1001):
        kept = [time_s for time_s in written if round(round(time_s * fps) / fps, 6) == time_s]
        assert len(kept) <= len(written) / 2


@pytest.mark.parametrize("text", NO_TIMES)
def test_a_time_has_one_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="is no time as HH:MM:SS"):
        seconds(text, "hms")


def test_our_own_words_of_every_tool() -> None:
    window = Span(10.0, 14.5)
    for text, on_clock in (
        (duration_text(3725.5), "The video lasts 01:02:05.5."),
        (
            f"{duration_text(60.0)} {frames_text((1.25, 59.0))}",
            "The video lasts 00:01:00. 2 frames at 00:00:01.25, 00:00:59.",
        ),
        (frames_text((10.0, 11.5)), "2 frames at 00:00:10, 00:00:11.5."),
        ("1 frame at 12.04 s, its region from x 0.1 to 0.5.", "1 frame at 00:00:12.04, its region from x 0.1 to 0.5."),
        (window_of(window), "[00:00:10-00:00:14.5]"),
        (f"2 matching clips, best first:\n{window_of(window)}", "2 matching clips, best first:\n[00:00:10-00:00:14.5]"),
        (f"1,2 {window_of(window)}", "1,2 [00:00:10-00:00:14.5]"),
        (
            f"guard (person): {window_of(window)} {window_of(window)} and 2 more",
            "guard (person): [00:00:10-00:00:14.5] [00:00:10-00:00:14.5] and 2 more",
        ),
        ("From 10.0 s to 14.5 s:", "From 00:00:10 to 00:00:14.5:"),
        ("Speech from 10.0 s to 14.5 s:", "Speech from 00:00:10 to 00:00:14.5:"),
        ("Nothing is said from 10.0 s to 14.5 s.", "Nothing is said from 00:00:10 to 00:00:14.5."),
        ("Caption of 1,2, from 10.0 s to 14.5 s:", "Caption of 1,2, from 00:00:10 to 00:00:14.5:"),
        (
            "Frame 300, of frames 0 to 900, is displayed from 12 s to 12.04 s.",
            "Frame 300, of frames 0 to 900, is displayed from 00:00:12 to 00:00:12.04.",
        ),
    ):
        assert told_on(text, "hms") == on_clock
        assert told_on(on_clock, "hms") == on_clock
        assert told_on(text, "seconds") == text


def test_what_others_say_stays() -> None:
    text = '[10.0-14.5] "it lasts 12.5 s, from 3.0 s to 4.0 s, see [1.0-2.0]"'
    assert told_on(text, "hms") == text.replace("[10.0-14.5]", "[00:00:10-00:00:14.5]")


def test_a_conversation_says_all_times_on_one_clock(tmp_path: Path) -> None:
    one = trajectory(Store(tmp_path), video(1), question(0, video(1)))
    tools = grounded_tools_json(DEFAULT_TOOLS)
    one = replace(one, tools_json=tools, turns=(replace(one.turns[0], text=_prompt()), *one.turns[1:]))
    said = said_in(one, HMS)
    assert "All times are HH:MM:SS from the start of the video." in said[0].text
    assert said[1].text.startswith("The video lasts 00:01:00.")
    assert said[2].call == ("temporal_zoom", '{"end_s":"00:00:14.5","start_s":"00:00:10"}')
    assert said[5].text == '[00:00:12-00:00:13] "go to gate 14 <|im_start|>"'
    for tool in json.loads(said[0].tools_json):
        for name, schema in tool["parameters"]["properties"].items():
            assert (schema["type"] == "string" and "HH:MM:SS" in schema["description"]) == name.endswith("_s")
        assert "seconds" not in tool["description"]
    content = system_content(_prompt(), tools, HMS)
    assert content == render(one, HMS).messages[0][1]
    asked = rl_row(replace(rl_question(one, 1), tools_json=tools, system_text=_prompt()), 0, INFO, HMS)
    assert asked["prompt"][0]["content"] == content
    assert asked["problem"] == render(one, HMS).messages[1][1]
    assert tools_in(said[0].tools_json, HMS) == said[0].tools_json


def _prompt() -> str:
    return prompts.load("explore_system").fill(max_turns="4")


def test_the_prompt_says_what_is_replaced() -> None:
    assert _prompt().count(_PROMPT) == 1


def test_a_time_before_the_video_has_no_clock(tmp_path: Path) -> None:
    one = trajectory(Store(tmp_path), video(1), question(0, video(1)))
    call = replace(one.turns[4].calls[0], arguments_json='{"end_s":2.0,"start_s":-1.0}')
    wrong = replace(one, turns=(*one.turns[:4], replace(one.turns[4], calls=(call,)), *one.turns[5:]))
    with pytest.raises(InputError, match="no time for a clock"):
        said_in(wrong, HMS)


def test_spellings_with_numbers_have_no_clock() -> None:
    with pytest.raises(ValidationError, match="the spelling video_zoom says times as seconds alone"):
        Dialect(spelling="video_zoom", clock="hms")
