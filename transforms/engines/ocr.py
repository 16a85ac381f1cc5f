"""OCR engines: a picture in, lines of text with boxes and scores out."""

import functools
import importlib.metadata
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from schemas.errors import EngineError
from schemas.source import Box
from transforms.engines.columns import Column, columns

DETECTOR_SIDE = 480
"""The detector sees small pictures enlarged to this short side, in pixels.

The engine's own 736 costs twice the CPU on pictures of 270 and 352 lines (2.2 and 1.4 s instead of 1.1 and 0.6); over
five minutes of them each size found five lines that the other did not, most of them blurred small print.
Without enlarging, letters of 8 pixels were missed.
"""

FLOOR = 0.5
"""Readings below this score are noise and are not returned at all."""

_MIN_SIDE = 240
_MAX_ASPECT = 3
_building = threading.Lock()


@dataclass(frozen=True, slots=True)
class OcrLine:
    """One line of text. `box` is the upright rectangle around it as fractions of the picture; `score` is 0 to 1.

    `weakest` is the score of its least sure letter, where the engine tells: among thirty sure letters a misread one
    hardly lowers the score of the line.
    """

    text: str
    box: Box
    score: float
    weakest: float = 1.0


class Ocr(Protocol):
    """Reads one picture. Safe to call from many threads."""

    @property
    def name(self) -> str:
        """What rows show as the engine."""

    @property
    def identity(self) -> dict[str, Any]:
        """All that can change a reading: name, versions, parameters."""

    def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
        """Lines in reading order; empty when nothing is found. `rgb` is uint8, height x width x 3."""


@dataclass(frozen=True, slots=True)
class RapidOcr:
    """RapidOCR with the PP-OCRv6 small models of its own wheel, on the CPU.

    The models are loaded at the first reading, once per process. Every reading runs on its caller's thread alone, so
    that as many workers as there are cores fill them, and the result does not depend on their number.
    Lines are recognised one by one: in batches a line's text depends on how wide its neighbours are.
    The classifier for upside-down text is off: pictures are upright already, and it costs a call per line.
    """

    @property
    def name(self) -> str:
        return "rapidocr"

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": importlib.metadata.version("rapidocr"),
            "runtime": importlib.metadata.version("onnxruntime"),
            "models": "PP-OCRv6 small",
            "detector_side": DETECTOR_SIDE,
            "floor": FLOOR,
        }

    def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
        """Reads one picture.

        Raises:
            EngineError: `ocr_missing`, the package is not installed; `ocr_failed`, the runtime gave up on the picture.
        """
        height, width = rgb.shape[:2]
        with _building:
            engine = _engine()
        try:
            found = engine(padded(rgb)[:, :, ::-1], return_word_box=True)
            if found.txts is None:
                return ()
            lines = [
                placed(part.text, part.quad, part.score, width, height, weakest_letter(part.text, part.scores))
                for parts in found.word_results
                for part in parts
                if part.score >= FLOOR
            ]
        except Exception as error:
            raise EngineError(
                "ocr_failed", f"RapidOCR gave up on a picture of {width}x{height} pixels: {error}", lasting=False
            ) from error
        return tuple(line for line in lines if line is not None)


def placed(text: str, quad: Any, score: float, width: int, height: int, weakest: float = 1.0) -> OcrLine | None:
    """A reading of a picture of `width` x `height` pixels as a line; None when it is empty or outside the picture.

    `quad` is the line's four corners in pixels.
    """
    scale = np.array([width, height], dtype=np.float64)
    corners = np.clip(np.asarray(quad, dtype=np.float64) / scale, 0.0, 1.0).round(4)
    (x0, y0), (x1, y1) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    if not text.strip() or x1 <= x0 or y1 <= y0:
        return None
    return OcrLine(text.strip(), (x0, y0, x1, y1), round(float(score), 4), round(float(weakest), 4))


