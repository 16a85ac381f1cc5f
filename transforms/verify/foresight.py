"""Nothing is told of a stretch before it was opened.

The teacher reads text on screen in search results that show the deployed model nothing but times. Repeated from there
it comes from nowhere in the row, and a model would learn to know what it has not seen.
"""

from schemas.span import Span
from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, displayed_during, filtered
from transforms.verify.known import spaced, texts_in

NAME = "foresight"

SLACK_S = 0.5
"""Text is on screen up to a sampling step longer than it was read (`perceive.sample_fps`)."""


def check(case: Case) -> Verdict:
    question = case.trajectory.question
    told = [question.text, *question.choices]
    shown_s: list[float] = []
    thoughts = iter(case.thoughts)
    for turn in case.turns:
        if turn.role == "assistant":
            for text, spans in texts_in(case.known, next(thoughts)):
                if not _seen(case, shown_s, spans) and f" {text} " not in spaced("\n".join(told)):
                    detail = f"{text!r} is told before anything showed it or said it"
                    return filtered(NAME, "told_before_seen", detail, 1.0)
        else:
            told.append(turn.look_text)
            shown_s += [case.trajectory.frames[ref].pts_s for ref in turn.frame_refs]
    return accept(NAME, 0.0)


def _seen(case: Case, shown_s: list[float], spans: tuple[Span, ...]) -> bool:
    wide = [Span(max(0.0, span.start_s - SLACK_S), span.end_s + SLACK_S) for span in spans]
    return any(displayed_during(case.times, pts_s, span) for span in wide for pts_s in shown_s)
