"""The one way in which google-genai's client is made here."""

import math
from typing import TYPE_CHECKING

from schemas.errors import EngineError
from schemas.settings import GeminiEmbedSettings, GeminiSettings
from transforms.engines.keys import key_of

if TYPE_CHECKING:
    from google.genai.client import AsyncClient

_LEAST_DEADLINE_S = 10
"""The package tells the server how long the client will wait, and the server refuses to be given less than this."""


def gemini_client(settings: GeminiSettings | GeminiEmbedSettings) -> "AsyncClient":
    """A client that makes one try: the package's own retrying is off, and it uses no other HTTP client than ours.

    Raises:
        EngineError: `gemini_missing`, the package is not installed.
    """
    try:
        import httpx2
        from google import genai
        from google.genai import types
    except ImportError as error:
        raise EngineError(
            "gemini_missing", f"google-genai cannot be imported ({error}); pip install 'frametrail[gemini]'"
        ) from error
    options = types.HttpOptions(
        base_url=settings.base_url,
        api_version="v1beta",
        timeout=1000 * math.ceil(max(settings.timeout_s, _LEAST_DEADLINE_S)),
        retry_options=types.HttpRetryOptions(attempts=1),
        # Left to itself the package takes whichever client is installed: other errors, and at most 100 connections.
        httpx_async_client=httpx2.AsyncClient(limits=httpx2.Limits()),
    )
    # Everything is said here, or variables like GOOGLE_API_KEY and GOOGLE_GENAI_USE_VERTEXAI would have a say.
    return genai.Client(vertexai=False, api_key=key_of(settings) or "none", http_options=options).aio
