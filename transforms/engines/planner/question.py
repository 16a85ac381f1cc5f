"""What is asked, from the words of the question alone: kind, choices, quotes, what is to be seen or heard, and when."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from transforms.engines.planner.clauses import Anchor, Side, side_of, split_clauses
from transforms.engines.planner.quotes import quotes, without_quotes
from transforms.engines.planner.times import Edge, When, named_edge, named_time, without_times
from transforms.engines.planner.vocabulary import HEARD, SEEN
from transforms.engines.planner.words import content, matter
from transforms.text import tokens

Kind = Literal["choice", "open", "count", "order", "span"]
Pick = Literal["first", "last", ""]

_CHOICE = re.compile(r"^([A-Z])\. (.+)$")
_NOT = re.compile(r"(?:\b(?:not|never)|n['’]t)\s+((?:\w+\s+){0,2}\w+)", re.IGNORECASE)
_EXCEPT = re.compile(r"\bNOT\b|\b[Ee]xcept\b")
_BEING_THERE = HEARD | SEEN | frozenset({"among", "come", "included", "occur", "occurs", "part", "true", "used"})
_FIRST = re.compile(r"\b(?:first|earliest|before (?:all|the) others?|earlier)\b", re.IGNORECASE)
_LAST = re.compile(r"\b(?:last|latest|later)\b", re.IGNORECASE)
_COMES_UP = re.compile(r"\b(?:comes? up|first|appears?|appearing|starts?|begins?|pops? up)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as understood. `main` is its text without the anchor's clause; `quotes` are those of `main`.

    `side` is what the answer is to be found by, `edge` an end of the video that the question is about, `pick` which of
    its choices it asks for when they are to be put in order, `negative` whether it asks for what is not there.
    """

    text: str
    kind: Kind
    choices: tuple[str, ...]
    main: str
    quotes: tuple[str, ...]
    side: Side
    anchor: Anchor | None
    when: When
    edge: Edge
    pick: Pick
    negative: bool

    @property
    def bare(self) -> str:
        """The main clause without quotes."""
        return without_quotes(self.main)

    @property
    def matter(self) -> list[str]:
        """The words that the main clause is about, quotes and times aside."""
        return matter(without_times(self.bare))

    @property
    def content(self) -> list[str]:
        """The matter and the words of asking besides: a sign may well be headed `list`, a credit `narrator`."""
        return content(without_times(self.bare))

    @property
    def all_quotes(self) -> tuple[str, ...]:
        return (*self.quotes, *(self.anchor.quotes if self.anchor else ()))

    @property
    def comes_up(self) -> bool:
        """Whether the question is about the moment at which something appears."""
        return bool(_COMES_UP.search(self.bare))


def read_question(asked: str, duration_s: float | None) -> Ask:
    """The question that was put as text, lettered choices line by line, and a sentence on how to answer."""
    lines = [line for line in asked.strip().split("\n") if line.strip()]
    how, body = (lines[-1], lines[:-1]) if len(lines) > 1 else ("", lines)
    first = next((n for n, line in enumerate(body) if line.startswith("A. ") and _lettered(body[n:])), len(body))
    choices = tuple(line[3:].strip() for line in body[first:])
    text = " ".join(body[:first])
    main, anchor = split_clauses(text)
    side = side_of(main)
    if anchor is not None and anchor.relation != "while":
        # What comes after or before something is of its kind, unless the question says otherwise.
        side, anchor = (
            (side if side != "any" else anchor.side),
            replace(anchor, side=anchor.side if anchor.side != "any" else side),
        )
    when = named_time(text, duration_s)
    bare = without_quotes(main)
    return Ask(
        text=text,
        kind=_kind(how, choices),
        choices=choices,
        main=main,
        quotes=quotes(main),
        side=side,
        anchor=anchor,
        when=when,
        edge=named_edge(main) if when.span is None else "",
        pick="first" if _FIRST.search(bare) else "last" if _LAST.search(bare) else "",
        negative=_negative(bare),
    )


def _negative(bare: str) -> bool:
    """Whether what is asked for is not shown or said; a `not` that belongs to something else does not count."""
    found = _NOT.search(bare)
    return bool(_EXCEPT.search(bare)) or (found is not None and bool(_BEING_THERE.intersection(tokens(found[1]))))


def _lettered(lines: list[str]) -> bool:
    return all((m := _CHOICE.match(line)) is not None and ord(m[1]) - 65 == n for n, line in enumerate(lines))


def _kind(how: str, choices: tuple[str, ...]) -> Kind:
    """From the sentence on how to answer."""
    words = set(tokens(how))
    if choices:
        return "order" if words & {"order", "letters"} else "choice"
    if words & {"start", "seconds", "span", "interval"}:
        return "span"
    return "count" if words & {"number", "digits", "count"} else "open"
