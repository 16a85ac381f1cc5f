"""Odd replies: each ends in an error that the teacher can recover from, or in a filtered rollout, never in a crash."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.chat import Call, ChatReply
from schemas.codec import from_json, to_json
from schemas.trajectory import Turn
from tests.explore.scripted import calls, says
from tests.explore.test_loop import ZOOM, run
from transforms.explore.loop import Rollout
from transforms.tools.base import parameters
from transforms.tools.registry import TOOLS

HUGE = "9" * 400
ANSWER = says("<answer>A</answer>")

BAD_ARGUMENTS = {
    "deep lists": "[" * 100_000,
    "deep lists, closed": "[" * 900 + "]" * 900,
    "deep objects": '{"a":' * 100_000,
    "deep inside": '{"start_s": ' + "[" * 400 + "]" * 400 + ', "end_s": 5}',
    "nan": '{"start_s": NaN, "end_s": 5}',
    "infinity": '{"start_s": 1, "end_s": Infinity}',
    "too great": '{"start_s": 1, "end_s": 1e999}',
    "400 digits": f'{{"start_s": 1, "end_s": {HUGE}}}',
    "5000 digits": f'{{"start_s": 1, "end_s": {"9" * 5000}}}',
    "400 digits, quoted": f'{{"start_s": 1, "end_s": "{HUGE}"}}',
    "true": '{"start_s": true, "end_s": 5}',
    "null": "null",
    "a text": '"start_s"',
    "empty lists": "[]",
    "surrogate key": '{"start_s": 1, "end_s": 5, "\\ud800": 1}',
    "surrogate text": '{"start_s": "\\udfff", "end_s": 5}',
    "raw surrogate": '{"start_s": "\udfff", "end_s": 5}',
    "nul": "\0",
}


@pytest.mark.parametrize("arguments", BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_bad_arguments(tmp_path: Path, arguments: str) -> None:
    rollout, chat = run(tmp_path, [calls(("caption_zoom", arguments)), ANSWER])
    assert rollout.turns[3].error
    assert (rollout.answer, rollout.code) == ("A", "")
    assert len(rollout.turns[3].read_text) < 500
    assert chat.requests[1].messages[3].text == rollout.turns[3].read_text
    _written_and_read_back(rollout)


@pytest.mark.parametrize("top_k", [HUGE, "-" + HUGE, "true", "NaN", "5.5", '"five"'], ids=lambda text: text[:6])
def test_bad_numbers_of_clips(tmp_path: Path, top_k: str) -> None:
    arguments = f'{{"query": "gate", "top_k": {top_k}}}'
    rollout, _ = run(tmp_path, [calls(("clip_retrieval", arguments)), ANSWER])
    assert rollout.turns[3].error
    assert len(rollout.turns[3].read_text) < 500
    _written_and_read_back(rollout)


@pytest.mark.parametrize(
    "reply",
    [
        says("It is \ud800 gate. <answer>A</answer>"),
        ChatReply("<answer>A</answer>", "Hm \udc00.", (), "stop", model="m\ud800"),
        says("\ud800<think>\ud801</think><answer>A</answer>"),
        ChatReply("", "", (Call("i\ud800", "caption_\udc00zoom", "{}"),), "calls"),
        ChatReply("", "", (Call("i", "x" * 5000, "{}"),), "calls"),
        calls(("clip_retrieval", '{"query": "gate \\ud83d"}')),
        calls(("clip_retrieval", '{"query": "gate \ud83d"}')),
        calls(("subtitle_retrieval", '{"query": "\\ud800\\ud800"}')),
        says("<think>" * 10_000),
        says("</think>" * 10_000),
        says("<answer>" * 10_000),
        says("<answer>" * 10_000 + "</answer>" * 10_000),
    ],
    ids=lambda reply: repr(reply)[:40],
)
def test_odd_texts(tmp_path: Path, reply: ChatReply) -> None:
    rollout, _ = run(tmp_path, [reply, ANSWER])
    assert rollout.code == ""
    assert all(len(turn.read_text) < 500 for turn in rollout.turns[2:])
    _written_and_read_back(rollout)


def test_a_surrogate_is_one_replacement_mark_and_a_pair_is_its_letter(tmp_path: Path) -> None:
    query = '{"query": "gate \\ud83d or \\ud83d\\ude00"}'
    rollout, _ = run(tmp_path, [calls(("clip_retrieval", query)), says("a\ud800b <answer>\ud83d\ude00</answer>")])
    assert json.loads(rollout.turns[2].calls[0].arguments_json)["query"] == "gate \ufffd or \U0001f600"
    assert (rollout.turns[4].text, rollout.answer) == ("a\ufffdb", "\U0001f600")


ACCEPTED: list[tuple[str, Any, dict[str, Any]]] = [
    ("caption_zoom", {"start_s": "20", "end_s": " 26.0 "}, {"start_s": 20.0, "end_s": 26.0}),
    ("caption_zoom", {"end_s": 26, "start_s": 20.0}, {"start_s": 20.0, "end_s": 26.0}),
    ("subtitle_zoom", {"start_s": -0.0, "end_s": 2.125}, {"start_s": 0.0, "end_s": 2.125}),
    ("clip_retrieval", {"query": "gate", "top_k": "5"}, {"query": "gate", "top_k": 5}),
    ("clip_retrieval", {"query": "gate", "top_k": 5.0}, {"query": "gate", "top_k": 5}),
    ("clip_retrieval", {"query": "gate"}, {"query": "gate", "top_k": 5}),
    ("subtitle_retrieval", {"query": "ferry", "top_k": 2}, {"query": "ferry", "top_k": 2}),
    ("overview", {}, {}),
    ("overview", "", {}),
]


@pytest.mark.parametrize(("name", "given", "stored"), ACCEPTED, ids=lambda value: str(value)[:30])
def test_accepted_calls_are_stored_as_their_schema_has_them(
    tmp_path: Path, name: str, given: Any, stored: dict[str, Any]
) -> None:
    rollout, chat = run(tmp_path, [calls((name, given)), ANSWER])
    assert not rollout.turns[3].error
    spelled = rollout.turns[2].calls[0].arguments_json
    assert spelled == json.dumps(stored, sort_keys=True, separators=(",", ":"))
    jsonschema.validate(json.loads(spelled), parameters(TOOLS[name].arguments))
    assert chat.requests[1].messages[2].calls[0].arguments_json == spelled


@pytest.mark.parametrize("value", [True, False])
def test_truth_values_are_no_numbers(tmp_path: Path, value: bool) -> None:
    rollout, _ = run(tmp_path, [calls(("clip_retrieval", {"query": "gate", "top_k": value})), ANSWER])
    assert rollout.turns[3].error
    assert "top_k: Value error, true and false are no numbers" in rollout.turns[3].read_text
    assert json.loads(rollout.turns[2].calls[0].arguments_json)["top_k"] is value


def test_a_call_beside_the_last_answer_is_dropped(tmp_path: Path) -> None:
    both = ChatReply("<answer>B</answer>", "", (Call("x", "overview", "{}"),), "calls")
    rollout, _ = run(tmp_path, [calls(ZOOM), both], max_turns=1)
    assert (rollout.answer, rollout.code, rollout.turns[-1].calls) == ("B", "", ())


def test_a_call_beside_an_early_answer_is_made(tmp_path: Path) -> None:
    both = ChatReply("<answer>B</answer>", "", (Call("x", "overview", "{}"),), "calls")
    rollout, _ = run(tmp_path, [both, ANSWER])
    assert (rollout.answer, len(rollout.turns[2].calls), rollout.turns[3].role) == ("A", 1, "tool")


def test_answers_inside_thoughts_do_not_count(tmp_path: Path) -> None:
    thought = says("<think>It says <answer>Gate 99</answer> no wait</think>Gate 14 opens")
    rollout, chat = run(tmp_path, [thought, ANSWER])
    assert (rollout.answer, rollout.code) == ("A", "")
    assert (rollout.turns[2].text, rollout.turns[2].reasoning) == (
        "Gate 14 opens",
        "It says <answer>Gate 99</answer> no wait",
    )
    assert chat.requests[1].reasoning_as == "content"


def _written_and_read_back(rollout: Rollout) -> None:
    assert all(from_json(Turn, to_json(turn)) == turn for turn in rollout.turns)
