"""A model for tests that really looks: it reads the pictures of a request with OCR, and answers by what it finds there.

It stands for a vision model behind the OpenAI API. It knows the prompts' shape and nothing of the tests: not which
answer is right, and not which fault was planted.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from tests.engines.chat_server import completion
from tests.engines.vision import fields, pictures_of, text_of
from transforms.engines.ocr import RapidOcr
from transforms.media.picture import decode_jpeg
from transforms.text import contains

_CHOICE = re.compile(r"^([A-Z])\. (.+)$", re.MULTILINE)
_STANDS_OUT = 2.0
"""Times as long as every other choice: what one guesses who knows nothing else."""


@cache
def _engine() -> RapidOcr:
    return RapidOcr()


@cache
def _read(jpeg: bytes) -> str:
    return "\n".join(line.text for line in _engine().read(decode_jpeg(jpeg)))


def examiner(body: dict[str, Any]) -> dict[str, Any]:
    return completion({"content": json.dumps(_reply(body))})


def _reply(body: dict[str, Any]) -> dict[str, Any]:
    text, seen = text_of(body), [_read(jpeg) for jpeg in pictures_of(body)] if _has_pictures(body) else []
    if fields(body) == {"reasoning", "answer"}:
        return {"reasoning": "I compare the choices with what I have.", "answer": _answer(text, seen)}
    if fields(body) == {"reasoning", "met"}:
        return {"reasoning": "One by one.", "met": _met(text)}
    assert fields(body) == {"reasoning", "verdict"}, fields(body)
    says = _is_visible(text, seen) if "Can one tell from these pictures" in text else _follows(text)
    return {"reasoning": "I looked.", "verdict": "yes" if says else "no"}


def _has_pictures(body: dict[str, Any]) -> bool:
    return not isinstance(body["messages"][0]["content"], str)


def _answer(text: str, seen: Sequence[str]) -> str:
    """The choice that most of the given texts hold: notes, pictures, and the question itself."""
    notes, _, question = text.partition("Question:")
    stem = question.split("\nA. ", 1)[0]
    choices = _CHOICE.findall(question or text)
    # The prompt's own words are no notes.
    given = [notes.partition("Notes:")[2], stem, *seen]
    votes = {letter: sum(contains(one, words) for one in given) for letter, words in choices}
    best = [letter for letter, n in votes.items() if n and n == max(votes.values())]
    if len(best) == 1:
        return best[0]
    longest = sorted(choices, key=lambda choice: len(choice[1]))
    if len(longest) > 1 and len(longest[-1][1]) >= _STANDS_OUT * len(longest[-2][1]):
        return longest[-1][0]
    return "I cannot tell"


def _is_visible(text: str, seen: Sequence[str]) -> bool:
    answer = re.search(r"^Answer: (.+)$", text, re.MULTILINE)
    assert answer is not None
    choices: dict[str, str] = dict(_CHOICE.findall(text))
    words = choices.get(answer[1], answer[1])
    return any(contains(one, words) for one in seen)


def _follows(text: str) -> bool:
    """Whether the last thoughts speak for the final answer, and for no other choice."""
    conversation, _, rest = text.partition("FINAL ANSWER: ")
    last = conversation.rpartition("ASSISTANT: ")[2]
    letter = rest.split("\n", 1)[0].strip()
    others = [words for other, words in _CHOICE.findall(conversation) if other != letter]
    return not any(contains(last, words) for words in others)


def _met(text: str) -> list[int]:
    """Criteria of the form `… the words "…" …` are met where the conversation has the words."""
    conversation, _, listed = text.partition("Decide for each of these criteria")
    criteria = re.findall(r'^(\d+)\. .*?"([^"]+)"', listed, re.MULTILINE)
    return [int(number) for number, words in criteria if contains(conversation, words)]
