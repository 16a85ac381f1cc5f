"""Finding texts by their meaning: each text becomes a vector, once, and those at the smallest angle are found.

What makes vectors is behind a protocol of its own; cutting, keeping and comparing are the same for all.
"""

import asyncio
import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from schemas.chat import clean
from schemas.errors import EngineError
from transforms.engines.embed import Index
from transforms.store import Store, memo_key

VERSION = "1"

Role = Literal["document", "query"]
"""What a text is for: some models place a question elsewhere than what answers it."""

_WORD = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Vectors:
    """`rows` is float32 of shape (texts, dimensions); `prompt_tokens` is 0 where the service does not count."""

    rows: np.ndarray
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class Vectorise(Protocol):
    """Makes vectors, in one try."""

    identity: dict[str, Any]
    """Everything that can change a vector besides the text: engine, model, address, parameters. Never a key."""
    most: int
    """Texts in one call."""
    max_bytes: int
    """Bytes of UTF-8 in one text. No tokenizer makes more tokens than bytes, so a model's limit in tokens will do."""

    async def vectors(self, texts: Sequence[str], role: Role) -> Vectors:
        """A vector for each text, neither empty nor longer than `max_bytes`.

        Raises:
            EngineError: there are none; `transient` says whether trying again later may help.
        """
        ...


class ByMeaning:
    """An Embed over vectors, which are kept in the store one text at a time."""

    def __init__(self, engine: Vectorise) -> None:
        self.identity: dict[str, Any] = {**engine.identity, "max_bytes": engine.max_bytes}
        self._engine = engine

    async def index(self, texts: Sequence[str], store: Store) -> Index:
        return _Index(self, await self.units(texts, "document", store), store)

    async def units(self, texts: Sequence[str], role: Role, store: Store) -> list[np.ndarray | None]:
        """A unit vector (float64) for each text, None for an empty one. A text in several parts gets their mean, each
        part as heavy as it is long."""
        cut = [pieces(text, self._engine.max_bytes) for text in texts]
        held = await self._held(tuple(dict.fromkeys(piece for parts in cut for piece in parts)), role, store)
        return [_mean([(held[piece], len(piece.encode())) for piece in parts]) for parts in cut]

    async def _held(self, wanted: tuple[str, ...], role: Role, store: Store) -> dict[str, np.ndarray]:
        """The vector of each piece. What the store does not hold comes in few calls; whoever asks for the same pieces
        at the same time waits for those."""
        keys = {piece: memo_key("embed", VERSION, self.identity, inputs=[role, piece]) for piece in wanted}
        missing = await asyncio.to_thread(lambda: [piece for piece in wanted if not store.holds(keys[piece])])
        calls = {piece: call for part in in_calls(missing, self._engine.most) for piece, call in self._call(part, role)}

        async def one(piece: str) -> np.ndarray:
            # What was there a moment ago may be torn: then it is asked for alone.
            call = calls.get(piece) or _Call(self._engine, (piece,), role)
            return _unpacked(await store.amemo(keys[piece], lambda: call.row(piece)))

        return dict(zip(wanted, await asyncio.gather(*map(one, wanted)), strict=True))

    def _call(self, part: tuple[str, ...], role: Role) -> Iterator[tuple[str, "_Call"]]:
        call = _Call(self._engine, part, role)
        return ((piece, call) for piece in part)


class _Call:
    """One call for several texts; it begins when the first of them is really needed."""

    def __init__(self, engine: Vectorise, texts: tuple[str, ...], role: Role) -> None:
        self._engine, self._texts, self._role = engine, texts, role
        self._running: asyncio.Future[Vectors] | None = None

    async def row(self, text: str) -> dict[str, str]:
        if self._running is None:
            self._running = asyncio.ensure_future(self._engine.vectors(self._texts, self._role))
        # Whoever is cancelled must not take the call from the others.
        found = await asyncio.shield(self._running)
        return _packed(found.rows[self._texts.index(text)])


