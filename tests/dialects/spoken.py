"""Conversations in one dialect, Hermes where none is named."""

from collections.abc import Sequence

from schemas.settings import Dialect
from schemas.trajectory import Trajectory
from transforms.dialects import registry
from transforms.dialects.said import Said
from transforms.dialects.strings import Message, Rendered

HERMES = Dialect()


def render(trajectory: Trajectory, dialect: Dialect = HERMES) -> Rendered:
    return registry.spell(registry.said_in(trajectory, dialect), trajectory, dialect)


def parse(messages: Sequence[Message], dialect: Dialect = HERMES) -> tuple[Said, ...]:
    return registry.parse(messages, dialect)


def system_content(text: str, tools_json: str, dialect: Dialect = HERMES) -> str:
    return registry.system_content(text, tools_json, dialect)
