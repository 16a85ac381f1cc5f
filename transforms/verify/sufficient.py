"""The evidence is enough: from its frames and words alone the question is answered."""

from schemas.trajectory import Frame, Verdict
from transforms.verify.case import Case, accept, filtered
from transforms.verify.exam import Examiners, answer_to, judged

NAME = "sufficient"


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat = case.settings.need, examiners.need
    if settings is None or chat is None or not settings.evidence:
        return accept(NAME, None, "verify.need.evidence is off")
    if not case.trajectory.question.evidence:
        return accept(NAME, None, "the question came without evidence")
    question = case.trajectory.question
    pixels = case.ground.pixels_per_frame
    pictures = [frame.sha256 for frame in evidence_frames(case)]
    shown = evidence_text(case)
    said = await answer_to(chat, question, shown, pictures, case, settings.max_tokens, max_pixels=pixels)
    judgement = await judged(question, said, case, examiners)
    if judgement.right:
        return accept(NAME, judgement.measure)
    detail = f"from the evidence alone {judgement.detail}"
    return filtered(NAME, "evidence_insufficient", detail, judgement.measure)


def evidence_frames(case: Case) -> tuple[Frame, ...]:
    """The frames that are kept and show the evidence, or a part of it, in order of time."""
    pieces = [piece for piece in case.trajectory.question.evidence if piece.modality != "speech"]
    frames = [
        frame
        for ref, frame in enumerate(case.trajectory.frames)
        if any(case.shown([ref], piece.span, piece.box) for piece in pieces)
    ]
    return tuple(sorted(frames, key=lambda frame: frame.pts_s))


def evidence_text(case: Case) -> str:
    """When the frames are from, and what is said during the evidence."""
    shown = [f"{frame.pts_s:.2f}" for frame in evidence_frames(case)]
    rows = [f"Frames at {', '.join(shown)} s."] if shown else []
    heard = [piece.span for piece in case.trajectory.question.evidence if piece.modality != "screen"]
    rows += [
        f'[{item.span.start_s:.1f}-{item.span.end_s:.1f}] "{item.text}"'
        for item in case.timeline.speech
        if any(item.span.overlap_s(span) > 0 for span in heard)
    ]
    return "\n".join(rows)
