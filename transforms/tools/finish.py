"""finish: a call that answers. The loop takes the answer out of it, so that a record ends as every other one does."""

from collections.abc import Sequence

from pydantic import Field

from schemas.chat import Call
from transforms.engines.chat import split_answer
from transforms.tools.base import Arguments, BadCall, Face, Look, Observation, Tool, View, parse_arguments
from transforms.tools.scene import Scene


class Finish(Arguments):
    answer: str = Field(description="The answer, in the form the question asks for.")


async def read(scene: Scene, args: Finish) -> Observation:
    raise BadCall("The answer is empty. Give it in the form the question asks for.")


def look(observation: Observation, args: Finish, view: View) -> Look:
    return Look(observation.text)


def answer_in(calls: Sequence[Call]) -> str:
    """The answer that a turn's one call gives; empty when the turn calls something else, or the call cannot be done."""
    if [call.name for call in calls] != [TOOL.caption.name]:
        return ""
    try:
        given: str = parse_arguments(TOOL, calls[0].arguments_json).model_dump()["answer"]
    except BadCall:
        return ""
    return split_answer(given)[1] or given.strip()


_WHAT = "Ends the conversation with the answer."

TOOL = Tool(Finish, Face("finish", _WHAT), Face("finish", _WHAT), read, look, ends=True)
