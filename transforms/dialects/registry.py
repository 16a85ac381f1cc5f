"""The dialects by name, and conversations in the dialect of an entry. A new one is a file here and a line
in `schemas/names.py`."""

from collections.abc import Sequence
from importlib import import_module

from schemas import names
from schemas.release import RlQuestion
from schemas.settings import Dialect as Settings
from schemas.trajectory import Trajectory
from transforms.dialects import strings
from transforms.dialects.clocks import on_clock, told_on, tools_on
from transforms.dialects.natives import names_video, native, native_tools
from transforms.dialects.said import Said, joined, kept_turns, visible
from transforms.dialects.strings import Dialect, Message, Rendered, Tags

DIALECTS: dict[str, Dialect] = {name: import_module(f"{__package__}.{name}").DIALECT for name in names.SPELLINGS}

_TAUGHT = Tags("<answer>", "</answer>")
"""How the teacher is asked to answer, in our own words, which rows repeat."""


def said_in(trajectory: Trajectory, settings: Settings) -> tuple[Said, ...]:
    """What is rendered of a trajectory, with tools as the model knows them.

    Raises:
        InputError: `untrainable_turn`, without its malformed turns this is no conversation that a model can learn.
    """
    uri = trajectory.video.uri
    said = native(on_clock(visible(trajectory), settings.clock), settings.tools, uri)
    as_taught = settings.clock == "seconds" and DIALECTS[settings.spelling].answer == _TAUGHT
    if as_taught and not names_video(trajectory.tools_json, settings.tools):
        return said
    return tuple(_in_our_words(at, turn, trajectory, settings) for at, turn in enumerate(said))


def _in_our_words(at: int, turn: Said, trajectory: Trajectory, settings: Settings) -> Said:
    """A turn with what is our own in it as the dialect has it: the prompt, the overview before the question, and what
    the user says after it."""
    if at == 1:
        opening = kept_turns(trajectory.turns)[1]
        told = opened(opening.look_text, trajectory.video.uri, trajectory.tools_json, settings)
        return turn._replace(text=joined(told, opening.text))
    if turn.role in ("system", "user"):
        return turn._replace(text=_answered(turn.text, settings))
    return turn


def opened(look_text: str, uri: str, tools_json: str, settings: Settings) -> str:
    """What the overview says, and where the video is, if calls are to name it; what is said so already stays."""
    told, there = told_on(look_text, settings.clock), f"The video is at {uri}."
    if not names_video(tools_json, settings.tools) or told.endswith(there):
        return told
    return f"{told}\n{there}" if told else there


def _answered(text: str, settings: Settings) -> str:
    """Our own words with the tags and the clock of the dialect."""
    answer = DIALECTS[settings.spelling].answer
    text = text.replace(_TAUGHT.before, answer.before).replace(_TAUGHT.after, answer.after)
    return told_on(text, settings.clock)


def tools_in(tools_json: str, settings: Settings) -> str:
    """Tools (a canonical JSON list) as the model knows them."""
    return native_tools(tools_on(tools_json, settings.clock), settings.tools)


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
    listed = tools_in(tools_json, settings)
    return strings.ours(DIALECTS[settings.spelling].system(_answered(text, settings), listed))


def problem_content(asked: RlQuestion, text: str, settings: Settings) -> str:
    """The first user message of a conversation: the overview as the dialect has it, and the question, `text`."""
    told = opened(asked.look_text, asked.video.uri, asked.tools_json, settings)
    return strings.user_content(told, text, len(asked.frames))
