"""How well what was looked at fits the evidence: precision, recall and F1 of all windows together.

Looking around costs precision, and is wanted where one has to search; so this only measures unless an entry asks for
more.
"""

from schemas.span import covered_s, total_s
from schemas.trajectory import Verdict
from transforms.verify.case import Case, accept, filtered

NAME = "focus"


def check(case: Case) -> Verdict:
    evidence = [piece.span for piece in case.trajectory.question.evidence]
    looked = [span for turn in case.looks if turn.frame_refs or turn.item_ids for span in turn.spans]
    if not total_s(evidence):
        return accept(NAME, None, "the question came without evidence")
    if not total_s(looked):
        return accept(NAME, None, "no stretch of the video was looked at")
    shared = covered_s(evidence, looked)
    precision, recall = shared / total_s(looked), shared / total_s(evidence)
    f1 = 2 * precision * recall / (precision + recall) if shared else 0.0
    detail = f"precision {precision:.2f}, recall {recall:.2f}"
    if f1 < case.settings.evidence_f1:
        return filtered(NAME, "unfocused", f"{detail}: F1 {f1:.2f} is less than verify.evidence_f1", round(f1, 4))
    return accept(NAME, round(f1, 4), detail=detail)
