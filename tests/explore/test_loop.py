"""The teacher's loop: what it is shown, when it ends, what is remembered, and what a bad turn becomes."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.chat import ChatReply
from schemas.errors import EngineError
from schemas.settings import DEFAULT_TOOLS, Explore, Ground, ToolName
from schemas.source import Evidence, Question
from schemas.span import Span
from tests.explore.scripted import Line, Scripted, calls, says
from tests.tools.test_tools import TIMES, scene
from transforms.explore.loop import Rollout, explore, rollout_seed
from transforms.store import Store
from transforms.tools.looks import looks
from transforms.tools.registry import grounded_tools_json

QUESTION = Question("q", "v", "What does the sign say?", "choice", "Gate 14", ("Gate 14", "Gate 41"))
ZOOM = ("caption_zoom", {"start_s": 2, "end_s": 6})


def run(
    tmp_path: Path,
    lines: list[Line],
    question: Question = QUESTION,
    rollout: int = 0,
    max_turns: int = 8,
    tools: tuple[ToolName, ...] = DEFAULT_TOOLS,
) -> tuple[Rollout, Scripted]:
    chat = Scripted(lines)
    chosen = Explore(max_turns=max_turns, tools=tools)
    return asyncio.run(explore(scene(), question, rollout, chosen, chat, Store(tmp_path))), chat


def test_a_plain_rollout(tmp_path: Path) -> None:
    rollout, chat = run(tmp_path, [calls(ZOOM), says("It is gate 14. <answer> A </answer>")])
    assert [turn.role for turn in rollout.turns] == ["system", "user", "assistant", "tool", "assistant"]
    assert (rollout.answer, rollout.code) == ("A", "")
    assert (rollout.prompt_tokens, rollout.completion_tokens) == (20, 10)
    assert rollout.turns[2].calls[0].arguments_json == '{"end_s":6.0,"start_s":2.0}'
    assert rollout.turns[3].call_id == rollout.turns[2].calls[0].id == "call_2_0"
    assert rollout.turns[4].text == "It is gate 14."
    first = chat.requests[0]
    assert [message.role for message in first.messages] == ["system", "user"]
    assert first.messages[1].text.startswith("The video lasts 60.0 s.\nsix scenes")
    assert "A. Gate 14" in first.messages[1].text
    assert chat.requests[1].messages[3].text == rollout.turns[3].read_text
    assert {request.seed for request in chat.requests} == {rollout_seed(Explore(), QUESTION, 0)}


def test_the_teacher_never_sees_answer_or_evidence(tmp_path: Path) -> None:
    lines = [calls(ZOOM), says("<answer>A</answer>")]
    other = replace(QUESTION, answer="Gate 41", evidence=(Evidence(Span(50.0, 55.0), None, "screen", "SECRET"),))
    one, first = run(tmp_path / "one", list(lines))
    two, second = run(tmp_path / "two", list(lines), other)
    assert one == two
    assert first.requests == second.requests


def test_an_answer_is_demanded_when_the_calls_are_used_up(tmp_path: Path) -> None:
    lines: list[Line] = [calls(ZOOM), calls(("overview", {})), says("<answer>B</answer>")]
    rollout, chat = run(tmp_path, lines, max_turns=2)
    assert [request.tool_choice for request in chat.requests] == ["auto", "auto", "none"]
    assert rollout.turns[-2].role == "user"
    assert rollout.turns[-2].text.startswith("You have no calls left.")
    assert (rollout.answer, rollout.code) == ("B", "")


def test_no_answer_even_then(tmp_path: Path) -> None:
    rollout, _ = run(tmp_path, [calls(ZOOM), says("Hm.")], max_turns=1)
    assert (rollout.answer, rollout.code) == ("", "no_answer")


def test_a_server_that_calls_although_it_may_not_has_said_its_last_words(tmp_path: Path) -> None:
    """A record that ends with a call is malformed, which counts as a failure; this one is only unfinished."""
    rollout, _ = run(tmp_path, [calls(ZOOM), replace(calls(ZOOM), text="I look again.")], max_turns=1)
    assert (rollout.answer, rollout.code) == ("", "no_answer")
    assert (rollout.turns[-1].text, rollout.turns[-1].calls) == ("I look again.", ())


def test_one_correction_and_no_second(tmp_path: Path) -> None:
    rollout, chat = run(tmp_path, [says("Hm."), calls(ZOOM), says("<answer>A</answer>")])
    assert (rollout.answer, rollout.code) == ("A", "")
    assert [turn.error for turn in rollout.turns[:4]] == [False, False, False, True]
    assert chat.requests[1].messages[-1].text.startswith("Your reply held neither")
    rollout, _ = run(tmp_path / "again", [says("Hm."), says("Hm!")])
    assert (rollout.answer, rollout.code) == ("", "no_answer")


@pytest.mark.parametrize(
    ("start_s", "end_s", "said"),
    [
        (0, 31, "The window must be at least 1 s and at most 30.0 s long, but this one is 31 s long."),
        (3, 3.8, "The window must be at least 1 s and at most 30.0 s long, but this one is 0.8 s long."),
        (
            2.2,
            6,
            "You looked from 2 to 6 s, which is nearly the same: its result stands above. Look elsewhere, or answer.",
        ),
    ],
    ids=["too long", "too short", "opened before"],
)
def test_a_window_that_verifiers_would_be_against_is_refused(
    tmp_path: Path, start_s: float, end_s: float, said: str
) -> None:
    """The teacher hears of it while it can still look elsewhere; the slip is left out of the row."""
    wrong = ("caption_zoom", {"start_s": start_s, "end_s": end_s})
    other = ("caption_zoom", {"start_s": 20, "end_s": 26})
    rollout, _ = run(tmp_path, [calls(ZOOM), calls(wrong), calls(other), says("<answer>A</answer>")])
    told = [(turn.error, turn.read_text) for turn in rollout.turns if turn.role == "tool"]
    assert told[1] == (True, said)
    assert [error for error, _ in told] == [False, True, False]
    assert rollout.turns[5].look_text == said
    assert rollout.answer == "A"


def test_a_window_is_not_opened_again_at_another_rate(tmp_path: Path) -> None:
    once, again = ({"start_s": 2, "end_s": 6, "fps": fps} for fps in (1, 2))
    chat = Scripted([calls(("caption_zoom_fps", once)), calls(("caption_zoom_fps", again)), says("<answer>A</answer>")])
    settings = Explore(tools=("caption_zoom_fps",))
    rollout = asyncio.run(explore(scene(), QUESTION, 0, settings, chat, Store(tmp_path)))
    assert rollout.turns[2].calls[0].arguments_json == '{"end_s":6.0,"fps":1.0,"start_s":2.0}'
    told = [(turn.error, turn.read_text[:25]) for turn in rollout.turns if turn.role == "tool"]
    assert told == [(False, "From 2.0 s to 6.0 s, 4 fr"), (True, "You looked from 2 to 6 s,")]


@pytest.mark.parametrize(
    ("budget", "shown"),
    [
        (Ground(overview_frames=2, frames_per_trajectory=13), ["8 frames", "3 frames", "No frames"]),
        (
            Ground(overview_frames=2, pixels_per_frame=10_000, pixels_per_trajectory=120_000),
            ["8 frames", "2 frames", "No frames"],
        ),
    ],
    ids=["frames", "pixels"],
)
@pytest.mark.parametrize("tool", ["caption_zoom", "caption_zoom_frames"])
def test_a_look_reads_what_is_left_of_the_budget(
    tmp_path: Path, budget: Ground, shown: list[str], tool: ToolName
) -> None:
    """Where nothing is left the teacher is told, and the slip is left out of the row."""
    places = [(2, 6), (20, 26), (40, 46)]
    more = [{}, {"frames": int(shown[1][0])}, {}] if tool == "caption_zoom_frames" else [{}, {}, {}]
    zooms = [(tool, {"start_s": a, "end_s": b, **n}) for (a, b), n in zip(places, more, strict=True)]
    chat = Scripted([*(calls(zoom) for zoom in zooms), says("<answer>A</answer>")])
    wanted = Explore(tools=(tool,))
    rollout = asyncio.run(explore(replace(scene(), ground=budget), QUESTION, 0, wanted, chat, Store(tmp_path)))
    told = [turn for turn in rollout.turns if turn.role == "tool"]
    assert [turn.error for turn in told] == [False, False, True]
    assert all(part in turn.read_text for part, turn in zip(shown, told, strict=True))
    plan = looks(rollout.turns, TIMES, scene().timeline, budget)
    assert [f"{len(one.look.requests)} frames" for one in plan[1:]] == shown[:2]


def test_what_was_refused_was_not_opened(tmp_path: Path) -> None:
    """Nor does a window of speech stand in the way of the same one of the picture."""
    long, heard = ("caption_zoom", {"start_s": 0, "end_s": 40}), ("subtitle_zoom", {"start_s": 2, "end_s": 6})
    rollout, _ = run(tmp_path, [calls(long), calls(long), calls(heard), calls(ZOOM), says("<answer>A</answer>")])
    assert [turn.error for turn in rollout.turns if turn.role == "tool"] == [True, True, False, False]


def test_a_part_is_looked_at_once_its_caption_was_read(tmp_path: Path) -> None:
    """LongVideo-R1's rule: `video_qa` is for a part whose caption stands above."""
    look = ("inspect_node", {"path": "(2,1)", "question": "Which gate?"})
    other, same = ("get_caption", {"path": "2"}), ("get_caption", {"path": "[2, 1]"})
    lines: list[Line] = [calls(look), calls(other), calls(look), calls(same), calls(look), says("<answer>A</answer>")]
    rollout, _ = run(tmp_path, lines, tools=("get_caption", "inspect_node"))
    results = [turn for turn in rollout.turns if turn.role == "tool"]
    assert [turn.error for turn in results] == [True, False, True, False, False]
    assert results[0].look_text == 'Call get_caption with {"path":"2,1"} first, and then inspect_node.'
    assert results[2].look_text == results[0].look_text


