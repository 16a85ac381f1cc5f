"""Reading one screen: a memo of its own."""

from transforms.engines.ocr import Ocr, OcrLine
from transforms.media.picture import decode_jpeg
from transforms.store import Store, memo_key

VERSION = "1"


def read_screen(picture: str, ocr: Ocr, store: Store) -> tuple[OcrLine, ...]:
    """The lines of text in a picture of the store, named by its sha256.

    Raises:
        EngineError: the engine failed on it.
    """

    def read() -> list[list[object]]:
        return [[line.text, line.box, line.score] for line in ocr.read(decode_jpeg(store.blob(picture)))]

    rows = store.memo(memo_key("ocr", VERSION, engine=ocr.identity, inputs=[picture]), read)
    return tuple(OcrLine(text, tuple(box), score) for text, box, score in rows)
