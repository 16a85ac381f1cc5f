"""Nothing of caption space is left in what the model would learn to say: neither its words nor its sentences."""

import re

from schemas.trajectory import Verdict
from transforms.text import tokens
from transforms.verify.case import Case, accept, filtered, said_by_teacher

NAME = "words"

_WORDS = re.compile(
    r"\b(captions?|captioned|caption_zoom|ocr|transcripts?|ground[- ]truth|reference answer|hints?"
    r"|as (?:described|listed|noted) (?:in|by) the (?:text|summary|description)"
    r"|the (?:clip )?(?:description|summary|metadata)s? (?:says?|states?|mentions?|lists?|shows?))\b",
    re.IGNORECASE,
)

LEAK_WORDS = 6
"""So many words of a caption in a row are not chance (the overlap length that n-gram decontamination starts from)."""


def check(case: Case) -> Verdict:
    said = re.sub(r'"[^"]*"', '""', said_by_teacher(case.trajectory))
    found = _WORDS.search(said)
    if found:
        return filtered(
            NAME,
            "caption_words",
            f"the reasoning speaks of {found.group(0)!r}, which a model that sees frames never had",
        )
    leak = _leak(case, said)
    if leak:
        return filtered(NAME, "caption_leak", f"the reasoning repeats a caption: {leak!r}")
    return accept(NAME, 0.0)


def _leak(case: Case, said: str) -> str:
    """Words in a row that only a caption could have given."""
    spoken = " ".join(tokens(said))
    for caption in case.timeline.captions:
        words = tokens(caption.text)
        for start in range(len(words) - LEAK_WORDS + 1):
            piece = " ".join(words[start : start + LEAK_WORDS])
            if f" {piece} " in f" {spoken} ":
                return piece
    return ""
