"""An open answer in other words than the right one says the same, by the judge's reading."""

from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Examiners, judged

NAME = "other_words"


def left_to_judge(case: Case) -> bool:
    """Whether an answer that is wrong by its words is still to be read by the judge."""
    judge = case.settings.judge
    return judge is not None and judge.answers and case.trajectory.question.kind == "open"


async def check(case: Case, examiners: Examiners) -> Verdict:
    question = case.trajectory.question
    if not left_to_judge(case):
        return accept(NAME, None, "verify.judge.answers is off, or the answer is not open")
    if (await judged(question, case.trajectory.answer, case, examiners)).right:
        return accept(NAME, 1.0)
    detail = f"said {case.trajectory.answer[:60]!r}, right is {str(question.answer)[:60]!r}, which is not the same"
    return filtered(NAME, "wrong_answer", detail, 0.0)