def test_several_calls_at_once_are_all_refused(tmp_path: Path) -> None:
    rollout, _ = run(tmp_path, [calls(ZOOM, ("overview", {})), calls(ZOOM), says("<answer>A</answer>")])
    refused = rollout.turns[3:5]
    assert [(turn.error, turn.call_id) for turn in refused] == [(True, "call_2_0"), (True, "call_2_1")]
    assert refused[0].look_text == "You made 2 calls at once. Make one call per turn."


def test_a_call_that_was_answered_is_refused_and_what_failed_may_be_tried_again(tmp_path: Path) -> None:
    reversed_window = ("caption_zoom", {"start_s": 6, "end_s": 2})
    lines: list[Line] = [calls(ZOOM), calls(("caption_zoom", {"end_s": "6", "start_s": 2.0}))]
    lines += [calls(reversed_window), calls(reversed_window), calls(("overview", {})), says("<answer>A</answer>")]
    rollout, _ = run(tmp_path, lines)
    results = [turn for turn in rollout.turns if turn.role == "tool"]
    assert [turn.error for turn in results] == [False, True, True, True, False]
    assert results[1].look_text == "You made this call before: its result stands above. Make another call, or answer."
    assert results[2].look_text == results[3].look_text != results[1].look_text
    assert rollout.answer == "A"


