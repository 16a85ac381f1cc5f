"""Every tool's two faces, the arguments it takes, and what a bad call is told."""

import asyncio
import json
from dataclasses import replace

import pytest

from schemas import names
from schemas.scan import FrameTimes
from schemas.span import Span
from schemas.timeline import Caption, Shot
from tests.timelines import found_by_words, make_timeline
from transforms.engines.embed import Bm25
from transforms.store import Store
from transforms.tools import clip_retrieval, overview
from transforms.tools.base import Observation, View, parse_arguments
from transforms.tools.registry import TOOLS, WATCHING, call_tool, caption_specs, grounded_tools_json
from transforms.tools.scene import Scene

NAMES = tuple(TOOLS)
TIMES = FrameTimes(tuple(round(n / 10, 6) for n in range(600)), 60.0)
VIEW = View(TIMES, frames=8, frames_left=64, pixels_per_frame=1000)


def scene() -> Scene:
    timeline = make_timeline(
        lines=[
            ("Gate 14 opens", 3.0, 8.0),
            ("Gate 41 closes", 22.0, 29.0),
            ("blurred 99", 24.0, 26.0, (0, 0, 1, 1), False),
        ],
        speech=[
            ("Welcome to the harbour.", 1.0, 4.0),
            ("The ferry leaves at noon.", 30.0, 33.0),
            ("um", 40.0, 41.0, False),
        ],
    )
    clips = tuple(Shot(f"k{n}", Span(n * 10.0, n * 10.0 + 10)) for n in range(6))
    captions = tuple(
        Caption(f"c{n}", clip.span, f"scene number {n}", "clip", 1.0, True, "test") for n, clip in enumerate(clips)
    )
    summary = Caption("v1", Span(0.0, 60.0), "six scenes", "video", 1.0, True, "test")
    return replace(found_by_words(replace(timeline, clips=clips, captions=(*captions, summary))), times=times)


async def times() -> FrameTimes:
    return TIMES


def call(name: str, /, **arguments: object) -> Observation:
    return asyncio.run(call_tool(scene(), NAMES, name, json.dumps(arguments)))


def look(
    name: str, seen: Observation, view: View = VIEW, /, **arguments: object
) -> tuple[str, list[float], tuple[Span, ...]]:
    tool = TOOLS[name]
    shown = tool.look(seen, parse_arguments(tool, json.dumps(arguments)), view)
    return shown.text, [request.pts_s for request in shown.requests], shown.spans


def test_every_name_has_its_tool() -> None:
    """The line in schemas/names.py says what the module says."""
    faces = {tool.caption.name: "" if tool.ends else tool.grounded.name for tool in TOOLS.values()}
    assert faces == names.TOOLS


def test_clip_retrieval_reads_captions_and_text_but_shows_only_times() -> None:
    seen = call("clip_retrieval", query="gate 41", top_k=1)
    assert seen.text == ('1 matching clip:\n[20.0-30.0]\n  seen: scene number 2\n  text on screen: "Gate 41 closes"')
    assert (seen.spans, seen.item_ids) == ((Span(20.0, 30.0),), ("c2", "line-1"))
    assert look("clip_retrieval", seen, query="gate 41") == ("1 matching clip:\n[20.0-30.0]", [], ())


def test_unsure_items_are_never_read() -> None:
    assert "99" not in call("caption_zoom", start_s=20, end_s=30).text
    assert call("subtitle_zoom", start_s=39, end_s=42).text == "Nothing is said from 39.0 s to 42.0 s."
    assert (
        call("clip_retrieval", query="blurred").text
        == "No clip matches. Try other words; what is said is not searched here."
    )


def test_subtitle_tools_keep_their_text() -> None:
    seen = call("subtitle_retrieval", query="ferry")
    assert seen.text == '1 matching phrase:\n[30.0-33.0] "The ferry leaves at noon."'
    assert look("subtitle_retrieval", seen, query="ferry") == (seen.text, [], (Span(30.0, 33.0),))
    seen = call("subtitle_zoom", start_s=0, end_s=10)
    assert seen.text == 'Speech from 0.0 s to 10.0 s:\n[1.0-4.0] "Welcome to the harbour."'
    assert look("subtitle_zoom", seen, start_s=0, end_s=10) == (seen.text, [], (Span(0.0, 10.0),))


def test_caption_zoom_becomes_frames_of_the_same_window() -> None:
    seen = call("caption_zoom", start_s=2, end_s=6)
    assert seen.text == (
        "From 2.0 s to 6.0 s, 8 frames at 2.20, 2.70, 3.20, 3.70, 4.20, 4.70, 5.20, 5.70 s:\n"
        '[2.20-5.70] seen: scene number 0\n[3.20-5.70] text on screen: "Gate 14 opens"'
    )
    pts_s = [2.2, 2.7, 3.2, 3.7, 4.2, 4.7, 5.2, 5.7]
    assert look("caption_zoom", seen, start_s=2, end_s=6) == (
        "8 frames at 2.20, 2.70, 3.20, 3.70, 4.20, 4.70, 5.20, 5.70 s.",
        pts_s,
        (Span(2.0, 6.0),),
    )


