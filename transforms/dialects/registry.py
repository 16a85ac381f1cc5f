"""The dialects by name, and conversations in the dialect of an entry. A new one is a file here and a line
in `schemas/names.py`."""

from collections.abc import Sequence
from importlib import import_module

from schemas import names
from schemas.settings import Dialect as Settings
from schemas.trajectory import Trajectory
from transforms.dialects import strings
from transforms.dialects.natives import native, native_tools
from transforms.dialects.said import Said, visible
from transforms.dialects.strings import Dialect, Message, Rendered, Tags

DIALECTS: dict[str, Dialect] = {name: import_module(f"{__package__}.{name}").DIALECT for name in names.SPELLINGS}

_TAUGHT = Tags("<answer>", "</answer>")
"""How the teacher is asked to answer, in our own words, which rows repeat."""


def said_in(trajectory: Trajectory, settings: Settings) -> tuple[Said, ...]:
    """What is rendered of a trajectory, with tools as the model knows them.

    Raises:
        InputError: `untrainable_turn`, without its malformed turns this is no conversation that a model can learn.
    """
    said = native(visible(trajectory), settings.tools)
    if DIALECTS[settings.spelling].answer == _TAUGHT:
        return said
    return tuple(
        turn._replace(text=_answered(turn.text, settings)) if _is_ours(at, turn) else turn
        for at, turn in enumerate(said)
    )


def _is_ours(at: int, turn: Said) -> bool:
    """Whether its text is our own: the prompt, and what the user says after the question."""
    return turn.role == "system" or (turn.role == "user" and at > 1)


def _answered(text: str, settings: Settings) -> str:
    """Our own words with the tags of the dialect."""
    answer = DIALECTS[settings.spelling].answer
    return text.replace(_TAUGHT.before, answer.before).replace(_TAUGHT.after, answer.after)


def spell(said: Sequence[Said], trajectory: Trajectory, settings: Settings) -> Rendered:
    """The conversation as trainers load it, of what is `said_in` the trajectory.

    Raises:
        InputError: `untrainable_turn`, the dialect has no words for something of it.
    """
    return strings.spell(said, trajectory, DIALECTS[settings.spelling])


def parse(messages: Sequence[Message], settings: Settings) -> tuple[Said, ...]:
    """Reads a rendered conversation back: `parse(spell(said)) == said`.

    Raises:
        InputError: `bad_rendering`, it is not spelled like this.
    """
    return strings.parse(messages, DIALECTS[settings.spelling])


def system_content(text: str, tools_json: str, settings: Settings) -> str:
    """The system message: the prompt, and the tools as the dialect lists them and the model knows them."""
    listed = native_tools(tools_json, settings.tools)
    return strings.ours(DIALECTS[settings.spelling].system(_answered(text, settings), listed))
