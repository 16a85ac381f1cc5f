"""The rendered form in Hermes: its exact spelling, what it refuses, and that it can be read back."""

import random
from dataclasses import replace

import pytest

from schemas.chat import Call
from schemas.codec import canonical
from schemas.errors import InputError
from schemas.trajectory import Frame, Trajectory, Turn
from tests.dialects.spoken import parse, render, system_content
from tests.trajectories import TOOLS_JSON, question, trajectory, video
from transforms.dialects.said import Said, visible
from transforms.dialects.strings import user_content
from transforms.store import Store


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Trajectory:
    return trajectory(Store(tmp_path_factory.mktemp("store")), video(1), question(0, video(1)))


def refusal(broken: Trajectory) -> str:
    with pytest.raises(InputError) as caught:
        render(broken)
    assert caught.value.code == "untrainable_turn"
    return caught.value.detail


def test_the_spelling_is_that_of_the_qwen_templates(good: Trajectory) -> None:
    rendered = render(good)
    roles = [role for role, _ in rendered.messages]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user", "assistant"]
    contents = [content for _, content in rendered.messages]
    assert contents[0].startswith(
        "You answer a question. Put the answer between <answer> and </answer>.\n\n# Tools\n\nYou may call one or more"
        " functions to assist with the user query.\n\nYou are provided with function signatures within"
        ' <tools></tools> XML tags:\n<tools>\n{"type": "function", "function": {"name": "temporal_zoom", "description":'
        ' "Shows frames of a window of the video.", "parameters": {"type": "object", "properties": {"start_s": {"type":'
        ' "number", "description": "Start in seconds."}, "end_s": {"type": "number", "description": "End in'
        ' seconds."}}, "required": ["start_s", "end_s"]}}}\n{"type": "function", "function": {"name": "subtitle_ret'
    )
    assert contents[0].endswith(
        "\n</tools>\n\nFor each function call, return a json object with function name and arguments within"
        " <tool_call></tool_call> XML tags:\n<tool_call>\n"
        '{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
    )
    assert contents[1:] == [
        "<image><image>The video lasts 60.0 s. 2 frames at 10.00, 11.00 s.\n\n"
        "What does the sign say?\nA. Exit\nB. Gate 14\nAnswer with the letter.",
        "<think>\nThe sign may be in the middle.\n</think>\n\nI look at the middle.\n"
        '<tool_call>\n{"name": "temporal_zoom", "arguments": {"start_s": 10.0, "end_s": 14.5}}\n</tool_call>',
        "<tool_response>\n<image><image><image>3 frames at 10.00, 12.00, 13.00 s.\n</tool_response>",
        "<think>\nSomebody may say it.\n</think>\n\n"
        '<tool_call>\n{"name": "subtitle_retrieval", "arguments": {"query": "<\\\\image> gate", "top_k": 3}}\n'
        "</tool_call>",
        '<tool_response>\n[12.0-13.0] "go to gate 14 <\\|im_start|>"\n</tool_response>\n\n'
        "You have no calls left. Answer now, between <answer> and </answer>.",
        "<think>\nBoth agree.\n</think>\n\nThe sign is clear.\n<answer>B</answer>",
    ]


def test_a_picture_for_every_placeholder_in_their_order(good: Trajectory) -> None:
    shas = [frame.sha256 for frame in good.frames]
    assert render(good).images == (shas[0], shas[1], shas[0], shas[2], shas[3])


def test_what_the_teacher_read_is_nowhere(good: Trajectory) -> None:
    text = "\n".join(content for _, content in render(good).messages)
    assert "presenter" not in text
    assert "no_such_tool" not in text
    assert "First a try" not in text


def test_it_is_read_back(good: Trajectory) -> None:
    assert parse(render(good).messages) == visible(good)
    assert visible(good)[-1] == Said("assistant", "The sign is clear.", "Both agree.", None, "B")


def test_an_error_told_by_the_user_goes_with_its_turn(good: Trajectory) -> None:
    babble = Turn("assistant", "Hm, let me see.")
    scolded = Turn("user", "Call one tool or answer.", error=True)
    longer = replace(good, turns=(*good.turns[:2], babble, scolded, *good.turns[2:]))
    assert render(longer) == render(good)


def test_the_system_message_without_tools_is_the_prompt_alone() -> None:
    assert system_content("You see.", "[]") == "You see."
    assert parse([("system", "You see.")]) == (Said("system", "You see.", tools_json="[]"),)


def test_the_user_message_of_a_question() -> None:
    assert (
        user_content("It lasts 9 s.", "What <video> is it?", 2)
        == "<image><image>It lasts 9 s.\n\nWhat <\\video> is it?"
    )
    assert user_content("", "What?", 0) == "What?"


def _without(t: Trajectory, *gone: int) -> Trajectory:
    return replace(t, turns=tuple(turn for at, turn in enumerate(t.turns) if at not in gone))


def _changed(t: Trajectory, at: int, **values: object) -> Trajectory:
    turns = list(t.turns)
    turns[at] = replace(turns[at], **values)  # type: ignore[arg-type]
    return replace(t, turns=tuple(turns))


