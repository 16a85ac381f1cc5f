"""Words of a video as a prompt quotes them beside its pictures."""

import json
from collections.abc import Sequence

MOST_CONTEXT = 2000
"""Characters of speech, and of text on screen, that go with pictures: ten seconds of fast speech are about 250."""


def one_line(text: str) -> str:
    """Text on one line, as tools write one item a line."""
    return " ".join(text.split())


def quoted(texts: Sequence[str]) -> str:
    """Foreign text as JSON strings, so that none of it reads like part of the prompt."""
    return " ".join(json.dumps(one_line(text), ensure_ascii=False) for text in texts)[:MOST_CONTEXT] or "nothing"
