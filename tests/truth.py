"""What is true of the sample videos, and whether an answer is, by their committed truth alone."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from schemas.source import Question
from schemas.span import Span, iou
from transforms.answers import parse_number, parse_span
from transforms.text import contains, same_text, similar, tokens

SAMPLES = Path(__file__).resolve().parent.parent / "samples"

SLACK_S = 0.75
"""Half a sampling step and the time a phrase may be heard early or late."""


ALIKE = 0.8
"""Edit similarity of a phrase and what is truly said, a word of which was misheard."""


@dataclass(frozen=True)
class Shown:
    text: str
    span: Span


@dataclass(frozen=True)
class Truth:
    """One sample video: lines of its cards, sentences that are spoken, presentation times of all frames in seconds."""

    lines: tuple[Shown, ...]
    sentences: tuple[Shown, ...]
    pts_s: tuple[float, ...]


def load_truth() -> dict[str, Truth]:
    """Video id → truth."""
    videos = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))["videos"]
    return {
        Path(video["file"]).stem: Truth(
            tuple(
                Shown(line["text"], Span(card["start_s"], card["end_s"]))
                for card in video["cards"]
                for line in card["lines"]
            ),
            tuple(Shown(one["text"], Span(one["start_s"], one["end_s"])) for one in video["speech"]),
            tuple(video["pts_s"]),
        )
        for video in videos
    }


def line_spans(truth: Truth, text: str) -> list[Span]:
    return [one.span for one in truth.lines if same_text(one.text, text)]


def sentence_spans(truth: Truth, phrase: str) -> list[Span]:
    """The sentences that hold the phrase, up to a misheard word; where it goes over several in a row, the whole run."""
    runs = _runs(truth)
    found = [one.span for one in runs if contains(one.text, phrase)]
    found = found or [one.span for one in runs if similar(one.text, phrase) >= ALIKE]
    return [span for span in found if not any(one != span and one.overlap_s(span) == one.length_s for one in found)]


def _runs(truth: Truth) -> list[Shown]:
    """Every sentence, and every two and three of them in a row as if they were one."""
    runs = [truth.sentences[n : n + size] for size in (1, 2, 3) for n in range(len(truth.sentences) - size + 1)]
    return [Shown(" ".join(one.text for one in run), Span(run[0].span.start_s, run[-1].span.end_s)) for run in runs]


def is_true(question: Question, said: str, truth: Truth) -> bool:
    """Whether what was said in answer to a made question is right.

    `said` is only needed for spans; for other kinds the question's own answer, which the verdict held it to, is judged.
    """
    template = question.origin.removeprefix("ask/")
    quoted = re.findall(r'"([^"]*)"', question.text)
    at = re.search(r"(\d+(?:\.\d+)?)[ -]seconds?\b", re.sub(r'"[^"]*"', '""', question.text))
    answer = question.answer
    if question.kind == "span":
        return _right_span(quoted[0], said, truth)
    if question.kind == "order":
        assert isinstance(answer, tuple)
        return _right_order(answer, truth)
    if question.kind == "count":
        return _right_count(question, quoted, float(at[1]) if at else None, truth)
    text = str(answer)
    if quoted and "____" in quoted[0]:
        if template == "screen_text":
            return bool(line_spans(truth, quoted[0].replace("____", text)))
        return _spoken(quoted[0], text, truth)
    if not quoted and not at:
        return _right_extreme(question, text, truth)
    if at and re.search(r"\bcomes up\b|\bappears\b", question.text):
        return [choice for choice in question.choices if _comes_up(choice, float(at[1]), truth)] == [text]
    where = [Span(max(0.0, float(at[1]) - 0.01), float(at[1]) + 0.01)] if at else _anchor(quoted[0], truth)
    if "right after" in question.text or "directly after" in question.text or "said next" in question.text:
        return _follows(quoted[0], text, truth)
    return _at(text, where, truth) and not any(
        _at(other, where, truth, slack_s=0.0) for other in question.choices if other != text
    )


def _anchor(text: str, truth: Truth) -> list[Span]:
    return line_spans(truth, text) or sentence_spans(truth, text)


def _comes_up(text: str, about_s: float, truth: Truth) -> bool:
    """Whether a line comes up at about a whole second. One that still stands there then, or just goes, does not."""
    return any(abs(span.start_s - about_s) <= 0.5 + SLACK_S for span in line_spans(truth, text))


def _at(text: str, where: Sequence[Span], truth: Truth, slack_s: float = SLACK_S) -> bool:
    """Whether a line is shown, or a phrase or number said, at one of the times."""
    spans = line_spans(truth, text) or sentence_spans(truth, text)
    if not spans and parse_number(text) is not None:
        spans = [one.span for one in truth.sentences if parse_number(text) in map(parse_number, tokens(one.text))]
    return any(s.start_s - slack_s <= w.end_s and w.start_s <= s.end_s + slack_s for s in spans for w in where)


def _spoken(quoted: str, word: str, truth: Truth) -> bool:
    """Whether a phrase is said with that very word in its gap; another word of it may be misheard."""
    filled = quoted.replace("____", word)
    if contains(" ".join(one.text for one in truth.sentences), filled):
        return True
    before, own, said = tokens(quoted.split("____")[0]), tokens(word), tokens(filled)
    return any(
        block.a <= len(before) and len(before) + len(own) <= block.a + block.size
        for one in _runs(truth)
        if similar(one.text, filled) >= ALIKE
        for block in SequenceMatcher(None, said, tokens(one.text), autojunk=False).get_matching_blocks()
    )


def _right_span(quoted: str, said: str, truth: Truth) -> bool:
    given = parse_span(said)
    if given is None:
        return False
    spans = _anchor(quoted, truth)
    return any(iou(Span(*given), span) >= 0.5 for span in spans)


def _right_order(answer: tuple[str, ...], truth: Truth) -> bool:
    starts = [_start(text, truth) for text in answer]
    return math.nan not in starts and starts == sorted(starts)


def _right_extreme(question: Question, text: str, truth: Truth) -> bool:
    """Which of the choices comes first, or last."""
    starts = {choice: _start(choice, truth) for choice in question.choices}
    pick = max if re.search(r"\blast\b", question.text) else min
    return math.nan not in starts.values() and starts[text] == pick(starts.values())


def _start(choice: str, truth: Truth) -> float:
    """When what a choice quotes is there first; the one NaN of `math` when it never is."""
    return min((span.start_s for span in _anchor(_bare(choice), truth)), default=math.nan)


def _bare(choice: str) -> str:
    """A choice such as `"…" appears on screen` without its words around."""
    found = re.search(r'"([^"]*)"', choice)
    return found[1] if found else choice


def _follows(before: str, after: str, truth: Truth) -> bool:
    first, second = sentence_spans(truth, before), sentence_spans(truth, after)
    starts, ends = ([getattr(one.span, edge) for one in truth.sentences] for edge in ("start_s", "end_s"))
    return any(starts.index(b.start_s) == ends.index(a.end_s) + 1 for a in first for b in second)


def _right_count(question: Question, quoted: list[str], at_s: float | None, truth: Truth) -> bool:
    if at_s is not None:
        true = sum(any(span.start_s <= at_s for span in line_spans(truth, text)) for text in quoted)
    elif re.search(r"\b(say|said|spoken)\b", question.text):
        true = sum(tokens(one.text).count(tokens(quoted[0])[0]) for one in truth.sentences)
    else:
        true = len({tokens(one.text) for one in truth.lines if tokens(quoted[0])[0] in tokens(one.text)})
    return question.answer == float(true)
