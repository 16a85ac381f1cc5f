"""Finding texts by a query: the protocol, and BM25, which needs no model."""

from collections.abc import Sequence
from typing import Any, Protocol

from transforms.store import Store


class Index(Protocol):
    async def search(self, query: str, top_k: int) -> tuple[tuple[int, float], ...]:
        """(position in the indexed texts, score), best first; equal scores in the order of the texts.

        Texts that share nothing with the query are left out, so that fewer than `top_k` may come back.

        Raises:
            EngineError: the engine that is to understand the query did not.
        """
        ...


class Embed(Protocol):
    identity: dict[str, Any]
    """Everything that can change what is found. Never a key."""

    async def index(self, texts: Sequence[str], store: Store) -> Index:
        """The texts made ready for queries; what that costs is kept in the store.

        Raises:
            EngineError: the engine did not do its work.
        """
        ...


class Bm25:
    """BM25 (Lucene's variant, k1 1.5, b 0.75) by bm25s. It costs so little that nothing is kept."""

    identity: dict[str, Any] = {"engine": "bm25s", "method": "lucene", "k1": 1.5, "b": 0.75}

    async def index(self, texts: Sequence[str], store: Store) -> Index:
        return _Bm25Index(texts)


class _Bm25Index:
    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        self._tokenize = _words
        corpus = [_words(text) for text in texts]
        self._empty = not any(corpus)
        if not self._empty:
            self._model = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
            self._model.index(corpus, show_progress=False)
            self._vocabulary = {word for words in corpus for word in words}

    async def search(self, query: str, top_k: int) -> tuple[tuple[int, float], ...]:
        if self._empty:
            return ()
        words = [word for word in _words(query) if word in self._vocabulary]
        if not words:
            return ()
        scores = self._model.get_scores(words)
        ranked = sorted(range(len(scores)), key=lambda i: (-float(scores[i]), i))
        return tuple((i, round(float(scores[i]), 4)) for i in ranked[:top_k] if scores[i] > 0)


def _words(text: str) -> list[str]:
    from transforms.text import tokens

    return [word for word in tokens(text) if word not in _STOPWORDS]


# Words that carry no content in a query such as "what does the sign say"; few on purpose: titles are made of words.
_STOPWORDS = frozenset(
    """a an and are as at be been by did do does for from had has have how in into is it its of on or that the their
    then there these they this to was were what when where which while who why will with""".split()  # noqa: SIM905
)
