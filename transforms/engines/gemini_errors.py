"""What goes wrong between google-genai and its server, as our errors."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from schemas.chat import clean
from schemas.errors import EngineError
from schemas.settings import GeminiEmbedSettings, GeminiSettings
from transforms.engines.retry import retry_after_s

if TYPE_CHECKING:
    from google.genai import errors

_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
"""A duration as protobuf spells it in JSON."""


@contextmanager
def told_as_ours(settings: GeminiSettings | GeminiEmbedSettings, key: str) -> Iterator[None]:
    """Around one request. The key is cut out of whatever the server says: Google quotes it in some refusals.

    Raises:
        EngineError: the request failed, or what came back is not of this API.
    """
    import httpx2
    from google.genai import errors

    url = settings.base_url
    try:
        yield
    except errors.APIError as error:
        # Without its cause, whose own text may quote the key.
        raise status_error(error, settings, key) from None
    except (TimeoutError, httpx2.RequestError) as error:
        why = _short(str(error), key) or f"no reply within {settings.timeout_s:g} s"
        raise EngineError(
            "unreachable",
            f"{url} did not answer ({why}); is the server up? the same command tries again",
            transient=True,
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # The package checks little of a reply: these are what its own reading stumbles over.
        why = _short(f"{type(error).__name__}: {error}", key)
        raise EngineError("bad_reply", f"{url} sent no reply of this API ({why})", transient=True) from error


def status_error(error: "errors.APIError", settings: GeminiSettings | GeminiEmbedSettings, key: str) -> EngineError:
    """An HTTP status as ours. 404, 408, 409, 429 and 5xx may pass, and so may a wrong key.

    A wrong key is answered with 400 and the reason API_KEY_INVALID, no key with 403. A 429 for credit that is used up
    is no rate limit: waiting does not end it. Other 4xx are not tried again in this run, nor remembered.
    """
    status = error.code if isinstance(error.code, int) else 0
    details = _details(error.details)
    message = _short(error.message or error.status or "", key)
    reasons = {str(detail.get("reason")) for detail in details}
    url = settings.base_url
    if status in (401, 403) or "API_KEY_INVALID" in reasons:
        detail = f"{url} refused the key (HTTP {status}: {message}); check {settings.api_key_env}"
        return EngineError("not_allowed", detail, transient=True)
    if status == 429 and "credits are depleted" in message:
        detail = f"{url} says that the account has no credit; add some, then the same command tries again"
        return EngineError("no_credit", detail, transient=True)
    detail = f"{url} answered HTTP {status}: {message}"
    if status < 400:
        return EngineError("bad_reply", detail, transient=True)
    transient = status in (404, 408, 409, 429) or status >= 500
    code = {429: "rate_limited", 408: "server_error", 409: "server_error"}.get(status, "bad_request")
    code = "server_error" if status >= 500 else code
    told = _retry_delay_s(details) or retry_after_s(getattr(error.response, "headers", {}))
    return EngineError(code, detail, transient, lasting=False, retry_after_s=told if transient else 0.0)


def _details(body: Any) -> list[dict[str, Any]]:
    """The details of an error body, as far as it has the shape that Google documents (AIP-193)."""
    error = body.get("error", body) if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    return [detail for detail in details if isinstance(detail, dict)] if isinstance(details, list) else []


def _retry_delay_s(details: list[dict[str, Any]]) -> float:
    """What a google.rpc.RetryInfo among the details says; 0 when there is none."""
    for detail in details:
        found = _SECONDS.fullmatch(str(detail.get("retryDelay", "")))
        if found:
            return float(found[1])
    return 0.0


def _short(text: str, key: str) -> str:
    text = clean(text)
    text = text.replace(key, "…") if key else text
    return text if len(text) <= 300 else text[:300] + "…"
