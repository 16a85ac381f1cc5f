"""The answer is right for its kind."""

from schemas.trajectory import Verdict
from transforms.answers import judge
from transforms.verify.case import Case, accept, filtered

NAME = "answer"


def check(case: Case) -> Verdict:
    judgement = judge(
        case.trajectory.question,
        case.trajectory.answer,
        span_iou=case.settings.span_iou,
        number_tolerance=case.settings.number_tolerance,
    )
    if judgement.right:
        return accept(NAME, judgement.measure)
    return filtered(NAME, "wrong_answer", judgement.detail, judgement.measure)
