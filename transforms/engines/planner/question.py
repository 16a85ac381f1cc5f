"""What is asked, from the words of the question alone: kind, choices, quotes, what is to be seen or heard, and when."""

import re
from dataclasses import dataclass
from typing import Literal

from schemas.span import Span
from transforms.engines.planner.words import HEARD, SEEN, SPEAKERS, content, matter, value
from transforms.text import tokens

Kind = Literal["choice", "open", "count", "order", "span"]
Relation = Literal["while", "after", "before", "begins"]
Side = Literal["see", "hear", "any"]
Edge = Literal["start", "end", ""]

_CHOICE = re.compile(r"^([A-Z])\. (.+)$")
_QUOTE = re.compile(r"[\"“”«»„]([^\"“”«»„]+)[\"“”«»„]|(?<![\w])['‘’`]([^'‘’`]+(?:['’]\w[^'‘’`]*)*)['‘’`](?![\w])")
_BLANK = re.compile(r"_{2,}|\[\s*(?:blank|\.\.\.|…)?\s*\]|(?<=\s)(?:\.\.\.|…)(?=[\s\"“”'’?.,])")
_RELATION = re.compile(
    r"\b(?P<after>(?:right |just |directly |immediately |shortly |straight )?after|following(?= (?:the|this|that|\W))|once|replac(?:es|ed)|follows|followed by|succeeds)\b"
    r"|\b(?P<before>(?:right |just |directly |immediately |shortly )?before|precedes)\b"
    r"|\b(?P<while>while|whilst|when(?:ever)?|during|at the (?:same )?(?:moment|time|point) (?:when|that|of|as|where)?"
    r"|the moment|as soon as|as (?=the |a |an |he |she |they |we |it |somebody |someone |[\"“']))",
    re.IGNORECASE,
)
_NOT_A_CLAUSE = re.compile(r"\b(?:known|described|such|same|well|referred to|serves?|used|defined|labelled|shown|soon|far)\s+$", re.I)
_ASKS_WHEN = re.compile(r"^\W*when\s+(?:does|do|did|is|are|was|were|will|can|has|have|exactly|in)\b", re.IGNORECASE)

_END = re.compile(
    r"\b(?:at|towards?|near|by|in|close to) the (?:very )?end\b(?! of the (?:sentence|line|word|list|phrase))"
    r"|\b(?:final|closing|last) (?:\w+ )?(?:scene|shot|slide|screen|frame|seconds?|moments?|image|picture|card|title|text|words?"
    r"|thing|things|line|credits?|page|sentence|message|logo)\b|\bends? with\b|\bend(?:ing)? (?:card|screen|credits|title)\b|\bfinally\b"
    r"|\bclosing\b|\bconclu(?:de|des|sion)\b",
    re.IGNORECASE,
)
_START = re.compile(
    r"\b(?:at|from|near|in|right at) the (?:very )?(?:beginning|start|outset)\b"
    r"|\b(?:first|opening|initial) (?:\w+ )?(?:scene|shot|slide|screen|frame|seconds?|moments?|image|picture|card|title|text|words?"
    r"|thing|things|line|page|sentence|message|logo)\b|\b(?:begins?|starts?|opens?) with\b|\binitially\b|\bopening\b",
    re.IGNORECASE,
)
_T = r"(?:(\d+):(\d{2})(?::(\d{2}))?|(\d+(?:\.\d+)?)\s*(?:-|\s)?(s|sec|secs|seconds?|m|min|mins|minutes?)\b)"
_LOOSE_T = r"(?:(\d+):(\d{2})(?::(\d{2}))?|(\d+(?:\.\d+)?)\s*(s|sec|secs|seconds?|m|min|mins|minutes?)?)"
_BETWEEN = re.compile(rf"\b(?:between|from)\s+(?:second\s+)?{_LOOSE_T}\s*(?:and|to|-|–|until)\s*{_T}", re.IGNORECASE)
_AT = re.compile(rf"\b(?:at|around|about|near|by|after|until)\s+(?:about\s+|around\s+|second\s+|the\s+)?{_T}", re.IGNORECASE)
_INTO = re.compile(rf"\b{_T}\s*(?:in\b|into\b|mark\b|from the (?:start|beginning)|after the (?:start|beginning))", re.IGNORECASE)
_AT_SECOND = re.compile(r"\bat (?:second|timestamp|time) (\d+(?:\.\d+)?)\b", re.IGNORECASE)
_COMES_UP = re.compile(r"\b(?:comes? up|first|appears?|appearing|starts?|begins?|pops? up)\b", re.IGNORECASE)
_THEN = re.compile(
    r"\b(?P<after>next|after (?:that|this|it)|afterwards|then follows|follows)\b|\b(?P<before>before (?:that|this|it)|beforehand|previously)\b"
    r"|\b(?P<while>at (?:that|this|the same) (?:time|moment|point)|meanwhile|then|at the time)\b",
    re.IGNORECASE,
)
_EDGE_S = re.compile(r"\b(first|last|final|opening)\s+(\w+)\s+(seconds?|minutes?)\b", re.IGNORECASE)

