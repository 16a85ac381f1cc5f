"""The evidence can be seen in the frames that are displayed during it: a model that sees them says yes."""

import prompts
from schemas.chat import Message
from schemas.trajectory import Verdict
from transforms.answers import ask_form, state
from transforms.engines.structured import Yes
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Examiners, asked
from transforms.verify.sufficient import evidence_frames

NAME = "visible"


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat, question = case.settings.answerer, examiners.answerer, case.trajectory.question
    if settings is None or chat is None or not settings.visible:
        return accept(NAME, None, "verify.answerer.visible is off")
    if all(piece.modality == "speech" for piece in question.evidence):
        return accept(NAME, None, "no evidence is to be seen")
    pictures = tuple(frame.sha256 for frame in evidence_frames(case))
    if not pictures:
        return accept(NAME, None, "no frame of the evidence is kept: it was heard")
    text = prompts.load("exam_visible").fill(
        question=ask_form(question), answer=state(question), frames=f"{len(pictures)} frames"
    )
    reply = await asked(
        chat,
        Yes,
        [Message("user", text, pictures=pictures)],
        case,
        settings.max_tokens,
        max_pixels=case.ground.pixels_per_frame,
    )
    if reply.verdict == "no":
        return filtered(NAME, "evidence_not_visible", f"the frames do not show it: {reply.reasoning[:200]}", 0.0)
    return accept(NAME, 1.0)
