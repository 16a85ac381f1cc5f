"""The evidence is enough: from its frames and words alone the question is answered."""

from schemas.trajectory import Verdict
from transforms.answers import grade
from transforms.verify.case import Case, accept, displayed_during, filtered
from transforms.verify.exam import Examiners, answer_to

NAME = "sufficient"


async def check(case: Case, examiners: Examiners) -> Verdict:
    settings, chat = case.settings.need, examiners.need
    if settings is None or chat is None or not settings.evidence:
        return accept(NAME, None, "verify.need.evidence is off")
    if not case.trajectory.question.evidence:
        return accept(NAME, None, "the question came without evidence")
    question = case.trajectory.question
    pixels = case.ground.pixels_per_frame
    said = await answer_to(
        chat, question, evidence_text(case), evidence_pictures(case), case, settings.max_tokens, max_pixels=pixels
    )
    judgement = grade(question, said, case.settings)
    if judgement.right:
        return accept(NAME, judgement.measure)
    detail = f"from the evidence alone {judgement.detail}"
    return filtered(NAME, "evidence_insufficient", detail, judgement.measure)


def evidence_pictures(case: Case) -> tuple[str, ...]:
    """Digests of the frames that are kept and displayed during the evidence, in order of time."""
    pieces = [piece.span for piece in case.trajectory.question.evidence if piece.modality != "speech"]
    frames = [f for f in case.trajectory.frames if any(displayed_during(case.times, f.pts_s, p) for p in pieces)]
    return tuple(dict.fromkeys(frame.sha256 for frame in sorted(frames, key=lambda frame: frame.pts_s)))


def evidence_text(case: Case) -> str:
    """When the frames are from, and what is said during the evidence."""
    evidence = case.trajectory.question.evidence
    seen = [piece.span for piece in evidence if piece.modality != "speech"]
    frames_s = {frame.pts_s for frame in case.trajectory.frames}
    shown = sorted(pts_s for pts_s in frames_s if any(displayed_during(case.times, pts_s, span) for span in seen))
    rows = [f"Frames at {', '.join(f'{pts_s:.2f}' for pts_s in shown)} s."] if shown else []
    heard = [piece.span for piece in evidence if piece.modality != "screen"]
    rows += [
        f'[{item.span.start_s:.1f}-{item.span.end_s:.1f}] "{item.text}"'
        for item in case.timeline.speech
        if any(item.span.overlap_s(span) > 0 for span in heard)
    ]
    return "\n".join(rows)
