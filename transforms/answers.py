"""Answers by kind: how a question is put, how its right answer is spelled, and whether what was said is right.

Reading what a model said is tolerant of spelling and never of meaning: what can be read in two ways is wrong.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import LCSseq

from schemas.settings import Verify
from schemas.source import LETTERS, Question
from schemas.span import Span, iou
from transforms.denial import denying
from transforms.numbers import in_figures, parse_number, spell_number
from transforms.text import digits, normalise, same_text, tokens
from transforms.times import parse_span, spell_span

ASK_FOR = {
    "choice": "Answer with the letter.",
    "open": "Answer with a word or a short phrase.",
    "count": "Answer with a number.",
    "order": "Answer with the letters in order, separated by commas.",
    "span": "Make sure of both ends, then answer with start and end in seconds, as 12.0-18.5.",
    "list": "Answer with all of them, separated by commas.",
}

_AROUND = (
    "it is was are says said say reads read shows shown called written word words text line number answer speaker"
    " screen slide sign card title on in at of by this that there"
)
FRAMING = frozenset(_AROUND.split())
"""Words that may stand around an open answer ("the sign says …") without changing what is answered."""

MOST_FRAMING = 8
"""More framing words than this are a sentence of its own, not an answer."""

GAP = "____"
"""What stands in a question for the words that are missing from a quoted line."""
_QUOTED = re.compile(r'"([^"]*)"')

SEPARATORS = ",、，;；"
"""What stands between the things of a list, so none of them holds one."""

_ARTICLES = frozenset({"a", "an", "the"})
_PART_OF_A_NAME = "#@&"
_UNITS = "%‰"
_ONLY_A_LINE = "|"

_LEAD = re.compile(
    r"^(?:(?:so|thus|therefore)\b,?\s*)?(?:(?:the|my)\s+)?(?:(?:final|correct|right|best)\s+)?"
    r"(?:answer|option|choice|order)\b\s*(?:is\b|would be\b)?\s*:?\s*(?:(?:option|choice)\b\s*)?",
    re.IGNORECASE,
)
_LETTER = re.compile(r"^[(\[]?([A-Za-z])[)\].:]*$")
_MARKED = re.compile(r"^(?:[(\[]([A-Z])[)\]][.:]?|([A-Z])[).:])\s+(\S.*)$", re.DOTALL)
_LOOSE = re.compile(r"^([A-Z])[\s,–-]+(\S.*)$", re.DOTALL)
_ELSEWHERE = re.compile(r"[(\[][A-Z][)\]]|\b[A-Z][).:](?=\s|$)|\b[A-Z]$|\b[B-HJ-Z]\b(?!['’])")
"""Another letter in the words after a letter; a lone `A` or `I` inside a sentence is an English word."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`measure` is 0 to 1: the IoU for spans, the share of places that are right for orders, else 1 or 0."""

    right: bool
    measure: float | None
    detail: str


def state(question: Question) -> str:
    """The right answer as a row spells it: letter, number, `B, A, C`, `12.0-18.525` (seconds), or the text."""
    answer = question.answer
    if isinstance(answer, Span):
        return spell_span(answer)
    if question.kind == "list":
        return ", ".join(answer)  # type: ignore[arg-type]
    if isinstance(answer, tuple):
        return ", ".join(LETTERS[question.choices.index(text)] for text in answer)
    if isinstance(answer, int | float):
        return spell_number(answer)
    return LETTERS[question.choices.index(answer)] if question.kind == "choice" else answer


def ask_form(question: Question) -> str:
    """The question as a model is asked it: text, choices with letters line by line, and how to answer."""
    return "\n".join([question.text, *lettered(question.choices), ASK_FOR[question.kind]])


def lettered(choices: Sequence[str]) -> list[str]:
    """Choices as a model is shown them, one a line."""
    return [f"{letter}. {' '.join(text.split())}" for letter, text in zip(LETTERS, choices, strict=False)]


def grade(question: Question, said: str, by: Verify) -> Judgement:
    """Whether `said` is right by the thresholds of an entry."""
    return judge(question, said, by.span_iou, by.number_tolerance, by.rouge_l)


