"""Nothing is told of a stretch before it was opened.

The teacher reads text on screen in search results that show the deployed model nothing but times. Repeated from there
it comes from nowhere in the row, and a model would learn to know what it has not seen.
"""

from schemas.span import Span
from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, displayed_during, filtered
from transforms.verify.known import spaced, texts_in

NAME = "foresight"


def check(case: Case) -> Verdict:
    told, shown_s = list[str](), list[float]()
    thoughts = iter(case.thoughts)
    for turn in case.turns:
        if turn.role == "assistant":
            for text, spans in texts_in(case.known, next(thoughts)):
                if (
                    not _asked(case, text)
                    and not _seen(case, shown_s, spans)
                    and not (_shown(case, shown_s, text) or _told(told, text))
                ):
                    detail = f"{text!r} is told before anything showed it or said it"
                    return filtered(NAME, "told_before_seen", detail, 1.0)
        else:
            told.append(turn.look_text)
            shown_s += [case.trajectory.frames[ref].pts_s for ref in turn.frame_refs]
    return accept(NAME, 0.0)


def _asked(case: Case, text: str) -> bool:
    question = case.trajectory.question
    return any(f" {text} " in spaced(one) for one in (question.text, *question.choices))


def _seen(case: Case, shown_s: list[float], spans: tuple[Span, ...]) -> bool:
    return any(displayed_during(case.times, pts_s, span) for span in spans for pts_s in shown_s)


def _shown(case: Case, shown_s: list[float], text: str) -> bool:
    """Whether a line that says it, among other words, was displayed in a frame."""
    wanted = f" {text} "
    return _seen(case, shown_s, tuple(span for words, span in case.known.lines if wanted in words))


def _told(texts: list[str], text: str) -> bool:
    return any(f" {text} " in spaced(one) for one in texts)
