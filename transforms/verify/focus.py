"""How well what was looked at fits the evidence: precision, recall and F1 of all windows together.

Looking around costs precision, and is wanted where one has to search; so this only measures unless an entry asks for
more.
"""

from schemas.span import union
from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, filtered

NAME = "focus"


def check(case: Case) -> Verdict:
    evidence = union([piece.span for piece in case.trajectory.question.evidence])
    looks = [t for t in case.looks if t.frame_refs or t.item_ids or t.call_id in case.inspections]
    looked = union([span for turn in looks for span in turn.spans])
    evidence_s, looked_s = sum([span.length_s for span in evidence]), sum([span.length_s for span in looked])
    if not evidence_s:
        return accept(NAME, None, "the question came without evidence")
    if not looked_s:
        return accept(NAME, None, "no stretch of the video was looked at")
    shared_s = sum([span.overlap_s(other) for span in evidence for other in looked])
    precision, recall = shared_s / looked_s, shared_s / evidence_s
    f1 = 2 * precision * recall / (precision + recall) if shared_s else 0.0
    detail = f"precision {precision:.2f}, recall {recall:.2f}"
    if f1 < case.settings.evidence_f1:
        return filtered(NAME, "unfocused", f"{detail}: F1 {f1:.2f} is less than verify.evidence_f1", round(f1, 4))
    return accept(NAME, round(f1, 4), detail=detail)
