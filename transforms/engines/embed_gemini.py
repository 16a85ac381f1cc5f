"""Vectors from the Gemini API."""

import asyncio
from collections.abc import Sequence
from typing import Any

from schemas.settings import GeminiEmbedSettings
from transforms.engines.embed_vectors import Role, Vectors, rows_of
from transforms.engines.gemini_client import gemini_client
from transforms.engines.gemini_errors import told_as_ours
from transforms.engines.keys import key_of, require_key

_TASKS = {"document": "RETRIEVAL_DOCUMENT", "query": "RETRIEVAL_QUERY"}


class GeminiVectors:
    """google-genai against `base_url`. Its own retrying is off."""

    most = 32
    """The API takes 100."""
    max_bytes = 2000
    """gemini-embedding-001 takes 2048 tokens and says nothing of what it leaves out."""

    def __init__(self, settings: GeminiEmbedSettings) -> None:
        self.identity: dict[str, Any] = {
            "engine": "gemini",
            "model": settings.model,
            "base_url": settings.base_url,
            "dimensions": settings.dimensions,
            "tasks": sorted(_TASKS.values()),
        }
        self._settings = settings
        self._key = key_of(settings)
        self._client = gemini_client(settings)

    async def vectors(self, texts: Sequence[str], role: Role) -> Vectors:
        """See `Vectorise`."""
        from google.genai import types

        require_key(self._settings)
        # Contents, not strings: of strings the package makes one content, and so one vector, for some models.
        contents: list[Any] = [types.Content(parts=[types.Part(text=text)]) for text in texts]
        config = types.EmbedContentConfig(
            task_type=_TASKS[role], output_dimensionality=self._settings.dimensions or None
        )
        with told_as_ours(self._settings, self._key):
            async with asyncio.timeout(self._settings.timeout_s):
                reply = await self._client.models.embed_content(
                    model=self._settings.model, contents=contents, config=config
                )
        values = [one.values or [] for one in reply.embeddings or []]
        usage = reply.usage_metadata
        rows = rows_of(values, len(texts), self._settings.base_url)
        return Vectors(rows, (usage.prompt_token_count or 0) if usage else 0)
