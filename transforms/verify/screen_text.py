"""Text evidence is readable in the very frames that are kept: OCR reads them again, after the swap. Where somebody
looked instead, who told what he saw, it stands in what he told."""

from schemas.source import Evidence
from schemas.trajectory import Verdict
from transforms.engines.ocr import Ocr
from transforms.text import contains
from transforms.verify.case import Case, accept, filtered
from transforms.verify.reread import read_frame

NAME = "screen_text"


def check(case: Case) -> Verdict:
    wanted = [piece for piece in case.trajectory.question.evidence if piece.modality == "screen" and piece.text]
    if not wanted:
        return accept(NAME, None, "no text evidence to look for")
    if case.ocr is None:
        return accept(NAME, None, "the OCR engine is off")
    for piece in wanted:
        if not _told(case, piece) and not _readable(case, case.ocr, piece):
            return filtered(NAME, "text_not_readable", f"no frame that is kept shows {piece.text!r} readably", 0.0)
    return accept(NAME, 1.0)


def _told(case: Case, piece: Evidence) -> bool:
    inspected = (turn for turn in case.looks if turn.call_id in case.inspections)
    there = (turn for turn in inspected if any(span.overlap_s(piece.span) > 0 for span in turn.spans))
    return any(contains(turn.look_text, piece.text) for turn in there)


def _readable(case: Case, ocr: Ocr, piece: Evidence) -> bool:
    """Frames are read from the middle of the evidence outwards, until one shows the text. Crops of other regions than
    that of the evidence are not: the same text may stand there too."""
    refs = {ref for turn in case.looks for ref in turn.frame_refs}
    shown = [case.trajectory.frames[ref] for ref in refs if case.shown([ref], piece.span, piece.box)]
    for frame in sorted(shown, key=lambda f: (abs(f.pts_s - piece.span.middle_s), f.pts_s)):
        if any(contains(line.text, piece.text) for line in read_frame(frame, ocr, case.store)):
            return True
    return False
