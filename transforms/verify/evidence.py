"""The evidence was looked at: what the grounded conversation shows and tells covers where the answer is."""

from schemas.source import Evidence
from schemas.span import Span, covered_s, union
from schemas.trajectory import Trajectory, Verdict
from transforms.verify.case import Case, accept, filtered, looks_of

NAME = "evidence"

ENOUGH_S = 10.0
"""A text that stays for a minute is seen in ten seconds: more of it need not be looked at (the usual clip length)."""


def check(case: Case) -> Verdict:
    evidence = case.trajectory.question.evidence
    if not evidence:
        reason = "the question came without evidence"
        if case.settings.without_evidence == "filter":
            return filtered(NAME, "no_evidence", f"{reason}, and verify.without_evidence is filter")
        return accept(NAME, None, reason)
    shares = [seen_share(case.trajectory, piece) for piece in evidence]
    worst = min(range(len(shares)), key=shares.__getitem__)
    if shares[worst] < case.settings.evidence_recall:
        span = evidence[worst].span
        return filtered(
            NAME,
            "evidence_not_seen",
            f"only {shares[worst]:.0%} of the evidence from {span.start_s:g} to {span.end_s:g} s was looked at,"
            f" less than {case.settings.evidence_recall:.0%}",
            round(shares[worst], 4),
        )
    return accept(NAME, round(shares[worst], 4))


def seen_share(trajectory: Trajectory, evidence: Evidence) -> float:
    """Share (0 to 1) of one piece of evidence that the looks cover, of at most `ENOUGH_S` seconds of it."""
    spans = union(looked_at(trajectory, evidence.modality))
    if evidence.span.length_s == 0:
        return float(any(s.start_s <= evidence.span.start_s <= s.end_s for s in spans))
    return min(1.0, covered_s([evidence.span], spans) / min(evidence.span.length_s, ENOUGH_S))


def looked_at(trajectory: Trajectory, modality: str) -> tuple[Span, ...]:
    """What was shown as frames (`screen`), told as speech (`speech`), or either (`any`).

    Retrieval of clips names spans but shows nothing of them, so it does not count.
    """
    shown = [span for turn in looks_of(trajectory) if turn.frame_refs for span in turn.spans]
    told = [span for turn in looks_of(trajectory) if not turn.frame_refs for span in turn.spans]
    return tuple(shown if modality == "screen" else told if modality == "speech" else shown + told)