def test_bad_arguments_become_an_error_turn(tmp_path: Path) -> None:
    rollout, _ = run(tmp_path, [calls(("caption_zoom", '{"start_s": 2,')), says("<answer>A</answer>")])
    assert rollout.turns[2].calls[0].arguments_json == '{"start_s": 2,'
    assert rollout.turns[3].error
    assert (
        rollout.turns[3].read_text
        == rollout.turns[3].look_text
        == "The arguments are not valid JSON. Send one JSON object."
    )


@pytest.mark.parametrize(("finish", "code"), [("length", "cut_off"), ("refusal", "refusal")])
def test_cut_off_and_refused(tmp_path: Path, finish: str, code: str) -> None:
    rollout, _ = run(tmp_path, [says("<answer>A</answer>", finish)])
    assert (rollout.answer, rollout.code) == ("", code)


def test_the_last_answer_counts(tmp_path: Path) -> None:
    rollout, _ = run(tmp_path, [says("<answer>A</answer> No: <ANSWER>B</ANSWER>")])
    assert rollout.answer == "B"


def test_a_cut_off_run_pays_for_no_turn_twice(tmp_path: Path) -> None:
    with pytest.raises(EngineError):
        run(tmp_path, [calls(ZOOM), EngineError("unreachable", "down", transient=True)])
    rollout, chat = run(tmp_path, [says("<answer>A</answer>")])
    assert rollout.answer == "A"
    assert len(chat.requests) == 1
    again, chat = run(tmp_path, [])
    assert (again, chat.requests) == (rollout, [])


