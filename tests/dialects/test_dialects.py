"""Every dialect spells every conversation so that it comes back, and reads nothing that is spelled otherwise."""

import ast
import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest

from schemas import names
from schemas.chat import Call
from schemas.codec import canonical
from schemas.errors import InputError
from schemas.settings import DEFAULT_TOOLS, Dialect, NativeTool
from schemas.trajectory import Frame, Trajectory, Turn
from tests.dialects.spoken import parse, render, system_content
from tests.dialects.test_hermes import random_text
from tests.trajectories import question, rl_question, trajectory, video
from transforms.dialects.clocks import seconds_again
from transforms.dialects.escape import escape
from transforms.dialects.natives import native_tools, ours_again
from transforms.dialects.registry import DIALECTS, problem_content, said_in, tools_in
from transforms.dialects.said import visible
from transforms.store import Store
from transforms.tools.registry import TOOLS, grounded_tools_json

RENAMED = Dialect(
    tools={
        "temporal_zoom": NativeTool(
            name="crop_video",
            description="Crops the video.",
            arguments={"start_s": "start_time", "end_s": "end_time"},
        ),
        "subtitle_retrieval": NativeTool(arguments={"top_k": "k"}),
    }
)
IN_A_LIST = Dialect(
    spelling="hermes_final",
    clock="hms",
    tools={"temporal_zoom": NativeTool(arguments={"start_s": "start_time", "end_s": "end_time"}, window_in="spans")},
)
OF_A_FILE = Dialect(tools={"temporal_zoom": NativeTool(name="crop_video", video_in="video_path")})
ON_A_CLOCK: dict[str, Dialect] = {
    "hms": Dialect(clock="hms"),
    "ms": Dialect(spelling="qwen_xml", clock="ms"),
    "renamed hms": RENAMED.model_copy(update={"clock": "hms"}),
}
SPOKEN = (
    {name: Dialect(spelling=name) for name in DIALECTS}
    | {"renamed": RENAMED, "listed": IN_A_LIST, "of a file": OF_A_FILE}
    | ON_A_CLOCK
)
TOOLS_JSON = grounded_tools_json(DEFAULT_TOOLS)
NUMBER, TEXT = {"type": "number"}, {"type": "string"}


