"""Nothing of caption space is left in what the model would learn to say: neither its words nor its sentences.

What the question, its answer, the screen or a voice says may be repeated, whatever the words.
"""

import re
from collections.abc import Iterator

from schemas.trajectory import Verdict
from transforms.text import contains, tokens
from transforms.tools.caption_zoom import CLOSER
from transforms.verify.case import Case, accept, arguments_of, calls_of, filtered, quotable, said_by_teacher

NAME = "words"

_WORDS = re.compile(
    r"\b(captions?|captioned|caption_zoom|ocr|transcripts?|ground[- ]truth|reference answer"
    r"|(?:the|this|your|given|provided) hints?(?! at)"
    r"|as (?:described|listed|noted) (?:in|by) the (?:text|summary|description)"
    r"|the (?:clip )?(?:description|summary|metadata)s? (?:says?|states?|mentions?|lists?|shows?))\b",
    re.IGNORECASE,
)

LEAK_WORDS = 6
"""So many words of a caption in a row are not chance (the overlap length that n-gram decontamination starts from)."""
LEAK_LETTERS = 16
"""And so many letters: in scripts that are written without spaces a token is one character, and six are chance."""


def check(case: Case) -> Verdict:
    said, may = said_by_teacher(case.trajectory), quotable(case)
    for found in _WORDS.finditer(said):
        if not contains(may, found.group(0)):
            return filtered(
                NAME,
                "caption_words",
                f"the reasoning speaks of {found.group(0)!r}, which a model that sees frames never had",
            )
    leak = _leak(case, "\n".join([said, *_strings_in_calls(case)]), may)
    if leak:
        return filtered(NAME, "caption_leak", f"a caption is repeated: {leak!r}")
    return accept(NAME, 0.0)


def _leak(case: Case, said: str, may: str) -> str:
    """Words in a row that only a caption could have given."""
    spoken, free = f" {' '.join(tokens(said))} ", f" {' '.join(tokens(may))} "
    for caption in [*(caption.text for caption in case.timeline.captions), *_looked_up(case)]:
        for piece in _runs(tokens(caption)):
            if f" {piece} " in spoken and f" {piece} " not in free:
                return piece
    return ""


def _looked_up(case: Case) -> Iterator[str]:
    """Captions that were made for the question, and stand in what the teacher read alone."""
    for turn in case.trajectory.turns:
        for line in turn.read_text.splitlines():
            _, found, text = line.partition(CLOSER)
            if found:
                yield text


def _runs(words: tuple[str, ...]) -> Iterator[str]:
    """From every word on, the shortest run that is long enough to be no chance."""
    for start in range(len(words)):
        for end in range(start + LEAK_WORDS, len(words) + 1):
            if sum(map(len, words[start:end])) >= LEAK_LETTERS:
                yield " ".join(words[start:end])
                break


def _strings_in_calls(case: Case) -> list[str]:
    given = [value for call in calls_of(case.trajectory) for value in arguments_of(call).values()]
    return [value for value in given if isinstance(value, str)]
