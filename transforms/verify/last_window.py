"""The window that was opened last is about the evidence: it is what the answer leans on."""

from schemas.chat import Call
from schemas.span import Span, iou, union
from schemas.trajectory import Verdict
from transforms.tools.registry import SHOWING
from transforms.tools.windows import moment_of, window_of
from transforms.verify.case import Case, accept, filtered

NAME = "last_window"


def check(case: Case) -> Verdict:
    evidence = [piece.span for piece in case.trajectory.question.evidence]
    if not evidence:
        return accept(NAME, None, "the question came without evidence")
    if case.trajectory.question.kind == "span":
        # Looking at both sides of a stretch is how one finds where it ends; the answer itself is held to the evidence.
        return accept(NAME, None, "a span is asked for")
    opened = [span for call in case.calls if (span := _looked_at(call)) is not None]
    if not opened:
        return accept(NAME, None, "no window is opened")
    last, share = opened[-1], overlap(opened[-1], evidence)
    if case.trajectory.question.kind == "count":
        # A count leans on all windows: the last may be at what does not count.
        return accept(NAME, round(share, 4), "a number is asked for")
    # Ten seconds of a text that stays for ten minutes are a good window, whatever their IoU.
    if share < case.settings.last_window_iou and not _within(last, evidence) and not _holds(case, last, evidence):
        detail = f"the last window, {last.start_s:g} to {last.end_s:g} s, has an IoU of {share:.3f} with the evidence"
        return filtered(NAME, "last_window_elsewhere", detail, round(share, 4))
    return accept(NAME, round(share, 4))


def _looked_at(call: Call) -> Span | None:
    """The window that a call opens, or the moment at which it shows a region."""
    window = window_of(call)
    if window is not None:
        return window if window.length_s else None
    return moment_of(call) if call.name in SHOWING else None


def overlap(window: Span, evidence: list[Span]) -> float:
    """IoU (0 to 1) of a window with the piece of evidence it meets best, or with all of it together."""
    pieces = union(evidence)
    both = sum(window.overlap_s(piece) for piece in pieces)
    joined = window.length_s + sum(piece.length_s for piece in pieces) - both
    return max(both / joined if joined else 0.0, *(iou(window, piece) for piece in evidence))


def _holds(case: Case, window: Span, evidence: list[Span]) -> bool:
    """Whether a wide window holds enough of a short piece of evidence."""
    least = case.settings.evidence_recall
    return any(piece.length_s and window.overlap_s(piece) >= max(least, 0.05) * piece.length_s for piece in evidence)


def _within(window: Span, evidence: list[Span]) -> bool:
    return any(piece.start_s <= window.start_s and window.end_s <= piece.end_s for piece in union(evidence))
