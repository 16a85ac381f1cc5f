"""No text of a failed request stands anywhere: not in what the teacher read, not in what a model would learn.

A caption that is an error message reads like any other caption, and comes up thousands of times in data that was not
looked through. What the video itself shows or says is free: a lecture may be about HTTP.
"""

import re
from functools import lru_cache

from schemas.trajectory import Verdict
from transforms.text import may_hold
from transforms.verify.case import Case, accept, filtered

NAME = "error_text"

_ERROR = re.compile(
    r"\bError code: \d{3}\b|\bConnection error\.|\bRequest timed out\b|\bMax retries exceeded\b"
    r"|\bas an AI (?:language )?model\b|\bI(?:'m| am) sorry, but I can(?:'|no)t\b"
    r"|\bHTTP(?:/\d(?:\.\d)?)?[ _-]?(?:status|error|code)?[ :_-]*[45]\d\d\b|\b[45]\d\d (?:Client|Server) Error\b"
    r"|\bToo Many Requests\b|\bInternal Server Error\b|\bBad Gateway\b|\bService Unavailable\b|\bGateway Time-?out\b"
    r"|\bRate ?limit(?: (?:reached|exceeded)|_exceeded|Error)\b|\binsufficient_quota\b|\bquota exceeded\b"
    r"|\b(?:API|Authentication|APIConnection|APITimeout|BadRequest|Connection|Timeout|HTTP|JSONDecode)Error\b"
    r"|\bTraceback \(most recent call last\)|\[(?:api[ _-])?error\]|\binvalid[ _]api[ _]key\b"
    r"|\bCUDA (?:error|out of memory)\b|<!DOCTYPE html|<html\b",
    re.IGNORECASE,
)
# One of these stands in every text that the expression finds. Long ones: the longer, the faster it is looked for.
_TELLING = (
    *("error", "http", "html", "quota", "gateway", "unavailable", "ratelimit", "rate limit", "as an ai ", "timed out"),
    *("sorry, but i can", "invalid", "traceback (most", "too many requests", "max retries", "cuda out of memory"),
)


def check(case: Case) -> Verdict:
    texts = [case.said]
    texts += [part for turn in case.turns for part in (turn.read_text, turn.look_text)]
    for text in texts:
        for found in _errors_in(text):
            if not case.quotable(found):
                return filtered(NAME, "error_text", f"text of a failed request stands in it: {found!r}")
    return accept(NAME, None, "nothing reads like a failed request")


@lru_cache(maxsize=4096)
def _errors_in(text: str) -> tuple[str, ...]:
    """Kept: the same observations come again, in other rollouts and for other questions about a video."""
    return tuple(_ERROR.findall(text)) if may_hold(_TELLING, text) else ()
