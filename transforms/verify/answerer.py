"""Somebody else comes to the same answer: a second model, apart from the teacher, sees the question and what the tools
showed and told, and none of the reasoning.

It is the check that the answer is in the frames, and was not in the captions alone (VideoSEAL keeps planner and
answerer apart for it).
"""

from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Examiners, answer_to, judged

NAME = "answerer"


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat = case.settings.answerer, examiners.answerer
    if settings is None or chat is None:
        return accept(NAME, None, "verify.answerer names no model")
    question, frames = case.trajectory.question, case.trajectory.frames
    shown = "\n".join(turn.look_text for turn in case.turns if turn.look_text)
    refs = dict.fromkeys(ref for turn in case.turns for ref in turn.frame_refs)
    pictures = tuple(frames[ref].sha256 for ref in refs)
    said = await answer_to(
        chat, question, shown, pictures, case, settings.max_tokens, max_pixels=case.ground.pixels_per_frame
    )
    judgement = await judged(question, said, case, examiners)
    if judgement.right:
        return accept(NAME, judgement.measure)
    return filtered(NAME, "answerer_disagrees", f"who only sees the frames {judgement.detail}", judgement.measure)
