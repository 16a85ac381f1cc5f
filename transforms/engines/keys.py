"""Keys of services: named in the settings, held by environment variables, shown nowhere."""

import os
from typing import Protocol

from schemas.errors import EngineError

_WANT_ONE = ("https://api.openai.com", "https://generativelanguage.googleapis.com")
"""Services that answer nobody without a key. Servers of one's own may need none."""


class Keyed(Protocol):
    @property
    def base_url(self) -> str: ...

    @property
    def api_key_env(self) -> str: ...


def key_of(settings: Keyed) -> str:
    """The key, empty when there is none."""
    return os.environ.get(settings.api_key_env, "").strip() if settings.api_key_env else ""


def lacks_key(settings: Keyed) -> bool:
    """Whether every call is bound to be refused."""
    return settings.base_url.startswith(_WANT_ONE) and not key_of(settings)


def require_key(settings: Keyed) -> None:
    """To be called when a call is made, not before: whoever has all replies in the store needs no key.

    Raises:
        EngineError: `no_key`.
    """
    if lacks_key(settings):
        raise EngineError(
            "no_key",
            f"set the environment variable {settings.api_key_env} to the key of {settings.base_url};"
            " the same command tries again",
            transient=True,
        )