def weakest_letter(text: str, scores: Sequence[float]) -> float:
    """The least of the scores of the letters and digits of a text, and of the signs between two of them: `&` in `M&M`.

    `scores` holds one for every character. Spaces and signs at the edge of a word are read by chance.
    """
    inner = [
        score
        for before, sign, after, score in zip(f" {text[:-1]}", text, f"{text[1:]} ", scores, strict=True)
        if sign.isalnum() or (before.isalnum() and after.isalnum() and not sign.isspace())
    ]
    return min(inner, default=1.0)


def padded(rgb: np.ndarray) -> np.ndarray:
    """Adds black below or to the right of small and slim pictures, which the detector would enlarge beyond measure."""
    height, width = rgb.shape[:2]
    least = max(_MIN_SIDE, max(height, width) // _MAX_ASPECT)
    if height >= least and width >= least:
        return rgb
    larger = np.zeros((max(height, least), max(width, least), 3), dtype=np.uint8)
    larger[:height, :width] = rgb
    return larger


@dataclass(frozen=True, slots=True)
class _Part:
    """A column of a line: its text, its four corners in pixels, and the score of each of its characters."""

    text: str
    quad: np.ndarray
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """As RapidOCR scores a line."""
        return float(np.mean(self.scores).round(5))


def _parts(picture: np.ndarray, quad: np.ndarray, text: str, info: Any) -> tuple[_Part, ...]:
    """A line as its columns. `picture` is what was read, cut out and upright; `quad` is where it stands, and `info`
    where in it, in steps of the recogniser, and how surely each character was read."""
    height, width = picture.shape[:2]
    step = width / info.line_txt_len
    places = [(at + 0.5) * step for word in info.word_cols for at in word]
    # The lines above and below reach into the picture of a line.
    middle = picture[height // 8 : height - height // 8].astype(np.int16)
    contrast = (middle.max(axis=0) - middle.min(axis=0)).max(axis=-1)
    scores = tuple(info.confs)
    return tuple(
        _Part(text[part.begin : part.end], _cut(quad, picture, part), scores[part.begin : part.end])
        for part in columns(text, places, contrast)
    )


def _cut(quad: np.ndarray, picture: np.ndarray, part: Column) -> np.ndarray:
    """The corners of a column of a line: top left, top right, bottom right, bottom left as one reads.

    A line that stands upright was laid down to be read: what is read from left to right goes from top to bottom.
    """
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    stands = picture.shape[1] > picture.shape[0] and max(sides[1], sides[3]) > max(sides[0], sides[2])
    top_left, top_right, low_right, low_left = np.roll(quad, -1, axis=0) if stands else quad
    ends = np.array([[part.left], [part.right]])
    top, low = top_left + ends * (top_right - top_left), low_left + ends * (low_right - low_left)
    return np.array([*top, *low[::-1]])


@functools.cache
def _engine() -> Any:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise EngineError(
            "ocr_missing", f"RapidOCR cannot be imported ({error}); install rapidocr and onnxruntime", lasting=False
        ) from error

    class Reader(RapidOCR):
        """Tells the columns of a line, with the score of every character, where RapidOCR tells boxes of words, whose
        scores are those of other words once there is a space."""

        def calc_word_boxes(self, img: Any, dt_boxes: Any, rec_res: Any) -> tuple[tuple[_Part, ...], ...]:
            return tuple(map(_parts, img, dt_boxes, rec_res.txts, rec_res.word_results))

    runtime = "EngineConfig.onnxruntime"
    return Reader(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,
            "Global.text_score": FLOOR,
            "Det.limit_type": "min",
            "Det.limit_side_len": DETECTOR_SIDE,
            "Rec.rec_batch_num": 1,
            f"{runtime}.intra_op_num_threads": 1,
            f"{runtime}.inter_op_num_threads": 1,
            f"{runtime}.enable_cpu_mem_arena": True,
        }
    )