def judge(
    question: Question, said: str, span_iou: float = 0.5, number_tolerance: float = 0.0, rouge_l: float | None = None
) -> Judgement:
    """Whether `said` is right. `span_iou` is the least IoU of a right span, `number_tolerance` an absolute error.

    Open answers are right when they have the same words as the answer, articles, case and punctuation aside and number
    words read as digits; words around it may only be framing words (`FRAMING`, at most `MOST_FRAMING`): "The sign says
    Gate 14." is right for "Gate 14", "Gate 14 or 15" is not. Signs have to be the same; a currency or a percent sign
    may be missing on one side, but not be another one. Where the question quotes a line with a gap, the line with it
    filled is right too. With `rouge_l`, they are also right from that ROUGE-L F1 on, as long as their numbers are the
    same. A list is right when it names each of its things once and nothing else. What is empty or cannot be read is
    wrong with measure 0. No text raises an error.
    """
    # Texts may hold what is read as framing, as the mark of a line or as a separator anywhere else.
    if question.kind in ("open", "list") and said.strip() == state(question):
        return Judgement(True, 1.0, f"said {_short(said)}, as it is written")
    # Models that run away write spaces without end, over which expressions would go again and again.
    said = "\n".join(" ".join(line.split()) for line in said.strip().strip("*`").splitlines() if line.strip())
    if not said:
        return Judgement(False, 0.0, "nothing was answered")
    if question.kind == "choice":
        return _judge_choice(question, said)
    if question.kind == "count":
        return _judge_count(question, said, number_tolerance)
    if question.kind == "order":
        return _judge_order(question, said)
    if question.kind == "span":
        return _judge_span(question, said, span_iou)
    if question.kind == "list":
        return _judge_list(question, said)
    judged = _judge_open(question, said)
    line = _filled(question)
    whole = _judge_open(replace(question, answer=line), said) if line else judged
    if rouge_l is not None and not (judged.right or whole.right):
        return _judge_overlap(question, said, rouge_l)
    return whole if whole.right else judged


def _filled(question: Question) -> str:
    """The quoted line of a question with its one gap filled by the answer; empty when there is no such line.

    Who is asked to complete a line may well answer with the line.
    """
    lines = [line for line in _QUOTED.findall(question.text) if GAP in line]
    return lines[0].replace(GAP, str(question.answer)) if len(lines) == 1 and lines[0].count(GAP) == 1 else ""


def parse_choice(choices: tuple[str, ...], said: str) -> int | None:
    """The index of the choice that is meant: its letter, its text, or both where they agree; None when unclear.

    A letter is a letter even where it is also the text of a choice, because it is letters that are asked for.
    """
    for candidate in (_LEAD.sub("", said.strip()), said.strip()):
        bare = candidate.strip().strip("*`\"'“”").strip().rstrip(".").strip("*")
        letter = _LETTER.match(bare)
        if letter:
            index = LETTERS.index(letter[1].upper())
            return index if index < len(choices) else None
        marked = _MARKED.match(bare)
        if marked and (marked[1] or marked[2]) in LETTERS[: len(choices)]:
            return _agreed(choices, LETTERS.index(marked[1] or marked[2]), marked[3])
        loose = _LOOSE.match(bare)
        if loose and loose[1] in LETTERS[: len(choices)]:
            index = LETTERS.index(loose[1])
            if same_text(loose[2], choices[index]):
                return index
        index_of_text = _by_text(choices, bare)
        if index_of_text is not None:
            return index_of_text
    return None


def _agreed(choices: tuple[str, ...], index: int, rest: str) -> int | None:
    """A letter with words after it counts unless they deny it, name another letter or are another choice's text."""
    others = [text for n, text in enumerate(choices) if n != index]
    if same_text(rest, choices[index]):
        return index
    if _ELSEWHERE.search(rest) or _LETTER.match(rest.strip()):
        return None
    rest_words = _words(rest)
    beside = _without(_words(choices[index]), rest_words)
    if denying(beside) or beside[:1] in (["or"], ["no"]):
        return None
    return None if any(_inside(_words(text), rest_words) for text in others) else index


