"""The two halves of a question: what is asked, and what its place in the video hangs on."""

import re
from dataclasses import dataclass
from typing import Literal

from transforms.engines.planner.quotes import blank, hide_quotes, quotes, without_quotes
from transforms.engines.planner.vocabulary import HEARD, SEEN, SPEAKERS
from transforms.engines.planner.words import content
from transforms.text import tokens

Relation = Literal["while", "after", "before", "begins"]
Side = Literal["see", "hear", "any"]

_SOON = r"(?:right |just |directly |immediately |shortly |straight )?"
_RELATION = re.compile(
    rf"\b(?P<after>{_SOON}after|following(?= (?:the|this|that|\W))|once|replac(?:es|ed)|follows|followed by|succeeds)\b"
    rf"|\b(?P<before>{_SOON}before|precedes)\b"
    r"|\b(?P<while>while|whilst|when(?:ever)?|during"
    r"|at the (?:same )?(?:moment|time|point) (?:when|that|of|as|where)?|the moment|as soon as"
    r"|as (?=the |a |an |he |she |they |we |it |somebody |someone |[\"“']|\0))",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?P<after>next|after (?:that|this|it)|afterwards|follows)\b"
    r"|\b(?P<before>before (?:that|this|it)|beforehand|previously)\b"
    r"|\b(?P<while>at (?:that|this|the same) (?:time|moment|point)|meanwhile|then|at the time)\b",
    re.IGNORECASE,
)
_NO_CLAUSE_BEFORE_AS = re.compile(
    r"\b(?:known|described|such|same|well|referred to|serves?|used|defined|labelled|shown|soon|far)\s+$", re.IGNORECASE
)
_NO_CLAUSE = re.compile(
    r"\s*(?:\d|(?:about|around) \d|a (?:few|couple)\b|which\b|what\b|the (?:video|clip|film) is\b)", re.IGNORECASE
)
_BY_ITS_WORDS = re.compile(
    r"\s*(?:the |its |a )?(?:\w+ )?(?:screen|text|sign|title|slide|card|end|credits?|label|page)\s+"
    r"(?:says?|shows?|tells?|reads?|states?)\b",
    re.IGNORECASE,
)
_ASKS_WHEN = re.compile(
    r"^\W*(?:(?:from|since|until|till)\s+)?when(?:\s+(?:and|to|until|till)\s+(?:until\s+)?when)?"
    r"\s+(?:does|do|did|is|are|was|were|will|can|could|has|have|exactly|in)\b",
    re.IGNORECASE,
)
_QUESTION_AFTER = re.compile(r"[,;?](?=\s+(?:what|which|who|how|where)\b)", re.IGNORECASE)
_STATEMENT = re.compile(r"(.*\0[^.?!]*[.!])\s+(\S.*\?)\W*$", re.DOTALL)
_ACCORDING = re.compile(r"\baccording to the (?:\w+ )?(?:speaker|narrator|presenter|lecturer|voice)\b", re.IGNORECASE)
_ON_SCREEN = re.compile(r"\bon[- ](?:the )?(?:screen|slide)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """Something the question tells of, by which the place can be found: `after the title "X" …`."""

    text: str
    quotes: tuple[str, ...]
    side: Side
    relation: Relation


def split_clauses(text: str) -> tuple[str, Anchor | None]:
    """The main clause, and what its place hangs on. A question that asks `when` has no such clause at its front."""
    told = _told_before(text)
    if told is not None:
        return told
    hidden, asks_when = hide_quotes(text), _ASKS_WHEN.match(text)
    for found in _RELATION.finditer(hidden, asks_when.end() if asks_when else 0):
        if not _is_clause(hidden, found):
            continue
        if hidden[: found.start()].strip(" ,.;:"):
            main, clause = text[: found.start()], text[found.end() :]
            goes_on = _QUESTION_AFTER.search(hidden[found.end() :])
            if goes_on:
                main, clause = f"{main} {clause[goes_on.end() :]}", clause[: goes_on.start()]
        else:
            comma = hidden.find(",", found.end())
            if comma < 0:
                continue
            main, clause = text[comma + 1 :], text[found.end() : comma]
        if content(clause):
            return main.strip(), _anchor(clause.strip(" ?.,"), found)
    return text, None


def side_of(clause: str) -> Side:
    """Whether a clause speaks of hearing or of seeing.

    Who speaks says less than that somebody speaks: a narrator may be named on screen.
    """
    words = tokens(without_quotes(clause))
    hear = sum(0.5 if word in SPEAKERS else 1.0 for word in words if word in HEARD)
    see = sum(1.0 for word in words if word in SEEN) + 0.4 * bool({"line", "lines"} & set(words))
    hear += 1.5 * bool(_ACCORDING.search(clause)) + 2.0 * ("aloud" in words)
    if SPEAKERS & set(words) and (HEARD - SPEAKERS) & set(words):
        hear += 1.0
    see += 1.0 * bool(_ON_SCREEN.search(clause))
    return "hear" if hear > see else "see" if see > hear else "any"


def _told_before(text: str) -> tuple[str, Anchor] | None:
    """A question that follows a statement of its own: `The speaker says "X". What is said next?`"""
    hidden = hide_quotes(text)
    cut = _STATEMENT.match(hidden)
    if cut is None:
        return None
    statement, main = text[: cut.end(1)], text[cut.start(2) :]
    then = _THEN.search(hidden[cut.start(2) :])
    if then is None or any(blank(quote) for quote in quotes(statement)):
        return None
    return main, _anchor(statement, then)


def _anchor(clause: str, found: re.Match[str]) -> Anchor:
    relation: Relation = "after" if found["after"] else "before" if found["before"] else "while"
    return Anchor(clause, quotes(clause), side_of(clause), relation)


def _is_clause(hidden: str, found: re.Match[str]) -> bool:
    before, rest = hidden[: found.start()], hidden[found.end() :]
    if _NO_CLAUSE.match(rest):
        return False
    if found["while"] and found["while"].lower().strip() == "as":
        tells = bool(set(tokens(rest)) & (HEARD | SEEN) - SPEAKERS) or "\0" in rest
        return tells and not _NO_CLAUSE_BEFORE_AS.search(before) and not _BY_ITS_WORDS.match(rest)
    return True
