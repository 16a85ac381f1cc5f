"""Nothing of caption space is left in what the model would learn to say: neither its words nor its sentences.

What the question, its answer, the screen or a voice says may be repeated, whatever the words; and so may what a look
of this conversation told before, where deployed tools tell captions. Where the deployed model has a tool that tells
captions or a summary, it may name what that tool tells.
"""

import json
import re

from schemas.chat import Call
from schemas.trajectory import Verdict
from transforms.text import may_hold
from transforms.tools.caption_zoom import CLOSER
from transforms.tools.windows import arguments_of
from transforms.verify.case import Case, accept, filtered
from transforms.verify.known import openings_of, runs_of, spaced

NAME = "words"

_WORDS = re.compile(
    r"\b(captions?|captioned|caption_\w+|ocr|ground[- ]truth"
    r"|(?:reference|expected|given|provided) answers?|answer key|i (?:already )?know (?:that )?the (?:\w+ )?answer"
    r"|i was told|the user (?:told|said|gave)|hints?(?=:)"
    r"|(?:the|this|your|given|provided) hints?(?! (?:at|of|that))"
    r"|as (?:described|listed|noted) (?:in|by) the (?:text|summary|description)"
    r"|(?:according to|based on) the (?:\w+ )?(?:description|summary|metadata|annotation)s?"
    r"|the (?:clip |video )?(?:description|summary|metadata)s? (?:says?|states?|mentions?|lists?|shows?))\b",
    re.IGNORECASE,
)


# One of these stands in all that the expression finds; to look for them first takes a tenth of the time.
_TELLING = (
    *("caption", "ocr", "ground-truth", "ground truth", "annotation", "hint", "descri", "summary", "metadata"),
    *("reference answer", "expected answer", "given answer", "provided answer", "answer key", "know", "told", "user"),
    *("listed", "noted"),
)

_NAMED = {"get_caption": r"\bcaptions?\b", "subtitle_summary": r"\bsummary\b"}
"""Tools of the deployed model, and what one that has them calls what they tell."""


def check(case: Case) -> Verdict:
    for found in _WORDS.finditer(case.said) if may_hold(_TELLING, case.said) else ():
        phrase = found.group(0)
        if not case.quotable(phrase) and not _names_a_tool(case, phrase) and not _told_first(case, phrase):
            return filtered(
                NAME,
                "caption_words",
                f"the reasoning speaks of {phrase!r}, which a model that sees frames never had",
            )
    leak = _leak(case)
    if leak:
        return filtered(NAME, "caption_leak", f"a caption is repeated: {leak!r}")
    return accept(NAME, 0.0)


def _names_a_tool(case: Case, phrase: str) -> bool:
    """Whether nothing of caption space is left of a phrase without the words that name tools it was offered."""
    offered = {tool["name"] for tool in json.loads(case.trajectory.tools_json or "[]")}
    left = phrase
    for pattern in (pattern for name, pattern in _NAMED.items() if name in offered):
        left = re.sub(pattern, "", left, flags=re.IGNORECASE)
    return left != phrase and not _WORDS.search(left)


def _leak(case: Case) -> str:
    """Words in a row that only a caption could have given."""
    said, looked_up = [*case.thoughts, case.trajectory.answer, *_strings_in_calls(case)], _looked_up(case)
    if not looked_up and all(case.known.openings.isdisjoint(openings_of(text)) for text in said):
        return ""
    for run in runs_of(said):
        if (run in case.known.runs or run in looked_up) and not _free(case, run) and not _told_first(case, run):
            return run
    return ""


def _free(case: Case, run: str) -> bool:
    return f" {run} " in case.known.words or f" {run} " in spaced(case.asked)


def _told_first(case: Case, phrase: str) -> bool:
    """Whether a look told a phrase before the model said anything of it; asked only of what would else be a leak."""
    wanted, thoughts = spaced(phrase), iter(case.thoughts)
    for turn in case.turns:
        if turn.role == "assistant":
            said = [next(thoughts), *(text for call in turn.calls for text in _strings(call))]
            if any(wanted.strip() in spaced(text) for text in said):
                return False
        elif turn.role == "tool" and wanted in spaced(turn.look_text):
            return True
    return False


def _looked_up(case: Case) -> frozenset[str]:
    """Captions that were made for the question, and stand in what the teacher read alone."""
    texts = [turn.read_text for turn in case.trajectory.turns if CLOSER in turn.read_text]
    lines = [line for text in texts for line in text.splitlines() if CLOSER in line]
    return frozenset(runs_of(line.partition(CLOSER)[2] for line in lines))


def _strings_in_calls(case: Case) -> list[str]:
    return [text for call in case.calls for text in _strings(call)]


def _strings(call: Call) -> list[str]:
    return [value for value in arguments_of(call).values() if isinstance(value, str)]
