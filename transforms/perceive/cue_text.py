"""The text of one subtitle cue without its markup, and the word times that some captions carry inside it."""

import html
import re

from schemas.span import seconds

_STAMP = re.compile(r"<(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<[\d:.,]+>|</>")
_OVERRIDE = re.compile(r"\{\\[^}]*\}")
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")


def plain_text(markup: str) -> str:
    """Without tags (`<i>`, `<v Ann>`, `{\\an8}`), with entities resolved and white space made one space."""
    text = _TAG.sub("", _OVERRIDE.sub("", markup)).replace("\\N", " ").replace("\\h", " ")
    return " ".join(_INVISIBLE.sub("", html.unescape(text)).split())


def has_times(markup: str) -> bool:
    """Whether there are inline times such as `<00:00:01.500>`."""
    return _STAMP.search(markup) is not None


def timed_pieces(markup: str, start_s: float, end_s: float) -> list[tuple[str, float, float]]:
    """`(text, start_s, end_s)` of the pieces between inline times such as `<00:00:01.500>`; empty without such times.

    A piece lasts until the next time. Times that run backwards or lie outside the cue are held inside it.
    """
    stamps = list(_STAMP.finditer(markup))
    if not stamps:
        return []
    starts = [start_s]
    for stamp in stamps:
        hours, minutes, secs, fraction = stamp.groups()
        at_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(secs) + float(f"0.{fraction}")
        starts.append(seconds(min(end_s, max(starts[-1], at_s))))
    texts = [
        plain_text(markup[after:before])
        for after, before in zip(
            [0, *(stamp.end() for stamp in stamps)], [*(stamp.start() for stamp in stamps), len(markup)], strict=True
        )
    ]
    timed = zip(texts, starts, [*starts[1:], end_s], strict=True)
    return [(text, first_s, last_s) for text, first_s, last_s in timed if text]
