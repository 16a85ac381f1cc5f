"""Vectors from the Gemini API."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any

from schemas.errors import EngineError
from schemas.settings import GeminiEmbedSettings
from transforms.engines.embed_vectors import Role, Vectors, rows_of
from transforms.engines.gemini_errors import told_as_ours
from transforms.engines.keys import key_of, require_key

_TASKS = {"document": "RETRIEVAL_DOCUMENT", "query": "RETRIEVAL_QUERY"}
_LEAST_DEADLINE_S = 10.0
"""The service refuses to be given less time for an answer."""


class GeminiVectors:
    """google-genai against `base_url`. Its own retrying is off."""

    most = 32
    """The API takes 100."""
    max_bytes = 2000
    """gemini-embedding-001 takes 2048 tokens and says nothing of what it leaves out."""

    def __init__(self, settings: GeminiEmbedSettings) -> None:
        try:
            import httpx2
            from google import genai
            from google.genai import types
        except ImportError as error:
            raise EngineError(
                "gemini_missing", f"google-genai cannot be imported ({error}); pip install 'frametrail[gemini]'"
            ) from error
        self.identity: dict[str, Any] = {
            "engine": "gemini",
            "model": settings.model,
            "base_url": settings.base_url,
            "dimensions": settings.dimensions,
            "tasks": sorted(_TASKS.values()),
        }
        self._settings = settings
        self._key = key_of(settings)
        options = types.HttpOptions(
            base_url=settings.base_url,
            api_version="v1beta",
            timeout=1000 * math.ceil(max(settings.timeout_s, _LEAST_DEADLINE_S)),
            retry_options=types.HttpRetryOptions(attempts=1),
            httpx_async_client=httpx2.AsyncClient(limits=httpx2.Limits()),
        )
        # Said here, or variables like GOOGLE_API_KEY and GOOGLE_GENAI_USE_VERTEXAI would have a say.
        self._client = genai.Client(vertexai=False, api_key=self._key or "none", http_options=options).aio

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
