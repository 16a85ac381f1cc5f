"""ms-swift's own form: calls and results have roles of their own; thoughts and words are a turn before the call."""

from collections.abc import Iterator

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.answers import state
from transforms.dialects.escape import escape
from transforms.dialects.registry import DIALECTS
from transforms.dialects.strings import pictures_of
from transforms.write.exports.base import Export, Row, first_trained
from transforms.write.exports.rounds import Conversation, conversation
from transforms.write.rows import marks

_EMPTY_LINE = "\n\n"

_ROLES = {"user": "user", "tool": "tool_response"}


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    held = conversation(trajectory, settings.dialect)
    first = first_trained(settings.loss, len(held.rounds))
    messages = [{"role": "system", "content": held.system} | _loss(False, settings)]
    for role, content, at in messages_of(held, DIALECTS[settings.dialect.spelling].gap):
        trained = role in ("assistant", "tool_call") and at >= first
        messages.append({"role": role, "content": content} | _loss(trained, settings))
    return [
        {
            "id": trajectory.id,
            "tools": held.tools,
            "messages": messages,
            "images": list(pictures_of(trajectory)),
            "solution": escape(state(trajectory.question)),
            **marks(trajectory),
        }
    ]


def messages_of(held: Conversation, gap: str) -> Iterator[tuple[str, str, int]]:
    """Role, content and round. swift joins words to the call: for Qwen3.5 it writes the gap between them itself, an
    empty line, and for Hermes none, so that one of ours must stand there."""
    for at, one in enumerate(held.rounds):
        yield _ROLES[one.by], one.shown, at
        words = one.words.removesuffix(gap) if one.call and gap == _EMPTY_LINE else one.words
        if one.thoughts or words:
            yield "assistant", one.thoughts + words, at
        if one.call:
            yield "tool_call", one.call, at


def _loss(trained: bool, settings: Write) -> Row:
    """The key stands in every message or in none: a key that some lack is null in the others once they are in Arrow."""
    return {} if settings.loss == "all" else {"loss": trained}


EXPORT = Export("trajectory", rows, "ms-swift", says_loss=True)
