"""The conversation meets the entry's rubric: the weight of the criteria that are met over that of all that can be.

A criterion with a negative weight is a fault, and takes away what it weighs (LongShOT's form).
"""

import prompts
from schemas.chat import Message
from schemas.trajectory import Verdict
from transforms.answers import state
from transforms.engines.structured import Shape
from transforms.verify.case import Case, accept, filtered
from transforms.verify.consistent import told
from transforms.verify.exam import Examiners, asked

NAME = "rubric"


class Met(Shape):
    reasoning: str
    met: list[int]


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat = case.settings.judge, examiners.judge
    if settings is None or chat is None or not settings.criteria:
        return accept(NAME, None, "verify.judge has no criteria")
    criteria = settings.criteria
    listed = "\n".join(f"{n}. {one.name}: {one.description}" for n, one in enumerate(criteria, 1))
    text = prompts.load("judge_rubric").fill(
        conversation=told(case), answer=case.trajectory.answer, right=state(case.trajectory.question), criteria=listed
    )
    reply = await asked(chat, Met, [Message("user", text)], case, settings.max_tokens)
    met = [one for n, one in enumerate(criteria, 1) if n in reply.met]
    share = max(0.0, sum(one.weight for one in met) / sum(one.weight for one in criteria if one.weight > 0))
    if share < settings.least:
        spoiling = [one.name for one in criteria if (one in met) == (one.weight < 0)]
        detail = f"{share:.2f} of the rubric, less than {settings.least:g}; it fails on {', '.join(spoiling)}"
        return filtered(NAME, "rubric_not_met", detail, round(share, 4))
    return accept(NAME, round(share, 4))
