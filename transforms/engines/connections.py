"""Connections to a service, in several pools.

httpx's pool looks at each of its connections twice a call, and asks the system about the idle ones: at 64 in flight
that takes a quarter of all CPU that a call needs. Each of eight small pools looks at an eighth as many.
"""

import itertools
import ssl
import urllib.request
from functools import cache

import httpx2

_POOLS = 8
_LIMITS = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
"""The gate decides how many calls are in flight, not the pools."""


def http_client(loopback: bool) -> httpx2.AsyncClient | None:
    """The client to hand to a package; None for the package's own, which knows the proxies of the environment.

    No proxy stands between a machine and itself, whatever the environment says.
    """
    import openai

    if urllib.request.getproxies() and not loopback:
        return None
    return openai.DefaultAsyncHttpxClient(transport=Pools(), trust_env=not loopback)


@cache
def _certificates() -> ssl.SSLContext:
    """Reading them takes a fifth of a second: once for all."""
    return httpx2.create_ssl_context()


class Pools(httpx2.AsyncBaseTransport):
    """Takes its pools in turn."""

    def __init__(self) -> None:
        self._pools = [httpx2.AsyncHTTPTransport(verify=_certificates(), limits=_LIMITS) for _ in range(_POOLS)]
        self._turns = itertools.cycle(self._pools)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await next(self._turns).handle_async_request(request)

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()
