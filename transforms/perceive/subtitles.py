"""Subtitles beside a video (.srt, .vtt) to speech on its clock.

One tolerant reader for both formats, because the libraries give up on what is found in the wild: without hours, a comma
for a dot, no blank line between cues, comments and ids inside, captions that roll.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from schemas.errors import InputError
from schemas.span import Span, seconds
from schemas.timeline import Speech, Word
from transforms.counted import counted
from transforms.perceive.cue_text import has_times, plain_text, spoken, timed_pieces

ENGINE = "subtitles"

_TIME = r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}(?!\d)")
_MEANT_AS_TIMING = re.compile(r"\s*-?\d[^\s:]*:\S*\s*-{1,2}>")

_ROLLING_SHARE = 0.3
"""Share of cues that repeat the line before them, from which a file counts as rolling captions: nearly all of them do
where a machine rolls, hardly any where people wrote. Word times inside cues show a machine too."""
_ROLLING_LEAST = 3
_ROLLING_GAP_S = 0.5


@dataclass(frozen=True, slots=True)
class Subtitles:
    """Of the `cues` with times, `dropped` ones begin after the video's end and `clamped` ones end after it;
    `unreadable` ones have broken times."""

    speech: tuple[Speech, ...]
    cues: int
    dropped: int
    clamped: int
    unreadable: int


def left_out(found: Subtitles) -> str:
    """How many cues of a file are not in its speech and why, in words; empty for none. That the last ones end a moment
    after the video is usual."""
    why = [
        f"{n} {words}"
        for n, words in ((found.unreadable, "with broken times"), (found.dropped, "after the video's end"))
        if n
    ]
    lost, cues = found.unreadable + found.dropped, found.cues + found.unreadable
    return f"{lost} of {counted(cues, 'cue')} left out ({', '.join(why)})" if lost else ""


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    lines: tuple[str, ...]


def read_subtitles(data: bytes, name: str, duration_s: float) -> Subtitles:
    """The cues of an .srt or .vtt file as speech with ids `s1`, `s2`, …, sorted, within `[0, duration_s)`.

    `name` is the file's name, for messages and to tell the formats apart. Words have times where the file has them
    inside its cues; several words under one time share its span. Lines that rolling captions repeat appear once. Who
    speaks (`JOHN:`) and what sounds (`[music]`) is left out.

    Raises:
        InputError: `bad_subtitles`, no cue can be read.
    """
    text = decode(data)
    vtt = text.startswith("WEBVTT") or name.lower().endswith(".vtt")
    lines = text.split("\n")
    cues, broken = _cues(lines, vtt)
    if not cues:
        line = broken[0] if broken else next((at for at, one in enumerate(lines, start=1) if "-->" in one), 1)
        raise InputError(
            "bad_subtitles",
            f"{name}, line {line}: no cue could be read; each needs a line like 00:00:01,000 --> 00:00:02,500 "
            "above its text. Mend the file or leave it out",
        )
    cues = sorted(dict.fromkeys(cues), key=lambda cue: (cue.start_s, cue.end_s))
    inside = [cue for cue in cues if cue.start_s < duration_s]
    fitting = [replace(cue, end_s=min(cue.end_s, duration_s)) for cue in inside]
    said = (_speech(cue) for cue in _unroll(fitting))
    numbered = (replace(one, id=f"s{at}") for at, one in enumerate((one for one in said if one is not None), start=1))
    clamped = sum(cue.end_s > duration_s for cue in inside)
    return Subtitles(tuple(numbered), len(cues), len(cues) - len(inside), clamped, len(broken))


def decode(data: bytes) -> str:
    """Text of a subtitle file with `\\n` line ends: UTF-8, UTF-16 (with or without its mark), else Windows-1252."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    elif len(data) > 3 and data[1::2].count(0) > len(data) // 4:
        text = data.decode("utf-16-le", errors="replace")
    elif len(data) > 3 and data[0::2].count(0) > len(data) // 4:
        text = data.decode("utf-16-be", errors="replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                text = data.decode("cp1252")
            except UnicodeDecodeError:
                text = data.decode("latin-1")
    return text.lstrip("\ufeff").replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _cues(lines: Sequence[str], vtt: bool) -> tuple[list[_Cue], list[int]]:
    """The cues in the order of the file, and the numbers (from 1) of lines that look like a timing and are none."""
    cues: list[_Cue] = []
    broken: list[int] = []
    heads = [at for at, line in enumerate(lines) if _MEANT_AS_TIMING.match(line)]
    for at, following in pairwise([*heads, len(lines)]):
        times = _times(lines[at])
        if times is None:
            broken.append(at + 1)
            continue
        body = list(lines[at + 1 : following])
        if vtt:
            body = body[: body.index("")] if "" in body else body
        elif following < len(lines) and _ends_in_number(body, _is_number(lines[at - 1]) if at else False):
            body.pop()
        cues.append(_Cue(*times, tuple(line.strip() for line in body if line.strip())))
    return cues, broken


def _is_number(line: str) -> bool:
    return line.strip().isdigit()


def _ends_in_number(body: Sequence[str], numbered: bool) -> bool:
    """Whether the last line before the next timing is that cue's number: this cue has one too, or a gap is above it."""
    return bool(body) and _is_number(body[-1]) and (numbered or (len(body) > 1 and not body[-2].strip()))


def _times(line: str) -> tuple[float, float] | None:
    match = _TIMING.match(line)
    if match is None:
        return None
    fields = match.groups()
    start, end = (_seconds(*fields[at : at + 4]) for at in (0, 4))
    return (start, end) if start is not None and end is not None and end > start else None


def _seconds(hours: str | None, minutes: str, secs: str, fraction: str | None) -> float | None:
    if int(minutes) > 59 or int(secs) > 59:
        return None
    return seconds(int(hours or 0) * 3600 + int(minutes) * 60 + int(secs) + float(f"0.{fraction or 0}"))


def _unroll(cues: list[_Cue]) -> list[_Cue]:
    """Leaves out the lines that a rolling caption carries over from the cue before, and cues with no other lines."""
    carried = [0, *(_carried(before, cue) for before, cue in pairwise(cues))][: len(cues)]
    repeating = sum(count > 0 for count in carried)
    timed = any(has_times(line) for cue in cues for line in cue.lines)
    if not timed and repeating < max(_ROLLING_LEAST, _ROLLING_SHARE * len(cues)):
        return cues
    return [
        replace(cue, lines=cue.lines[count:])
        for cue, count in zip(cues, carried, strict=True)
        if count < len(cue.lines)
    ]


def _carried(before: _Cue, cue: _Cue) -> int:
    """How many of the cue's first lines are the last lines of the one before, shown on without a pause."""
    if cue.start_s - before.end_s > _ROLLING_GAP_S:
        return 0
    old, new = [[plain_text(line) for line in one.lines] for one in (before, cue)]
    return next((count for count in range(min(len(old), len(new)), 0, -1) if old[-count:] == new[:count]), 0)


def _speech(cue: _Cue) -> Speech | None:
    joined = spoken("\n".join(cue.lines))
    text = plain_text(joined)
    if not text:
        return None
    span = Span(seconds(cue.start_s), seconds(cue.end_s))
    words = tuple(
        Word(word, Span(start_s, end_s), 1.0)
        for piece, start_s, end_s in timed_pieces(joined, span.start_s, span.end_s)
        for word in piece.split()
    )
    return Speech("", span, text, words, 1.0, True, ENGINE)
