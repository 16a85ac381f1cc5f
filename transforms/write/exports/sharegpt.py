"""LLaMA-Factory's form of conversations with tools: human and observation alternate with gpt and function_call."""

from collections.abc import Iterator

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.dialects.strings import pictures_of
from transforms.write.exports.base import Export, Row
from transforms.write.exports.rounds import Conversation, Round, conversation
from transforms.write.rows import marks

_ROLES = {"user": "human", "tool": "observation"}


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    held = conversation(trajectory, settings.dialect)
    return [
        {
            "id": trajectory.id,
            "conversations": [{"from": role, "value": value} for role, value in _turns(held)],
            "system": held.system,
            "tools": held.tools,
            "images": list(pictures_of(trajectory)),
            **marks(trajectory),
        }
    ]


def _turns(held: Conversation) -> Iterator[tuple[str, str]]:
    for one in held.rounds:
        yield _ROLES[one.by], one.shown
        yield ("function_call", _called(one)) if one.call else ("gpt", one.thoughts + one.words)


def _called(one: Round) -> str:
    """Thoughts may stand before the bare JSON; with words before it, it is found by its tags alone."""
    call = f"<tool_call>\n{one.call}\n</tool_call>" if one.words else one.call
    return one.thoughts + one.words + call


_COLUMNS = {"messages": "conversations", "system": "system", "tools": "tools", "images": "images"}

EXPORT = Export("trajectory", rows, "LLaMA-Factory", llama_factory={"formatting": "sharegpt", "columns": _COLUMNS})