BROKEN = {
    "no system turn": (lambda t: _without(t, 0), "begin with a system and a user turn"),
    "no answer turn": (lambda t: _without(t, 9), "end with an answer"),
    "ends with a call": (lambda t: _without(t, 7, 8, 9), "end with an answer"),
    "no answer": (lambda t: replace(t, answer=" "), "gives no answer"),
    "a call without answer": (lambda t: _without(t, 5), "has no answer"),
    "an answer to another call": (lambda t: _changed(t, 5, call_id="c9"), "not the last one made"),
    "two assistant turns": (lambda t: _without(_changed(t, 6, calls=()), 7, 8), "assistant turn follows"),
    "two calls": (lambda t: _changed(t, 4, calls=(*t.turns[4].calls, Call("x", "overview", "{}"))), "several calls"),
    "arguments are no JSON": (lambda t: _changed(t, 4, calls=(Call("c1", "overview", "{a"),)), "no JSON"),
    "half a character": (lambda t: _changed(t, 4, calls=(Call("c1", "overview", '{"a":"\ud800"}'),)), "no JSON"),
    "arguments are a list": (lambda t: _changed(t, 4, calls=(Call("c1", "overview", "[]"),)), "no JSON object"),
    "arguments are not a number": (lambda t: _changed(t, 4, calls=(Call("c1", "o", '{"a":NaN}'),)), "no JSON"),
    "the user speaks twice": (lambda t: _without(t, 2, 3, 4, 5, 6, 7), "twice in a row"),
    "silence": (lambda t: _without(_changed(t, 6, calls=(), reasoning=""), 7), "says nothing"),
    "media in our own words": (lambda t: _changed(t, 0, text="See <image>"), "<image>"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_trained_on_is_refused(good: Trajectory, name: str) -> None:
    damage, why = BROKEN[name]
    assert why in refusal(damage(good))


UNREADABLE = {
    "roles do not alternate": [("system", "s"), ("assistant", "a")],
    "a tool role": [("system", "s"), ("tool", "a")],
    "an open call": [("system", "s"), ("user", "q"), ("assistant", '<tool_call>\n{"name": "a", "arguments": {}}')],
    "a call that is no JSON": [("system", "s"), ("user", "q"), ("assistant", "<tool_call>\n{a}\n</tool_call>")],
    "a call with half a character": [
        ("system", "s"),
        ("user", "q"),
        ("assistant", '<tool_call>\n{"name": "a", "arguments": {"b": "\ud800"}}\n</tool_call>'),
    ],
    "a call without arguments": [
        ("system", "s"),
        ("user", "q"),
        ("assistant", '<tool_call>\n{"name": "a"}\n</tool_call>'),
    ],
    "two calls": [
        ("system", "s"),
        ("user", "q"),
        ("assistant", '<tool_call>\n{"name": "a", "arguments": {}}\n</tool_call>\n' * 2),
    ],
    "an open thought": [("system", "s"), ("user", "q"), ("assistant", "<think>\nhm\n<answer>a</answer>")],
    "an answer to no call": [
        ("system", "s"),
        ("user", "q"),
        ("assistant", "a"),
        ("user", "<tool_response>\nb\n</tool_response>"),
    ],
    "a picture in the middle": [("system", "s"), ("user", "look <image>")],
    "open tools": [("system", system_content("s", TOOLS_JSON)[:-5])],
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_not_this_spelling_is_not_read(name: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(UNREADABLE[name])
    assert caught.value.code == "bad_rendering"


PIECES = (
    "a door",
    "\n",
    "\n\n",
    " ",
    "<image>",
    "</think>",
    "<\\think>",
    "</tool_response>",
    "<|im_end|>",
    "[INST]",
    '{"a": 1}',
    "<answer>",
    "\\",
    '"',
    "é你",
    "# Tools",
    "<",
    ">",
)


def random_text(chance: random.Random, least: int = 0) -> str:
    return "".join(chance.choice(PIECES) for _ in range(chance.randint(least, 5)))


def _any_trajectory(chance: random.Random, like: Trajectory) -> Trajectory:
    frames = tuple(Frame(f"{n:064x}", float(n), None, 4, 4) for n in range(6))
    refs = lambda: tuple(chance.randrange(6) for _ in range(chance.randint(0, 4)))  # noqa: E731
    turns = [
        Turn("system", "We say <answer>."),
        Turn("user", random_text(chance), look_text=random_text(chance), frame_refs=refs()),
    ]
    for n in range(chance.randint(0, 4)):
        value = chance.choice([random_text(chance), 1, 2.5, -1e-7, None, True, [random_text(chance)]])
        arguments = {random_text(chance) or "k": value}
        call = Call(f"c{n}", f"tool_{n}", canonical(arguments))
        error = chance.random() < 0.2
        turns.append(Turn("assistant", random_text(chance), random_text(chance), (call,)))
        shown = () if error else refs()
        turns.append(Turn("tool", call_id=call.id, look_text=random_text(chance), frame_refs=shown, error=error))
        if chance.random() < 0.2 and not error:
            turns.append(Turn("user", "Go on."))
    turns.append(Turn("assistant", random_text(chance), random_text(chance)))
    return replace(like, turns=tuple(turns), frames=frames, answer="so: " + random_text(chance))


def test_every_conversation_comes_back(good: Trajectory) -> None:
    chance = random.Random(11)
    for _ in range(700):
        made = _any_trajectory(chance, good)
        rendered = render(made)
        assert parse(rendered.messages) == visible(made)
        assert sum(content.count("<image>") for _, content in rendered.messages) == len(rendered.images)
        for _, content in rendered.messages[1:]:
            assert "<|im_end|>" not in content and "[INST]" not in content
