"""What a conversation says, before it is spelled for any model: turn by turn, without what no row may hold."""

import json
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from schemas.chat import Role
from schemas.codec import canonical
from schemas.errors import InputError
from schemas.trajectory import Trajectory, Turn


class Said(NamedTuple):
    """What a trainer's model sees of one turn. `call` is (name, canonical arguments); `images` counts pictures."""

    role: Role
    text: str = ""
    reasoning: str = ""
    call: tuple[str, str] | None = None
    answer: str = ""
    tools_json: str = ""
    images: int = 0


def kept_turns(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """The turns without malformed ones: an assistant turn that an error answers goes, together with that answer."""
    turns = tuple(turns)
    if not [turn for turn in turns if turn.error]:
        return turns
    kept: list[Turn] = []
    for turn in turns:
        if not turn.error:
            kept.append(turn)
        elif kept and kept[-1].role == "assistant":
            kept.pop()
    return tuple(kept)


def visible(trajectory: Trajectory) -> tuple[Said, ...]:
    """What is rendered, turn by turn, checked to be well formed.

    A conversation is: system, the question, then assistant turns that each hold one call which the next turn answers,
    and at the end the answer, but for one that is known to have none. Turns of the user in between follow a tool's
    answer or an assistant turn without a call.

    Raises:
        InputError: `untrainable_turn`, without its malformed turns this is no conversation that a model can learn.
    """
    turns, answer = kept_turns(trajectory.turns), trajectory.answer.strip()
    _must([turn.role for turn in turns[:2]] == ["system", "user"], "it does not begin with a system and a user turn")
    _must(turns[-1].role == "assistant" and not turns[-1].calls, "it does not end with an answer")
    _must(bool(answer) or trajectory.code == "no_answer", "its last turn gives no answer")
    said = [
        Said("system", turns[0].text, tools_json=_listed(trajectory.tools_json)),
        Said("user", joined(turns[1].look_text, turns[1].text), images=len(turns[1].frame_refs)),
    ]
    for before, turn in zip(turns[1:], turns[2:], strict=False):
        said.append(_follow(before, turn))
    said[-1] = Said("assistant", said[-1].text, said[-1].reasoning, answer=answer)
    _must(_SILENCE not in said, "the assistant says nothing")
    return tuple(said)


_SILENCE = Said("assistant")


def _follow(before: Turn, turn: Turn) -> Said:
    """One turn after another, checked to be one that may follow."""
    calling = before.calls[0].id if before.role == "assistant" and before.calls else None
    if turn.role == "tool":
        if turn.call_id != calling:
            raise untrainable(f"a tool answers the call {turn.call_id!r}, which was not the last one made")
        return Said("tool", turn.look_text, images=len(turn.frame_refs))
    if calling is not None:
        raise untrainable(f"the call {calling!r} has no answer")
    if turn.role == "user":
        _must(before.role != "user", "the user speaks twice in a row")
        _must(bool(turn.text) and not turn.frame_refs, "a later turn of the user has no text, or pictures")
        return Said("user", turn.text)
    if turn.role != "assistant" or before.role == "assistant":
        raise untrainable(f"a {turn.role} turn follows a {before.role} turn")
    _must(len(turn.calls) <= 1, "an assistant turn makes several calls")
    call = (turn.calls[0].name, turn.calls[0].arguments_json) if turn.calls else None
    return Said("assistant", turn.text.strip(), turn.reasoning.strip(), call)


def joined(before: str, text: str, gap: str = "\n\n") -> str:
    """What the overview says and the question, or thoughts and words: either may be empty."""
    return f"{before}{gap}{text}" if before and text else before or text


@cache
def _listed(tools_json: str) -> str:
    """The tools as canonical JSON; a release has one list of them, which every conversation opens with."""
    return canonical(json.loads(tools_json or "[]"))


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise untrainable(otherwise)


def untrainable(why: str) -> InputError:
    return InputError("untrainable_turn", f"this conversation cannot be trained on: {why}")