class _Index:
    def __init__(self, embed: ByMeaning, units: list[np.ndarray | None], store: Store) -> None:
        self._embed, self._store = embed, store
        self._positions = [position for position, unit in enumerate(units) if unit is not None]
        self._rows = stacked([unit for unit in units if unit is not None])

    async def search(self, query: str, top_k: int) -> tuple[tuple[int, float], ...]:
        (unit,) = await self._embed.units([query], "query", self._store)
        if unit is None or not self._positions:
            return ()
        stacked([self._rows[0], unit])
        return tuple((self._positions[at], score) for at, score in nearest(self._rows, unit, top_k))


def nearest(rows: np.ndarray, unit: np.ndarray, top_k: int) -> list[tuple[int, float]]:
    """(row, cosine) of the rows that lie nearest to a unit vector, best first; equal ones in the order of the rows.

    Cosines are compared to the sixth decimal: the last bits of a sum differ from machine to machine. At a right angle
    or beyond, nothing is shared.
    """
    cosines = np.round((rows * unit).sum(axis=1), 6).tolist()
    ranked = sorted(range(len(cosines)), key=lambda at: (-cosines[at], at))
    return [(at, round(cosines[at], 4)) for at in ranked[:top_k] if cosines[at] > 0]


def pieces(text: str, max_bytes: int) -> tuple[str, ...]:
    """A text in parts of at most `max_bytes` bytes, cut between words; words that are longer are cut in themselves."""
    parts: list[str] = []
    part, size = "", 0
    for word in _WORD.findall(clean(text)):
        for bit in _bits(word, max_bytes):
            length = len(bit.encode())
            if part and size + length > max_bytes:
                parts.append(part.strip())
                part, size = "", 0
            part, size = part + bit, size + length
    return tuple(one for one in (*parts, part.strip()) if one)


def in_calls(texts: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(texts), most):
        yield tuple(texts[start : start + most])


def rows_of(values: Sequence[Sequence[float]], texts: int, who: str) -> np.ndarray:
    """A service's vectors as float32 rows.

    Raises:
        EngineError: `bad_reply`, they are not one for each text, not equally long, or hold what is no direction.
    """
    try:
        rows = np.asarray(values, dtype=np.float32)
    except (ValueError, TypeError):
        rows = np.empty(0, dtype=np.float32)
    if rows.ndim != 2 or len(rows) != texts or not np.isfinite(rows).all() or not rows.any(axis=1).all():
        raise EngineError("bad_reply", f"{who} sent no proper vectors for {texts} texts", transient=True)
    return rows


def stacked(units: Sequence[np.ndarray]) -> np.ndarray:
    """Vectors as rows.

    Raises:
        EngineError: `bad_reply`, they differ in length, though they go by one name.
    """
    lengths = {len(unit) for unit in units}
    if len(lengths) > 1:
        raise EngineError(
            "bad_reply",
            f"vectors of one model have {' and '.join(map(str, sorted(lengths)))} numbers: the server has changed its "
            "model; give each its own name, or remove the folder `embed` of the store",
            transient=True,
        )
    return np.array(units, dtype=np.float64)


def _bits(word: str, max_bytes: int) -> Iterator[str]:
    """A word as it is or, when it is too long, in parts; four bytes are the most that a character has."""
    if len(word.encode()) <= max_bytes:
        yield word
        return
    step = max_bytes // 4
    for start in range(0, len(word), step):
        yield word[start : start + step]


def _mean(parts: list[tuple[np.ndarray, int]]) -> np.ndarray | None:
    if not parts:
        return None
    rows = stacked([row / np.linalg.norm(row) for row, _ in parts])
    mean = (rows * np.array([[weight] for _, weight in parts])).sum(axis=0)
    length = float(np.linalg.norm(mean))
    # Parts that cancel each other out leave no direction; the first one then stands for all.
    return rows[0] if length < 1e-9 else mean / length


def _packed(row: np.ndarray) -> dict[str, str]:
    return {"f32": base64.b64encode(np.asarray(row, dtype="<f4").tobytes()).decode()}


def _unpacked(held: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(held["f32"]), dtype="<f4").astype(np.float64)
