"""Recipes: each is described, its rows are as they were reviewed, and each has something that no other has."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from schemas.chat import Call
from schemas.scan import FrameTimes
from schemas.settings import Dataset, Recipe
from schemas.span import Span
from schemas.trajectory import Turn
from tests.recipes import GOLDEN, PAGES, golden, page, recipes, rows
from tests.timelines import make_timeline
from transforms.store import Store
from transforms.tools.looks import looks
from transforms.write.rows import Row

ALL = {name: (settings, recipe) for name, settings, recipe in recipes()}
WANTED = {
    *("videothinker", "videoseal", "videotemp-o3", "longvideoagent"),
    *("longvt", "longvideo-r1", "video-o3", "videozoomer"),
}


def said(row: Row) -> list[str]:
    """What the assistant says in the SFT row."""
    return [message["content"] for message in row["messages"] if message["role"] == "assistant"]


def heard(row: Row) -> list[str]:
    return [message["content"] for message in row["messages"] if message["role"] == "user"]


ALONE: dict[str, Callable[[dict[str, Row], Dataset], bool]] = {
    "videothinker": lambda made, _: (
        all("<tool_result>" in text for text in heard(made["sft"])[1:])
        and any('"FrameZoom"' in text for text in said(made["sft"]))
        and any('"SubtitleSummary"' in text for text in said(made["sft"]))
    ),
    "videoseal": lambda made, _: said(made["sft"])[-1].endswith("<final>B</final>"),
    "videotemp-o3": lambda made, settings: (
        settings.write.loss == "last_two_rounds"
        and all('"arguments": [{' in text for text in said(made["swift_rendered 0"])[:-1])
        and [message["loss"] for message in made["swift_rendered 0"]["messages"][2::2]] == [False, True, True]
    ),
    "longvideoagent": lambda made, _: (
        all(text.startswith("<reasoning>") for text in said(made["sft"]))
        and any("<search>" in text for text in said(made["sft"]))
    ),
    "longvt": lambda made, _: any('{"name": "crop_video", "arguments": {"' in text for text in said(made["sft"])),
    "longvideo-r1": lambda made, settings: (
        any("<tool>get_caption((1,2))</tool>" in text for text in said(made["sft"]))
        and "alpaca" in settings.write.exports
    ),
    "video-o3": lambda made, settings: (
        any('"sampling_strategy": "fine"' in text for text in said(made["sft"])) and "crops" in settings.write.exports
    ),
    "videozoomer": lambda made, _: any(
        '<video_zoom>{"segment": [10.0, 14.5], "fps": 2.0}</video_zoom>' in text for text in said(made["sft"])
    ),
}
"""What `alone` of each recipe says, of its golden rows."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Row]]:
    store = Store(tmp_path_factory.mktemp("store"))
    return {name: rows(settings, store) for name, (settings, _) in ALL.items()}


def test_the_first_eight_are_there() -> None:
    assert set(ALL) >= WANTED
    assert set(ALONE) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_its_rows_are_as_they_were_reviewed(made: dict[str, dict[str, Row]], name: str) -> None:
    assert golden(made[name]) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_its_page_says_what_its_entry_says(name: str) -> None:
    settings, recipe = ALL[name]
    assert page(name, settings, recipe) == (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_its_rows_have_what_no_other_has(made: dict[str, dict[str, Row]], name: str) -> None:
    having = [other for other in ALL if ALONE[name](made[other], ALL[other][0])]
    assert having == [name]


@pytest.mark.parametrize("name", ALL)
def test_what_a_trainer_loads_is_in_the_recipes_own_spelling(made: dict[str, dict[str, Row]], name: str) -> None:
    sft = made[name]["sft"]
    for export, row in made[name].items():
        if export.removesuffix(" 0") in ("swift_rendered", "crops", "clips"):
            assert said(row) == said(sft)
        elif export.startswith("reflection"):
            wrong, *right = said(row)
            assert right == said(sft) and "40.0" in wrong
            assert [message["loss"] for message in row["messages"][2::2]] == [False, *[True] * len(right)]
        elif export.startswith("alpaca"):
            assert row["output"] == said(sft)[row["step"]]


@pytest.mark.parametrize("name", ALL)
def test_forms_without_our_frames_tell_no_times_of_them(made: dict[str, dict[str, Row]], name: str) -> None:
    """Video forms, whose trainers sample themselves, and forms of text at their opening."""
    for export, row in made[name].items():
        if "images" not in row:
            opening = row.get("prompt") or [one for one in row.get("messages", ()) if one["role"] == "user"]
            told = json.dumps(opening) + str(row.get("instruction"))
            assert " frames at " not in told and " frame at " not in told, export


def test_rl_rows_name_the_tools_as_the_model_calls_them(made: dict[str, dict[str, Row]]) -> None:
    for name, (settings, _) in ALL.items():
        extra = made[name]["rl"]["extra_info"]
        assert len(extra["tool_selection"]) == len(settings.explore.tools)
        assert set(extra["tool_selection"]) <= set(extra["tools_kwargs"])
        assert json.dumps(extra["tools_kwargs"]).count("null") == 0


@pytest.mark.parametrize("name", ALONE)
def test_every_call_of_a_large_video_shows_frames(name: str) -> None:
    """The overview of a video in HD leaves enough of the visual budget for all the calls that a teacher may make."""
    settings = next(settings for of, settings, _ in recipes() if of == name)
    zooms = [one for one in settings.explore.tools if one.startswith("caption_zoom")]
    if not zooms:
        return
    asked: dict[str, dict[str, object]] = {
        "caption_zoom_fps": {"fps": 2.0},
        "caption_zoom_detail": {"detail": "fine"},
    }
    more = asked.get(zooms[0], {})
    turns = [Turn("system"), Turn("user")]
    for n in range(settings.explore.max_turns):
        given = json.dumps({"start_s": 10.0 * n, "end_s": 10.0 * n + 8.0, **more})
        turns.append(Turn("assistant", calls=(Call(f"c{n}", zooms[0], given),)))
        turns.append(Turn("tool", call_id=f"c{n}", spans=(Span(10.0 * n, 10.0 * n + 8.0),)))
    large = replace(make_timeline(duration_s=300.0), width=1280, height=720)
    times = FrameTimes(tuple(n / 10 for n in range(3000)), 300.0)
    shown = [len(one.look.requests) for one in looks(tuple(turns), times, large, settings.ground)]
    assert shown[0] == settings.ground.overview_frames
    assert len(set(shown[1:])) == 1 and shown[1] >= 8, shown


def test_a_page_tells_of_a_recipe_without_code() -> None:
    recipe = Recipe(paper="P", arxiv="2601.00001", does=("a",), differs=("b",), unknown=("c",), alone="d")
    settings = next(iter(ALL.values()))[0]
    assert "[arXiv 2601.00001](https://arxiv.org/abs/2601.00001)), made" in page("p", settings, recipe)
