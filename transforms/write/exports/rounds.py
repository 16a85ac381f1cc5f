"""A conversation taken apart for trainers that spell calls and results themselves: round by round, tools beside it."""

from dataclasses import dataclass
from typing import Literal

from schemas.settings import Dialect
from schemas.trajectory import Trajectory
from transforms.dialects.arguments import in_order
from transforms.dialects.escape import escape, escape_strings
from transforms.dialects.listing import dumps, tool_list
from transforms.dialects.registry import DIALECTS, said_in
from transforms.dialects.strings import IMAGE, Call, ours, thoughts_and_words


@dataclass(frozen=True, slots=True)
class Round:
    """What the user or a tool shows, and what the model makes of it, in the order it is said.

    `shown` begins with its placeholders. `call` is a JSON object of name and arguments, empty for none.
    """

    by: Literal["user", "tool"]
    shown: str
    thoughts: str
    words: str
    call: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """`system` is the prompt alone, `tools` a JSON list of them."""

    system: str
    tools: str
    rounds: tuple[Round, ...]


def conversation(trajectory: Trajectory, dialect: Dialect) -> Conversation:
    """What is said, in the words of the dialect; the tags of calls and results are the trainer's own.

    What we tell the model after a result stands at the end of that result: these forms know no user in between.

    Raises:
        InputError: `untrainable_turn`, this is no conversation that a model can learn.
    """
    said, spelling = said_in(trajectory, dialect), DIALECTS[dialect.spelling]
    rounds: list[Round] = []
    by: Literal["user", "tool"] = "user"
    shown = ""
    for turn in said[1:]:
        if turn.role == "assistant":
            call = _call(said[0].tools_json, turn.call) if turn.call else ""
            rounds.append(Round(by, shown, *thoughts_and_words(turn, spelling), call))
            by, shown = "user", ""
        elif turn.role == "tool":
            by, shown = "tool", IMAGE * turn.images + escape(turn.text)
        else:
            foreign = not rounds
            spoken = IMAGE * turn.images + escape(turn.text) if foreign else ours(turn.text)
            shown = f"{shown}\n\n{spoken}" if shown else spoken
    return Conversation(ours(said[0].text), tool_list(said[0].tools_json), tuple(rounds))


def _call(tools_json: str, call: Call) -> str:
    return dumps({"name": call[0], "arguments": escape_strings(in_order(tools_json, call))})
