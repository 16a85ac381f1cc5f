"""What OCR reads in the very frames that a row keeps, after the swap."""

from schemas.trajectory import Frame
from transforms.engines.ocr import Ocr, OcrLine
from transforms.media.picture import decode_jpeg
from transforms.store import Store, memo_key

VERSION = "2"


def read_frame(frame: Frame, ocr: Ocr, store: Store) -> tuple[OcrLine, ...]:
    """The lines of one frame; read at most once, ever."""

    def read() -> list[list[object]]:
        return [[line.text, line.box, line.score] for line in ocr.read(decode_jpeg(store.blob(frame.sha256)))]

    rows = store.memo(memo_key("reread", VERSION, ocr.identity, inputs=[frame.sha256]), read)
    return tuple(OcrLine(text, tuple(box), score) for text, box, score in rows)