def test_of_many_lines_a_search_tells_those_that_fit() -> None:
    lines = [(f"Line {n}", 1.0, 9.0) for n in range(20)] + [("Eric wrote it", 1.0, 9.0)]
    timeline = make_timeline(lines=lines)
    timeline = replace(timeline, clips=(Shot("k0", Span(0.0, 10.0)),))
    args = clip_retrieval.ClipRetrieval(query="Eric, 17")
    seen = asyncio.run(clip_retrieval.read(found_by_words(timeline), args))
    told = [row.removeprefix("  text on screen: ") for row in seen.text.splitlines()[2:]]
    assert told == [*(f'"Line {n}"' for n in range(10)), '"Line 17"', '"Eric wrote it"']


def test_what_no_frame_shows_is_not_read() -> None:
    """The frames at 28.75 and 31.25 s: the sign is there until 29 s, the next clip from 30 s on."""
    seen = call("caption_zoom", start_s=17.5, end_s=37.5)
    assert '[23.70-28.70] text on screen: "Gate 41 closes"' in seen.text
    assert call("caption_zoom", start_s=28.9, end_s=40).item_ids == ("c2", "c3")
    assert "[29.50] seen: scene number 2" in call("caption_zoom", start_s=28.9, end_s=40).text


def test_a_spent_budget_is_told_like_the_deployed_tool_would() -> None:
    seen = call("caption_zoom", start_s=2, end_s=6)
    spent = replace(VIEW, frames_left=0)
    assert look("caption_zoom", seen, spent, start_s=2, end_s=6) == (
        "No frames: the limit of frames for this conversation is reached.",
        [],
        (),
    )
    assert len(look("caption_zoom", seen, replace(VIEW, frames_left=2), start_s=2, end_s=6)[1]) == 2


