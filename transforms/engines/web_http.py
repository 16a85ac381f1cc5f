"""A search engine behind an address: it is posted {"query"} and gives {"results": [{"title", "url", "text"}]}."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from schemas.chat import clean
from schemas.errors import EngineError
from schemas.settings import HttpSearchSettings
from transforms.engines.chat_openai import is_loopback
from transforms.engines.keys import key_of
from transforms.engines.retry import retry_after_s
from transforms.engines.web import Page, Pages

MOST_PAGES = 5
MOST_CHARS = 500
"""Characters of each page that are kept: a paragraph. Five of them are about a page of text."""

MOST_URL = 2000
"""Characters of an address: what browsers and servers take at least."""


class HttpSearch:
    """One POST, one try. Redirects are not followed: the address is the one that the settings name."""

    def __init__(self, settings: HttpSearchSettings) -> None:
        self.identity: dict[str, Any] = {"engine": "http", "url": settings.url}
        self._settings = settings

    async def search(self, query: str) -> Pages:
        """See `Web`."""
        settings, key = self._settings, key_of(self._settings)
        if settings.api_key_env and not key:
            why = f"set the environment variable {settings.api_key_env} to the key of {settings.url}"
            raise EngineError("no_key", f"{why}; the same command tries again", transient=True)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        with _our_errors(settings):
            # A client's own timeout is for each piece that arrives, not for the whole reply.
            async with asyncio.timeout(settings.timeout_s), _client(settings) as client:
                reply = await client.post(settings.url, json={"query": query}, headers=headers)
        if reply.status_code != 200:
            raise _status_error(reply, settings, key)
        try:
            return Pages(tuple(map(_page, json.loads(reply.content)["results"][:MOST_PAGES])))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            why = 'no JSON object with "results", each with title, url and text'
            raise EngineError("bad_reply", f"{settings.url} sent {why}", transient=True) from error


def _client(settings: HttpSearchSettings) -> httpx2.AsyncClient:
    """No proxy stands between a machine and itself."""
    return httpx2.AsyncClient(timeout=settings.timeout_s, trust_env=not is_loopback(settings.url))


def _page(result: Any) -> Page:
    title, url, text = (" ".join(clean(_text(result[name])).split()) for name in ("title", "url", "text"))
    return Page(title[:MOST_CHARS], url[:MOST_URL], text if len(text) <= MOST_CHARS else f"{text[:MOST_CHARS]}…")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


@contextmanager
def _our_errors(settings: HttpSearchSettings) -> Iterator[None]:
    url = settings.url
    try:
        yield
    except (TimeoutError, httpx2.TimeoutException) as error:
        why = f"no reply within {settings.timeout_s:g} s"
        raise EngineError("timed_out", f"{url} did not answer: {why}", transient=True) from error
    except (httpx2.InvalidURL, UnicodeError):
        why = f"its address, or the key in {settings.api_key_env or 'api_key_env'}, cannot be sent; correct it"
        raise EngineError("bad_request", f"{url} was not asked: {why}", lasting=False) from None
    except httpx2.RequestError as error:
        why = f"{type(error).__name__}; is the server up? the same command tries again"
        raise EngineError("unreachable", f"{url} did not answer ({why})", transient=True) from error


def _status_error(reply: httpx2.Response, settings: HttpSearchSettings, key: str) -> EngineError:
    """An HTTP status as ours: 408, 409, 429 and 5xx may pass, and so may a wrong key or address."""
    status = reply.status_code
    if status in (401, 403):
        detail = f"{settings.url} refused the key (HTTP {status}); check {settings.api_key_env or 'api_key_env'}"
        return EngineError("not_allowed", detail, transient=True)
    said = " ".join(clean(reply.text).split())
    said = (said.replace(key, "…") if key else said)[:300]
    transient = status in (404, 408, 409, 429) or status >= 500
    code = "server_error" if status in (408, 409) or status >= 500 else "bad_request"
    code = "rate_limited" if status == 429 else code
    told = retry_after_s(reply.headers) if transient else 0.0
    detail = f"{settings.url} answered HTTP {status}: {said}"
    return EngineError(code, detail, transient, lasting=False, retry_after_s=told)
