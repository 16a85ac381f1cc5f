"""The evidence was looked at: what the grounded conversation shows and tells covers where the answer is."""

from schemas.source import Evidence
from schemas.span import Span, union
from schemas.trajectory import Turn, Verdict
from transforms.tools.inspect import is_sure
from transforms.verify.case import Case, accept, filtered

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
    shares = [seen_share(case, piece) for piece in evidence]
    worst = min(range(len(shares)), key=shares.__getitem__)
    if shares[worst] < case.settings.evidence_recall or not shares[worst]:
        span = evidence[worst].span
        return filtered(
            NAME,
            "evidence_not_seen",
            f"only {shares[worst]:.0%} of the evidence from {span.start_s:g} to {span.end_s:g} s was looked at,"
            f" less than {case.settings.evidence_recall:.0%}",
            round(shares[worst], 4),
        )
    return accept(NAME, round(shares[worst], 4))


def seen_share(case: Case, piece: Evidence) -> float:
    """Share (0 to 1) of one piece of evidence that the looks cover, of at most `ENOUGH_S` seconds of it.

    A time in which only a part of its region was shown counts for that part.
    """
    looks: list[tuple[float, tuple[Span, ...]]] = []
    length_s, enough_s = piece.span.length_s, min(piece.span.length_s, ENOUGH_S)
    for turn in reversed(case.looks):
        share = _shows(case, turn, piece)
        if share == 1.0 and length_s and any(piece.span.overlap_s(span) >= enough_s for span in turn.spans):
            return 1.0  # as most evidence is seen: by one look, and one of the last
        looks.append((share, turn.spans))
    if not length_s:
        at_s = piece.span.start_s
        return max((share for share, spans in looks if any(span.contains(at_s) for span in spans)), default=0.0)
    seen_s = so_far_s = 0.0
    for least in sorted({share for share, _ in looks if share}, reverse=True):
        spans = union([span for share, of_look in looks if share >= least for span in of_look])
        covered_s = sum([piece.span.overlap_s(span) for span in spans])
        seen_s, so_far_s = seen_s + least * (covered_s - so_far_s), covered_s
    return min(1.0, seen_s / enough_s)


def _shows(case: Case, turn: Turn, piece: Evidence) -> float:
    """How much (0 to 1) of the picture of this very stretch a look shows (not for `speech`); 1 where it tells what is
    said in it (not for `screen`, and not where a box says that it is to be seen), or what somebody found in it who
    looked and listened, and is sure of it.

    A window counts for what was in it: a minute shown in eight frames may miss two seconds, and silence tells nothing.
    """
    if turn.call_id in case.inspections and any(span.overlap_s(piece.span) > 0 for span in turn.spans):
        return _found(case, turn, piece)
    if piece.modality != "screen" and piece.box is None and _told_within(case, turn, piece.span):
        return 1.0
    refs = turn.frame_refs if piece.modality != "speech" else ()
    return case.shown(refs, piece.span, piece.box)


def _found(case: Case, turn: Turn, piece: Evidence) -> float:
    """1 where somebody who looked was sure of what he found; where nobody did, and words of the timeline were told
    instead, where these are of this stretch and of the kind that is asked for."""
    if not turn.item_ids:
        return float(is_sure(turn.look_text))
    heard = piece.modality != "screen" and piece.box is None and _told_within(case, turn, piece.span)
    lines = (line for line in case.timeline.lines if line.id in turn.item_ids)
    return float(heard or (piece.modality != "speech" and any(line.span.overlap_s(piece.span) > 0 for line in lines)))


def _told_within(case: Case, turn: Turn, span: Span) -> bool:
    speech = case.known.speech
    return any(id in speech and speech[id].span.overlap_s(span) > 0 for id in turn.item_ids)
