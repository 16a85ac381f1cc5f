"""The text of one subtitle cue without its markup, and the word times that some captions carry inside it."""

import html
import re

from schemas.span import seconds

_STAMP = re.compile(r"<(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<[\d:.,]+>|</>")
_OVERRIDE = re.compile(r"\{\\[^}]*\}")
_MARKS = rf"(?:{_TAG.pattern}|{_OVERRIDE.pattern}|[^\S\n])*"
"""Tags, inline times and spaces, which may stand before and after a label and are kept."""
_TURN = re.compile(rf"^({_MARKS})(?:[-–—](?=[^\S\n])|(?:>|&gt;){{2,}})", re.MULTILINE)
_NAME = re.compile(
    rf"^({_MARKS})([^\W\d_][\w.'’-]*(?:[^\S\n]+[\w.'’-]+){{0,2}})"
    r"(?:[^\S\n]*\([^()\n]*\))?(?:</[^<>]*>)?[^\S\n]*:(?=[\s<]|$)",
    re.MULTILINE,
)
_IN_SQUARE = re.compile(r"(?<!\w)\[(?=[^\[\]<>]*[^\W\d_])[^\[\]<>]*\]")
_IN_ROUND = r"\([^\W\d_]+(?:[ '’-][^\W\d_]+){0,2}\)"
_ROUND_FIRST = re.compile(rf"^({_MARKS}){_IN_ROUND}", re.MULTILINE)
_ROUND_LAST = re.compile(rf"{_IN_ROUND}({_MARKS})$", re.MULTILINE)
MOST_LABELS = 4
"""Labels after each other at the start of a line, as in `>> - JOHN: (laughs)`."""

_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]")


def plain_text(markup: str) -> str:
    """Without tags (`<i>`, `<v Ann>`, `{\\an8}`), with entities resolved and white space made one space."""
    text = _TAG.sub("", _OVERRIDE.sub("", markup)).replace("\\N", " ").replace("\\h", " ")
    return " ".join(_INVISIBLE.sub("", html.unescape(text)).split())


def spoken(markup: str) -> str:
    """The markup of a cue without what nobody says: who speaks (`JOHN:`, `>>`, `- `) and sounds (`[music]`).

    A name is at most three words in capitals with a colon, at the start of a line. Sounds in round brackets are at most
    three words at the start or end of a line; elsewhere, and with numbers in them, such words may well be said.
    """
    markup = _IN_SQUARE.sub(" ", markup)
    for _ in range(MOST_LABELS):
        markup = _NAME.sub(_without_name, _TURN.sub(r"\1 ", markup))
        markup = _ROUND_LAST.sub(r" \1", _ROUND_FIRST.sub(r"\1 ", markup))
    return markup


def _without_name(found: re.Match[str]) -> str:
    return f"{found[1]} " if found[2].isupper() else found[0]


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