def test_rollouts_have_their_own_seeds_and_memos(tmp_path: Path) -> None:
    run(tmp_path, [says("<answer>A</answer>")], rollout=0)
    other, chat = run(tmp_path, [says("<answer>B</answer>")], rollout=1)
    assert (other.answer, len(chat.requests)) == ("B", 1)
    seeds = {rollout_seed(Explore(), QUESTION, n) for n in range(8)}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**31 for seed in seeds)


WITH_FINISH: tuple[ToolName, ...] = (*DEFAULT_TOOLS, "finish")


def finishing(answer: object) -> ChatReply:
    return replace(calls(("finish", {"answer": answer})), text="It is gate 14.", reasoning="I am sure.")


@pytest.mark.parametrize("answer", ["A", " A ", "<answer>A</answer>"])
def test_a_call_that_finishes_is_the_answer(tmp_path: Path, answer: str) -> None:
    """The record is that of a teacher who said the same without a call."""
    rollout, chat = run(tmp_path / "called", [calls(ZOOM), finishing(answer)], tools=WITH_FINISH)
    said, _ = run(
        tmp_path / "said", [calls(ZOOM), replace(says("It is gate 14. <answer>A</answer>"), reasoning="I am sure.")]
    )
    assert rollout == said
    assert [tool.name for tool in chat.requests[0].tools] == list(WITH_FINISH)
    assert "finish" not in grounded_tools_json(WITH_FINISH)


def test_finish_is_the_last_word_over_what_was_said_with_it(tmp_path: Path) -> None:
    both = replace(finishing("A"), text="First I thought <answer>B</answer>")
    rollout, _ = run(tmp_path, [both], tools=WITH_FINISH)
    assert (rollout.answer, rollout.turns[-1].text, rollout.turns[-1].calls) == ("A", "First I thought", ())


def test_finish_answers_when_no_calls_are_left(tmp_path: Path) -> None:
    rollout, _ = run(tmp_path, [calls(ZOOM), finishing("A")], max_turns=1, tools=WITH_FINISH)
    assert (rollout.answer, rollout.code, rollout.turns[-1].calls) == ("A", "", ())


def test_finish_that_cannot_be_done_may_be_tried_again(tmp_path: Path) -> None:
    twice = calls(("finish", {"answer": "A"}), ("finish", {"answer": "B"}))
    lines: list[Line] = [finishing(""), finishing(14), twice, finishing("B")]
    rollout, _ = run(tmp_path, lines, tools=WITH_FINISH)
    assert [turn.read_text for turn in rollout.turns if turn.role == "tool"] == [
        "The answer is empty. Give it in the form the question asks for.",
        "Wrong arguments (answer: Input should be a valid string). The arguments are: answer.",
        *["You made 2 calls at once. Make one call per turn."] * 2,
    ]
    assert all(turn.error for turn in rollout.turns if turn.role == "tool")
    assert rollout.answer == "B"


def test_finish_is_no_tool_where_it_is_not_named(tmp_path: Path) -> None:
    rollout, chat = run(tmp_path, [finishing("A"), says("<answer>B</answer>")])
    assert rollout.turns[3].read_text.startswith("There is no tool 'finish'.")
    assert rollout.answer == "B"
    assert "finish" not in {tool.name for tool in chat.requests[0].tools}
