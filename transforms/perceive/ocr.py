"""One screen read, once."""

from dataclasses import asdict
from typing import Any

from transforms.engines.ocr import Ocr, OcrLine
from transforms.media.picture import decode_jpeg
from transforms.store import Store, memo_key

VERSION = "3"


def read_screen(picture: str, ocr: Ocr, store: Store) -> tuple[OcrLine, ...]:
    """The lines of the JPEG blob with this digest, in reading order (a memo of step `ocr`).

    Raises:
        EngineError: the engine failed on it.
    """

    def compute() -> list[dict[str, Any]]:
        return [asdict(line) for line in ocr.read(decode_jpeg(store.blob(picture)))]

    held = store.memo(memo_key("ocr", VERSION, engine=ocr.identity, inputs=[picture]), compute)
    return tuple(OcrLine(line["text"], tuple(line["box"]), line["score"], line["weakest"]) for line in held)