def _by_text(choices: tuple[str, ...], text: str) -> int | None:
    equal = [n for n, choice in enumerate(choices) if choice == text]
    if not equal and normalise(text):
        equal = [n for n, choice in enumerate(choices) if same_text(choice, text)]
    return equal[0] if len(equal) == 1 else None


def _judge_choice(question: Question, said: str) -> Judgement:
    letter = LETTERS.find(said) if len(said) == 1 else -1  # as nearly all answers are
    index = letter if 0 <= letter < len(question.choices) else parse_choice(question.choices, said)
    if index is None:
        return Judgement(False, 0.0, f"{_short(said)} names no single choice")
    right = question.choices[index] == question.answer
    return Judgement(right, float(right), f"said {LETTERS[index]}, right is {state(question)}")


def _judge_count(question: Question, said: str, tolerance: float) -> Judgement:
    number = parse_number(said)
    if number is None:
        return Judgement(False, 0.0, f"{_short(said)} holds no single number")
    assert isinstance(question.answer, int | float)
    right = abs(number - question.answer) <= tolerance + 1e-9
    return Judgement(right, float(right), f"said {spell_number(number)}, right is {state(question)}")


def _judge_order(question: Question, said: str) -> Judgement:
    order = _parse_order(question.choices, said)
    if order is None:
        return Judgement(False, 0.0, f"{_short(said)} is not an order of the {len(question.choices)} choices")
    assert isinstance(question.answer, tuple)
    hits = sum(question.choices[index] == text for index, text in zip(order, question.answer, strict=True))
    letters = ", ".join(LETTERS[index] for index in order)
    return Judgement(hits == len(order), round(hits / len(order), 4), f"said {letters}, right is {state(question)}")


def _parse_order(choices: tuple[str, ...], said: str) -> list[int] | None:
    """Letters in any usual spelling (`B, A, C`, `B > A > C`, `BAC`, a numbered list), or the choices' texts."""
    size = len(choices)
    text = _LEAD.sub("", said).strip().rstrip(".")
    spread = re.sub(r"(?m)^\s*\d+[.)]\s*", " ", text)
    letters = [part for part in re.split(r"[\s,;>()\[\]→*.-]+|\bthen\b|\band\b", spread) if part]
    if len(letters) == 1 and len(text) == size and text.isupper():
        letters = list(text)
    if len(letters) == size and all(part.upper() in LETTERS[:size] and _LETTER.match(part) for part in letters):
        return _permutation([LETTERS.index(part.upper()) for part in letters])
    for separator in (r"\n", r"→|->", r";", r">", r",\s*then\b|\bthen\b", r","):
        parts = [part.strip(" ,.\t") for part in re.split(separator, re.sub(r"(?m)^\s*\d+[.)]\s*", "", text))]
        parts = [part for part in parts if part]
        if len(parts) == size:
            found = [parse_choice(choices, part) for part in parts]
            return _permutation([index for index in found if index is not None]) if None not in found else None
    return None


def _permutation(order: list[int]) -> list[int] | None:
    return order if len(set(order)) == len(order) else None


def _judge_span(question: Question, said: str, least: float) -> Judgement:
    found = parse_span(said)
    if found is None:
        return Judgement(False, 0.0, f"{_short(said)} names no single stretch of time")
    start_s, end_s = found
    if end_s < start_s:
        return Judgement(False, 0.0, f"said {start_s:g}-{end_s:g} s, which ends before it starts")
    assert isinstance(question.answer, Span)
    overlap = iou(Span(start_s, end_s), question.answer)
    detail = f"said {spell_span(Span(start_s, end_s))} s, right is {state(question)} s: IoU {overlap:.2f}"
    return Judgement(overlap >= least and overlap > 0, round(overlap, 4), detail)


