"""An open answer in other words than the right one says the same, by the judge's reading."""

from schemas.trajectory import Verdict
from transforms.answers import grade
from transforms.same_answer import same_answer
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Examiners

NAME = "other_words"


def left_to_judge(case: Case) -> bool:
    """Whether an answer that is wrong by its words is still to be read by the judge."""
    judge = case.settings.judge
    return judge is not None and judge.answers and case.trajectory.question.kind == "open"


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat, question = case.settings.judge, examiners.judge, case.trajectory.question
    if settings is None or chat is None or not left_to_judge(case):
        return accept(NAME, None, "verify.judge.answers is off, or the answer is not open")
    if grade(question, case.trajectory.answer, case.settings).right:
        return accept(NAME, 1.0)
    if await same_answer(question, case.trajectory.answer, settings, chat, case.store):
        return accept(NAME, 1.0)
    detail = f"said {case.trajectory.answer[:60]!r}, right is {str(question.answer)[:60]!r}, which is not the same"
    return filtered(NAME, "wrong_answer", detail, 0.0)
