"""Text evidence is readable in the very frames that are kept: OCR reads them again, after the swap. Where somebody
looked instead, who told what he saw, it stands in what he told."""

from schemas.source import Evidence
from schemas.trajectory import Frame, Verdict
from transforms.engines.ocr import Ocr, OcrLine
from transforms.media.picture import decode_jpeg
from transforms.store import Store, memo_key
from transforms.text import contains
from transforms.verify.case import Case, accept, filtered

NAME = "screen_text"
VERSION = "2"


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


def read_frame(frame: Frame, ocr: Ocr, store: Store) -> tuple[OcrLine, ...]:
    """The lines of one frame; read at most once, ever."""

    def read() -> list[list[object]]:
        return [[line.text, line.box, line.score] for line in ocr.read(decode_jpeg(store.blob(frame.sha256)))]

    rows = store.memo(memo_key("reread", VERSION, ocr.identity, inputs=[frame.sha256]), read)
    return tuple(OcrLine(text, tuple(box), score) for text, box, score in rows)
