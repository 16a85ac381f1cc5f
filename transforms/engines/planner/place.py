"""Where a line stands among others: below a line, above it, the third of a list."""

import re

from transforms.engines.planner.desk import Desk
from transforms.engines.planner.observation import Item
from transforms.engines.planner.question import Ask
from transforms.engines.planner.quotes import without_quotes
from transforms.engines.planner.words import holds, surface
from transforms.text import same_text

_BELOW = re.compile(r"\b(?:below|under|underneath|beneath|next line|following line)\b", re.IGNORECASE)
_ABOVE = re.compile(r"\b(?:above|over|on top of)\b", re.IGNORECASE)
_NTH = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|last|1st|2nd|3rd|4th|5th|6th)\s+(?:main\s+|listed\s+)?"
    r"(?:bullet|item|point|line|entry|step|row|option|topic)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\b(?:what|which)\b.*\b(?:title|heading|headline)\b", re.IGNORECASE)
_PAIRS = (("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"), ("fifth", "5th"), ("sixth", "6th"))
_ORDINALS = {word: n for n, pair in enumerate(_PAIRS) for word in pair}

ELSEWHERE = 0.5
"""A line that stands elsewhere than the question says is half as likely."""

UNKNOWN = 0.6
"""So is, nearly, one that was not seen in its place."""


def placed(ask: Ask, desk: Desk, item: Item) -> float:
    """1 for a line that stands where the question says, less for one elsewhere; 1 where it says nothing."""
    bare = without_quotes(ask.text)
    nth, below, above = _NTH.search(bare), _BELOW.search(bare), _ABOVE.search(bare)
    title = bool(_TITLE.search(bare)) and not ask.all_quotes
    if item.sense != "see" or not (nth or title or ((below or above) and ask.all_quotes)):
        return 1.0
    best = 0.0
    for look in desk.seen:
        lines = [i.text for i in look.items if i.sense == "see" and surface(i.text)]
        own = next((n for n, text in enumerate(lines) if same_text(text, item.text)), -1)
        head = next((n for n, text in enumerate(lines) if any(holds(text, quote) for quote in ask.all_quotes)), -1)
        if own < 0 or (head < 0 and not nth and not title):
            continue
        at = head + (1 if below else -1)
        if title:
            at = 0
        elif nth:
            nth_word = nth[1].lower()
            at = max(head, 0) + 1 + _ORDINALS[nth_word] if nth_word in _ORDINALS else len(lines) - 1
        best = max(best, 1.0 if own == at else ELSEWHERE)
    return best or UNKNOWN
