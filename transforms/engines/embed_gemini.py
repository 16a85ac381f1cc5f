"""Vectors from the Gemini API."""

import asyncio
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from schemas.chat import clean
from schemas.errors import EngineError
from schemas.settings import GeminiEmbedSettings
from transforms.engines.embed_vectors import Role, Vectors, rows_of
from transforms.engines.retry import retry_after_s

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
        self._key = os.environ.get(settings.api_key_env, "").strip()
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

        url = self._settings.base_url
        if not self._key and url.startswith("https://generativelanguage.googleapis.com"):
            # Not before a call is made: whoever has all vectors in the store needs no key.
            told = f"set the environment variable {self._settings.api_key_env} to the key of {url}"
            raise EngineError("no_key", f"{told}; the same command resumes", transient=True)
        # Contents, not strings: of strings the package makes one content, and so one vector, for some models.
        contents: list[Any] = [types.Content(parts=[types.Part(text=text)]) for text in texts]
        config = types.EmbedContentConfig(
            task_type=_TASKS[role], output_dimensionality=self._settings.dimensions or None
        )
        with _our_errors(self._settings, self._key):
            async with asyncio.timeout(self._settings.timeout_s):
                reply = await self._client.models.embed_content(
                    model=self._settings.model, contents=contents, config=config
                )
        values = [one.values or [] for one in reply.embeddings or []]
        usage = reply.usage_metadata
        rows = rows_of(values, len(texts), self._settings.base_url)
        return Vectors(rows, (usage.prompt_token_count or 0) if usage else 0)


@contextmanager
def _our_errors(settings: GeminiEmbedSettings, key: str) -> Iterator[None]:
    """The package's errors as ours, by HTTP status as for OpenAI's API; a wrong key is answered with 400 here. The key
    is cut out of what the service says, which quotes it now and then."""
    import httpx2
    from google.genai import errors

    def told(error: object) -> str:
        text = clean(str(error))
        text = text.replace(key, "…") if key else text
        return text if len(text) <= 300 else text[:300] + "…"

    url = settings.base_url
    try:
        yield
    except errors.APIError as error:
        status = error.code if isinstance(error.code, int) else 0
        message = told(error.message or error.status or "")
        if status in (401, 403) or "API_KEY_INVALID" in str(error.details):
            detail = f"{url} refused the key (HTTP {status}: {message}); check {settings.api_key_env}"
            raise EngineError("not_allowed", detail, transient=True) from None
        transient = status in (404, 408, 409, 429) or status >= 500
        code = "rate_limited" if status == 429 else "server_error" if transient and status != 404 else "bad_request"
        wait_s = retry_after_s(getattr(error.response, "headers", {})) if transient else 0.0
        detail = f"{url} answered HTTP {status}: {message}"
        raise EngineError(code, detail, transient, lasting=False, retry_after_s=wait_s) from None
    except (TimeoutError, httpx2.RequestError) as error:
        why = told(error) or f"no reply within {settings.timeout_s:g} s"
        raise EngineError(
            "unreachable", f"{url} did not answer ({why}); is the server up? the same command resumes", transient=True
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError("bad_reply", f"{url} sent no reply of this API ({told(error)})", transient=True) from error
