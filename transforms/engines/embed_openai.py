"""Vectors from any server that speaks the OpenAI embeddings API."""

from collections.abc import Sequence
from typing import Any

from schemas.settings import OpenAIEmbedSettings
from transforms.engines.chat_openai import client_of, our_errors
from transforms.engines.embed_vectors import Role, Vectors, rows_of
from transforms.engines.keys import require_key


class OpenAIVectors:
    """The openai package against `base_url`. Questions and documents are not told apart: the API has no word for it."""

    most = 32
    """OpenAI takes 2048 texts and 300,000 tokens at once; 32 texts of 8000 bytes can never be more."""

    def __init__(self, settings: OpenAIEmbedSettings) -> None:
        self.max_bytes = settings.max_bytes
        self.identity: dict[str, Any] = {
            "engine": "openai",
            "model": settings.model,
            "base_url": settings.base_url,
            "dimensions": settings.dimensions,
        }
        self._settings, self._client = settings, client_of(settings)

    async def vectors(self, texts: Sequence[str], role: Role) -> Vectors:
        """See `Vectorise`."""
        size: dict[str, Any] = {"dimensions": self._settings.dimensions} if self._settings.dimensions else {}
        require_key(self._settings)
        with our_errors(self._settings):
            # Numbers in plain JSON: the package would ask for base64, which not every server knows.
            reply = await self._client.embeddings.create(
                model=self._settings.model, input=list(texts), encoding_format="float", **size
            )
        # A body that is none of this API reaches us unread: each field is looked for.
        items = getattr(reply, "data", None) or []
        values = {getattr(item, "index", None): getattr(item, "embedding", None) for item in items}
        rows = rows_of([values.get(at) or [] for at in range(len(texts))], len(texts), self._settings.base_url)
        usage = getattr(reply, "usage", None)
        return Vectors(rows, getattr(usage, "prompt_tokens", None) or 0)
