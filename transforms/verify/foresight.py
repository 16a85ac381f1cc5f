"""Nothing is told of a stretch before it was opened.

The teacher reads text on screen in search results that show the deployed model nothing but times. Repeated from there
it comes from nowhere in the row, and a model would learn to know what it has not seen.
"""

from schemas.span import Span
from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, during, filtered
from transforms.verify.known import spaced, texts_in

NAME = "foresight"


def check(case: Case) -> Verdict:
    question = case.trajectory.question
    told, shown = [question.text, *question.choices], set[int]()
    known = set[str]()
    thoughts = iter(case.thoughts)
    for turn in case.turns:
        if turn.role == "assistant":
            for text, spans in texts_in(case.known, next(thoughts)):
                if text in known or _seen(case, shown, spans) or _told(told, text) or _shown(case, shown, text):
                    known.add(text)
                else:
                    detail = f"{text!r} is told before anything showed it or said it"
                    return filtered(NAME, "told_before_seen", detail, 1.0)
        else:
            told.append(turn.look_text)
            shown.update(turn.frame_refs)
    return accept(NAME, 0.0)


def _seen(case: Case, shown: set[int], spans: tuple[Span, ...]) -> bool:
    return any(during(case.displayed[ref], span) for span in spans for ref in shown)


def _shown(case: Case, shown: set[int], text: str) -> bool:
    """Whether a line that says it, among other words, was displayed in a frame."""
    wanted = f" {text} "
    return _seen(case, shown, tuple(span for words, span in case.known.lines if wanted in words))


def _told(texts: list[str], text: str) -> bool:
    return any(f" {text} " in spaced(one) for one in texts)