AROUND_S = 3.0
"""`at 20 s` may be a few seconds off: people round."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Something the question tells of, by which the place can be found: `after the title "X" …`."""

    text: str
    quotes: tuple[str, ...]
    side: Side
    relation: Relation


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as understood. `main` is its text without the anchor's clause; `quotes` are those of `main`.

    `at_s` is the one time that it names, `when` the stretch around it, or between two times; seconds.
    """

    text: str
    kind: Kind
    choices: tuple[str, ...]
    main: str
    quotes: tuple[str, ...]
    side: Side
    anchor: Anchor | None
    edge: Edge
    at_s: float | None
    when: Span | None
    negative: bool
    pick: Literal["first", "last", ""]

    @property
    def matter(self) -> list[str]:
        return matter(without_times(without_quotes(self.main)))

    @property
    def comes_up(self) -> bool:
        """Whether the question is about the moment at which something appears."""
        return bool(_COMES_UP.search(without_quotes(self.main)))

    @property
    def all_quotes(self) -> tuple[str, ...]:
        return (*self.quotes, *(self.anchor.quotes if self.anchor else ()))

    @property
    def content(self) -> list[str]:
        """The matter and the words of asking besides: a sign may well be headed `list`, a credit `narrator`."""
        return content(without_times(without_quotes(self.main)))


def read_question(asked: str, duration_s: float | None) -> Ask:
    """The question that was put as text, lettered choices line by line, and a sentence on how to answer."""
    lines = [line for line in asked.strip().split("\n") if line.strip()]
    how = lines[-1] if len(lines) > 1 else ""
    body = lines[:-1] if len(lines) > 1 else lines
    first = next((n for n, line in enumerate(body) if line.startswith("A. ") and _lettered(body[n:])), len(body))
    choices = tuple(line[3:].strip() for line in body[first:])
    text = " ".join(body[:first])
    kind = _kind(how, choices)
    main, anchor = _clauses(text, kind)
    side = side_of(main)
    if side == "any" and anchor is not None and anchor.relation != "while":
        side = anchor.side
    if anchor is not None and anchor.side == "any" and anchor.relation != "while":
        anchor = Anchor(anchor.text, anchor.quotes, side, anchor.relation)
    at_s, when = _when(text, duration_s)
    return Ask(
        text=text,
        kind=kind,
        choices=choices,
        main=main,
        quotes=quotes(main),
        side=side,
        anchor=anchor,
        edge=_edge(without_quotes(main)) if when is None else "",
        at_s=at_s,
        when=when,
        negative=bool(re.search(r"\b(?:not|never|isn't|doesn't|don't|wasn't|aren't|except)\b", without_quotes(main), re.I)),
        pick=_pick(without_quotes(main)),
    )


def quotes(text: str) -> tuple[str, ...]:
    """What stands between quotation marks."""
    return tuple((m[1] or m[2]).strip() for m in _QUOTE.finditer(text) if (m[1] or m[2]).strip())


def without_quotes(text: str) -> str:
    return _QUOTE.sub(" ", text)


def without_times(text: str) -> str:
    """Times that the question names are no words to search for."""
    for pattern in (_BETWEEN, _EDGE_S, _AT, _INTO, _AT_SECOND):
        text = pattern.sub(" ", text)
    return text


def blank(text: str) -> tuple[str, str] | None:
    """The words before and after a gap that is to be filled; None where there is no gap."""
    found = _BLANK.search(text)
    return (text[: found.start()].strip(), text[found.end() :].strip()) if found else None


def _lettered(lines: list[str]) -> bool:
    return all((m := _CHOICE.match(line)) is not None and ord(m[1]) - 65 == n for n, line in enumerate(lines))


def _kind(how: str, choices: tuple[str, ...]) -> Kind:
    """From the sentence on how to answer."""
    words = set(tokens(how))
    if choices:
        return "order" if "order" in words or "letters" in words else "choice"
    if words & {"start", "seconds", "span", "interval"}:
        return "span"
    return "count" if words & {"number", "digits", "count"} else "open"


def _clauses(text: str, kind: Kind) -> tuple[str, Anchor | None]:
    """The main clause and what its place hangs on. A question that asks `when` has no such clause at its front."""
    hidden = _QUOTE.sub(lambda m: "\0" * len(m[0]), text)
    asks_when = _ASKS_WHEN.match(text)
    told = _told_before(text)
    if told is not None:
        return told
    for found in _RELATION.finditer(hidden, asks_when.end() if asks_when else 0):
        if not _is_clause(hidden, found):
            continue
        relation: Relation = "after" if found["after"] else "before" if found["before"] else "while"
        if not hidden[: found.start()].strip(" ,.;:"):
            comma = hidden.find(",", found.end())
            if comma < 0:
                continue
            clause, main = text[found.end() : comma], text[comma + 1 :]
        else:
            clause, main = text[found.end() :], text[: found.start()]
            break_at = re.search(r"[,;?](?=\s+(?:what|which|who|how|where)\b)", hidden[found.end() :], re.IGNORECASE)
            if break_at:
                clause, main = clause[: break_at.start()], f"{main} {clause[break_at.end() :]}"
        if not content(clause):
            continue
        return main.strip(), Anchor(clause.strip(" ?.,"), quotes(clause), side_of(clause), relation)
    return text, None


def _told_before(text: str) -> tuple[str, Anchor | None] | None:
    """A question that follows a statement of its own: `The speaker says "X". What is said next?`"""
    hidden = _QUOTE.sub(lambda m: "\0" * len(m[0]), text)
    cut = re.match(r"(.*\0[^.?!]*[.!])\s+(\S.*\?)\W*$", hidden, re.DOTALL)
    if cut is None:
        return None
    statement, main = text[: cut.end(1)], text[cut.start(2) :]
    then = _THEN.search(hidden[cut.start(2) :])
    if then is None or any(blank(quote) for quote in quotes(statement)):
        return None
    relation: Relation = "after" if then["after"] else "before" if then["before"] else "while"
    return main, Anchor(statement, quotes(statement), side_of(statement), relation)


def _is_clause(hidden: str, found: re.Match[str]) -> bool:
    before, rest = hidden[: found.start()], hidden[found.end() :]
    if re.match(r"\s*(?:\d|a (?:few|couple)\b|about \d|around \d|which\b|what\b|the (?:video|clip|film) is\b)", rest):
        return False
    if found["while"] and found["while"].lower().strip() == "as":
        tells = set(tokens(rest)) & (HEARD | SEEN) - SPEAKERS or '"' in rest or "\0" in rest
        return bool(tells) and not _NOT_A_CLAUSE.search(before)
    return True


def side_of(clause: str) -> Side:
    """Whether a clause speaks of hearing or of seeing. Who speaks says less than that somebody speaks: a narrator may
    be named on screen."""
    words = tokens(without_quotes(clause))
    hear = sum(0.5 if word in SPEAKERS else 1.0 for word in words if word in HEARD)
    see = sum(1.0 for word in words if word in SEEN) + 0.4 * bool({"line", "lines"} & set(words))
    if re.search(r"\baccording to the (?:\w+ )?(?:speaker|narrator|presenter|lecturer|voice)\b", clause, re.IGNORECASE):
        hear += 1.5
    if SPEAKERS & set(words) and any(word in HEARD - SPEAKERS for word in words):
        hear += 1.0
    if re.search(r"\bon[- ](?:the )?(?:screen|slide)\b", clause, re.IGNORECASE):
        see += 1.0
    if "aloud" in words:
        hear += 2.0
    return "hear" if hear > see else "see" if see > hear else "any"


def _edge(text: str) -> Edge:
    if _END.search(text):
        return "end"
    return "start" if _START.search(text) else ""


def _pick(text: str) -> Literal["first", "last", ""]:
    """`Which of these is mentioned first`: the choices themselves are what is to be put in order."""
    if re.search(r"\b(?:first|earliest|before (?:all|the) others?|earlier)\b", text, re.IGNORECASE):
        return "first"
    return "last" if re.search(r"\b(?:last|latest|later)\b", text, re.IGNORECASE) else ""


def _when(text: str, duration_s: float | None) -> tuple[float | None, Span | None]:
    """A time that the question itself names, and the stretch of a few seconds around it; or a stretch that it names."""
    bare = without_quotes(text)
    end_s = duration_s if duration_s is not None else float("inf")
    found = _BETWEEN.search(bare)
    if found:
        start, stop = _clock(found.groups()[:5]), _clock(found.groups()[5:])
        return None, _held(start, stop, end_s)
    edge = _EDGE_S.search(bare)
    length = value(edge[2]) if edge else None
    if edge and length:
        length *= 60 if edge[3].lower().startswith("m") else 1
        if edge[1].lower() in ("first", "opening"):
            return None, _held(0.0, length, end_s)
        return None, (_held(max(0.0, end_s - length), end_s, end_s) if duration_s is not None else None)
    found, second = _AT.search(bare) or _INTO.search(bare), _AT_SECOND.search(bare)
    if found or second:
        t_s = _clock(found.groups()) if found else float(second[1]) if second else 0.0
        return t_s, _held(max(0.0, t_s - AROUND_S), t_s + AROUND_S, end_s)
    return None, None


def _held(start_s: float, stop_s: float, end_s: float) -> Span | None:
    stop_s = min(stop_s, end_s)
    return Span(start_s, stop_s) if start_s < stop_s and stop_s != float("inf") else None


def _clock(parts: tuple[str | None, ...]) -> float:
    """Seconds of `1:02`, `1:02:03`, `62 s`, `1 min` as the five groups of a time."""
    if parts[0] is not None:
        numbers = [int(part) for part in parts[:3] if part is not None]
        return float(sum(n * 60**power for power, n in enumerate(reversed(numbers))))
    return float(parts[3] or 0) * (60 if (parts[4] or "s").startswith("m") else 1)
