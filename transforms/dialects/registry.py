"""The dialects by name, and conversations in the dialect of an entry. A new one is a small file and one line here."""

from collections.abc import Sequence

from schemas.settings import Dialect as Settings
from schemas.settings import Spelling
from schemas.trajectory import Trajectory
from transforms.dialects import strings
from transforms.dialects.agents import AGENTS
from transforms.dialects.caption_tree import CAPTION_TREE
from transforms.dialects.grounding import GROUNDING
from transforms.dialects.hermes import CLIPS, FINAL, HERMES, RESULT
from transforms.dialects.natives import native, native_tools
from transforms.dialects.qwen_xml import QWEN_XML
from transforms.dialects.said import Said, visible
from transforms.dialects.strings import Dialect, Message, Rendered
from transforms.dialects.video_zoom import VIDEO_ZOOM

DIALECTS: dict[Spelling, Dialect] = {
    one.name: one for one in (HERMES, RESULT, FINAL, CLIPS, QWEN_XML, VIDEO_ZOOM, GROUNDING, CAPTION_TREE, AGENTS)
}


def said_in(trajectory: Trajectory, settings: Settings) -> tuple[Said, ...]:
    """What is rendered of a trajectory, with tools as the model knows them.

    Raises:
        InputError: `untrainable_turn`, without its malformed turns this is no conversation that a model can learn.
    """
    return native(visible(trajectory), settings.tools)


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
    return strings.ours(DIALECTS[settings.spelling].system(text, listed))
