"""The answer is right for its kind."""

from schemas.trajectory import Verdict
from transforms.answers import grade
from transforms.verify.case import Case, accept, filtered
from transforms.verify.other_words import left_to_judge

NAME = "answer"


def check(case: Case) -> Verdict:
    judgement = grade(case.trajectory.question, case.trajectory.answer, case.settings)
    if judgement.right:
        return accept(NAME, judgement.measure)
    if left_to_judge(case):
        return accept(NAME, None, "in other words than the right answer: left to the judge")
    return filtered(NAME, "wrong_answer", judgement.detail, judgement.measure)