def _judge_overlap(question: Question, said: str, least: float) -> Judgement:
    """By the longest run of words in common, others in between (ROUGE-L F1, Lin 2004)."""
    assert isinstance(question.answer, str)
    words, wanted = _words(said), _words(question.answer)
    common = LCSseq.similarity(words, wanted)
    f1 = 2 * common / (len(words) + len(wanted)) if common else 0.0
    right = f1 >= least and digits(said) == digits(question.answer) and not denying(_without(wanted, words))
    detail = f"said {_short(said)}, right is {_short(question.answer)}: ROUGE-L {f1:.2f}"
    return Judgement(right, round(f1, 4), detail)


def _judge_list(question: Question, said: str) -> Judgement:
    """Things in any order, separated by commas, semicolons, lines, or the word and."""
    assert isinstance(question.answer, tuple)
    plain = re.sub(r"(?m)^\s*(?:\d+[.)]|[-*•])\s*", "", _LEAD.sub("", said).strip().rstrip("."))
    found: list[str] = []
    listed = rf"\n+|[{SEPARATORS}]\s*(?:and\s+)?"
    for separator in (r"\n+|[;；]", listed, rf"{listed}|\s+and\s+|\s*[&/]\s*"):
        found = [part.strip(" ,.\t") for part in re.split(separator, plain) if part.strip(" ,.\t")]
        if len(found) == len(question.answer):
            break
    left = list(question.answer)
    for part in found:
        hit = next((text for text in left if _judge_open(replace(question, answer=text), part).right), None)
        if hit is not None:
            left.remove(hit)
    hits = len(question.answer) - len(left)
    f1 = 2 * hits / (len(found) + len(question.answer))
    return Judgement(f1 == 1.0, round(f1, 4), f"said {_short(said)}, right is {state(question)}: F1 {f1:.2f}")


def _judge_open(question: Question, said: str) -> Judgement:
    assert isinstance(question.answer, str)
    same_words = _same_signs(said, question.answer) and _same_answer(_words(said), _words(question.answer))
    right = same_words or same_text(said, question.answer)
    return Judgement(right, float(right), f"said {_short(said)}, right is {_short(question.answer)}")


def _same_answer(said: list[str], wanted: list[str]) -> bool:
    if not wanted:
        return False
    if said == wanted:
        return True
    joined = "".join(wanted)
    if "".join(said) == joined and not any(c.isdigit() for c in joined):
        return True
    for start in range(len(said) - len(wanted) + 1):
        around = said[:start] + said[start + len(wanted) :]
        if said[start : start + len(wanted)] == wanted and len(around) <= MOST_FRAMING and FRAMING.issuperset(around):
            return True
    return False


def _words(text: str) -> list[str]:
    """Normalised words without articles; number words up to nineteen and the tens as digits."""
    return [in_figures(word) for word in tokens(text) if word not in _ARTICLES]


def _signs(text: str) -> list[str]:
    """Signs that carry meaning: mathematical ones (`<`, `≠`, `C++`), and those that are part of a name (`C#`)."""
    return [c for c in normalise(text) if c in _PART_OF_A_NAME or _is(c, "Sm") and c != _ONLY_A_LINE]


def _units(text: str) -> list[str]:
    """Each currency or percent sign once, in the order in which they come up."""
    return list(dict.fromkeys(c for c in normalise(text) if c in _UNITS or _is(c, "Sc")))


def _is(c: str, category: str) -> bool:
    return unicodedata.category(c) == category


def _same_signs(said: str, wanted: str) -> bool:
    """Whether two texts have the same signs, and units that do not disagree: a unit may be missing on one side."""
    units, wanted_units = _units(said), _units(wanted)
    return _signs(said) == _signs(wanted) and (not units or not wanted_units or units == wanted_units)


def _without(needle: list[str], words: list[str]) -> list[str]:
    """The words that are left when the first run of the needle's words is taken out."""
    size = len(needle)
    at = next((n for n in range(len(words) - size + 1) if words[n : n + size] == needle), None) if size else None
    return words if at is None else words[:at] + words[at + size :]


def _inside(needle: list[str], words: list[str]) -> bool:
    size = len(needle)
    return size > 0 and any(words[n : n + size] == needle for n in range(len(words) - size + 1))


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= 60 else flat[:57] + "...")
