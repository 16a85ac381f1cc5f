"""What stands between quotation marks in a question, and gaps that are to be filled."""

import re

_QUOTE = re.compile(
    r"[\"“”«»„]([^\"“”«»„]+)[\"“”«»„]|(?<!\w)['‘’`]([^'‘’`]+(?:['’]\w[^'‘’`]*)*)['‘’`](?!\w)",
)
_BLANK = re.compile(r"_{2,}|\[\s*(?:blank|\.\.\.|…)?\s*\]|(?<=\s)(?:\.\.\.|…)(?=[\s\"“”'’?.,])")


def quotes(text: str) -> tuple[str, ...]:
    """What stands between quotation marks."""
    return tuple((m[1] or m[2]).strip() for m in _QUOTE.finditer(text) if (m[1] or m[2]).strip())


def without_quotes(text: str) -> str:
    return _QUOTE.sub(" ", text)


def hide_quotes(text: str) -> str:
    """The text at the same length with its quotes blacked out, so that nothing in them is taken for the question's."""
    return _QUOTE.sub(lambda m: "\0" * len(m[0]), text)


def blank(text: str) -> tuple[str, str] | None:
    """The words before and after a gap that is to be filled; None where there is no gap."""
    found = _BLANK.search(text)
    return (text[: found.start()].strip(), text[found.end() :].strip()) if found else None