def tool(name: str, **properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": "It helps.", "parameters": parameters}


WINDOW = {"start_s": NUMBER, "end_s": NUMBER}
KNOWN = {
    "video_zoom": [tool("temporal_zoom_fps", **WINDOW, fps=NUMBER)],
    "grounding": [tool("temporal_zoom_detail", **WINDOW, detail={"type": "string", "enum": ["coarse", "fine"]})],
    "caption_tree": [tool("get_caption", path=TEXT), tool("inspect_node", path=TEXT, question=TEXT)],
    "agents": [tool("inspect", **WINDOW, question=TEXT), tool("event_grounding", event=TEXT)],
}
"""The tools of dialects that know but some."""


def tools_of(name: str) -> str:
    return canonical(KNOWN[name]) if name in KNOWN else TOOLS_JSON


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Trajectory:
    made = trajectory(Store(tmp_path_factory.mktemp("store")), video(1), question(0, video(1)))
    return replace(made, tools_json=TOOLS_JSON)


def test_every_name_has_its_dialect() -> None:
    assert {name: dialect.name for name, dialect in DIALECTS.items()} == {name: name for name in names.SPELLINGS}


def any_call(chance: random.Random, id: str, tools_json: str) -> Call:
    """A call that fits one of the tools."""
    tool = chance.choice(json.loads(tools_json))

    def given(key: str, schema: dict[str, Any]) -> Any:
        if key == "path":
            return ",".join(str(chance.randint(1, 8)) for _ in range(chance.randint(1, 3)))
        if "enum" in schema:
            return chance.choice(schema["enum"])
        return {
            "string": random_text(chance),
            "number": chance.choice([0.0, 12.5, 0.025, 3600.0]),
            "integer": chance.randint(0, 9),
        }[schema["type"]]

    properties = tool["parameters"]["properties"]
    return Call(id, tool["name"], canonical({key: given(key, schema) for key, schema in properties.items()}))


def any_trajectory(chance: random.Random, like: Trajectory) -> Trajectory:
    frames = tuple(Frame(f"{n:064x}", float(n), None, 4, 4) for n in range(6))

    def refs() -> tuple[int, ...]:
        return tuple(chance.randrange(6) for _ in range(chance.randint(0, 4)))

    turns = [
        Turn("system", "We say so."),
        Turn("user", random_text(chance), look_text=random_text(chance), frame_refs=refs()),
    ]
    for n in range(chance.randint(0, 4)):
        call = any_call(chance, f"c{n}", like.tools_json)
        turns.append(Turn("assistant", random_text(chance), random_text(chance), (call,)))
        turns.append(Turn("tool", call_id=call.id, look_text=random_text(chance), frame_refs=refs()))
        if chance.random() < 0.2:
            turns.append(Turn("user", "Go on."))
    turns.append(Turn("assistant", random_text(chance), random_text(chance)))
    return replace(like, turns=tuple(turns), frames=frames, answer="so: " + random_text(chance))


@pytest.mark.parametrize("name", SPOKEN)
def test_every_conversation_comes_back(good: Trajectory, name: str) -> None:
    dialect, chance = SPOKEN[name], random.Random(7)
    for _ in range(250):
        made = any_trajectory(chance, replace(good, tools_json=tools_of(name)))
        rendered = render(made, dialect)
        said = parse(rendered.messages, dialect)
        assert said == said_in(made, dialect)
        calls = [seconds_again(ours_again(turn.call, dialect.tools), dialect.clock) for turn in said if turn.call]
        assert calls == [turn.call for turn in visible(made) if turn.call]
        assert sum(content.count("<image>") for _, content in rendered.messages) == len(rendered.images)
        assert [role for role, _ in rendered.messages[1:]] == ["user", "assistant"] * (len(rendered.messages) // 2)


def spelled(good: Trajectory, name: str) -> list[str]:
    return [content for _, content in render(good, SPOKEN[name]).messages[1:]]


def test_results_between_tags_of_their_own(good: Trajectory) -> None:
    hermes, result = spelled(good, "hermes"), spelled(good, "hermes_result")
    assert result == [content.replace("tool_response>", "tool_result>") for content in hermes]
    assert "tool_result>" in result[2]


def test_the_answer_between_tags_of_its_own(good: Trajectory) -> None:
    hermes, final = spelled(good, "hermes"), spelled(good, "hermes_final")
    assert final[:-2] == hermes[:-2]
    assert final[-2] == hermes[-2].replace("answer>", "final>")
    assert "Answer now, between <final> and </final>." in final[-2]
    system = system_content("Put it between <answer> and </answer>.", "[]", SPOKEN["hermes_final"])
    assert system == "Put it between <final> and </final>."
    assert final[-1] == "<think>\nBoth agree.\n</think>\n\nThe sign is clear.\n<final>B</final>"


@pytest.mark.parametrize("name", SPOKEN)
def test_a_window_starts_before_it_ends(good: Trajectory, name: str) -> None:
    """A model that wrote the end first would have to settle on it before it knows the start."""
    called = "start_time" if "renamed" in name or name == "listed" else "start_s"
    ends = called.replace("start", "end")
    if name in KNOWN:
        listed = render(replace(good, turns=(*good.turns[:2], good.turns[-1]), tools_json=tools_of(name)), SPOKEN[name])
    else:
        listed = render(good, SPOKEN[name])
        assert listed.messages[2][1].index(called) < listed.messages[2][1].index(ends)
    system = listed.messages[0][1]
    assert name == "caption_tree" or system.index(f'"{called}": {{') < system.index(f'"{ends}": {{')


def test_the_tools_take_what_they_require_first() -> None:
    """What stands first in `required` is spelled first, so it has to be in the order of the tool's own arguments."""
    for name, one in TOOLS.items():
        if one.ends:
            continue
        (listed,) = json.loads(grounded_tools_json((name,)))
        required, properties = (listed["parameters"][key] for key in ("required", "properties"))
        assert [*required, *(key for key in properties if key not in required)] == list(one.arguments.model_fields)


def test_arguments_as_a_list_of_clips(good: Trajectory) -> None:
    assert spelled(good, "hermes_clips")[1].endswith(
        '<tool_call>\n{"name": "temporal_zoom", "arguments": [{"start_s": 10.0, "end_s": 14.5}]}\n</tool_call>'
    )


def test_a_window_in_a_list_of_one(good: Trajectory) -> None:
    """VideoSEAL's visual_inspect takes nothing but `spans`."""
    assert spelled(good, "listed")[1].endswith(
        '<tool_call>\n{"name": "temporal_zoom", "arguments": {"spans": [{"start_time": "00:00:10", "end_time":'
        ' "00:00:14.5"}]}}\n</tool_call>'
    )
    (listed,) = (one for one in json.loads(said_in(good, IN_A_LIST)[0].tools_json) if one["name"] == "temporal_zoom")
    assert listed["parameters"]["required"] == ["spans"]
    items = listed["parameters"]["properties"]["spans"]["items"]
    assert items["required"] == ["start_time", "end_time"]
    assert items["properties"]["start_time"] == {"type": "string", "description": "Start of the window as HH:MM:SS."}
    two = ("temporal_zoom", '{"spans":[{"start_time":1},{"start_time":2}]}')
    assert ours_again(two, IN_A_LIST.tools) == two, "one window is opened by a call"
    with pytest.raises(ValueError, match="spans"):
        Dialect(tools={"temporal_zoom": NativeTool(arguments={"start_s": "spans"}, window_in="spans")})


def test_a_call_that_names_the_video(good: Trajectory) -> None:
    """LongVT's crop_video takes no call without `video_path`, and its prompt tells the path."""
    question, call, *_ = spelled(good, "of a file")
    assert "The video lasts 60.0 s. 2 frames at 10.00, 11.00 s.\nThe video is at clips/v1.mp4.\n\n" in question
    assert '{"name": "crop_video", "arguments": {"video_path": "clips/v1.mp4", "start_s": 10.0, "end_s": 14.5}}' in call
    assert "The video is at" not in spelled(good, "hermes")[0]
    without = replace(good, turns=(*good.turns[:2], good.turns[-1]), tools_json=grounded_tools_json(("overview",)))
    assert "The video is at" not in spelled(without, "of a file")[0], "no call of theirs names it"
    (listed,) = (one for one in json.loads(said_in(good, OF_A_FILE)[0].tools_json) if one["name"] == "crop_video")
    assert listed["parameters"]["required"] == ["video_path", "start_s", "end_s"]


def test_a_list_of_clips_is_what_the_prompt_asks_for(good: Trajectory) -> None:
    clips, hermes = (render(good, SPOKEN[name]).messages[0][1] for name in ("hermes_clips", "hermes"))
    assert clips.endswith('{"name": <function-name>, "arguments": [<args-json-object>]}\n</tool_call>')
    assert hermes.endswith('{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>')
    assert "a list of clips" in clips and "a list of clips" not in hermes


def test_parameters_as_elements(good: Trajectory) -> None:
    assert spelled(good, "qwen_xml")[1] == (
        "<think>\nThe sign may be in the middle.\n</think>\n\nI look at the middle.\n\n<tool_call>\n"
        "<function=temporal_zoom>\n<parameter=start_s>\n10.0\n</parameter>\n<parameter=end_s>\n14.5\n</parameter>\n"
        "</function>\n</tool_call>"
    )
    assert spelled(good, "qwen_xml")[3] == (
        "<think>\nSomebody may say it.\n</think>\n\n<tool_call>\n<function=subtitle_retrieval>\n<parameter=query>\n"
        "<\\image> gate\n</parameter>\n<parameter=top_k>\n3\n</parameter>\n</function>\n</tool_call>"
    )
    system = render(good, SPOKEN["qwen_xml"]).messages[0][1]
    assert system.startswith("# Tools\n\nYou have access to the following functions:\n\n<tools>\n{")
    assert system.endswith("</IMPORTANT>\n\nYou answer a question. Put the answer between <answer> and </answer>.")


def test_a_call_that_fits_no_tool_has_no_parameters(good: Trajectory) -> None:
    turns = list(good.turns)
    for arguments, name in (('{"speed":2}', "temporal_zoom"), ("{}", "jump")):
        turns[4] = replace(turns[4], calls=(replace(turns[4].calls[0], name=name, arguments_json=arguments),))
        with pytest.raises(InputError) as caught:
            render(replace(good, turns=tuple(turns)), SPOKEN["qwen_xml"])
        assert caught.value.code == "untrainable_turn"


def test_tools_under_the_names_of_the_model(good: Trajectory) -> None:
    said = said_in(good, RENAMED)
    tools = {tool["name"]: tool for tool in json.loads(said[0].tools_json)}
    assert "temporal_zoom" not in tools
    assert tools["crop_video"] == {
        "name": "crop_video",
        "description": "Crops the video.",
        "parameters": {
            "type": "object",
            "properties": {
                "start_time": {"type": "number", "description": "Start of the window in seconds."},
                "end_time": {"type": "number", "description": "End of the window in seconds."},
            },
            "required": ["start_time", "end_time"],
        },
    }
    assert list(tools["subtitle_retrieval"]["parameters"]["properties"]) == ["k", "query"]
    assert [turn.call for turn in said if turn.call] == [
        ("crop_video", '{"end_time":14.5,"start_time":10.0}'),
        ("subtitle_retrieval", '{"k":3,"query":"<image> gate"}'),
    ]
    assert native_tools(TOOLS_JSON, {}) == TOOLS_JSON


@pytest.mark.parametrize("name", ["renamed", "listed", "of a file", "renamed hms"])
def test_what_is_in_the_models_words_already_stays(good: Trajectory, name: str) -> None:
    """So that a row can be made again from what it says itself."""
    dialect = SPOKEN[name]
    listed = said_in(good, dialect)[0].tools_json
    assert tools_in(listed, dialect) == listed
    asked = rl_question(good, 1)
    problem = problem_content(asked, "Why?", dialect)
    told = problem.removeprefix("<image>" * len(asked.frames)).partition("\n\n")[0]
    again = replace(asked, look_text=told, tools_json=listed)
    assert problem_content(again, "Why?", dialect) == problem


OPENING = [("user", "q")]
UNREADABLE = {
    "hermes_result": ("user", "<tool_response>\nb\n</tool_response>"),
    "hermes_clips": ("assistant", '<tool_call>\n{"name": "a", "arguments": {}}\n</tool_call>'),
    "qwen_xml": ("assistant", "<tool_call>\n<function=jump>\n</function>\n</tool_call>"),
}
NO_PARAMETERS = (
    "<parameter=top_k>\nmany\n</parameter>\n",
    "<parameter=speed>\nfast\n</parameter>\n",
    "<parameter=query>\nopen\n",
    "to the end\n",
)


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_another_dialect_writes_is_not_read(name: str) -> None:
    dialect = SPOKEN[name]
    role, content = UNREADABLE[name]
    messages = [("system", system_content("s", TOOLS_JSON, dialect)), *OPENING]
    messages += [("assistant", "Hm."), (role, content)] if role == "user" else [(role, content)]
    if role == "user":
        assert parse(messages, dialect)[-1].role == "user"  # so it is no answer of a tool
        return
    with pytest.raises(InputError) as caught:
        parse(messages, dialect)
    assert caught.value.code == "bad_rendering"


@pytest.mark.parametrize("rows", NO_PARAMETERS)
def test_parameters_are_read_strictly(rows: str) -> None:
    dialect = SPOKEN["qwen_xml"]
    call = f"<tool_call>\n<function=clip_retrieval>\n{rows}</function>\n</tool_call>"
    with pytest.raises(InputError) as caught:
        parse([("system", system_content("s", TOOLS_JSON, dialect)), *OPENING, ("assistant", call)], dialect)
    assert caught.value.code == "bad_rendering"


SPELLED: dict[str, tuple[str, dict[str, Any], str]] = {
    "video_zoom": (
        "temporal_zoom_fps",
        {"start_s": 12.0, "end_s": 14.5, "fps": 2.0},
        '<video_zoom>{"segment": [12.0, 14.5], "fps": 2.0}</video_zoom>',
    ),
    "grounding": (
        "temporal_zoom_detail",
        {"start_s": 12.0, "end_s": 14.5, "detail": "fine"},
        '<grounding>{"temporal_segment": [12.0, 14.5], "sampling_strategy": "fine"}</grounding>',
    ),
    "caption_tree": ("get_caption", {"path": "1,2,3"}, "<tool>get_caption((1,2,3))</tool>"),
    "agents": (
        "inspect",
        {"start_s": 12.0, "end_s": 14.5, "question": "Who <image> waves?"},
        "<search>12.0-14.5: Who <\\image> waves?</search>",
    ),
}
UNSAYABLE: dict[str, tuple[str, dict[str, Any]]] = {
    "video_zoom": ("temporal_zoom", {"start_s": 1.0, "end_s": 2.0}),
    "grounding": ("temporal_zoom_detail", {"start_s": 1.0, "end_s": 2.0}),
    "caption_tree": ("get_caption", {"path": "0"}),
    "agents": ("inspect", {"start_s": 1e-7, "end_s": 2.0, "question": "Who?"}),
}
NOT_OF_THE_FORM = {
    "video_zoom": '<video_zoom>{"segment": [1.0, 2.0], "fps": 1.0, "why": "so"}</video_zoom>',
    "grounding": "<grounding>{}</grounding>",
    "caption_tree": "<tool>get_caption((1,2,3,4))</tool>",
    "agents": "<search>Who waves?</search>",
}


def asking(good: Trajectory, name: str, tool_name: str, arguments: dict[str, Any]) -> Trajectory:
    """A conversation with one call."""
    call = Call("c", tool_name, canonical(arguments))
    look = Turn("tool", call_id="c", look_text="Seen.")
    turns = (*good.turns[:2], Turn("assistant", "I look.", "Hm.", (call,)), look, good.turns[-1])
    return replace(good, turns=turns, tools_json=tools_of(name))


@pytest.mark.parametrize("name", SPELLED)
def test_an_action_between_its_tags(good: Trajectory, name: str) -> None:
    tool_name, arguments, action = SPELLED[name]
    system, _, said, *_ = (m[1] for m in render(asking(good, name, tool_name, arguments), SPOKEN[name]).messages)
    thoughts = DIALECTS[SPOKEN[name].spelling].thoughts
    assert said == f"{thoughts.around('Hm.')}I look.\n{action}"
    assert tool_name == "get_caption" or tool_name not in system, "a model knows an action by its form alone"
    for told in json.loads(tools_of(name)):
        form = f"{DIALECTS[SPOKEN[name].spelling].actions[told['name']]}\n"
        listed = json.loads(system.partition(form)[2].partition("\n\n")[0])
        assert listed == {key: told[key] for key in ("description", "parameters")}


def test_actions_of_another_dialect_are_not_read() -> None:
    messages = [("system", system_content("s", tools_of("grounding"), SPOKEN["grounding"])), *OPENING]
    with pytest.raises(InputError, match="none of the actions"):
        parse([*messages, ("assistant", "Hm.")], SPOKEN["video_zoom"])


@pytest.mark.parametrize("name", UNSAYABLE)
def test_what_an_action_has_no_words_for_is_no_row(good: Trajectory, name: str) -> None:
    with pytest.raises(InputError) as caught:
        render(asking(good, name, *UNSAYABLE[name]), SPOKEN[name])
    assert caught.value.code == "untrainable_turn"
    assert "has no words for" in caught.value.detail


@pytest.mark.parametrize("name", NOT_OF_THE_FORM)
def test_an_action_of_another_form_is_not_read(name: str) -> None:
    dialect = SPOKEN[name]
    messages = [("system", system_content("s", tools_of(name), dialect)), *OPENING]
    with pytest.raises(InputError) as caught:
        parse([*messages, ("assistant", NOT_OF_THE_FORM[name])], dialect)
    assert caught.value.code == "bad_rendering"


@pytest.mark.parametrize("body", ["get_caption((2))", "video_qa((1,2,3), Who waves?)", 'video_qa((2), "Who waves?")'])
def test_an_action_that_is_no_python_is_not_read(body: str) -> None:
    """LongVideo-R1's tool server answers nothing to these."""
    dialect = SPOKEN["caption_tree"]
    messages = [("system", system_content("s", tools_of("caption_tree"), dialect)), *OPENING]
    with pytest.raises(InputError) as caught:
        parse([*messages, ("assistant", f"<tool>{body}</tool>")], dialect)
    assert caught.value.code == "bad_rendering"


def test_actions_on_the_tree_are_python(good: Trajectory) -> None:
    """LongVideo-R1's tool server and its reward take a call apart with this expression, and read it as Python."""
    chance = random.Random(9)
    for _ in range(250):
        path = [chance.randint(1, 8) for _ in range(chance.randint(1, 3))]
        given, question = ",".join(map(str, path)), random_text(chance)
        asked: dict[str, dict[str, Any]] = {
            "get_caption": {"path": given},
            "inspect_node": {"path": given, "question": question},
        }
        for name, arguments in asked.items():
            made = asking(good, "caption_tree", name, arguments)
            body = render(made, SPOKEN["caption_tree"]).messages[2][1].partition("<tool>")[2].removesuffix("</tool>")
            called = re.match(r"(\w+)\((.*)\)", body)
            assert called
            read = ast.literal_eval(called[2])
            if name == "get_caption":
                assert (called[1], read) == ("get_caption", tuple(path))
            else:
                assert (called[1], read) == ("video_qa", (tuple(path), escape(question)))
