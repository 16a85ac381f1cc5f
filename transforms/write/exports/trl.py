"""TRL's form for models that see: every content is a list of parts, and a picture is a part without bytes, which TRL
fills from `images` in their order. Calls and results are strings, as TRL takes pictures from the user alone."""

from collections.abc import Iterable

from schemas.settings import Write
from schemas.trajectory import Trajectory
from transforms.dialects.strings import IMAGE, Message
from transforms.write.exports.base import Export, Row, rendered
from transforms.write.rows import marks


def rows(trajectory: Trajectory, settings: Write) -> list[Row]:
    spelled = rendered(trajectory, settings)
    return [
        {
            "id": trajectory.id,
            "messages": in_parts(spelled.messages),
            "images": list(spelled.images),
            **marks(trajectory),
        }
    ]


def in_parts(messages: Iterable[Message]) -> list[Row]:
    """Rendered messages, each placeholder a part of its own."""
    return [{"role": role, "content": _parts(content)} for role, content in messages]


def _parts(content: str) -> list[Row]:
    before, *rest = content.split(IMAGE)
    parts = [_text(before)] if before or not rest else []
    for text in rest:
        parts += [{"type": "image"}, *([_text(text)] if text else [])]
    return parts


def _text(text: str) -> Row:
    return {"type": "text", "text": text}


EXPORT = Export("trajectory", rows, "TRL SFT")