@pytest.mark.parametrize("name", sorted(WATCHING))
def test_no_look_is_told_when_none_can_be_shown(name: str) -> None:
    """What was told of the picture and is shown by nothing would cost the whole rollout."""
    region = {"t_s": 3, "x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.9}
    arguments = {"caption_region": region, "overview": {}}.get(name, {"start_s": 2, "end_s": 6})

    def told(frames_left: int | None) -> Observation:
        within = replace(scene(), frames_left=frames_left)
        return asyncio.run(call_tool(within, tuple(WATCHING), name, json.dumps(arguments)))

    assert not told(None).error and not told(8).error
    refused = "No frames: the limit of frames for this conversation is reached. Answer with what you have seen."
    assert told(0) == Observation(refused, error=True)


def test_overview() -> None:
    seen = call("overview")
    assert seen.text.splitlines()[:3] == ["The video lasts 60.0 s.", "six scenes", "[0.0-10.0] seen: scene number 0"]
    assert look("overview", seen) == (
        "The video lasts 60.0 s. 8 frames at 3.70, 11.20, 18.70, 26.20, 33.70, 41.20, 48.70, 56.20 s.",
        [3.7, 11.2, 18.7, 26.2, 33.7, 41.2, 48.7, 56.2],
        (),
    )


def test_the_overview_tells_no_summary_that_is_unsure() -> None:
    timeline = scene().timeline
    doubted = tuple(replace(c, sure=c.level != "video") for c in timeline.captions)
    seen = asyncio.run(overview.read(found_by_words(replace(timeline, captions=doubted)), overview.Overview()))
    assert "six scenes" not in seen.text
    assert "v1" not in seen.item_ids


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("no_such_tool", "{}", "There is no tool 'no_such_tool'. The tools are: clip_retrieval"),
        ("caption_zoom", "{", "The arguments are not valid JSON"),
        ("caption_zoom", "[1, 2]", "must be one JSON object"),
        ("caption_zoom", "{}", "start_s: Field required; end_s: Field required). The arguments are: start_s, end_s."),
        ("caption_zoom", '{"start_s": "x", "end_s": 3}', "start_s: Input should be a valid number"),
        ("caption_zoom", '{"start_s": 1, "end_s": 3, "fps": 2}', "fps: Extra inputs are not permitted"),
        ("caption_zoom", '{"start_s": 3, "end_s": 1}', "start_s must be smaller than end_s"),
        ("caption_zoom", '{"start_s": -1, "end_s": 1}', "start_s must lie in the video, from 0 to 60.0 s"),
        ("caption_zoom", '{"start_s": 60, "end_s": 61}', "start_s must lie in the video"),
        ("caption_zoom", '{"start_s": 50, "end_s": 99}', "end_s must lie in the video, which ends at 60.0 s"),
        ("caption_zoom", '{"start_s": 5, "end_s": 5.1}', "at least 0.5 s long"),
        ("caption_zoom", '{"start_s": NaN, "end_s": 5}', "start_s: Input should be a finite number"),
        ("subtitle_zoom", '{"start_s": 9, "end_s": 2}', "start_s must be smaller than end_s"),
        ("clip_retrieval", '{"query": "  "}', "The query is empty"),
        ("clip_retrieval", '{"query": "gate", "top_k": 0}', "top_k must be from 1 to 10"),
        ("subtitle_retrieval", '{"query": "gate", "top_k": 99}', "top_k must be from 1 to 20"),
        ("overview", '{"query": "gate"}', "The arguments are: none"),
        ("finish", '{"answer": " "}', "The answer is empty. Give it in the form the question asks for."),
        ("finish", "{}", "The arguments are: answer."),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_bad_calls_get_an_error_to_recover_from(name: str, arguments: str, told: str) -> None:
    seen = asyncio.run(call_tool(scene(), NAMES, name, arguments))
    assert seen.error
    assert told in seen.text


def test_a_tool_the_entry_left_out_is_no_tool() -> None:
    seen = asyncio.run(call_tool(scene(), ("overview",), "caption_zoom", '{"start_s": 1, "end_s": 3}'))
    assert seen == Observation("There is no tool 'caption_zoom'. The tools are: overview.", error=True)


def test_the_overview_tells_of_scenes_where_there_are_any() -> None:
    timeline = scene().timeline
    scenes = tuple(
        Caption(f"n{n}", Span(n * 30.0, n * 30.0 + 30), f"stretch {n}", "scene", 1.0, True, "test") for n in (0, 1)
    )
    within = found_by_words(replace(timeline, captions=(*timeline.captions, *scenes)))
    seen = asyncio.run(call_tool(within, NAMES, "overview", "{}"))
    assert seen.text == ("The video lasts 60.0 s.\nsix scenes\n[0.0-30.0] seen: stretch 0\n[30.0-60.0] seen: stretch 1")
    assert seen.item_ids == ("v1", "n0", "n1")
    found = asyncio.run(call_tool(within, NAMES, "clip_retrieval", json.dumps({"query": "stretch", "top_k": 5})))
    assert found.text.startswith("No clip matches."), "what clips say is found in clips alone"


def test_a_close_look_is_told_what_is_seen_for_the_question() -> None:
    asked: list[int] = []

    async def closer(position: int) -> str:
        asked.append(position)
        return f"two spoons in {position}"

    for window, told, wanted in (((12.0, 28.0), [1, 2], 2), ((0.0, 50.0), [], 5)):
        asked.clear()
        text = json.dumps({"start_s": window[0], "end_s": window[1]})
        seen = asyncio.run(call_tool(replace(scene(), closer=closer), NAMES, "caption_zoom", text))
        assert asked == told
        assert seen.text.count("] seen: ") == wanted
        assert seen.text.count("] seen for the question: two spoons in") == len(told)
    assert (
        "[13.00-19.00] seen for the question: two spoons in 1"
        in asyncio.run(
            call_tool(replace(scene(), closer=closer), NAMES, "caption_zoom", '{"start_s": 12, "end_s": 28}')
        ).text
    )


def test_schemas_are_flat_and_the_faces_differ_where_they_should() -> None:
    teacher = {spec.name for spec in caption_specs(NAMES)}
    deployed = {tool["name"]: tool for tool in json.loads(grounded_tools_json(NAMES))}
    zooms = ("zoom", "zoom_fps", "zoom_frames", "zoom_detail")
    assert teacher - set(deployed) == {*(f"caption_{zoom}" for zoom in zooms), "caption_region", "finish"}
    assert set(deployed) - teacher == {*(f"temporal_{zoom}" for zoom in zooms), "spatial_zoom"}
    for name, tool in deployed.items():
        for argument, prop in tool["parameters"]["properties"].items():
            assert set(prop) == {"type", "description"} | ({"enum"} if argument == "detail" else set())
            assert isinstance(prop["type"], str)
        assert ("caption" in json.dumps(tool)) == (name == "get_caption"), "only what tells captions speaks of them"


def test_equal_scores_come_in_the_order_of_the_texts() -> None:
    assert [position for position, _ in by_words(["red boat", "red boat", "blue boat"], "red")] == [0, 1]
    assert by_words(["red boat"], "the of and") == ()
    assert by_words([], "red") == ()
    assert by_words(["", "!!"], "red") == ()


def by_words(texts: list[str], query: str) -> tuple[tuple[int, float], ...]:
    async def search() -> tuple[tuple[int, float], ...]:
        return await (await Bm25().index(texts, Store("memory://none"))).search(query, 5)

    return asyncio.run(search())
